import assert from "node:assert/strict";
import type { RecordOf } from "../../../../agent/dissect/analyzer.ts";
import { DNS_TCP, DNS_UDP } from "../../../../agent/dissect/protocol/dns.ts";
import { concat, hex, u16, u32, withLength16 } from "../../../craft/bytes.ts";
import { type DnsMessage, dnsMessage, dnsName, type DnsRecord } from "../../../craft/message/dns.ts";
import { random } from "../../../craft/random.ts";
import { damaged, type Heard, listen, START } from "./listen.ts";

const question = { name: "www.Example.org", type: "A" } as const;

function only(heard: Heard): RecordOf<"dns"> {
  assert.equal(heard.records.length, 1);
  return heard.records[0] as RecordOf<"dns">;
}

/** What one answer of this type looks like in the log. */
function told(type: number | DnsRecord["type"], data: DnsRecord["data"]): readonly string[] | undefined {
  const questions = [{ name: "example.org", type }];
  const answers = [{ name: "example.org", type, data }];
  return only(
    listen(DNS_UDP).client(dnsMessage({ questions })).server(dnsMessage({ response: true, questions, answers }), 0.01)
      .end(),
  ).answers;
}

Deno.test("a question and its answer become one record with the time between them", () => {
  const heard = listen(DNS_UDP)
    .client(dnsMessage({ id: 7, questions: [question] }))
    .server(
      dnsMessage({
        id: 7,
        response: true,
        questions: [question],
        answers: [
          { name: "www.example.org", type: "CNAME", data: "cdn.example.net", ttl: 60 },
          { name: "cdn.example.net", type: "A", data: "192.0.2.1", ttl: 30 },
          { name: "cdn.example.net", type: "AAAA", data: "2001:db8::1", ttl: 30 },
        ],
      }),
      0.25,
    );
  assert.deepEqual(only(heard), {
    kind: "dns",
    ts: START,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 53,
    proto: "udp",
    trans_id: 7,
    rtt: 0.25,
    query: "www.example.org",
    qclass: 1,
    qclass_name: "C_INTERNET",
    qtype: 1,
    qtype_name: "A",
    rcode: 0,
    rcode_name: "NOERROR",
    AA: false,
    TC: false,
    RD: true,
    RA: true,
    Z: 0,
    answers: ["cdn.example.net", "192.0.2.1", "2001:db8::1"],
    TTLs: [60, 30, 30],
    rejected: false,
    opcode: 0,
    opcode_name: "query",
  });
  assert.deepEqual(heard.services, ["dns"]);
});

Deno.test("questions that nobody answers are logged when the flow ends, without a time", () => {
  const heard = listen(DNS_UDP).client(dnsMessage({ id: 1, questions: [question] }));
  assert.equal(heard.records.length, 0);
  const record = only(heard.end());
  assert.equal(record.query, "www.example.org");
  assert.equal(record.rtt, undefined);
  assert.equal(record.rcode, undefined);
});

Deno.test("a name that does not exist is no answer, so it has a code but no time", () => {
  const questions = [question];
  const heard = listen(DNS_UDP).client(dnsMessage({ questions }))
    .server(dnsMessage({ response: true, rcode: "NXDOMAIN", questions }), 0.1);
  const record = only(heard);
  assert.equal(record.rcode_name, "NXDOMAIN");
  assert.equal(record.rtt, undefined);
  assert.equal(record.rejected, true);
});

Deno.test("two questions with the same id are answered oldest first", () => {
  const ask = (name: string) => dnsMessage({ id: 9, questions: [{ name, type: "A" }] });
  const reply = (data: string) => dnsMessage({ id: 9, response: true, answers: [{ name: "x", type: "A", data }] });
  const heard = listen(DNS_UDP).client(ask("one")).client(ask("two"), 1).server(reply("192.0.2.1"), 2)
    .server(reply("192.0.2.2"), 3);
  const records = heard.records as RecordOf<"dns">[];
  assert.deepEqual(records.map(({ query, answers }) => [query, ...answers!]), [["one", "192.0.2.1"], [
    "two",
    "192.0.2.2",
  ]]);
});

Deno.test("a thousand unanswered questions are not remembered all: most are logged on the way", () => {
  const heard = listen(DNS_UDP);
  for (let id = 0; id < 1000; id++) heard.client(dnsMessage({ id, questions: [question] }));
  assert.ok(heard.records.length > 900);
  heard.end();
  assert.equal(heard.records.length, 1000);
});

Deno.test("a capture that begins with the answer is turned round, and the answer logged alone", () => {
  const answer = dnsMessage({ response: true, answers: [{ name: "A.example", type: "A", data: "192.0.2.1" }] });
  const heard = listen(DNS_UDP, { orig_h: "10.0.0.1", orig_p: 5353, resp_h: "10.0.0.5", resp_p: 5353 }).client(answer)
    .end();
  const record = only(heard);
  assert.deepEqual([record.orig_h, record.resp_h, record.query, record.rtt], [
    "10.0.0.5",
    "10.0.0.1",
    "a.example",
    undefined,
  ]);
});

Deno.test("whoever sends an answer to a server's port has begun all the same", () => {
  const answer = dnsMessage({ response: true, answers: [{ name: "a.example", type: "A", data: "192.0.2.1" }] });
  const record = only(
    listen(DNS_UDP, { orig_h: "10.0.0.5", orig_p: 40_000, resp_h: "198.51.100.7", resp_p: 53 }).client(answer).end(),
  );
  assert.deepEqual([record.orig_h, record.resp_h], ["10.0.0.5", "198.51.100.7"]);
});

Deno.test("multicast DNS: every message stands alone, and the unicast bit stays in the class", () => {
  const heard = listen(DNS_UDP, { orig_p: 5353, resp_h: "224.0.0.251", resp_p: 5353 })
    .client(dnsMessage({ recursionDesired: false, questions: [{ name: "printer.local", type: "A", class: 0x8001 }] }))
    .client(dnsMessage({ response: true, answers: [{ name: "printer.local", type: "A", data: "10.0.0.9" }] }), 1);
  const [asked, announced] = heard.records as RecordOf<"dns">[];
  assert.equal(asked?.qclass_name, "qclass-32769");
  assert.deepEqual(announced?.answers, ["10.0.0.9"]);
  assert.equal(announced?.qclass, undefined);
});

Deno.test("NetBIOS names are decoded, and node status is not mistaken for SRV", () => {
  const name = "FHEPFCELEHFCEPFFFACACACACACACABL";
  const heard = listen(DNS_UDP, { orig_p: 137, resp_h: "10.0.0.255", resp_p: 137 })
    .client(dnsMessage({ id: 1, questions: [{ name, type: 33 }] })).end();
  const record = only(heard);
  assert.deepEqual([record.query, record.qtype_name, record.opcode_name], ["WORKGROUP", "NBSTAT", "netbios-query"]);
});

Deno.test("every type of record is told in Zeek's words", () => {
  const name = dnsName("ns.Example.org");
  assert.deepEqual(told("TXT", ["hello", "wörld\t"]), ["TXT 5 hello TXT 7 wörld\\x09"]);
  assert.deepEqual(told("MX", "mail.example.org"), ["mail.example.org"]);
  assert.deepEqual(told("SOA", ["ns.example.org", "root.example.org"]), ["ns.example.org"]);
  assert.deepEqual(told("SRV", ["5222", "xmpp.example.org"]), ["xmpp.example.org"]);
  assert.deepEqual(told("AAAA", "::ffff:192.0.2.1"), ["192.0.2.1"]);
  assert.deepEqual(told(44, hex("0101 00ff10")), ["SSHFP: 00ff10"]);
  assert.deepEqual(told(43, hex("1234 08 02 aabb")), ["DS 8 2"]);
  assert.deepEqual(told(48, hex("0101 03 0d aabb")), ["DNSKEY 13"]);
  assert.deepEqual(told(46, concat(hex("0001 0d 02"), new Uint8Array(14), name, "sig")), ["RRSIG 1 ns.example.org"]);
  assert.deepEqual(told(46, concat(hex("0001 0d 00"), new Uint8Array(14), hex("00"), "sig")), ["RRSIG 1 <Root>"]);
  assert.deepEqual(told(47, concat(name, hex("0001 40"))), ["NSEC example.org ns.example.org"]);
  assert.deepEqual(told(50, hex("01 00 000a 00 01 aa")), ["NSEC3"]);
  assert.deepEqual(told(51, hex("01 00 000a 00")), ["NSEC3PARAM"]);
  assert.deepEqual(told(29, hex("00 12 16 13 80000000 80000000 00989680")), ["LOC:  18 22 19"]);
  assert.deepEqual(told(99, hex("06 763d73706631")), ["SPF 6 v=spf1"]);
  assert.deepEqual(told(35, concat(hex("0064 000a 01 75 07 4532552b736970 00"), name)), [
    "NAPTR 100 10 u E2U+sip ns.example.org",
  ]);
  assert.deepEqual(told(39, name), ["<unknown type=39>"]);
  for (const unlogged of [13, 65, 257]) assert.equal(told(unlogged, hex("0001 00")), undefined);
});

Deno.test("a dynamic update is told by what it asks for, deletes and adds", () => {
  const heard = listen(DNS_UDP);
  const zone = concat(dnsName("example.org"), u16(6), u16(1));
  const record = (name: string, type: number, recordClass: number, ttl: number, data: string) =>
    concat(dnsName(name), u16(type), u16(recordClass), u32(ttl), withLength16(hex(data)));
  const update = concat(
    hex("0001 a800 0001 0001 0002 0000"),
    zone,
    record("pc.example.org", 5, 254, 0, ""),
    record("pc.example.org", 1, 255, 0, ""),
    record("pc.example.org", 1, 1, 1200, "c0000201"),
  );
  heard.server(update, 1).end();
  assert.deepEqual(only(heard).answers, [
    "pre: NoRRSet CNAME pc.example.org",
    "del: RRSet A",
    "add: A pc.example.org 192.0.2.1",
  ]);
  assert.equal(only(heard).opcode_name, "dynamic-update");
});

Deno.test("over TCP, messages are cut out of the stream wherever it is split", () => {
  const ask = (id: number) => dnsMessage({ id, questions: [{ name: `n${id}.example.org`, type: "A" }] });
  const reply = (id: number) =>
    dnsMessage({ id, response: true, answers: [{ name: "x", type: "A", data: "192.0.2.1" }] });
  const asked = concat(withLength16(ask(1)), withLength16(ask(2)));
  const replied = concat(withLength16(reply(2)), withLength16(reply(1)));
  for (let cut = 0; cut <= Math.min(asked.length, replied.length); cut++) {
    const heard = listen(DNS_TCP).client(asked.subarray(0, cut)).client(asked.subarray(cut))
      .server(replied.subarray(0, cut), 1).server(replied.subarray(cut), 1);
    assert.deepEqual(heard.records.map((record) => (record as RecordOf<"dns">).query), [
      "n2.example.org",
      "n1.example.org",
    ]);
  }
});

Deno.test("a lie about the length costs no memory and ends with the flow", () => {
  const heard = listen(DNS_TCP).client(concat(u16(0xffff), "not DNS")).end();
  assert.deepEqual(heard.weirds, ["DNS_truncated_len_lt_hdr_len"]);
  assert.deepEqual(heard.services, []);
});

Deno.test("damaged names end where the damage starts and say so", () => {
  const header = "0001 0100 0001 0000 0000 0000";
  const weirds = (body: string) => listen(DNS_UDP).client(concat(hex(header), hex(body))).weirds;
  assert.deepEqual(weirds("c00c 0001 0001"), ["DNS_label_forward_compress_offset"]);
  assert.deepEqual(weirds("c020 0001 0001"), ["DNS_label_forward_compress_offset"]);
  assert.deepEqual(weirds("3f 61 62"), ["DNS_label_len_gt_pkt", "DNS_truncated_quest_too_short"]);
  assert.deepEqual(weirds("41" + "61".repeat(65) + "00 0001 0001"), ["DNS_label_too_long"]);
  const long = ("3f" + "61".repeat(63)).repeat(5);
  assert.deepEqual(weirds(long + "00 0001 0001"), ["DNS_NAME_too_long"]);
});

Deno.test("a chain of pointers is followed only so far", () => {
  // Sixty pointers in the data of one record, each to the one before; a second record's owner points at the last.
  const chain = Array.from({ length: 60 }, (_, i) => u16(0xc000 | (i === 0 ? 12 : 23 + 2 * (i - 1))));
  const first = concat(hex("01 61 00 fff0 0001 00000000"), withLength16(concat(...chain)));
  const message = concat(
    hex("0001 8000 0000 0002 0000 0000"),
    first,
    u16(0xc000 | (25 + 2 * 58)),
    hex("0001 0001 00000000 0004 c0000201"),
  );
  const heard = listen(DNS_UDP).client(dnsMessage({ id: 1, questions: [question] })).server(message, 1);
  assert.ok(heard.weirds.includes("DNS_max_compression_chain_depth_exceeded"));
});

Deno.test("what claims hundreds of questions is not DNS, and the flow is given up", () => {
  const heard = listen(DNS_UDP).client(hex("0001 0100 0100 0000 0000 0000 00"));
  assert.equal(heard.wanting, false);
  assert.deepEqual(heard.weirds, ["DNS_Conn_count_too_large"]);
});

Deno.test("DNS is recognised on any port by a whole, plain question", () => {
  const recognise = (message: DnsMessage) => {
    const bytes = dnsMessage(message);
    return DNS_UDP.recognise(bytes, 0, bytes.length, true);
  };
  assert.equal(recognise({ questions: [question] }), "yes");
  assert.equal(recognise({ questions: [{ name: "x.org", type: 4711 }] }), "no");
  assert.equal(recognise({ questions: [] }), "no");
  const noise = random(1).bytes(60);
  assert.equal(DNS_UDP.recognise(noise, 0, noise.length, true), "no");
});

Deno.test("ten thousand damaged messages: nothing thrown, nothing endless, every record well formed", () => {
  const chance = random(53);
  const sound = [
    dnsMessage({ id: 3, questions: [question] }),
    dnsMessage({
      id: 3,
      response: true,
      questions: [question],
      answers: [
        { name: "www.example.org", type: "CNAME", data: "a.example.org" },
        { name: "a.example.org", type: "TXT", data: ["one", "two"] },
        { name: "a.example.org", type: "SOA", data: ["b.example.org", "c.example.org"] },
        { name: "a.example.org", type: 35, data: hex("0064 000a 01 75 02 6162 00 c00c") },
        { name: "a.example.org", type: 46, data: concat(hex("0001 0d 02"), new Uint8Array(14), u16(0xc00c), "sig") },
      ],
    }),
  ];
  for (let i = 0; i < 5_000; i++) {
    const protocol = i % 2 === 0 ? DNS_UDP : DNS_TCP;
    const heard = listen(protocol, i % 5 === 0 ? { resp_p: 137 } : {});
    for (const message of sound) {
      const bytes = damaged(protocol === DNS_TCP ? withLength16(message) : message, chance);
      protocol.recognise(bytes, 0, bytes.length, true);
      if (message === sound[0]) heard.client(bytes);
      else heard.server(bytes, 1);
    }
    for (const record of heard.end().records as RecordOf<"dns">[]) {
      assert.equal(record.answers?.length, record.TTLs?.length);
      assert.doesNotMatch(JSON.stringify(record), /undefined|NaN/);
    }
  }
});
