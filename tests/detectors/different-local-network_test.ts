// Private addresses from another network than ours, and the resolver that is there for a reason.

import assert from "node:assert/strict";
import { differentLocalNetwork } from "../../detectors/different-local-network.ts";
import { portScan } from "../../detectors/port-scan.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const START = 1_700_000_000;
const OURS = "192.168.1.5";
const FOREIGN = "10.0.0.9";

/** Teaches that the local network is 192.168.0.0/16. */
const browsing = () => conn({ ts: START, orig_h: OURS, resp_h: "93.184.216.34" });

function flow(orig_h: string, resp_h: string, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: START + 1, orig_h, resp_h, resp_p: 445, ...fields });
}

function question(resp_h: string, answers: string[], fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: START + 1,
    orig_h: OURS,
    orig_p: 40_000,
    resp_h,
    resp_p: 53,
    proto: "udp",
    query: "www.example.org",
    qtype_name: "A",
    answers,
    ...fields,
  });
}

function found(records: readonly AnyRecord[], options = {}) {
  return watch([differentLocalNetwork], [browsing(), ...records], options);
}

const sides = (records: readonly AnyRecord[], options = {}) =>
  found(records, options).map(({ threat, profile }) => `${threat} on ${profile}`).sort();

proof(
  "different_local_network",
  "a host of ours that talks to a private address elsewhere: the other address is the finding",
  () => {
    const share = flow(OURS, FOREIGN);
    assert.deepEqual(found([share]).map(told), [{
      type: "different_local_network",
      threat: "high",
      confidence: 1,
      attacker: "dst ip 10.0.0.9",
      victim: "src ip 192.168.1.5",
      profile: FOREIGN,
      window: 1,
      timestamp: START + 1,
      uids: [share.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 445,
      description: "Connection to private IP 10.0.0.9 outside the local network 192.168.0.0/16 " +
        "on destination port 445/tcp, from 192.168.1.5",
    }]);
  },
);

Deno.test("a private address from elsewhere that talks to one of ours", () => {
  const share = flow(FOREIGN, OURS);
  assert.deepEqual(found([share]).map(told), [{
    type: "different_local_network",
    threat: "low",
    confidence: 1,
    attacker: "src ip 10.0.0.9",
    victim: "dst ip 192.168.1.5",
    profile: FOREIGN,
    window: 1,
    timestamp: START + 1,
    uids: [share.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 445,
    description: "Connection from private IP 10.0.0.9 outside the local network 192.168.0.0/16 to 192.168.1.5 " +
      "on destination port 445/tcp",
  }]);
});

Deno.test("both ends elsewhere: both are told, every time", () => {
  assert.deepEqual(sides([flow(FOREIGN, "172.16.0.1"), flow(FOREIGN, "172.16.0.1")]), [
    "high on 172.16.0.1",
    "high on 172.16.0.1",
    "low on 10.0.0.9",
    "low on 10.0.0.9",
  ]);
});

twin(
  "different_local_network",
  "neighbours, the Internet, and a foreign address on its way out are nothing strange",
  () => {
    const innocent = [
      flow(OURS, "192.168.200.7"),
      flow(OURS, "93.184.216.34"),
      flow("93.184.216.34", OURS),
      flow(FOREIGN, "93.184.216.34"),
    ];
    assert.deepEqual(found(innocent), []);
  },
);

Deno.test("a public host that reaches a private address elsewhere is told for the destination", () => {
  assert.deepEqual(sides([flow("93.184.216.34", FOREIGN)]), ["high on 10.0.0.9"]);
});

Deno.test("addresses that are no place in a network: none yet, broadcast, multicast, loopback, IPv6", () => {
  const innocent = [
    flow("0.0.0.0", "255.255.255.255", { proto: "udp", resp_p: 67 }),
    flow("0.0.0.0", FOREIGN),
    flow(OURS, "255.255.255.255"),
    flow(FOREIGN, "224.0.0.251"),
    flow("127.0.0.1", "127.0.0.1"),
    flow("fd00::1", "fd01::2"),
    flow("fe80::1", "fe80::2"),
  ];
  assert.deepEqual(found(innocent), []);
});

Deno.test("nothing is judged before the local network is known", () => {
  assert.deepEqual(watch([differentLocalNetwork], [flow("93.184.216.34", FOREIGN)]), []);
});

Deno.test("ICMP is told without ports", () => {
  const [ping] = found([flow(OURS, FOREIGN, { proto: "icmp", orig_p: 8, resp_p: 0 })]);
  assert.match(ping!.description, /outside the local network 192\.168\.0\.0\/16 by ICMP, from 192\.168\.1\.5$/);
});

Deno.test("DNS over UDP is judged by its own record, over TCP by its connection, never twice", () => {
  const udp = flow(OURS, FOREIGN, { proto: "udp", resp_p: 53 });
  assert.deepEqual(found([udp]), []);
  assert.deepEqual(sides([udp, question(FOREIGN, [], { uid: udp.uid })]), ["high on 10.0.0.9"]);
  const tcp = flow(OURS, FOREIGN, { resp_p: 53 });
  assert.deepEqual(sides([tcp, question(FOREIGN, [], { proto: "tcp", uid: tcp.uid })]), ["high on 10.0.0.9"]);
});

Deno.test("D31: a resolver elsewhere that does not answer is told each time", () => {
  assert.deepEqual(sides([question(FOREIGN, []), question(FOREIGN, [])]), ["high on 10.0.0.9", "high on 10.0.0.9"]);
  const [evidence] = found([question(FOREIGN, [])]);
  assert.match(evidence!.description, /on destination port 53\/udp, from 192\.168\.1\.5$/);
});

Deno.test("D31: a resolver elsewhere that answers is given grace, and taken for ours at the fifth answer", () => {
  const answered = () => question(FOREIGN, ["93.184.216.34"]);
  const unanswered = () => question(FOREIGN, []);
  const told = ["high on 10.0.0.9"];
  assert.deepEqual(sides(Array.from({ length: 20 }, answered)), []);
  // Silence between the answers is told until the resolver is accepted, and no longer after that.
  const four = Array.from({ length: 4 }, answered);
  assert.deepEqual(sides([...four, unanswered(), answered(), unanswered()]), told);
  assert.deepEqual(sides([...four, unanswered(), unanswered()]), [...told, ...told]);
});

Deno.test("D31: only one resolver elsewhere is accepted", () => {
  const answered = (ip: string) => question(ip, ["93.184.216.34"]);
  const five = Array.from({ length: 5 }, () => answered(FOREIGN));
  assert.deepEqual(sides([...five, answered(FOREIGN), answered("172.16.0.53")]), ["high on 172.16.0.53"]);
});

Deno.test("D31: the grace is for the resolver, not for a foreign host that asks one", () => {
  const asked = question("192.168.1.1", ["93.184.216.34"], { orig_h: FOREIGN });
  assert.deepEqual(sides([asked]), ["low on 10.0.0.9"]);
});

Deno.test("resolvers of ours and on the Internet are nothing strange", () => {
  assert.deepEqual(found([question("192.168.1.1", []), question("9.9.9.9", [])]), []);
  assert.deepEqual(found([question("9.9.9.9", [], { orig_h: FOREIGN })]), []);
});

Deno.test("D25: with both directions watched each side is told once", () => {
  assert.deepEqual(sides([flow(FOREIGN, "172.16.0.1")], { direction: "all" }), [
    "high on 172.16.0.1",
    "low on 10.0.0.9",
  ]);
});

Deno.test("a scanner that knocks at addresses elsewhere says nothing about them, until somebody answers", () => {
  const knocks = Array.from(
    { length: 30 },
    (_, n) => conn({ ts: START + n, orig_h: OURS, resp_h: `172.16.7.${n}`, resp_p: 22, conn_state: "S0" }),
  );
  const open = conn({ ts: START + 60, orig_h: OURS, resp_h: "172.16.7.200", resp_p: 22 });
  const profiles = watch([portScan, differentLocalNetwork], [...knocks, open]).map(({ profile }) => profile);
  assert.equal(profiles.filter((profile) => profile !== OURS).length, 10);
  assert.equal(profiles.at(-1), "172.16.7.200");
});
