// The graded scorer: what different findings say together.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Alert,
  type Evidence,
  EVIDENCE_TYPES,
  type EvidenceType,
  THREAT_LEVELS,
  type ThreatLevel,
} from "../../../agent/evidence/evidence.ts";
import { createGradedScorer, SENSITIVITIES, type Sensitivity } from "../../../agent/evidence/graded.ts";
import { gradedConfidence, steps } from "../../../agent/evidence/grading.ts";
import type { Scorer } from "../../../agent/evidence/scorer.ts";
import { MEANINGS, TELLING } from "../../../agent/evidence/stages.ts";
import { DETECTORS } from "../../../detectors/index.ts";
import { evidenceOf, START } from "./evidence.ts";

const HOUR = 3600;

function scorer(sensitivity: Sensitivity = "normal", windowWidth = HOUR): Scorer {
  return createGradedScorer({ sensitivity, windowWidth, origin: () => START });
}

function alertsOf(one: Scorer, evidence: readonly Evidence[]): Alert[] {
  return evidence.flatMap((piece) => one.add(piece).alert ?? []);
}

/** The score after all of it. */
function scoreOf(evidence: readonly Evidence[], one = scorer()): number {
  return evidence.reduce((_, piece) => one.add(piece).score, 0);
}

/** A finding as it is told: at 1, 2, 5, 10, … and last at `count`. */
function repeated(count: number, parts: Partial<Evidence>): Evidence[] {
  const first = evidenceOf(parts);
  const told = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].filter((number) => number < count);
  return [...told, count].map((number, at) => ({ ...first, count: number, count_before: told[at - 1] ?? 0 }));
}

const scan = (parts: Partial<Evidence> = {}) => evidenceOf({ type: "vertical_port_scan", ...parts });
const guess = (parts: Partial<Evidence> = {}) => evidenceOf({ type: "password_guessing", threat: "medium", ...parts });
const upload = (parts: Partial<Evidence> = {}) =>
  evidenceOf({ type: "data_upload", threat: "info", confidence: 0.6, ...parts });
const strangePort = (parts: Partial<Evidence> = {}) => evidenceOf({ type: "unknown_port", ...parts });

Deno.test("one scan that leaves no doubt is an alert; by the field's arithmetic it took nineteen", () => {
  const [alert, ...more] = alertsOf(scorer("low"), [scan()]);
  assert.deepEqual(more, []);
  assert.equal(alert?.score, 160);
  assert.equal(alert?.confidence, 0.9);
  assert.deepEqual(alert?.new_stages, ["reconnaissance"]);
});

Deno.test("a scan of which the detector is not sure is not conclusive, but still weighs", () => {
  assert.deepEqual(alertsOf(scorer(), [scan({ confidence: 0.3 })]), []);
  assert.equal(scoreOf([scan({ confidence: 0.3 })]), 48);
});

Deno.test("noise stays noise: a thousand calls to strange ports, plain HTTP and private addresses make no alert", () => {
  const one = scorer();
  const noise = [
    ...repeated(5000, { type: "unknown_port" }),
    ...repeated(5000, { type: "http_traffic", threat: "info" }),
    ...repeated(5000, { type: "connection_to_private_ip", threat: "info" }),
    ...repeated(5000, { type: "long_connection", threat: "low", confidence: 0.3 }),
  ];
  assert.deepEqual(alertsOf(one, noise), []);
});

Deno.test("repeats add on a log scale and reach a cap: ten times as often is twice as much", () => {
  const scores = [1, 10, 100, 1000, 5000].map((count) =>
    scoreOf(repeated(count, { type: "weird_http_method", threat: "medium" }))
  );
  assert.deepEqual(scores, [25, 50, 75, 100, 100]);
  const ordinary = [1, 10, 100, 1000].map((count) => scoreOf(repeated(count, { type: "unknown_port" })));
  assert.deepEqual(ordinary, [20, 40, 40, 40]);
});

Deno.test("a bot that knocks in vain at a strange port every minute is alerted on, not after twenty knocks", () => {
  assert.equal(alertsOf(scorer(), repeated(50, { type: "unknown_port", threat: "medium" })).length, 1);
  assert.deepEqual(alertsOf(scorer(), repeated(20, { type: "unknown_port", threat: "medium" })), []);
});

Deno.test("different stages multiply: a guessed password and then an upload weigh more than both alone", () => {
  const guessed = scoreOf([guess()]);
  assert.equal(guessed, 100);
  assert.equal(scoreOf([guess(), upload()]), 186);
  // (100 + 24) and half as much again.
});

Deno.test("information counts only in company: an upload alone says nothing", () => {
  assert.equal(scoreOf([upload()]), 0);
  assert.equal(scoreOf([upload(), evidenceOf({ type: "long_connection", threat: "low" })]), 0 + 5);
  const context = evidenceOf({ type: "http_traffic", threat: "info" });
  assert.equal(scoreOf([guess(), context]), 100);
});

Deno.test("within a stage the second type counts half and the third a quarter: they tell of the same thing", () => {
  const types: EvidenceType[] = ["unknown_port", "non_ssl_port_443_connection", "incompatible_cn"];
  const evidence = types.map((type) => evidenceOf({ type, threat: "high" }));
  // 20 and 20 and (unusual) 40.
  assert.equal(scoreOf(evidence), 40 + 10 + 5);
});

Deno.test("a scanner's tries at strange ports are part of its scan; a bot's knocking is its search for a master", () => {
  const tried = evidenceOf({ type: "unknown_port", threat: "medium" });
  const [alert] = alertsOf(scorer(), [tried, scan()]);
  assert.equal(alert?.score, 160 + 25, "no second stage");
  assert.deepEqual(alert?.stages.map(({ stage, findings }) => [stage, findings.length]), [["reconnaissance", 2]]);
  const [bot] = alertsOf(scorer(), repeated(50, { type: "unknown_port", threat: "medium" }));
  assert.deepEqual(bot?.stages.map(({ stage }) => stage), ["command_and_control"]);
});

Deno.test("D22: what others did to a host does not count against it", () => {
  const suffered = scan({ attacker: { direction: "dst", kind: "ip", value: "198.51.100.1" } });
  assert.equal(scoreOf([suffered]), 0);
  assert.deepEqual(alertsOf(scorer("high"), [suffered]), []);
});

Deno.test("D25: a finding told on both ends counts once, and so does one that is told twice", () => {
  const one = guess();
  assert.equal(scoreOf([one, one]), 100);
  const other = guess({ profile: "192.168.1.8", attacker: { direction: "dst", kind: "ip", value: "192.168.1.7" } });
  const ledger = scorer();
  assert.equal(scoreOf([one, other], ledger), 0);
  assert.equal(scoreOf([evidenceOf({ type: "http_traffic", threat: "info" })], ledger), 100);
});

Deno.test("a host has one alert in a window; it is updated when a stage appears or the score has doubled, and not else", () => {
  const story = [
    scan({ timestamp: START }),
    ...Array.from({ length: 30 }, (_, at) => scan({ timestamp: START + 60 + at })),
    guess({ timestamp: START + 600 }),
    guess({ timestamp: START + 601 }),
  ];
  const one = scorer();
  const alerts = alertsOf(one, story);
  assert.deepEqual(alerts.map(({ ordinal }) => ordinal), [1, 2, 3]);
  assert.deepEqual(alerts.map(({ new_stages }) => new_stages), [["reconnaissance"], [], ["access"]]);
  assert.deepEqual(alerts.map(({ updates }) => updates), [undefined, alerts[0]!.id, alerts[1]!.id]);
  assert.equal(new Set(alerts.map(({ id }) => id)).size, 3);
  assert(alerts[1]!.score >= 2 * alerts[0]!.score);
  assert.equal(one.counts().alerts, 1);
  assert.equal(one.account()[0]!.alerts, 1);
  const { stages } = alerts[2]!;
  assert.deepEqual(stages.map(({ stage, first }) => [stage, first - START]), [["reconnaissance", 0], ["access", 600]]);
});

Deno.test("a slow attack: what one hour leaves behind counts half in the next, and at most as much as the next has itself", () => {
  const weak = (window: number) =>
    evidenceOf({ type: "incompatible_cn", window, threat: "medium", timestamp: START + (window - 1) * HOUR });
  const arpScans = (window: number) =>
    Array.from({ length: 20 }, () => evidenceOf({ type: "arp_scan", threat: "low", window }));
  const one = scorer();
  assert.deepEqual(alertsOf(one, [...repeated(20, weak(1))]), []);
  // 58 before, halved: 29; and 50 of another stage now; half as much again would be 119, but twice 50 is the most.
  const guesses = guess({ window: 2, confidence: 0.5 });
  const [alert] = alertsOf(one, [guesses]);
  assert.equal(alert?.score, 100);
  assert.deepEqual(alert?.stages.map(({ stage }) => stage), ["command_and_control", "access"]);
  assert(scoreOf([guess({ window: 9, confidence: 0.5 })], one) < 51, "after a night nearly nothing is left");
  // The past alone makes no alert.
  const other = scorer();
  alertsOf(other, [scan({ window: 1 })]);
  assert.deepEqual(alertsOf(other, arpScans(2).slice(0, 1)), []);
});

Deno.test("a benign host that does the same ordinary things every hour is not worse for it", () => {
  const one = scorer();
  const hour = (window: number) => [
    ...repeated(60, { type: "unknown_port", window }),
    ...repeated(100, { type: "non_ssl_port_443_connection", threat: "medium", confidence: 0.8, window }),
  ];
  const scores = Array.from({ length: 24 }, (_, at) => scoreOf(hour(at + 1), one));
  assert.deepEqual(new Set(scores).size, 1);
});

Deno.test("sensitivity: what is an alert at high and not at normal, at normal and not at low", () => {
  const alerts = (one: Sensitivity, evidence: Evidence[]) => alertsOf(scorer(one), evidence).length;
  const half = guess({ confidence: SENSITIVITIES.high / 100 });
  assert.deepEqual([alerts("high", [half]), alerts("normal", [half])], [1, 0]);
  const more = guess({ confidence: SENSITIVITIES.normal / 100 });
  assert.deepEqual([alerts("normal", [more]), alerts("low", [more])], [1, 0]);
});

Deno.test("an alert that just comes about is more likely right than not; each further threshold halves the doubt", () => {
  assert.deepEqual([80, 160, 240, 8000].map((score) => gradedConfidence(score, 80)), [0.6, 0.8, 0.9, 0.99]);
});

Deno.test("counts step in the series 1, 2, 5, 10", () => {
  assert.deepEqual([1, 2, 4, 5, 9, 10, 19, 20, 50, 99, 100, 999, 1000].map(steps), [
    0,
    1,
    1,
    2,
    2,
    3,
    3,
    4,
    5,
    5,
    6,
    8,
    9,
  ]);
});

Deno.test("each type is told with a technique that one of its detectors explains it by", () => {
  for (const type of EVIDENCE_TYPES) {
    const explained = DETECTORS.flatMap(({ raises }) => raises[type]?.techniques ?? []);
    const { technique } = MEANINGS[type];
    assert(explained.length === 0 || explained.includes(technique), `${type}: ${technique} is none of ${explained}`);
  }
});

Deno.test("what is worth nothing is only ever informational: no detector's warning is lost on the scorer", () => {
  for (const { raises } of DETECTORS) {
    for (const [type, { threats }] of Object.entries(raises)) {
      if (MEANINGS[type as EvidenceType].telling === "context") assert.deepEqual(threats, ["info"], type);
    }
  }
});

Deno.test("memory is bounded: a flood of forged hosts leaves the alerted ones", () => {
  const one = scorer();
  alertsOf(one, [scan()]);
  for (let i = 0; i < 21_000; i++) one.add(strangePort({ profile: `10.${i >> 16}.${i >> 8 & 255}.${i & 255}` }));
  assert.deepEqual(one.account().map(({ profile }) => profile), ["192.168.1.7"]);
  assert.equal(one.counts().profiles_with_evidence, 20_001);
  for (let window = 1; window <= 60; window++) one.add(scan({ window, timestamp: START + window * HOUR }));
  assert.equal(one.counts().windows_forgotten, 10);
});

const anyEvidence = fc.record({
  type: fc.constantFrom(...EVIDENCE_TYPES),
  threat: fc.constantFrom(...Object.keys(THREAT_LEVELS) as ThreatLevel[]),
  confidence: fc.oneof(fc.nat(997).map((parts) => parts / 997), fc.constantFrom(0.1, 0.3, 0.8, 1)),
  profile: fc.constantFrom("192.168.1.7", "192.168.1.8"),
  window: fc.integer({ min: 1, max: 3 }),
  timestamp: fc.integer({ min: START, max: START + HOUR }),
  count: fc.constantFrom(1, 2, 5, 10, 100),
  direction: fc.constantFrom("src" as const, "dst" as const),
}).map(({ direction, ...parts }) =>
  evidenceOf({ ...parts, since: START, attacker: { direction, kind: "ip", value: parts.profile } })
);
const oneWindow = fc.array(anyEvidence, { maxLength: 40, size: "max" }).map((list) =>
  list.map((evidence) => ({ ...evidence, window: 1, profile: "192.168.1.7" }))
);

Deno.test("property: the order of evidence within a window does not change its score, nor whether there is an alert", () => {
  const shuffled = oneWindow.chain((evidence) =>
    fc.tuple(fc.constant(evidence), fc.shuffledSubarray(evidence, { minLength: evidence.length }))
  );
  fc.assert(fc.property(shuffled, ([evidence, other]) => {
    assert.equal(scoreOf(evidence), scoreOf(other));
    const alerted = [evidence, other].map((order) => alertsOf(scorer(), order).length > 0);
    assert.equal(alerted[0], alerted[1]);
  }));
});

Deno.test("property: more evidence never lowers a score, and no score exceeds the caps", () => {
  // Each type at most four times its highest worth, halved by rank within a stage; four stages, two and a half times.
  const most = 100 * TELLING.telling / 4 * 4 * 2 * 4 * 2.5;
  fc.assert(fc.property(oneWindow, (evidence) => {
    const one = scorer();
    let before = 0;
    for (const piece of evidence) {
      const { score } = one.add(piece);
      assert(score >= before);
      assert(score <= most);
      assert(Number.isInteger(Math.round(score * 1e6) / 1e3));
      before = score;
    }
  }));
});

Deno.test("property: an alert comes when the threshold is reached, at most one a window, and its updates are few", () => {
  fc.assert(fc.property(fc.array(anyEvidence, { maxLength: 120, size: "max" }), (evidence) => {
    const one = scorer();
    const alerts = alertsOf(one, evidence);
    const windows = new Map<string, Alert[]>();
    for (const alert of alerts) {
      const key = `${alert.profile} ${alert.window}`;
      windows.set(key, [...windows.get(key) ?? [], alert]);
      assert(alert.confidence >= 0.6 && alert.confidence <= 0.99);
      assert(alert.stages.length > 0 && alert.stages.every(({ findings }) => findings.length > 0));
    }
    for (const [first, ...updates] of windows.values()) {
      assert.equal(first!.updates, undefined);
      // The four stages, and doublings from 40 points to the caps.
      assert(updates.length <= 4 + Math.log2(16_000 / 40));
      for (const update of updates) assert.notEqual(update.updates, undefined);
    }
    assert.equal(one.counts().alerts, windows.size);
  }));
});

Deno.test("property: the same evidence gives the same alerts, ids included", () => {
  fc.assert(fc.property(fc.array(anyEvidence, { maxLength: 80, size: "max" }), (evidence) => {
    assert.deepEqual(alertsOf(scorer("high"), evidence), alertsOf(scorer("high"), evidence));
  }));
});
