// Kills an agent with SIGKILL at random moments while the log that it follows grows, starts it again each time, and compares
// what it has kept and told in the end with what one has that nobody killed: one that keeps it in SQLite, one that keeps it
// in a Redis, a sensor for which two judge that live on, and a sensor of which, each time, one of the two is killed as well.
// All but the first need redis-server.
//
//   deno run --allow-all scripts/kill.ts [--kills 50] [--who sqlite | redis | sensor | fleet] [--seed 1]

import { parseArgs } from "node:util";
import { random } from "../tests/craft/craft.ts";
import { startRedis } from "../tests/agent/store/redis-server.ts";
import { faults, killing } from "../tests/resume/killing.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    who: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});

let failed = false;
for (const who of values.who === undefined ? ["sqlite", "redis", "sensor", "fleet"] : [values.who]) {
  const redis = who === "sqlite" ? undefined : await startRedis();
  try {
    const result = await killing({
      store: redis === undefined ? undefined : `redis://127.0.0.1:${redis.port}`,
      kills: Number(values.kills),
      judges: who === "sensor" || who === "fleet" ? { count: 2, die: who === "fleet" } : undefined,
      random: random(Number(values.seed)).fraction,
      say: (sentence) => console.error(`${who}: ${sentence}`),
    });
    const { lines, kills, killed, unharmed } = result;
    const takenUp = killed.runLog.split("\n").filter((line) => line.includes(" goes on, interrupted for ")).length;
    const wrong = faults(result);
    console.log(
      `${who}: killed ${kills} times, taken up ${takenUp} times; ${lines} lines, ${killed.records.length} records, ` +
        `${killed.evidence.length} pieces of evidence (${unharmed.evidence.length} by one not killed), ` +
        `${killed.alerts.length} alerts (${unharmed.alerts.length}), ${killed.json.length} lines in alerts.json ` +
        `(${unharmed.json.length}).`,
    );
    for (const one of wrong) console.log(`  WRONG: ${one}`);
    if (wrong.length === 0) console.log("  Nothing lost, nothing double.");
    failed ||= wrong.length > 0;
  } finally {
    await redis?.remove();
  }
}
Deno.exit(failed ? 1 : 0);
