// TXT answers: data that looks like noise, and texts that people and mail servers read.

import assert from "node:assert/strict";
import { entropyOf, highEntropyTxt } from "../../detectors/high-entropy-txt.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const RESOLVER = "8.8.8.8";
const NOISE = "TXT 60 q7Gm2ZrT9xWcY4pLbN8sKd1VfH6uJ3eAoQ5iRzXtMwCyPgBnSkDvFhUjE0aO";
const SPF = "TXT 36 v=spf1 include:_spf.example.com ~all";

function answer(answers: readonly string[], fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T,
    orig_h: HOST,
    orig_p: 50_000,
    resp_h: RESOLVER,
    resp_p: 53,
    proto: "udp",
    query: "c2.example.net",
    qtype_name: "TXT",
    answers,
    ...fields,
  });
}

proof(
  "high_entropy_dns_answer",
  "an answer like noise is told of the one who asked and of the resolver who answered",
  () => {
    const dns = answer([NOISE]);
    const found = watch([highEntropyTxt], [dns]);
    const description =
      `DNS TXT answer with high entropy (5.88 bits per character), as encrypted data has: ${HOST} asked ` +
      `${RESOLVER} for c2.example.net, answer "${NOISE}"`;
    const both = {
      type: "high_entropy_dns_answer",
      confidence: 0.6,
      window: 1,
      timestamp: T,
      uids: [dns.uid],
      related: 1,
      description,
    };
    assert.deepEqual(found.map(told), [
      { ...both, threat: "low", attacker: "src ip 192.168.1.10", profile: HOST },
      { ...both, threat: "medium", attacker: "dst ip 8.8.8.8", profile: RESOLVER },
    ]);
    assert.deepEqual(found[0]!.related, [found[1]!.id]);
  },
);

twin("high_entropy_dns_answer", "a mail server's policy is text", () => {
  assert.deepEqual(watch([highEntropyTxt], [answer([SPF])]), []);
});

Deno.test("entropy is counted in bits per character", () => {
  assert.equal(entropyOf("aaaa"), 0);
  assert.equal(entropyOf("abab"), 1);
  assert.equal(entropyOf("0123456789abcdef"), 4);
  assert.equal(entropyOf(""), 0);
});

Deno.test("the threshold itself is reported, a little less is not", () => {
  // 32 characters, 31 different ones: two thirty-seconds of one, a thirty-second of each other.
  const exact = "TXT " + "0123456789abcdefghijklmnopqr";
  assert.equal(entropyOf(exact), 4.9375);
  const atThreshold = { settings: { "high-entropy-txt": { entropy: 4.9375 } } };
  assert.equal(watch([highEntropyTxt], [answer([exact])], atThreshold).length, 2);
  assert.equal(watch([highEntropyTxt], [answer([exact])]).length, 0);
});

Deno.test("other answers are no TXT, however they look; each TXT answer is told", () => {
  assert.deepEqual(watch([highEntropyTxt], [answer([NOISE.replace("TXT 60 ", "") + ".example.net"])]), []);
  assert.equal(watch([highEntropyTxt], [answer([NOISE, SPF, NOISE])]).length, 4);
});

Deno.test("a host that announces itself to a group by mDNS is told alone: the group is nobody", () => {
  const found = watch([highEntropyTxt], [answer([NOISE], { resp_h: "224.0.0.251", resp_p: 5353 })]);
  assert.deepEqual(found.map(({ profile, threat }) => `${profile} ${threat}`), ["192.168.1.10 low"]);
  assert.match(found[0]!.description, /192\.168\.1\.10 told 224\.0\.0\.251 about c2\.example\.net, answer/);
  assert.deepEqual(watch([highEntropyTxt], [answer([NOISE], { orig_h: "224.0.0.251" })]), []);
});

Deno.test("a long answer is cut in the sentence, and so is a long name", () => {
  const [found] = watch([highEntropyTxt], [answer([NOISE.repeat(100)], { query: "a.".repeat(5000) })]);
  assert.ok(found!.description.length < 700);
  assert.match(found!.description, /…"$/);
});
