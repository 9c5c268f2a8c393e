// The clock of a machine is wrong, and then put right, while a wire is watched. Packets go through the dissector's thread as
// from an interface; what comes out goes through an engine with all detectors.

import assert from "node:assert/strict";
import { DEFAULT_SETTINGS } from "../../../agent/dissect/dissector.ts";
import type { FromDissector, ToDissector } from "../../../agent/dissect/messages.ts";
import type { Evidence } from "../../../agent/evidence/evidence.ts";
import { type BatchMessage, readBatch } from "../../../agent/profile/flat/batch.ts";
import { createBlockWriter } from "../../../agent/source/interface/block-writer.ts";
import type { FromIntake, ToIntake } from "../../../agent/source/interface/messages.ts";
import { DISSECTOR_URL } from "../../../agent/thread-urls.ts";
import { createEngine } from "../../../detectors/engine.ts";
import { DETECTORS } from "../../../detectors/index.ts";
import { fromClient, fromServer, network } from "../../craft/craft.ts";
import { until } from "../../until.ts";

const AT_START = Date.UTC(1970, 0, 1) / 1000 + 20;
const IN_2026 = Date.UTC(2026, 10, 22) / 1000;
const IN_2036 = Date.UTC(2036, 1, 3) / 1000;

/** Buffers as the capture thread sends them, each with one block. */
const BLOCK_BYTES = 1 << 16;

/** Watches a wire; `tell` resolves when what was said has been dissected and judged. */
function watchWire() {
  const [detectors, wire] = [new MessageChannel(), new MessageChannel()];
  const thread = new Worker(DISSECTOR_URL, { type: "module", deno: { permissions: "none" } });
  const heard: FromDissector[] = [];
  const evidence: Evidence[] = [];
  const records: { kind: string; ts: number }[] = [];
  const engine = createEngine({ detectors: DETECTORS, settings: {}, windowWidth: 3600, live: true });
  let spent = 0;
  let clock = NaN;
  thread.onmessage = ({ data }) => heard.push(data);
  detectors.port1.onmessage = ({ data }: MessageEvent<BatchMessage>) => {
    const batch = readBatch(data);
    clock = batch.clock;
    for (const { record } of batch.steps) if (record !== undefined) records.push(record);
    evidence.push(...engine.process(batch).flatMap((placed) => placed.evidence ?? []));
    detectors.port1.postMessage(batch.serial);
  };
  wire.port1.onmessage = ({ data }: MessageEvent<FromIntake>) => void (data.say === "spent" && spent++);
  const start: ToDissector = {
    say: "start",
    fleet: false,
    shares: 0,
    leaks: false,
    store: false,
    tape: undefined,
    live: true,
    settings: DEFAULT_SETTINGS,
    router: { workers: 1, direction: "out", profiles: 1000, clientIps: [] },
    keepRecords: false,
    tellHosts: undefined,
    streams: [],
    said: undefined,
    grows: false,
    filter: undefined,
    whitelist: undefined,
  };
  thread.postMessage(start, [detectors.port2, wire.port2]);
  const tell = (message: ToIntake): void => wire.port1.postMessage(message);
  tell({ say: "source", source: { linkType: 1, cooked: false }, filter: undefined });

  /** Sends what a network says; resolves when it was taken. */
  async function send(net: ReturnType<typeof network>): Promise<void> {
    let sent = spent;
    let bytes = new Uint8Array(BLOCK_BYTES);
    let block = createBlockWriter(bytes, 0);
    const flush = (): void => {
      if (block.length() === 0) return;
      tell({ say: "blocks", buffer: bytes.buffer, length: block.length() });
      sent++;
      bytes = new Uint8Array(BLOCK_BYTES);
      block = createBlockWriter(bytes, 0);
    };
    for (const { data, length, seconds, nanoseconds } of net.packets()) {
      if (block.add(seconds, nanoseconds, data, length)) continue;
      flush();
      block.add(seconds, nanoseconds, data, length);
    }
    flush();
    await until(() => spent === sent, 60);
  }

  return {
    heard,
    evidence,
    records,
    engine,
    send,
    /** The wire is silent until then. */
    async silence(now: number): Promise<void> {
      for (const then of [now - 3600, now]) {
        tell({ say: "clock", now: then });
        await until(() => clock === then, 60);
      }
    },
    stop() {
      thread.terminate();
      for (const { port1 } of [detectors, wire]) port1.close();
    },
  };
}

/** An hour in which a host scans another, asks for names nobody connects to, and talks with a server without an end. */
function hour(start: number): ReturnType<typeof network> {
  const net = network({ start });
  const [bad, server] = [net.host("bad-pc", "192.168.1.66"), net.host("server", "192.168.1.10")];
  const web = net.host("web", "93.184.216.34");
  net.tcp(bad, web, 443, { at: 0, steps: [fromClient("hello"), fromServer(100)], outcome: "S1" });
  for (let port = 1; port <= 30; port++) net.tcp(bad, server, 1000 + port, { outcome: "REJ" });
  // In the first half hour after something was missed, such names are not judged.
  for (let name = 0; name < 5; name++) {
    net.dns(bad, `n${name}.example.com`, { at: 2000 + name, answers: [`198.51.100.${name + 1}`] });
  }
  net.udp(bad, server, 9999, { at: 3500, steps: [fromClient("late")] });
  return net;
}

const typesAfter = (evidence: readonly Evidence[], from: number): string[] =>
  [
    ...new Set(
      evidence.filter(({ timestamp }) => timestamp >= from && timestamp < from + 86_400).map(({ type }) => type),
    ),
  ]
    .sort();

Deno.test("a clock that is ten years ahead and put right: the wire is judged as if it had been right all along", async () => {
  const right = watchWire();
  const wrong = watchWire();
  try {
    await right.send(hour(IN_2026));
    await right.silence(IN_2026 + 3 * 3600);

    await wrong.send(hour(IN_2036));
    await wrong.send(hour(IN_2026));
    const ended = wrong.records.filter(({ kind, ts }) => kind === "conn" && ts >= IN_2036);
    assert.equal(ended.length, right.records.filter(({ kind }) => kind === "conn").length, "what was open has ended");
    await wrong.silence(IN_2026 + 3 * 3600);

    const expected = typesAfter(right.evidence, IN_2026);
    assert.ok(expected.includes("vertical_port_scan") && expected.includes("dns_without_connection"), expected.join());
    assert.equal(right.engine.counters()["timers"], 0);
    assert.deepEqual(typesAfter(wrong.evidence, IN_2026), expected);
    assert.deepEqual(typesAfter(wrong.evidence, IN_2036), expected, "and what was under way was judged, too");
    assert.deepEqual(wrong.engine.counters(), right.engine.counters(), "of the wrong time nothing is left");
    assert.deepEqual(
      wrong.heard.flatMap((each) => each.say === "setBack" ? [Math.round(each.by / 86_400 / 365)] : []),
      [9],
      "it is told once",
    );
  } finally {
    right.stop();
    wrong.stop();
  }
});

Deno.test("a machine that starts in 1970: nothing stalls and nothing grows when the time comes", async () => {
  const { send, silence, evidence, records, heard, stop } = watchWire();
  try {
    await send(hour(AT_START));
    await send(hour(IN_2026));
    await silence(IN_2026 + 3 * 3600);
    for (const start of [AT_START, IN_2026]) {
      assert.ok(typesAfter(evidence, start).includes("vertical_port_scan"), `scan at ${start}`);
      assert.equal(records.filter(({ kind, ts }) => kind === "conn" && ts >= start && ts < start + 86_400).length, 37);
    }
    assert.ok(heard.every(({ say }) => say !== "setBack"));
  } finally {
    stop();
  }
});
