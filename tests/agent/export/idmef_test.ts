import { Ajv } from "ajv";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Alert, EVIDENCE_TYPES, THREAT_LEVELS, type ThreatLevel } from "../../../agent/evidence/evidence.ts";
import { idmefEvent, idmefIncident, idmefLine, type IdmefMessage } from "../../../agent/export/idmef.ts";
import { canonicalAddress } from "../../../agent/record/address-text.ts";
import { evidenceOf, START } from "../evidence/evidence.ts";
import { IDMEF_RULES } from "./idmef-rules.ts";

const context = { version: "0.1.0", clock: START + 75.25 };
const obeysRules = new Ajv({ allErrors: true, strict: true }).compile(IDMEF_RULES);

/** The message as it is read back from its line, after a check against the rules. */
function written(message: IdmefMessage): IdmefMessage {
  const line = idmefLine(message);
  assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
  const read: IdmefMessage = JSON.parse(line);
  const valid: boolean = obeysRules(read);
  assert.ok(valid, JSON.stringify(obeysRules.errors));
  return read;
}

const alert: Alert = {
  id: "2c5ea4c0-4067-5fe9-8bad-9bdd6b1b6f0c",
  updates: undefined,
  new_stages: [],
  stages: [{
    stage: "reconnaissance",
    first: START + 30,
    last: START + 75,
    findings: [{
      type: "arp_scan",
      stage: "reconnaissance",
      technique: "T1018",
      count: 3,
      first: START + 30,
      last: START + 75,
      total: 10.67,
      highest: 8,
      example: "It asked for 40 hosts",
    }],
    more: 0,
  }],
  profile: "192.168.1.7",
  hostname: "reception",
  window: 1,
  window_start: START,
  window_end: START + 3600,
  timestamp: START + 75,
  score: 15.2,
  threshold: 15,
  confidence: 0.49,
  evidence: ["00000000-0000-5000-8000-000000000001", "00000000-0000-5000-8000-000000000002"],
  evidence_omitted: 0,
  ordinal: 1,
};

Deno.test("a connection to an odd port becomes an Event with source, target and a note", () => {
  const evidence = evidenceOf({ related: ["00000000-0000-5000-8000-00000000abcd"], timestamp: START + 60.000007 });
  const { Note, ...message } = written(idmefEvent(evidence, 4.2, context));
  assert.deepEqual(message, {
    Version: "2.0.3",
    ID: evidence.id,
    Status: "Event",
    Severity: "High",
    StartTime: "2024-05-06T07:01:00.000007Z",
    CreateTime: "2024-05-06T07:01:15.250000Z",
    Confidence: 1,
    Description:
      "Connection to unknown destination port 4444/tcp of 203.0.113.9. threat level: high, confidence: 1.00.",
    Analyzer: {
      IP: "0.0.0.0",
      Name: "smartshield",
      Model: "0.1.0",
      Category: ["NIDS"],
      Data: ["Flow", "Network"],
      Method: ["Heuristic"],
    },
    Source: [{ IP: "192.168.1.7", Port: [49152], Protocol: ["TCP"] }],
    Target: [{ IP: "203.0.113.9", Port: [4444] }],
    RelID: ["00000000-0000-5000-8000-00000000abcd"],
  });
  assert.deepEqual(JSON.parse(Note), {
    type: "unknown_port",
    uids: ["CwTLJM1KZJrqZJ7Ego"],
    accumulated_threat_level: 4.2,
    threat_level: "high",
    confidence: "high",
    timewindow: 1,
  });
});

Deno.test("evidence that is told again is a message of its own, which names the one before it", () => {
  const first = evidenceOf({ timestamp: START + 60 });
  const again = (count: number, count_before: number) =>
    written(idmefEvent({ ...first, count, count_before, timestamp: START + 600, victims: 3 }, 0, context));
  const second = again(2, 1), third = again(5, 2);
  assert.equal(written(idmefEvent(first, 0, context)).ID, first.id);
  assert.deepEqual(second.PredID, [first.id]);
  assert.deepEqual(third.PredID, [second.ID]);
  assert.equal(new Set([first.id, second.ID, third.ID]).size, 3);
  assert.equal(third.StartTime, "2024-05-06T07:01:00.000000Z");
  assert.match(third.Description!, /, 5 times since 07:01, 3 hosts\. threat level: high, confidence/);
  const { count, last, victims } = JSON.parse(third.Note);
  assert.deepEqual([count, last, victims], [5, "2024-05-06T07:10:00.000000Z", 3]);
});

Deno.test("an alert becomes an Incident that names its evidence", () => {
  const { Note, ...message } = written(idmefIncident(alert, context));
  assert.deepEqual(message, {
    Version: "2.0.3",
    ID: alert.id,
    Status: "Incident",
    Severity: "High",
    StartTime: "2024-05-06T07:00:30.000000Z",
    CreateTime: "2024-05-06T07:01:15.250000Z",
    Confidence: 0.49,
    Description:
      "Since 07:00 reconnaissance: It asked for 40 hosts (3 times) [T1018]. What to do first: ask who runs " +
      "this host and whether the scan was planned; if nobody did, take it off the network.",
    Analyzer: {
      IP: "0.0.0.0",
      Name: "smartshield",
      Model: "0.1.0",
      Category: ["NIDS"],
      Data: ["Flow", "Network"],
      Method: ["Heuristic"],
    },
    Source: [{ IP: "192.168.1.7", Hostname: "reception" }],
    CorrelID: alert.evidence,
  });
  assert.deepEqual(JSON.parse(Note), {
    accumulated_threat_level: 15.2,
    threshold: 15,
    confidence: 0.49,
    timewindow: 1,
    StartTime: "2024-05-06T07:00:00.000000Z",
    EndTime: "2024-05-06T08:00:00.000000Z",
    ordinal: 1,
    stages: [{
      stage: "reconnaissance",
      tactics: ["TA0043", "TA0007"],
      first: "2024-05-06T07:00:30.000000Z",
      last: "2024-05-06T07:01:15.000000Z",
      findings: [{ type: "arp_scan", technique: "T1018", count: 3, weight: 10.67 }],
    }],
  });
});

Deno.test("an update of an alert names the alert before it", () => {
  const { PredID } = written(idmefIncident({ ...alert, updates: "00000000-0000-5000-8000-000000000007" }, context));
  assert.deepEqual(PredID, ["00000000-0000-5000-8000-000000000007"]);
});

Deno.test("an Incident over one endless window has no end; what its list leaves out is counted", () => {
  const { Note } = written(idmefIncident({ ...alert, window_end: Infinity, evidence_omitted: 7 }, context));
  assert.equal(JSON.parse(Note).EndTime, undefined);
  assert.equal(JSON.parse(Note).evidence_omitted, 7);
});

Deno.test("every type at every level is valid, and critical is written as High", () => {
  for (const type of EVIDENCE_TYPES) {
    for (const threat of Object.keys(THREAT_LEVELS) as ThreatLevel[]) {
      const message = written(idmefEvent(evidenceOf({ type, threat }), 0, context));
      assert.equal(message.Severity?.toLowerCase(), threat === "critical" ? "high" : threat);
    }
  }
});

Deno.test("a scan without a single victim has no target, but its port is not lost", () => {
  const scan = evidenceOf({ type: "horizontal_port_scan", victim: undefined, src_port: undefined, dst_port: 3389 });
  const { Target, Note } = written(idmefEvent(scan, 1, context));
  assert.equal(Target, undefined);
  assert.equal(JSON.parse(Note).dst_port, 3389);
});

Deno.test("port 0, which IDMEFv2 excludes, stands in the note", () => {
  const { Source, Target, Note } = written(idmefEvent(evidenceOf({ src_port: 0, dst_port: 0 }), 1, context));
  assert.deepEqual([Source[0]?.Port, Target?.[0]?.Port], [undefined, undefined]);
  assert.deepEqual([JSON.parse(Note).src_port, JSON.parse(Note).dst_port], [0, 0]);
});

Deno.test("told on the other end's profile, the server is the source and keeps its own port", () => {
  const { Source, Target } = written(idmefEvent(
    evidenceOf({
      attacker: { direction: "dst", kind: "ip", value: "203.0.113.9" },
      victim: { direction: "src", kind: "ip", value: "192.168.1.7" },
      hostname: "reception",
    }),
    0,
    context,
  ));
  assert.deepEqual(Source[0], { IP: "203.0.113.9", Port: [4444], Protocol: ["TCP"] });
  assert.deepEqual(Target?.[0], { IP: "192.168.1.7", Hostname: "reception", Port: [49152] });
});

Deno.test("domains, URLs and files find a place that the schema has", () => {
  const source = (kind: "domain" | "url" | "md5", value: string) =>
    written(idmefEvent(evidenceOf({ attacker: { direction: "dst", kind, value }, dst_port: undefined }), 0, context));
  assert.equal(source("domain", "xn--80ak6aa92e.example").Source[0]?.Hostname, "xn--80ak6aa92e.example");
  assert.equal(source("url", "http://evil.example:8080/a?b").Source[0]?.Hostname, "evil.example");
  assert.equal(source("url", "http://[2001:db8::1]/").Source[0]?.IP, "2001:db8::1");
  assert.equal(source("url", "http://evil.example:8080/a?b").Source[0]?.Note, '{"url":"http://evil.example:8080/a?b"}');
  assert.equal(source("url", "//\x00no url").Source[0]?.Note, String.raw`{"url":"//\\x00no url"}`);
  const file = source("md5", "d41d8cd98f00b204e9800998ecf8427e");
  assert.deepEqual(file.Attachment?.[0]?.Hash, ["md5:d41d8cd98f00b204e9800998ecf8427e"]);
  assert.deepEqual(file.Source[0]?.Attachment, [file.Attachment?.[0]?.Name]);
  assert.equal(source("md5", "no hash").Attachment, undefined);
});

Deno.test("protocol names of any kind take the form that IDMEFv2 knows", () => {
  const protocol = (proto: string | undefined) =>
    written(idmefEvent(evidenceOf({ proto }), 0, context)).Source[0]?.Protocol;
  assert.deepEqual(protocol("ipv6-icmp"), ["IPV6-ICMP"]);
  assert.deepEqual(protocol("unknown_transport"), ["UNKNOWN-TRANSPORT"]);
  assert.equal(protocol("_"), undefined);
  assert.equal(protocol(undefined), undefined);
});

Deno.test("thousands of records do not fill the note, and the times of a damaged capture stay valid", () => {
  const uids = Array.from({ length: 3000 }, (_, i) => `C${i}`);
  const { Note } = written(idmefEvent(evidenceOf({ uids }), 0, context));
  assert.equal(JSON.parse(Note).uids.length + JSON.parse(Note).uids_omitted, 3000);
  for (const timestamp of [-1e300, -1, 1e18, NaN]) written(idmefEvent(evidenceOf({ timestamp }), 0, context));
});

Deno.test("property: no text, address, port or protocol makes an invalid message", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constant("\x1b[2Jowned\u202e\ud800"));
  const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((ip) => canonicalAddress(ip) ?? "::");
  const party = fc.record({
    direction: fc.constantFrom("src" as const, "dst" as const),
    kind: fc.constantFrom("ip" as const, "domain" as const, "url" as const, "md5" as const),
    value: fc.oneof(address, text, fc.webUrl()),
  });
  const port = fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined });
  const evidence = fc.record({
    attacker: party,
    victim: fc.option(party, { nil: undefined }),
    profile: address,
    hostname: fc.option(text, { nil: undefined }),
    description: text,
    uids: fc.array(text, { maxLength: 5 }),
    proto: fc.option(text, { nil: undefined }),
    src_port: port,
    dst_port: port,
  });
  fc.assert(fc.property(evidence, (parts) => {
    written(idmefEvent(evidenceOf(parts), 0, context));
    written(idmefIncident({ ...alert, profile: parts.profile, hostname: parts.hostname }, context));
  }));
});

Deno.test("property: every address has its place as an address", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
    const value = canonicalAddress(text)!;
    const { Source } = written(
      idmefEvent(evidenceOf({ attacker: { direction: "src", kind: "ip", value } }), 0, context),
    );
    assert.equal(Source[0]?.IP, value);
  }));
});

Deno.test("the rules do refuse: a port 0, a severity Critical, a field URL, a message without an analyzer", () => {
  const good = idmefEvent(evidenceOf(), 0, context);
  const { Analyzer: _, ...headless } = good;
  for (
    const bad of [
      { ...good, Source: [{ IP: "192.168.1.7", Port: [0] }] },
      { ...good, Severity: "Critical" },
      { ...good, Source: [{ URL: "http://evil.example/" }] },
      { ...good, Source: [{ IP: "192.168.1.777" }] },
      { ...good, CreateTime: "yesterday" },
      headless,
    ]
  ) assert.ok(!obeysRules(bad));
});
