// The threads of a run, real ones: what they find, and what happens when a detector throws or never comes back.

import assert from "node:assert/strict";
import { DEFAULT_SETTINGS } from "../../agent/dissect/flow/settings.ts";
import type { Evidence } from "../../agent/evidence/evidence.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { HEADROOM_BYTES } from "../../agent/source/unpack.ts";
import { startThreads, type ThreadReport } from "../../agent/threads.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { fromClient, fromServer, network } from "../craft/craft.ts";

interface Run {
  evidence: Evidence[];
  records: AnyRecord[];
  warnings: string[];
  report: ThreadReport;
}

async function run(
  capture: Uint8Array,
  options: { workers?: number; detectorUrl?: URL; extra?: string[] } = {},
): Promise<Run> {
  const result = { evidence: [] as Evidence[], records: [] as AnyRecord[], warnings: [] as string[] };
  const threads = startThreads({
    streams: [{ files: ["office.pcap"] }],
    router: { workers: options.workers ?? 1, direction: "out", profiles: 1000, clientIps: [] },
    dissector: DEFAULT_SETTINGS,
    detectors: {},
    detectorNames: [...DETECTORS.map(({ name }) => name), ...options.extra ?? []],
    disabled: [],
    windowWidth: 3600,
    live: false,
    keepRecords: true,
    hangSeconds: 1,
    ...(options.detectorUrl === undefined ? {} : { detectorUrl: options.detectorUrl }),
  }, {
    evidence: (evidence) => result.evidence.push(evidence),
    records: (records) => result.records.push(...records),
    progress: () => {},
    warning: (sentence) => result.warnings.push(sentence),
  });
  try {
    let at = 0;
    while (at < capture.length) {
      const buffer = await threads.buffer();
      const part = capture.subarray(at, at + Math.min(4096, buffer.length - HEADROOM_BYTES));
      buffer.set(part, HEADROOM_BYTES);
      threads.push(0, buffer, part.length);
      at += part.length;
    }
    return { ...result, report: await threads.finish() };
  } finally {
    threads.stop();
  }
}

/** An office in which one host knocks at 60 ports of another, while others browse; one connection goes to port 666. */
function office(): Uint8Array {
  const net = network();
  const server = net.host("server", "192.168.1.10");
  const web = net.host("www.example.com", "93.184.216.34");
  for (let last = 20; last < 30; last++) {
    const pc = net.host(`pc-${last}`, `192.168.1.${last}`);
    net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
    net.http(pc, web, { exchanges: [{ method: "GET", uri: "/", response: { status: 200, body: "hello" } }] });
  }
  const bad = net.host("bad-pc", "192.168.1.66");
  for (let port = 1000; port < 1060; port++) net.tcp(bad, server, port, { outcome: "REJ" });
  net.tcp(bad, server, 666, { steps: [fromClient("hello"), fromServer(100)] });
  for (let port = 2000; port < 2060; port++) net.tcp(bad, server, port, { outcome: "REJ" });
  return net.pcap();
}

const ids = ({ evidence }: Run): string[] => evidence.map(({ id }) => id);

Deno.test("one worker or four: the same records, the same evidence, in the same order", async () => {
  const capture = office();
  const one = await run(capture);
  const four = await run(capture, { workers: 4 });
  assert(one.evidence.some(({ type, profile }) => type === "vertical_port_scan" && profile === "192.168.1.66"));
  assert.deepEqual(four.records, one.records);
  assert.deepEqual(four.evidence, one.evidence);
  assert.equal(one.report.end.capture?.kind, "complete");
});

Deno.test("a detector that throws is put to rest and reported, and costs the others nothing", async () => {
  const healthy = await run(office());
  const run2 = await run(office(), { detectorUrl: new URL("../detectors/throwing-worker.ts", import.meta.url) });
  assert.deepEqual(ids(run2), ids(healthy));
  const throwing = run2.report.health.find(({ name }) => name === "throwing");
  assert.equal(throwing?.atRest, true);
  assert.match(throwing?.firstFailure ?? "", /^TypeError: cannot read properties/);
});

Deno.test("a detector in an endless loop is noticed, named and replaced within seconds, and no record is lost", async () => {
  const began = performance.now();
  const healthy = await run(office());
  const hung = await run(office(), {
    detectorUrl: new URL("../detectors/hanging-worker.ts", import.meta.url),
    extra: ["hanging"],
  });
  assert.deepEqual(hung.report.hung, ["hanging"]);
  assert.match(hung.warnings[0]!, /^Detector hanging did not come back within 1 s and was switched off/);
  assert.deepEqual(hung.records, healthy.records);
  // The new worker starts to count anew, so it needs more ports for its first report; but it does report.
  assert(hung.evidence.some(({ type }) => type === "vertical_port_scan"));
  assert(performance.now() - began < 15_000);
});
