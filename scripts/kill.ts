// Kills an agent with SIGKILL at random moments while the log that it follows grows, starts it again each time, and compares
// what it has kept and told in the end with what one has that nobody killed. Needs redis-server for the second home.
//
//   deno run --allow-all scripts/kill.ts [--kills 50] [--home sqlite | redis] [--seed 1]

import { parseArgs } from "node:util";
import { random } from "../tests/craft/craft.ts";
import { startRedis } from "../tests/agent/store/redis-server.ts";
import { faults, killing } from "../tests/resume/killing.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    home: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});

let failed = false;
for (const home of values.home === undefined ? ["sqlite", "redis"] : [values.home]) {
  const redis = home === "redis" ? await startRedis() : undefined;
  try {
    const result = await killing({
      store: redis === undefined ? undefined : `redis://127.0.0.1:${redis.port}`,
      kills: Number(values.kills),
      random: random(Number(values.seed)).fraction,
      say: (sentence) => console.error(`${home}: ${sentence}`),
    });
    const { lines, kills, killed, unharmed } = result;
    const takenUp = killed.runLog.split("\n").filter((line) => line.includes(" goes on, interrupted for ")).length;
    const wrong = faults(result);
    console.log(
      `${home}: killed ${kills} times, taken up ${takenUp} times; ${lines} lines, ${killed.records.length} records, ` +
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
