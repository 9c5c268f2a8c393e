// Names that are resolved and never used, and the many ways in which a name is used after all.

import assert from "node:assert/strict";
import { dnsWithoutConnection } from "../../detectors/dns-without-connection.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch, type WatchOptions } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const SERVER = "93.184.216.34";
const SERVER6 = "2606:2800:220:1::1";
const NAME = "data-0123.example.net";

function resolved(answers: readonly string[] = [SERVER], fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T,
    orig_h: HOST,
    orig_p: 50_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: NAME,
    qtype_name: answers[0]?.includes(":") ? "AAAA" : "A",
    rcode_name: "NOERROR",
    answers,
    ...fields,
  });
}

const to = (resp_h: string, seconds: number, fields: Partial<RecordOf<"conn">> = {}) =>
  conn({ ts: T + seconds, orig_h: HOST, resp_h, ...fields });

function count(records: readonly AnyRecord[], options: WatchOptions = {}): number {
  return watch([dnsWithoutConnection], records, options).length;
}

proof(
  "dns_without_connection",
  "D6: a name that nobody connects to is told, at the end of the input at the latest",
  () => {
    const question = resolved();
    const [found, ...more] = watch([dnsWithoutConnection], [question, to("93.184.216.99", 60)]);
    assert.deepEqual(more, []);
    assert.deepEqual(told(found!), {
      type: "dns_without_connection",
      threat: "info",
      confidence: 0.8,
      attacker: "src ip 192.168.1.10",
      victim: "dst domain data-0123.example.net",
      profile: HOST,
      window: 1,
      timestamp: T,
      uids: [question.uid],
      description: "DNS without connection: 192.168.1.10 asked for data-0123.example.net, was told 93.184.216.34 and " +
        "connected to none of its addresses within 30 minutes",
    });
  },
);

Deno.test("D6: half an hour is waited in stream time: a connection after 29 minutes is in time, one after 31 is not", () => {
  assert.equal(count([resolved(), to(SERVER, 29 * 60)]), 0);
  assert.equal(count([resolved(), to(SERVER, 31 * 60)]), 1);
});

Deno.test("D6: a long connection is written down when it ends; what is said in it shows it before", () => {
  const ends = { orig_p: 40_000, resp_h: SERVER, resp_p: 443, ts: T + 1, orig_h: HOST };
  const hours = to(SERVER, 1, { duration: 9000 });
  assert.equal(count([resolved(), hours]), 1, "nothing else was seen of it");
  assert.equal(count([resolved(), record("ssl", { ...ends }), hours]), 0);
  assert.equal(count([resolved(), record("http", { ...ends, trans_depth: 1 }), hours]), 0);
  assert.equal(count([resolved(), record("ssh", { ...ends }), hours]), 0);
  assert.equal(count([resolved(), record("quic", { ...ends }), hours]), 0);
});

Deno.test("the connection of another host does not count", () => {
  assert.equal(count([resolved(), conn({ ts: T + 1, orig_h: "192.168.1.11", resp_h: SERVER })]), 1);
});

Deno.test("any address of the name will do: of an earlier answer, of the other family, of an alias", () => {
  const earlier = resolved(["93.184.216.50"], { ts: T - 5000, orig_h: "192.168.1.11" });
  const found = (records: AnyRecord[]) => watch([dnsWithoutConnection], records).map(({ profile }) => profile);
  assert.deepEqual(found([earlier, resolved(), to("93.184.216.50", 1)]), ["192.168.1.11"]);
  assert.equal(count([resolved(), resolved([SERVER6]), to(SERVER6, 1)]), 0);
  const alias = resolved(["93.184.216.60"], { query: "cdn.example.net", orig_h: "192.168.1.11" });
  assert.deepEqual(found([alias, resolved(["cdn.example.net", SERVER]), to("93.184.216.60", 1)]), ["192.168.1.11"]);
});

twin("dns_without_connection", "a program that asks again for what it is already connected to uses the name", () => {
  const first = resolved();
  const again = resolved([SERVER], { ts: T + 3000 });
  assert.equal(count([first, to(SERVER, 1, { duration: 20 }), again]), 0);
});

Deno.test("what was in use hours ago does not excuse a question", () => {
  assert.equal(count([resolved(), to(SERVER, 1, { duration: 20 }), resolved([SERVER], { ts: T + 9000 })]), 1);
  const after = (seconds: number) =>
    count([resolved(), to(SERVER, 10, { duration: 0 }), resolved([SERVER], { ts: T + seconds })]);
  assert.equal(after(10 + 3600), 0, "an hour is in time");
  assert.equal(after(10 + 3601), 1);
});

Deno.test("one name is told once, however often it is asked for while one waits", () => {
  const questions = [0, 10, 20].map((seconds) => resolved([SERVER], { ts: T + seconds }));
  const [found, ...more] = watch([dnsWithoutConnection], [...questions, resolved([SERVER6])]);
  assert.deepEqual(more, []);
  assert.equal(found!.uids.length, 4);
  assert.match(found!.description, /asked for data-0123\.example\.net in 4 questions/);
  assert.equal(count([resolved(), resolved([SERVER], { ts: T + 4000 })]), 2, "but told again an hour later");
});

Deno.test("questions that lead to no connection by their nature are not judged", () => {
  const quiet = [
    resolved([SERVER], { query: "printer.local" }),
    resolved([SERVER], { query: "4.3.2.1.in-addr.arpa" }),
    resolved([SERVER], { query: "wpad.corp.example" }),
    resolved([SERVER], { query: "abc.hash.cymru.com" }),
    resolved([SERVER], { query: "intranet" }),
    resolved([SERVER], { query: "*.example.net" }),
    resolved([SERVER], { qtype_name: "MX" }),
    resolved([SERVER], { rcode_name: "NXDOMAIN" }),
    resolved([]),
    resolved(["0.0.0.0"]),
    resolved(["127.0.0.1"]),
    resolved([SERVER], { resp_h: "224.0.0.252", resp_p: 5355 }),
  ];
  for (const question of quiet) assert.equal(count([question]), 0, `${question.query} ${question.answers}`);
  assert.equal(count([resolved([SERVER], { query: "carparts.example" })]), 1, "though it contains arpa");
});

Deno.test("a host with both families may have connected from its other address: nothing is told", () => {
  const mac = "08:00:27:00:00:0a";
  const six = "fd00::10";
  const family = (ip: string) =>
    conn({ ts: T - 10, orig_h: ip, resp_h: ip === six ? "fd00::1" : "192.168.1.1", orig_l2_addr: mac });
  assert.equal(count([family(HOST), family(six), resolved(), resolved([SERVER6])]), 0);
  assert.equal(count([family(HOST), resolved(), resolved([SERVER6])]), 1);
});

Deno.test("a host that asks over IPv6 for a name with IPv4 addresses connects from its other address", () => {
  const six = "2001:718:2::51a5";
  assert.equal(count([resolved([SERVER], { orig_h: six })]), 0);
  assert.equal(count([resolved([SERVER], { orig_h: six }), resolved([SERVER6], { orig_h: six })]), 1);
});

Deno.test("on live traffic the first half hour is not judged", () => {
  const begin = conn({ ts: T, orig_h: HOST, resp_h: "192.168.1.1" });
  const question = (seconds: number) => resolved([SERVER], { ts: T + seconds });
  assert.equal(count([begin, question(1799)], { live: true }), 0);
  assert.equal(count([begin, question(1800)], { live: true }), 1);
});
