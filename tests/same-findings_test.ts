// The same two hours in an office, once as packets and once as Suricata would have told them: the same findings, but for what
// its events cannot carry (docs/inputs.md). That Zeek's logs of either form say the same is shown in run_test.ts.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { readStreams } from "./agent/source/records.ts";
import { eveJson } from "./agent/source/suricata/write-events.ts";
import { smartshield } from "./program.ts";

interface Outcome {
  summary: { evidence: { by_type: Record<string, number> }; alerts: number };
  hosts: { profile: string; hostname: string; windows: { window: number }[] }[];
}

async function analysed(input: string, out: string, ...more: string[]): Promise<Outcome> {
  const { code, out: told, err } = await smartshield("--read", input, "--json", "--out", out, ...more);
  assert.deepEqual([code, err], [0, ""]);
  return JSON.parse(told);
}

Deno.test("packets and Suricata's events of the same traffic give the same findings", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const capture = join(folder, "office.pcap");
    story().writePcap(capture);
    const packets = await analysed(capture, join(folder, "packets"), "--zeek-logs", "--zeek-format", "json");
    const logs = join(folder, "packets", "zeek");
    const streams = [];
    for await (const { name } of Deno.readDir(logs)) {
      streams.push([[name, await Deno.readFile(join(logs, name))] as const]);
    }
    const eve = join(folder, "eve.json");
    await Deno.writeTextFile(eve, eveJson((await readStreams(streams)).records));
    const events = await analysed(eve, join(folder, "events"));

    // Who the gateway is shows a moment later in events: one question to it is told that packets know to be one.
    const { connection_to_private_ip: fromPackets, ...others } = packets.summary.evidence.by_type;
    const { connection_to_private_ip: fromEvents, ...same } = events.summary.evidence.by_type;
    assert.deepEqual(same, others);
    assert.ok(Math.abs(fromEvents! - fromPackets!) <= 1);
    assert.ok(Object.keys(same).length >= 10);
    const alerted = ({ hosts }: Outcome) =>
      hosts.map(({ profile, hostname, windows }) => [profile, hostname, windows.map(({ window }) => window)]);
    assert.deepEqual(alerted(events), alerted(packets));
    assert.equal(events.summary.alerts, packets.summary.alerts);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
