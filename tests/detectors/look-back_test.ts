// Intelligence that arrives while a run goes on counts from then on, and for what was seen before.

import assert from "node:assert/strict";
import { NO_INTEL } from "../../agent/intel/intel.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { createEngine, type Engine } from "../../detectors/engine.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { SUBJECTS_REMEMBERED } from "../../detectors/listed.ts";
import { conn, record } from "./harness.ts";
import { intelligence, type Lists } from "./intelligence.ts";
import { stream } from "./streams.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const BAD = "45.9.148.3";
const MD5 = "44d88612fea8a8f36de82e1278abb02f";
const JA3 = "6734f37431670b3ab4292b8f60f29984";
const JA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
const ends = { orig_h: HOST, orig_p: 40_000, resp_h: BAD, resp_p: 443 };

const TELLS_OF = [
  "blacklisted-ip",
  "blacklisted-asn",
  "blacklisted-domain",
  "blacklisted-dns-answer",
  "malicious-ja3",
  "malicious-ja4",
  "malicious-ssl-cert",
  "malicious-downloaded-file",
  "malicious-url",
  "tor-exit-node",
];

function engine(mayChange: boolean, names = TELLS_OF): Engine {
  return createEngine({
    detectors: DETECTORS.filter(({ name }) => names.includes(name)),
    settings: {},
    windowWidth: 3600,
    live: true,
    intel: { ...intelligence([]), mayChange },
  });
}

const lists: Lists = [
  { lines: `${BAD}\nAS64500\nevil.example\nhttp://evil.example/x\n${MD5}\n${JA4}` },
  { kind: "ja3", lines: JA3 },
  { kind: "certificate", lines: "ab".repeat(20) },
  { kind: "tor_exit", lines: BAD },
];

/** One of everything that lists can name. */
const traffic: AnyRecord[] = [
  record("dns", {
    ts: T,
    ...ends,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: "www.evil.example",
    answers: [BAD],
  }),
  conn({ ...ends, ts: T + 1 }),
  record("http", { ts: T + 2, ...ends, resp_p: 80, trans_depth: 1, host: "evil.example", uri: "/x" }),
  record("ssl", { ts: T + 3, ...ends, server_name: "evil.example", ja3: JA3, ja4: JA4 }),
  record("files", { ts: T + 4, ...ends, fuid: "F1", source: "HTTP", is_orig: false, md5: MD5 }),
  record("files", { ts: T + 5, ...ends, fuid: "F2", source: "SSL", is_orig: false, sha1: "ab".repeat(20) }),
];

Deno.test("a feed that arrives later finds what was seen before, with the time and record of then, and once", () => {
  const live = engine(true);
  const [before, after, end] = stream(
    live,
    [traffic, [conn({ ...ends, resp_h: "93.184.216.34", ts: T + 600 })], []],
    (batch) => {
      if (batch === 0) live.useIntel(intelligence(lists, true));
    },
  );
  assert.deepEqual(before, []);
  const types = (evidence: typeof after) => [...new Set(evidence!.map(({ type }) => type))].sort();
  const atOnce = createEngine({
    detectors: DETECTORS.filter(({ name }) => TELLS_OF.includes(name)),
    settings: {},
    windowWidth: 3600,
    live: true,
    intel: intelligence(lists),
  });
  const [known] = stream(atOnce, [traffic, []], () => {});
  assert.deepEqual(types(after), types(known));
  assert.equal(types(after).length, 11);
  // Time, records and sentences are those that it would have had at once.
  const say = (evidence: typeof after) =>
    evidence!.map(({ timestamp, uids, description }) => `${timestamp} ${uids} ${description}`).sort();
  assert.deepEqual(say(after), say(known));
  // The last word: how often the name was met, in the DNS, in HTTP and in TLS.
  assert.deepEqual(end!.map(({ type, count }) => [type, count]), [["threat_intelligence_blacklisted_domain", 3]]);
});

Deno.test("what was found is not found again when the next feed arrives, and new traffic is judged by it", () => {
  const live = engine(true, ["blacklisted-ip"]);
  const found = stream(
    live,
    [[conn({ ...ends, ts: T })], [conn({ ...ends, ts: T + 60 })], [
      conn({ ...ends, resp_h: "45.9.148.4", ts: T + 120 }),
    ], []],
    (batch) => {
      if (batch === 0) live.useIntel(intelligence([{ lines: BAD }], true));
      if (batch === 1) live.useIntel(intelligence([{ lines: `${BAD}\n45.9.148.4` }], true));
    },
  );
  const counts = found.map((evidence) => evidence.filter(({ profile }) => profile === HOST).map(({ count }) => count));
  assert.deepEqual(counts, [[], [1, 2], [1], []]);
});

Deno.test("a host's memory for later is bounded, the oldest goes; nothing is kept when nothing can arrive", () => {
  const many = Array.from(
    { length: 2 * SUBJECTS_REMEMBERED },
    (_, i) => conn({ ...ends, resp_h: `45.9.${i >> 8}.${i & 255}`, ts: T + i }),
  );
  for (const mayChange of [true, false]) {
    const live = engine(mayChange, ["blacklisted-ip"]);
    const [, after] = stream(live, [many, []], () => live.useIntel(intelligence([{ lines: "45.9.0.0/16" }])));
    const own = after!.filter(({ profile, count }) => profile === HOST && count === 1);
    assert.deepEqual(own.length, mayChange ? 1 : 0);
    const last = after!.filter(({ profile }) => profile === HOST).at(-1);
    if (mayChange) assert(last!.count > 100 && last!.count <= SUBJECTS_REMEMBERED, String(last!.count));
  }
});

Deno.test("an engine without intelligence finds nothing and asks for nothing", () => {
  const plain = createEngine({
    detectors: DETECTORS.filter(({ name }) => TELLS_OF.includes(name)),
    settings: {},
    windowWidth: 3600,
    live: false,
    intel: NO_INTEL,
  });
  const [found] = stream(plain, [traffic, []], () => assert.deepEqual(plain.questions(), []));
  assert.deepEqual(found, []);
});
