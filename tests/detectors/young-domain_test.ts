// Domains that hardly exist yet, and what is known of them.

import assert from "node:assert/strict";
import { youngDomain } from "../../detectors/young-domain.ts";
import type { Answer } from "../../agent/intel/enrich/question.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const DAY = 86_400;
const HOST = "192.168.1.10";
const SERVER = "93.184.216.34";

function question(fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: "login.bank-secure.example",
    qtype_name: "A",
    rcode_name: "NOERROR",
    answers: [SERVER],
    ...fields,
  });
}

/** What a look-up says of the domain: registered so many days before the question. */
function registered(days: number, name = "login.bank-secure.example"): Answer {
  const domain = name.split(".").slice(-2).join(".");
  return {
    question: { ask: "domain", domain: name },
    verdicts: [],
    registered: { domain, at: T - days * DAY },
  };
}

function ages(records: RecordOf<"dns">[], answers: Answer[], options = {}): string[] {
  return watch([youngDomain], records, { answers, ...options }).filter(({ profile }) => profile === HOST).map((
    { description },
  ) => /registered (.*) before/.exec(description)![1]!);
}

proof("young_domain", "a name in a domain of last week is told of the host and of every address behind it", () => {
  const asked = question({ answers: ["cdn.example", SERVER, "2606:4700::1111", "192.168.1.5"] });
  const common = {
    type: "young_domain",
    confidence: 1,
    window: 1,
    timestamp: T,
    uids: [asked.uid],
    related: 2,
    description: "Young domain: 192.168.1.10 asked for login.bank-secure.example; bank-secure.example was registered " +
      "7 days before, as domains for phishing and malware often are",
  };
  assert.deepEqual(watch([youngDomain], [asked], { answers: [registered(7.5)] }).map(told), [
    {
      ...common,
      threat: "info",
      attacker: "src ip 192.168.1.10",
      victim: "dst domain login.bank-secure.example",
      profile: HOST,
    },
    { ...common, threat: "low", attacker: "dst ip 2606:4700::1111", profile: "2606:4700::1111" },
    { ...common, threat: "low", attacker: "dst ip 93.184.216.34", profile: SERVER },
  ]);
});

twin("young_domain", "a domain of last season, and one of which nobody knows the age, are not young", () => {
  assert.deepEqual(ages([question()], [registered(60)]), []);
  assert.deepEqual(ages([question()], [registered(9000)]), []);
  assert.deepEqual(ages([question()], []), []);
  const silent: Answer = { question: { ask: "domain", domain: "login.bank-secure.example" }, verdicts: [] };
  assert.deepEqual(ages([question()], [silent]), []);
});

Deno.test("the age counts in traffic time, not by today's clock: days are whole, sixty are too many", () => {
  assert.deepEqual(ages([question()], [registered(59.9)]), ["59 days"]);
  assert.deepEqual(ages([question()], [registered(1.5)]), ["1 day"]);
  assert.deepEqual(ages([question()], [registered(0.5)]), ["less than a day"]);
  assert.deepEqual(ages([question()], [registered(-30)]), [], "registered after the traffic: a name given out anew");
});

Deno.test("names of the local network and names that lead nowhere are not asked about", () => {
  const unasked = [
    question({ query: "printer.local" }),
    question({ query: "1.1.168.192.in-addr.arpa" }),
    question({ query: "intranet" }),
    question({ answers: [] }),
    question({ answers: undefined }),
    question({ query: undefined }),
  ];
  const answers = ["printer.local", "1.1.168.192.in-addr.arpa", "intranet", "login.bank-secure.example"].map((name) =>
    registered(1, name)
  );
  assert.deepEqual(ages(unasked, answers), []);
});

Deno.test("a name is asked about once an hour, whatever its letter case", () => {
  const asked = [
    question(),
    question({ ts: T + 5, query: "Login.Bank-Secure.example" }),
    question({ ts: T + 3601 }),
  ];
  assert.deepEqual(ages(asked, [registered(7.5)]), ["7 days", "7 days"]);
});

Deno.test("how young is young can be set", () => {
  const settings = { "young-domain": { days: 365 } };
  assert.deepEqual(ages([question()], [registered(364)], { settings }), ["364 days"]);
});
