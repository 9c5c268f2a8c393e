// Several unusual ports of one host, seen from the client's and from the host's side.

import assert from "node:assert/strict";
import { HOSTS_KEPT, multiplePorts } from "../../detectors/multiple-ports.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const CLIENT = "10.0.0.5";
const SERVER = "198.51.100.7";
const START = 1_700_000_000;

/** A connection that came to be and whose protocol nobody recognised. */
function unknown(resp_p: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: START, orig_h: CLIENT, resp_h: SERVER, resp_p, ...fields });
}

const counts = (records: readonly RecordOf<"conn">[], options = {}) =>
  watch([multiplePorts], records, options).map(({ uids }) => uids.length);

proof("connection_to_multiple_ports", "connections to two unusual ports of a host are worth a note", () => {
  const records = [unknown(5555), unknown(4444)];
  assert.deepEqual(watch([multiplePorts], records).map(told), [{
    type: "connection_to_multiple_ports",
    threat: "info",
    confidence: 0.5,
    attacker: "src ip 10.0.0.5",
    victim: "dst ip 198.51.100.7",
    profile: CLIENT,
    window: 1,
    timestamp: START,
    uids: records.map(({ uid }) => uid),
    proto: "tcp",
    description:
      "Connection to multiple ports 4444, 5555 of 198.51.100.7 from 10.0.0.5; no usual service is found there",
  }]);
});

twin("connection_to_multiple_ports", "one port is not several, however often it is used", () => {
  assert.deepEqual(counts([unknown(4444), unknown(4444), unknown(4444)]), []);
});

Deno.test("each further port is told, with the latest connection to each", () => {
  const records = [unknown(4444), unknown(5555), unknown(4444), unknown(48101)];
  const found = watch([multiplePorts], records);
  assert.equal(found.length, 2);
  assert.deepEqual(new Set(found[1]!.uids), new Set(records.slice(1).map(({ uid }) => uid)));
});

Deno.test("hosts are counted apart: one port on each of many is nothing, two on the second are told like the first", () => {
  assert.deepEqual(counts(Array.from({ length: 50 }, (_, n) => unknown(4444 + n, { resp_h: `198.51.100.${n}` }))), []);
  const second = { resp_h: "198.51.100.8" };
  const records = [unknown(4444), unknown(5555), unknown(48101), unknown(4444, second), unknown(5555, second)];
  assert.deepEqual(watch([multiplePorts], records).map(({ victim }) => victim!.value), [
    SERVER,
    SERVER,
    "198.51.100.8",
  ]);
});

Deno.test("usual ports, recognised protocols, UDP and connections that failed do not count", () => {
  const innocent = [
    unknown(4444),
    unknown(443),
    unknown(22),
    unknown(5555, { service: "ssl" }),
    unknown(48101, { proto: "udp" }),
    unknown(48102, { conn_state: "S0" }),
    unknown(48103, { conn_state: "REJ" }),
  ];
  assert.deepEqual(counts(innocent), []);
});

Deno.test("a new window begins anew", () => {
  assert.deepEqual(counts([unknown(4444), unknown(5555, { ts: START + 60 })], { windowWidth: 60 }), []);
});

Deno.test("D28: the host whose ports they are is told of them too, when both directions are watched", () => {
  const records = [unknown(4444), unknown(5555)];
  const uids = records.map(({ uid }) => uid);
  const found = watch([multiplePorts], records, { direction: "all" }).map(told);
  assert.equal(found.length, 2, "D25: once for each end");
  assert.deepEqual(found[1], {
    type: "connection_to_multiple_ports",
    threat: "info",
    confidence: 0.5,
    attacker: "dst ip 198.51.100.7",
    victim: "src ip 10.0.0.5",
    profile: SERVER,
    window: 1,
    timestamp: START,
    uids,
    proto: "tcp",
    description: "Connection to multiple ports 4444, 5555 of 198.51.100.7 by 10.0.0.5; " +
      "198.51.100.7 has unusual services open",
  });
});

Deno.test("D28: two clients at one port each do not make several ports", () => {
  const records = [unknown(4444), unknown(5555, { orig_h: "10.0.0.6" })];
  assert.deepEqual(counts(records, { direction: "all" }), []);
});

Deno.test("a long list of ports is cut in the sentence", () => {
  const records = Array.from({ length: 25 }, (_, n) => unknown(48_101 + n));
  const last = watch([multiplePorts], records).at(-1)!;
  assert.match(last.description, /48101, 48102, .* 48120 and 5 more of 198\.51\.100\.7/);
  assert.equal(last.uids.length, 25);
});

Deno.test("what is remembered of hosts is bounded: the one used longest ago goes first", () => {
  const others = Array.from({ length: HOSTS_KEPT }, (_, n) => unknown(4444, { resp_h: `10.${n >> 8}.${n & 255}.9` }));
  assert.deepEqual(counts([unknown(4444), ...others, unknown(5555)]), []);
  assert.deepEqual(counts([unknown(4444), ...others.slice(0, 100), unknown(5555)]), [2]);
});
