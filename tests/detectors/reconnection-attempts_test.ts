// Who comes back after being refused, and how often is too often.

import assert from "node:assert/strict";
import { reconnectionAttempts } from "../../detectors/reconnection-attempts.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const START = 1_700_000_000;

function tries(count: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn">[] {
  return Array.from({ length: count }, (_, n) =>
    conn({
      ts: START + n,
      orig_h: "10.0.2.15",
      resp_h: "123.22.123.22",
      resp_p: 1177,
      conn_state: "REJ",
      duration: 0,
      orig_pkts: 1,
      resp_pkts: 1,
      ...fields,
    }));
}

const telnet = (count: number, fields: Partial<RecordOf<"conn">> = {}) =>
  tries(count, { conn_state: "S0", resp_p: 23, ...fields });

function found(records: readonly RecordOf<"conn">[], options = {}) {
  return watch([reconnectionAttempts], records, options);
}

proof("multiple_reconnection_attempts", "a bot that is refused five times by its server keeps coming back", () => {
  const records = tries(5);
  assert.deepEqual(found(records).map(told), [{
    type: "multiple_reconnection_attempts",
    threat: "medium",
    confidence: 0.5,
    attacker: "src ip 10.0.2.15",
    victim: "dst ip 123.22.123.22",
    profile: "10.0.2.15",
    window: 1,
    timestamp: START + 4,
    uids: records.map(({ uid }) => uid),
    description: "Multiple reconnection attempts from 10.0.2.15 to 123.22.123.22: 5 connections, refused each time",
  }]);
});

Deno.test("four times are patience; after each report the count begins anew", () => {
  assert.deepEqual(found(tries(4)), []);
  assert.equal(found(tries(9)).length, 1);
  const [, second] = found(tries(10));
  assert.equal(second!.timestamp, START + 9);
  assert.equal(second!.uids.length, 5);
});

twin(
  "multiple_reconnection_attempts",
  "only refusals count: not silence, not success, not a connection that was reset later",
  () => {
    for (const conn_state of ["S0", "SF", "RSTR", "RSTO", "S1"]) assert.deepEqual(found(tries(20, { conn_state })), []);
  },
);

Deno.test("five ports or five hosts are not the same door", () => {
  assert.deepEqual(found([1, 2, 3, 4, 5].flatMap((n) => tries(4, { resp_p: n }))), []);
  assert.deepEqual(found([1, 2, 3, 4, 5].flatMap((n) => tries(4, { resp_h: `123.22.123.${n}` }))), []);
});

Deno.test("four in one window and four in the next are four", () => {
  const later = tries(4, {}).map((flow) => ({ ...flow, ts: flow.ts + 60 }));
  assert.deepEqual(found([...tries(4), ...later], { windowWidth: 60 }), []);
  assert.equal(found([...tries(4), ...later], { windowWidth: 3600 }).length, 1);
});

Deno.test("telnet: four connections in vain, at either of its ports, refused or not", () => {
  const records = [...telnet(2), ...telnet(1, { resp_p: 2323 }), ...telnet(1, { conn_state: "REJ" })];
  const [evidence, ...more] = found(records);
  assert.deepEqual(more, []);
  assert.deepEqual(evidence!.uids, records.map(({ uid }) => uid));
  assert.equal(
    evidence!.description,
    "Multiple reconnection attempts from 10.0.2.15 to 123.22.123.22: 4 connections, by telnet, in vain",
  );
});

Deno.test("telnet: three in vain, or any number that succeed, are an administrator at work", () => {
  assert.deepEqual(found(telnet(3)), []);
  assert.deepEqual(found(telnet(20, { conn_state: "SF" })), []);
  assert.deepEqual(found(telnet(20, { proto: "udp" })), []);
  assert.deepEqual(found(telnet(20, { resp_p: 22 })), []);
});

Deno.test("a refused telnet connection counts for both", () => {
  const descriptions = found(telnet(5, { conn_state: "REJ" })).map(({ description }) => description.split(": ")[1]);
  assert.deepEqual(descriptions, ["4 connections, by telnet, in vain", "5 connections, refused each time"]);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(found(tries(5), { direction: "all" }).length, 1);
});
