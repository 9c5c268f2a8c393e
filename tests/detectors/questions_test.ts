// Detectors that ask the world outside: answers come at a place of the stream that depends on nothing but their order.

import assert from "node:assert/strict";
import type { Evidence } from "../../agent/evidence/evidence.ts";
import type { Answer } from "../../agent/intel/enrich/question.ts";
import { createRouter } from "../../agent/profile/router.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { defineDetector } from "../../detectors/contract.ts";
import { createEngine, type Engine } from "../../detectors/engine.ts";
import { record } from "./harness.ts";

const T = 1_700_000_000;

/** Asks how old every domain is, and finds those that are known to be young. */
const curious = defineDetector({
  name: "curious",
  summary: "Asks.",
  raises: { young_domain: { meaning: "", threats: ["low"], techniques: [], falsePositives: "", whatToDo: "" } },
  settings: {},
  on: {
    dns: ({ query }, context) => context.ask({ ask: "domain", domain: query! }, { query }),
  },
  answered(note, { registered }, context) {
    if (registered === undefined) throw new Error("no answer");
    context.raise({
      type: "young_domain",
      threat: "low",
      confidence: 1,
      attacker: { direction: "src", kind: "ip", value: context.profile },
      description: `${(note as { query: string }).query} is young`,
    });
  },
});

const asked = (ts: number, orig_h: string, query: string): AnyRecord =>
  record("dns", { ts, orig_h, orig_p: 1, resp_h: "192.168.1.1", resp_p: 53, proto: "udp", query, uid: `C${ts}` });

const answer = (domain: string): Answer => ({
  question: { ask: "domain", domain },
  verdicts: [],
  registered: { domain, at: T - 86_400 },
});

/** Batches of records through one engine; between them `between` may answer. */
function run(
  engine: Engine,
  batches: readonly (readonly AnyRecord[])[],
  between: (batch: number) => void = () => {},
): Evidence[] {
  const router = createRouter({ workers: 1, direction: "out", profiles: 1000, clientIps: [] });
  const found: Evidence[] = [];
  for (const [index, records] of batches.entries()) {
    const steps: Parameters<Engine["process"]>[0]["steps"] = [];
    for (const each of records) router.route(each, each.ts, (_, step) => steps.push(step));
    const batch = {
      serial: index + 1,
      origin: router.origin(),
      clock: router.clock(),
      steps,
      last: index + 1 === batches.length,
    };
    for (const { evidence } of engine.process(batch)) if (evidence !== undefined) found.push(evidence);
    between(index + 1);
  }
  assert.deepEqual(engine.health().map(({ firstFailure }) => firstFailure), [undefined]);
  return found;
}

const engine = (online: boolean, answers: readonly Answer[] = [], live = false) =>
  createEngine({
    detectors: [curious],
    settings: {},
    windowWidth: 3600,
    live,
    asked: online ? ["domain"] : [],
    answers,
  });

Deno.test("offline nobody is asked, and what is remembered is answered while the record is in hand", () => {
  const one = engine(false, [answer("young.example")]);
  const found = run(one, [[asked(T, "10.0.0.1", "young.example"), asked(T + 1, "10.0.0.1", "other.example")]]);
  assert.deepEqual(found.map(({ description, timestamp, uids }) => [description, timestamp, uids]), [
    ["young.example is young", T, [`C${T}`]],
  ]);
  assert.deepEqual(one.questions(), []);
  assert.equal(one.counters().questions_unanswered, 0);
});

Deno.test("a question is sent once, and all who asked are told at the beginning of the batch after the answer", () => {
  const one = engine(true);
  const sent: string[][] = [];
  const found = run(one, [
    [
      asked(T, "10.0.0.1", "young.example"),
      asked(T + 1, "10.0.0.2", "young.example"),
      asked(T + 2, "10.0.0.1", "slow.example"),
    ],
    [asked(T + 10, "10.0.0.3", "young.example")],
    [asked(T + 20, "10.0.0.3", "late.example")],
  ], (batch) => {
    sent.push(one.questions().map((question) => question.ask === "domain" ? question.domain : ""));
    if (batch === 1) one.answer([answer("young.example")], []);
  });
  assert.deepEqual(sent, [["young.example", "slow.example"], [], ["late.example"]]);
  assert.deepEqual(found.map(({ profile, timestamp, uids }) => [profile, timestamp, uids]), [
    ["10.0.0.1", T, [`C${T}`]],
    ["10.0.0.2", T + 1, [`C${T + 1}`]],
    ["10.0.0.3", T + 10, [`C${T + 10}`]],
  ]);
  // slow.example and late.example.
  assert.equal(one.counters().questions_unanswered, 2);
});

Deno.test("a detector that fails over an answer loses that finding only", () => {
  const one = engine(false, [{ question: { ask: "domain", domain: "a.example" }, verdicts: [] }, answer("b.example")]);
  const router = createRouter({ workers: 1, direction: "out", profiles: 1000, clientIps: [] });
  const steps: Parameters<Engine["process"]>[0]["steps"] = [];
  for (const each of [asked(T, "10.0.0.1", "a.example"), asked(T, "10.0.0.1", "b.example")]) {
    router.route(each, each.ts, (_, step) => steps.push(step));
  }
  const found = one.process({ serial: 1, origin: T, clock: T, steps, last: true });
  assert.deepEqual(found.map(({ evidence }) => evidence?.description), ["b.example is young"]);
  assert.equal(one.health()[0]!.failures, 1);
});

Deno.test("a question that nobody could answer is sent again when somebody asks again", () => {
  const one = engine(true);
  const sent: number[] = [];
  run(one, [
    [asked(T, "10.0.0.1", "a.example")],
    [asked(T + 10, "10.0.0.2", "b.example")],
    [asked(T + 20, "10.0.0.2", "a.example")],
  ], (batch) => {
    sent.push(one.questions().length);
    if (batch === 1) one.answer([], [{ ask: "domain", domain: "a.example" }]);
  });
  assert.deepEqual(sent, [1, 1, 1]);
  assert.equal(one.counters().questions_unanswered, 3);
});

Deno.test("on a wire answers grow old, and are asked for again; in a file time is that of the traffic", () => {
  const DAYS_31 = 31 * 86_400;
  const stories = [true, false].map((live) => {
    const one = engine(true, [answer("young.example")], live);
    const records = [asked(T, "10.0.0.1", "young.example"), asked(T + DAYS_31, "10.0.0.1", "young.example")];
    const found = run(one, records.map((each) => [each]));
    return [found.length, one.questions().length];
  });
  assert.deepEqual(stories, [[1, 1], [2, 0]]);
});
