// Many services, each in its own time: one answer, within quotas, later after failures, and never again after a refusal.

import assert from "node:assert/strict";
import { LookupFailure } from "../../../../agent/intel/enrich/http.ts";
import { createLookup } from "../../../../agent/intel/enrich/lookup.ts";
import type { Question, Service } from "../../../../agent/intel/enrich/question.ts";
import { createQuota } from "../../../../agent/intel/enrich/quota.ts";
import { rememberAnswers } from "../../../../agent/intel/enrich/remembered.ts";
import type { Part, ServiceDefinition } from "../../../../agent/intel/enrich/service.ts";

/** A service that answers as it is told. */
function service(name: Service, ask: (question: Question) => Promise<Part>, perMinute = 6000): ServiceDefinition {
  return { name, perMinute, hosts: () => [], answers: ({ ask }) => ask === "file" || ask === "url", ask };
}

const says = (name: Service, words: string): Part => ({ verdicts: [{ service: name, says: "malicious", words }] });
const file = (md5: string): Question => ({ ask: "file", md5 });

function lookup(services: ServiceDefinition[], perDay: Partial<Record<Service, number>> = {}) {
  const warnings: string[] = [];
  const settings = { timeout: 1, dns: { ip: "127.0.0.1", port: 53 }, keys: {}, rdap: {} };
  const made = createLookup({ services, settings, perMinute: {}, perDay, warn: (sentence) => warnings.push(sentence) });
  return { ...made, warnings };
}

Deno.test("what several services say is one answer, in their order, whoever was first", async () => {
  const one = lookup([
    service("urlhaus", () => new Promise((resolve) => setTimeout(() => resolve(says("urlhaus", "slow")), 30))),
    service("hashlookup", () => Promise.resolve(says("hashlookup", "fast"))),
  ]);
  const asked = await one.ask(file("a"));
  assert.deepEqual(asked?.answer.verdicts.map(({ words }) => words), ["slow", "fast"]);
  assert.deepEqual(asked?.services, ["urlhaus", "hashlookup"]);
  assert.deepEqual(asked?.answer.question, file("a"));
  assert.equal(await one.ask({ ask: "domain", domain: "a.example" }), undefined);
});

Deno.test("a question asked twice at the same time is asked once", async () => {
  let asked = 0;
  const one = lookup([
    service("urlhaus", () => {
      asked++;
      return new Promise((resolve) => setTimeout(() => resolve(says("urlhaus", "")), 10));
    }),
  ]);
  await Promise.all([one.ask(file("a")), one.ask(file("a")), one.ask(file("b"))]);
  assert.equal(asked, 2);
  assert.deepEqual(one.counts().asked, { urlhaus: 2 });
});

Deno.test("a service that fails costs its own part only, and is told once", async () => {
  const one = lookup([
    service("urlhaus", () => Promise.reject(new LookupFailure("HOST refuses to answer", "refused"))),
    service("hashlookup", () => Promise.resolve(says("hashlookup", "yes"))),
  ]);
  for (const md5 of ["a", "b", "c"]) {
    assert.deepEqual((await one.ask(file(md5)))?.services, ["hashlookup"]);
  }
  // After a refusal it was not asked any more.
  assert.deepEqual(one.counts(), { asked: { urlhaus: 1, hashlookup: 3 }, failed: { urlhaus: 1 }, skipped: 2 });
  assert.deepEqual(one.warnings, ["Look-up urlhaus: HOST refuses to answer; it is not asked any more."]);
});

Deno.test("no more questions a day than agreed; the others are left out and counted", async () => {
  const one = lookup([service("virustotal", () => Promise.resolve(says("virustotal", "")))], { virustotal: 2 });
  const answers = await Promise.all(["a", "b", "c"].map((md5) => one.ask(file(md5))));
  assert.deepEqual(answers.map((each) => each !== undefined), [true, true, false]);
  assert.equal(one.counts().skipped, 1);
});

Deno.test("what waits for a slow service is bounded", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => go = resolve);
  const one = lookup([service("urlhaus", () => gate.then(() => says("urlhaus", "")))]);
  const asked = Array.from({ length: 300 }, (_, index) => one.ask(file(String(index))));
  assert.equal(one.counts().skipped, 300 - 256 - 1);
  go();
  assert.equal((await Promise.all(asked)).filter((each) => each !== undefined).length, 257);
});

Deno.test("a quota fills up again, by the minute and by the day", () => {
  const quota = createQuota(4, 6);
  for (let i = 0; i < 4; i++) {
    assert.equal(quota.wait(0), 0);
    quota.spend(0);
  }
  assert.equal(quota.wait(0), 15_000);
  assert.equal(quota.wait(15_000), 0);
  quota.spend(15_000);
  quota.spend(30_000);
  assert.equal(quota.wait(45_000), Infinity);
  assert.equal(quota.wait(86_400_000), 0);
});

Deno.test("what a service allows is divided among those who share it, also into less than one a minute", () => {
  const quota = createQuota(4, 9);
  quota.divide(8);
  for (const at of [0, 120_000, 240_000]) {
    assert.equal(quota.wait(at), at === 0 ? 0 : Infinity);
    if (at === 0) quota.spend(at);
  }
  quota.divide(2);
  assert.equal(quota.wait(240_000), 0);
  const slow = createQuota(4);
  slow.divide(8);
  slow.spend(0);
  assert.equal(slow.wait(0), 120_000);
  assert.equal(slow.wait(120_000), 0);
});

Deno.test("pauses double with every failure, up to a quarter of an hour; a service may name its own", () => {
  const quota = createQuota(6000);
  const pauses = Array.from({ length: 10 }, () => {
    quota.failed(new LookupFailure("", "failed"), 0);
    return quota.wait(0) / 1000;
  });
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  quota.succeeded();
  quota.failed(new LookupFailure("", "limited", 90), 0);
  assert.equal(quota.wait(0), 90_000);
  quota.failed(new LookupFailure("", "limited"), 0);
  assert.equal(quota.wait(0), 60_000);
});

const T = 1_700_000_000;
const HOUR = 3600;

Deno.test("answers are remembered as long as they are worth something, and written and read again", () => {
  const remembered = rememberAnswers();
  const domain: Question = { ask: "domain", domain: "a.example" };
  const url: Question = { ask: "url", url: "http://a.example/" };
  remembered.add({
    at: T,
    services: ["rdap"],
    answer: { question: domain, verdicts: [], registered: { domain: "a.example", at: 1 } },
  });
  remembered.add({ at: T, services: ["urlhaus"], answer: { question: url, ...says("urlhaus", "x") } as never });
  remembered.add({
    at: T,
    services: ["urlhaus"],
    answer: { question: file("a"), verdicts: [{ service: "urlhaus", says: "unknown", words: "" }] },
  });
  const again = rememberAnswers(`${remembered.text(T)}not JSON\n{"answer":{}}\n`);
  for (const answers of [remembered, again]) {
    assert.equal(answers.find(domain, ["rdap"], T + 29 * 24 * HOUR)?.registered?.at, 1);
    assert.equal(answers.find(domain, ["rdap"], T + 31 * 24 * HOUR), undefined);
    assert.equal(answers.find(url, ["urlhaus"], T + 23 * HOUR)?.verdicts.length, 1);
    assert.equal(answers.find(url, ["urlhaus"], T + 25 * HOUR), undefined);
    // What nobody knew may be known soon.
    assert.equal(answers.find(file("a"), ["urlhaus"], T + 5 * HOUR)?.verdicts[0]?.says, "unknown");
    assert.equal(answers.find(file("a"), ["urlhaus"], T + 7 * HOUR), undefined);
    // A service that was switched on since has not had its say.
    assert.equal(answers.find(url, ["urlhaus", "virustotal"], T + HOUR), undefined);
    assert.deepEqual(answers.good(T + 2 * 24 * HOUR).map(({ question }) => question.ask), ["domain"]);
  }
  // A clock that was set back does not make answers eternal.
  assert.equal(remembered.find(domain, ["rdap"], T - HOUR), undefined);
});

Deno.test("no more answers are kept than agreed, the oldest go", () => {
  const remembered = rememberAnswers();
  for (let i = 0; i < 17_000; i++) {
    const question: Question = { ask: "domain", domain: `d${i}.example` };
    remembered.add({
      at: T,
      services: ["rdap"],
      answer: { question, verdicts: [], registered: { domain: "", at: 1 } },
    });
  }
  assert.equal(remembered.good(T).length, 16_384);
  assert.equal(remembered.find({ ask: "domain", domain: "d0.example" }, ["rdap"], T), undefined);
});
