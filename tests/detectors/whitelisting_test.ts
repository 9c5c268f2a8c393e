// Whitelisted findings: kept, marked, and never mixed with those that count.

import assert from "node:assert/strict";
import { packEntries } from "../../agent/evidence/whitelist/pack.ts";
import { readWhitelistText } from "../../agent/evidence/whitelist/read.ts";
import { defineDetector } from "../../detectors/contract.ts";
import { createEngine } from "../../detectors/engine.ts";
import { createRouter } from "../../agent/profile/router.ts";
import type { Evidence } from "../../agent/evidence/evidence.ts";
import type { Step } from "../../agent/profile/batch.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { conn, record } from "./harness.ts";

const T = 1_700_000_000;
const PC = "192.168.1.10";
const SERVER = "93.184.216.34";

/** Finds every connection, folded by port and told on both ends. */
const everyConnection = defineDetector({
  name: "every-connection",
  summary: "Finds every connection.",
  raises: {
    unknown_port: { meaning: "", threats: ["medium"], techniques: [], falsePositives: "", whatToDo: "" },
  },
  settings: {},
  on: {
    conn({ orig_h, resp_h, resp_p }, context) {
      const attacker = { direction: "src", kind: "ip", value: orig_h } as const;
      const victim = { direction: "dst", kind: "ip", value: resp_h } as const;
      const common = { type: "unknown_port", threat: "medium", confidence: 1, fold: `${resp_p}` } as const;
      context.raise(
        { ...common, attacker, victim, description: `${orig_h} to ${resp_h}` },
        { ...common, attacker: victim, profile: resp_h, description: `${resp_h} from ${orig_h}` },
      );
    },
  },
});

/** The evidence on these records, with a whitelist of these lines. */
function watch(lines: string, records: readonly AnyRecord[]): Evidence[] {
  const engine = createEngine({ detectors: [everyConnection], settings: {}, windowWidth: 3600, live: false });
  engine.whitelist(packEntries(readWhitelistText(lines, "w.conf").entries));
  const router = createRouter({ workers: 1, direction: "out", profiles: 1000, clientIps: [] });
  const steps: Step[] = [];
  for (const each of records) router.route(each, each.ts, (_, step) => steps.push(step));
  const placed = engine.process({ serial: 1, origin: router.origin(), clock: router.clock(), steps, last: true });
  assert.deepEqual(engine.health().map(({ failures }) => failures), [0]);
  return placed.flatMap(({ evidence }) => evidence ?? []);
}

const marks = (evidence: readonly Evidence[]): (string | undefined)[] =>
  evidence.map(({ whitelisted }) => whitelisted?.because);

const resolved = (query: string, ip: string): AnyRecord =>
  record("dns", {
    ts: T,
    orig_h: PC,
    orig_p: 40_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query,
    qtype_name: "A",
    answers: ["alias.cdn.example", ip],
  });

const http = (host: string): AnyRecord =>
  record("http", { ts: T, orig_h: PC, orig_p: 40_001, resp_h: SERVER, resp_p: 80, trans_depth: 1, host });

Deno.test("a finding is marked on both ends' tellings, because it is one finding", () => {
  const [first, second, ...more] = watch(`ip,${PC},src,alerts`, [conn({ orig_h: PC, resp_h: SERVER })]);
  assert.equal(more.length, 0);
  assert.deepEqual(first!.whitelisted, {
    entry: `ip ${PC} (source, alerts; w.conf:1)`,
    party: "attacker",
    because: `address ${PC}`,
  });
  assert.deepEqual(second!.whitelisted, first!.whitelisted);
});

Deno.test("the names of an address are those that were known at that moment", () => {
  const records = [
    conn({ ts: T, orig_h: PC, resp_h: SERVER, resp_p: 1 }),
    resolved("files.example.com", SERVER),
    conn({ ts: T + 1, orig_h: PC, resp_h: SERVER, resp_p: 2 }),
  ];
  assert.deepEqual(marks(watch("domain,.example.com,dst,alerts", records)), [
    undefined,
    undefined,
    "name files.example.com",
    "name files.example.com",
  ]);
});

Deno.test("SNI, HTTP's Host and certificates name a host, as long as the DNS does not say otherwise", () => {
  const later = conn({ ts: T + 2, orig_h: PC, resp_h: SERVER });
  const certificate = record("x509", {
    ts: T,
    fingerprint: "f1",
    "certificate.subject": "CN=ignored.example,O=Us",
    "san.dns": ["*.example.com", "shop.example.com"],
  });
  const session = record("ssl", {
    ts: T,
    orig_h: PC,
    orig_p: 1,
    resp_h: SERVER,
    resp_p: 443,
    cert_chain_fps: ["f1", "f2"],
  });
  const sni = record("ssl", {
    ts: T,
    orig_h: PC,
    orig_p: 1,
    resp_h: SERVER,
    resp_p: 443,
    server_name: "Shop.example.com",
  });
  const marked = (...records: AnyRecord[]) =>
    marks(watch("domain,shop.example.com,dst,alerts", [...records, later]))[0];
  assert.equal(marked(sni), "name shop.example.com");
  assert.equal(marked(http("shop.example.com:8080")), "name shop.example.com");
  assert.equal(marked(certificate, session), "name shop.example.com");
  assert.equal(marked(session, certificate), "name shop.example.com");
  assert.equal(marked(certificate), undefined);
  // The host that malware calls shop.example.com is evil.example by the DNS.
  assert.equal(marked(resolved("evil.example", SERVER), sni), undefined);
  assert.equal(marked(resolved("evil.example", SERVER), http("shop.example.com")), undefined);
  // One name of several: a shop that shares its address with others.
  assert.equal(
    marked(resolved("other.example", SERVER), resolved("shop.example.com", SERVER), sni),
    "name shop.example.com",
  );
});

Deno.test("repeats that are whitelisted never hide those that are not, though they would be folded", () => {
  const harmless = (ts: number) => conn({ ts, orig_h: PC, resp_h: "192.0.2.1", resp_p: 4444 });
  const harmful = (ts: number) => conn({ ts, orig_h: PC, resp_h: "198.51.100.1", resp_p: 4444 });
  const evidence = watch("ip,192.0.2.1,dst,alerts", [
    harmless(T),
    harmless(T + 1),
    harmful(T + 2),
    harmless(T + 3),
    harmful(T + 4),
  ]);
  const own = evidence.filter(({ profile }) => profile === PC);
  assert.deepEqual(own.map(({ count, victim, whitelisted }) => [count, victim?.value, whitelisted !== undefined]), [
    [1, "192.0.2.1", true],
    [2, "192.0.2.1", true],
    [1, "198.51.100.1", false],
    [2, "198.51.100.1", false],
    [3, "192.0.2.1", true],
  ]);
});
