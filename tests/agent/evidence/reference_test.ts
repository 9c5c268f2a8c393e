import assert from "node:assert/strict";
import fc from "fast-check";
import { type Alert, type Evidence, THREAT_LEVELS, type ThreatLevel } from "../../../agent/evidence/evidence.ts";
import { IDS_IN_ALL, IDS_PER_ALERT } from "../../../agent/evidence/remembered-ids.ts";
import { createReferenceScorer } from "../../../agent/evidence/reference.ts";
import type { Scorer } from "../../../agent/evidence/scorer.ts";
import { evidenceOf, START } from "./evidence.ts";

const HOUR = 3600;

function scorer(thresholdPerMinute = 0.25, windowWidth = HOUR): Scorer {
  return createReferenceScorer({ thresholdPerMinute, windowWidth, origin: () => START });
}

function alertsOf(one: Scorer, evidence: readonly Evidence[]): Alert[] {
  return evidence.flatMap((piece) => one.add(piece).alert ?? []);
}

function many(count: number, parts: Partial<Evidence> = {}): Evidence[] {
  return Array.from({ length: count }, (_, i) => evidenceOf({ timestamp: START + i, ...parts }));
}

const reversed = { direction: "dst", kind: "ip", value: "198.51.100.1" } as const;

Deno.test("75 findings of level low make an alert, 74 do not: tenths add up exactly", () => {
  const one = scorer();
  const evidence = many(75, { threat: "low" });
  assert.deepEqual(alertsOf(one, evidence.slice(0, 74)), []);
  const { score, alert } = one.add(evidence[74]!);
  assert.equal(score, 15);
  assert.equal(alert?.score, 15);
  assert.deepEqual(alert?.evidence, evidence.map(({ id }) => id));
});

Deno.test("the 19th scan report of the hour makes the alert, which says when, how sure and why", () => {
  const evidence = many(19);
  const [alert, ...more] = alertsOf(scorer(), evidence);
  assert.deepEqual(more, []);
  const { id, confidence, evidence: listed, stages, ...rest } = alert!;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(confidence.toFixed(4), ((15.2 - 4.8) / 21.2).toFixed(4));
  assert.equal(listed.length, 19);
  assert.deepEqual(stages.map(({ stage, first, findings }) => [stage, first - START, findings[0]!.count]), [
    ["command_and_control", 0, 19],
  ]);
  assert.deepEqual(rest, {
    updates: undefined,
    new_stages: [],
    profile: "192.168.1.7",
    hostname: undefined,
    window: 1,
    window_start: START,
    window_end: START + HOUR,
    timestamp: START + 18,
    score: 15.2,
    threshold: 15,
    evidence_omitted: 0,
    ordinal: 1,
  });
});

Deno.test("two reports of a DHCP scan are exactly one alert at the most sensitive threshold of the field, 0.01", () => {
  const scan = (count: number) =>
    evidenceOf({ type: "dhcp_scan", threat: "medium", confidence: 0.8, description: `${count}` });
  const [alert, ...more] = alertsOf(scorer(0.01), [scan(4), scan(8)]);
  assert.deepEqual(more, []);
  assert.deepEqual([alert?.score, alert?.threshold], [0.8, 0.6]);
  assert.deepEqual(alertsOf(scorer(0.01), [scan(4)]), []);
});

Deno.test("a host that goes on gets a second alert in the same hour, with new evidence only", () => {
  const evidence = many(40);
  const [first, second, ...more] = alertsOf(scorer(), evidence);
  assert.deepEqual(more, []);
  assert.deepEqual([first?.ordinal, second?.ordinal], [1, 2]);
  assert.deepEqual(second?.evidence, evidence.slice(19, 38).map(({ id }) => id));
  assert.notEqual(first?.id, second?.id);
});

Deno.test("each repeat of folded evidence counts as if it had come alone; telling the count again counts nothing", () => {
  const one = scorer();
  const first = evidenceOf({ timestamp: START });
  const again = (count: number): Alert | undefined =>
    one.repeat({ ...first, count, timestamp: START + count, threat: count % 2 === 0 ? "high" : "medium" }).alert;
  one.add(first);
  // 0.8 and then 0.8 and 0.5 in turn: 15 is reached with the 23rd.
  for (let count = 2; count < 23; count++) {
    assert.equal(again(count), undefined, `repeat ${count}`);
    one.add({ ...first, count, count_before: count - 1 });
  }
  const alert = again(23);
  assert.equal(alert?.score, 15.1);
  assert.equal(alert?.timestamp, START + 23);
  assert.deepEqual(alert?.evidence, [first.id]);
  // The same evidence may make the next alert: it came again after this one.
  let second: Alert | undefined;
  for (let count = 24; second === undefined; count++) second = again(count);
  assert.deepEqual(second.evidence, [first.id]);
  assert.equal(second.ordinal, 2);
  assert.equal(one.counts().by_type.unknown_port, 22);
  assert.equal(
    one.repeat({ ...first, id: "switched off", count: 2 }).score,
    one.add({ ...first, count_before: 1 }).score,
  );
});

Deno.test("informational evidence counts nothing but is listed in the alert", () => {
  const note = evidenceOf({ threat: "info", type: "connection_to_private_ip" });
  const [alert] = alertsOf(scorer(), [note, ...many(19)]);
  assert.equal(alert?.evidence[0], note.id);
  assert.equal(alert?.score, 15.2);
});

Deno.test("D22: what others did to a host neither counts against it nor is listed", () => {
  const suffered = many(100, { threat: "critical", attacker: reversed });
  const one = scorer();
  assert.deepEqual(alertsOf(one, suffered), []);
  assert.equal(one.add(suffered[0]!).score, 0);
  const [alert] = alertsOf(one, many(19));
  assert.equal(alert?.evidence.length, 19);
});

Deno.test("hours and hosts are scored apart", () => {
  const one = scorer();
  assert.deepEqual(alertsOf(one, many(18, { window: 1 })), []);
  assert.deepEqual(alertsOf(one, many(18, { window: 2 })), []);
  assert.deepEqual(alertsOf(one, many(18, { profile: "192.168.1.8" })), []);
  assert.equal(alertsOf(one, [evidenceOf({ window: 1, timestamp: START + 9000 })]).length, 1, "late evidence");
});

Deno.test("a finding told twice counts once, before and after the alert", () => {
  const one = scorer();
  const evidence = many(19);
  assert.deepEqual(alertsOf(one, [...evidence.slice(0, 18), ...evidence.slice(0, 18)]), []);
  assert.equal(alertsOf(one, [evidence[18]!]).length, 1);
  assert.deepEqual(alertsOf(one, evidence), []);
  assert.equal(one.add(evidence[0]!).score, 0);
  assert.equal(one.counts().duplicates, 18 + 19 + 1);
});

Deno.test("a late flow before the first record falls into window 0, whose start is an hour earlier", () => {
  const [alert] = alertsOf(scorer(), many(19, { window: 0 }));
  assert.deepEqual([alert?.window_start, alert?.window_end], [START - HOUR, START]);
});

Deno.test("with one window over everything ordinary evidence does not reach the threshold", () => {
  assert.deepEqual(alertsOf(scorer(0.25, Infinity), many(5000, { threat: "critical" })), []);
  const [alert] = alertsOf(scorer(1e-9, Infinity), many(1, { threat: "critical" }));
  assert.deepEqual([alert?.window_start, alert?.window_end], [START, Infinity]);
});

Deno.test("with a threshold of nothing every finding that counts is an alert, an informational one is not", () => {
  assert.equal(alertsOf(scorer(0), many(3)).length, 3);
  assert.deepEqual(alertsOf(scorer(0), many(3, { threat: "info" })), []);
});

Deno.test("an alert lists a bounded number of ids and counts the others", () => {
  const notes = many(IDS_PER_ALERT + 50, { threat: "info" });
  const [alert] = alertsOf(scorer(), [...notes, ...many(19)]);
  assert.equal(alert?.evidence.length, IDS_PER_ALERT);
  assert.equal(alert?.evidence_omitted, 50 + 19);
});

Deno.test("when ids become too many the window idle longest loses its own, but not its sum", () => {
  const one = scorer();
  one.add(evidenceOf({ profile: "10.0.0.1" }));
  const hosts = IDS_IN_ALL / 500;
  for (let host = 0; host < hosts; host++) {
    for (const evidence of many(500, { threat: "info", profile: `10.1.${host >> 8}.${host & 255}` })) one.add(evidence);
  }
  assert.equal(one.counts().evidence_ids_forgotten, 1);
  const [alert] = alertsOf(one, many(18, { profile: "10.0.0.1" }));
  assert.equal(alert?.score, 15.2);
  assert.deepEqual([alert?.evidence.length, alert?.evidence_omitted], [18, 1]);
});

Deno.test("fifty windows of a host are remembered, the one idle longest goes", () => {
  const one = scorer();
  for (let window = 1; window <= 51; window++) one.add(evidenceOf({ window, threat: "critical" }));
  assert.equal(one.counts().windows_forgotten, 1);
  assert.equal(one.add(evidenceOf({ window: 2, threat: "critical" })).score, 2);
  assert.equal(one.add(evidenceOf({ window: 1, threat: "critical" })).score, 1, "window 1 starts anew");
});

Deno.test("hosts with alerts are remembered when thousands of others pass by", () => {
  const one = scorer();
  alertsOf(one, many(19));
  for (let i = 0; i < 21_000; i++) one.add(evidenceOf({ profile: `10.${i >> 16}.${i >> 8 & 255}.${i & 255}` }));
  assert.deepEqual(one.account().map(({ profile }) => profile), ["192.168.1.7"]);
  const { profiles_with_evidence, profiles_forgotten } = one.counts();
  assert.equal(profiles_with_evidence + profiles_forgotten, 21_001);
  assert.equal(profiles_with_evidence, 20_001);
});

Deno.test("the final account tells what an alerted host did, in the order in which it began", () => {
  const one = scorer();
  one.add(evidenceOf({ profile: "192.168.1.8", hostname: "printer" }));
  one.add(evidenceOf({ type: "dga_nxdomains", threat: "medium", timestamp: START + 5, description: "10 names" }));
  one.add(evidenceOf({ type: "dga_nxdomains", threat: "medium", timestamp: START + 9, description: "15 names" }));
  one.add(evidenceOf({ attacker: reversed }));
  alertsOf(one, many(19, { timestamp: START + 100, hostname: "reception" }));
  one.add(evidenceOf({ type: "dga_nxdomains", threat: "low", timestamp: START + 200, description: "20 names" }));
  const [{ windows, ...profile }, ...others] = one.account() as [ReturnType<Scorer["account"]>[number]];
  assert.deepEqual(others, []);
  assert.deepEqual(profile, { profile: "192.168.1.7", hostname: "reception", alerts: 1, evidence: 23 });
  assert.equal(windows.length, 1);
  const [dga, ports] = windows[0]!.evidence;
  assert.deepEqual(dga, {
    type: "dga_nxdomains",
    stage: "command_and_control",
    technique: "T1568.002",
    count: 3,
    first: START + 5,
    last: START + 200,
    total: 1.2,
    highest: 0.5,
    example: "15 names",
  });
  assert.deepEqual([ports?.type, ports?.count, ports?.total], ["unknown_port", 19, 15.2]);
  const { by_type, by_level, ...counts } = one.counts();
  assert.deepEqual(by_type, { unknown_port: 21, dga_nxdomains: 3 });
  assert.deepEqual(by_level, { info: 0, low: 1, medium: 2, high: 21, critical: 0 });
  assert.deepEqual(counts, {
    evidence: 24,
    alerts: 1,
    profiles_with_evidence: 2,
    profiles_with_alerts: 1,
    duplicates: 0,
    profiles_forgotten: 0,
    windows_forgotten: 0,
    evidence_ids_forgotten: 0,
  });
});

const anyEvidence = fc.record({
  threat: fc.constantFrom(...Object.keys(THREAT_LEVELS) as ThreatLevel[]),
  confidence: fc.oneof(fc.nat(997).map((parts) => parts / 997), fc.constantFrom(0.1, 0.2, 0.3, 0.7, 1)),
  profile: fc.constantFrom("192.168.1.7", "192.168.1.8"),
  window: fc.integer({ min: -1, max: 2 }),
  attacker: fc.constantFrom(reversed, { direction: "src", kind: "ip", value: "192.168.1.7" } as const),
}).map(evidenceOf);

Deno.test("property: sums are never negative, an alert comes exactly when the threshold is reached, and no evidence is in two", () => {
  fc.assert(fc.property(fc.array(anyEvidence, { maxLength: 120, size: "max" }), (evidence) => {
    const one = scorer(0.02); // 1.2 an hour: many alerts
    const told = new Set<string>();
    for (const piece of evidence) {
      const { score, alert } = one.add(piece);
      assert.ok(score >= 0);
      assert.equal(alert !== undefined, score >= 1.2 && piece.attacker.direction === "src");
      if (alert === undefined) continue;
      assert.ok(alert.confidence >= 0 && alert.confidence <= 1);
      assert.equal(alert.score, score);
      for (const id of alert.evidence) {
        assert.ok(!told.has(id));
        told.add(id);
      }
    }
  }));
});

Deno.test("property: within a window the order of evidence does not change its sum, to the last digit", () => {
  const shuffled = fc.array(anyEvidence, { maxLength: 60, size: "max" }).chain((evidence) =>
    fc.tuple(fc.constant(evidence), fc.shuffledSubarray(evidence, { minLength: evidence.length }))
  );
  fc.assert(fc.property(shuffled, ([evidence, other]) => {
    const sums = [evidence, other].map((order) => {
      const one = scorer(100);
      const last = new Map<string, number>();
      for (const piece of order) last.set(`${piece.profile} ${piece.window}`, one.add(piece).score);
      return [...last].sort();
    });
    assert.deepEqual(sums[0], sums[1]);
  }));
});

Deno.test("property: the same evidence gives the same alerts, ids included", () => {
  fc.assert(fc.property(fc.array(anyEvidence, { maxLength: 80, size: "max" }), (evidence) => {
    assert.deepEqual(alertsOf(scorer(0.02), evidence), alertsOf(scorer(0.02), evidence));
  }));
});
