// Port 80 without HTTP, and the HTTP around it that clears it.

import assert from "node:assert/strict";
import { nonHttpPort80 } from "../../detectors/non-http-port-80.ts";
import { DOUBTS_KEPT } from "../../detectors/missing-service.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const START = 1_700_000_000;
const CLIENT = "10.0.2.15";
const SERVER = "194.132.197.198";

/** A connection to port 80 in which nobody recognised HTTP. */
function odd(at: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: START + at, orig_h: CLIENT, resp_h: SERVER, resp_p: 80, ...fields });
}

function http(at: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return odd(at, { service: "http", ...fields });
}

/** When the odd connections that were found began, in seconds from the start. */
function found(records: readonly RecordOf<"conn">[], options = {}): number[] {
  const first = conn({ ts: START, orig_h: "10.0.2.99", resp_h: "10.0.2.98", proto: "udp", duration: 0 });
  return watch([nonHttpPort80], [first, ...records], options).filter(({ profile }) => profile === CLIENT)
    .map(({ timestamp }) => timestamp - START);
}

proof("non_http_port_80_connection", "a connection to port 80 that speaks something else is told on both ends", () => {
  const tunnel = odd(0);
  const common = {
    type: "non_http_port_80_connection",
    confidence: 0.8,
    window: 1,
    timestamp: START,
    uids: [tunnel.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    related: 1,
  };
  assert.deepEqual(watch([nonHttpPort80], [tunnel]).map(told), [
    {
      ...common,
      threat: "low",
      attacker: "src ip 10.0.2.15",
      victim: "dst ip 194.132.197.198",
      profile: CLIENT,
      description: "non-HTTP established connection to port 80. destination IP: 194.132.197.198, " +
        "2000 bytes exchanged with 10.0.2.15",
    },
    {
      ...common,
      threat: "medium",
      attacker: "dst ip 194.132.197.198",
      victim: "src ip 10.0.2.15",
      profile: SERVER,
      description: "non-HTTP established connection to port 80. source IP: 10.0.2.15, " +
        "2000 bytes exchanged with 194.132.197.198",
    },
  ]);
});

Deno.test("every such connection is told", () => {
  assert.deepEqual(found([odd(0), odd(10), odd(20)]), [0, 10, 20]);
});

Deno.test("HTTP is fine, alone or in a list; other words are not HTTP", () => {
  assert.deepEqual(found([http(0)]), []);
  assert.deepEqual(found([odd(0, { service: "ssl,http" })]), []);
  assert.deepEqual(found([odd(0, { service: "ssl" }), odd(1, { service: "" })]), [0, 1]);
});

twin(
  "non_http_port_80_connection",
  "connections that failed, carried nothing, or are not TCP to port 80 are not judged",
  () => {
    const innocent = [
      odd(0, { conn_state: "S0" }),
      odd(1, { orig_bytes: 0, resp_bytes: 0 }),
      odd(2, { orig_bytes: undefined, resp_bytes: undefined }),
      odd(3, { proto: "udp" }),
      odd(4, { resp_p: 8080 }),
    ];
    assert.deepEqual(found(innocent), []);
  },
);

Deno.test("a single byte from the server is something that was said", () => {
  assert.deepEqual(found([odd(0, { orig_bytes: 0, resp_bytes: 1 })]), [0]);
});

Deno.test("HTTP between the same hosts in the five minutes before clears it, a second earlier does not", () => {
  assert.deepEqual(found([http(0), odd(300)]), []);
  assert.deepEqual(found([http(0), odd(301)]), [301]);
});

Deno.test("HTTP between the same hosts in the five minutes after clears it, a second later does not", () => {
  assert.deepEqual(found([odd(0), http(300)]), []);
  assert.deepEqual(found([odd(0), http(300, { duration: 80 })]), [], "it took a while to end");
  assert.deepEqual(found([odd(0), odd(301, { resp_h: "194.132.197.1" }), http(301)]), [0, 301]);
});

Deno.test("HTTP of another host, to another host, or on another port clears nothing", () => {
  assert.deepEqual(found([http(0, { resp_h: "194.132.197.1" }), odd(1)]), [1]);
  assert.deepEqual(found([http(0, { orig_h: "10.0.2.16" }), odd(1)]), [1]);
  assert.deepEqual(found([http(0, { resp_p: 8080 }), odd(1)]), [1]);
  assert.deepEqual(found([http(0, { conn_state: "S0" }), odd(1)]), [1]);
});

Deno.test("it is decided when five minutes have passed in the traffic, or at its end", () => {
  const order = watch([nonHttpPort80], [
    odd(0),
    odd(100, { orig_h: "10.0.2.16" }),
    odd(5000, { orig_h: "10.0.2.17" }),
  ]).filter(({ attacker }) => attacker.direction === "src").map(({ profile }) => profile);
  assert.deepEqual(order, ["10.0.2.15", "10.0.2.16", "10.0.2.17"]);
});

Deno.test("a long connection is told in the window in which it began", () => {
  const [long] = watch([nonHttpPort80], [odd(0, { duration: 10_000 }), odd(10_001, { resp_p: 8080 })]);
  assert.equal(long!.timestamp, START);
  assert.equal(long!.window, 1);
});

Deno.test("D41: HTTP hours ago clears a connection of that time that is written only now, and no later one", () => {
  const hour = 3600;
  // A client that speaks HTTP every four minutes for three hours, beside one odd connection that was open all along.
  const regular = Array.from({ length: 45 }, (_, n) => http(n * 240));
  assert.deepEqual(found([...regular, odd(10, { duration: 3 * hour })]), []);
  assert.deepEqual(found([...regular, odd(4 * hour)]), [4 * hour]);
  assert.deepEqual(found([...regular, odd(44 * 240 + 299)]), []);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(watch([nonHttpPort80], [odd(0)], { direction: "all" }).length, 2, "one finding, on both ends");
});

Deno.test("with too many in doubt the next is judged at once, and none is lost", () => {
  const records = Array.from({ length: DOUBTS_KEPT + 10 }, () => odd(0));
  assert.equal(found(records).length, records.length);
});

Deno.test("how long to look around can be set", () => {
  const options = { settings: { "non-http-port-80": { wait: 10 } } };
  assert.deepEqual(found([http(0), odd(10)], options), []);
  assert.deepEqual(found([http(0), odd(11)], options), [11]);
});

Deno.test("a connection that was seen in part is told on both ends, unsurely", () => {
  const levels = watch([nonHttpPort80], [odd(0, { history: "DdAa" })]).map((
    { threat, confidence },
  ) => [threat, confidence]);
  assert.deepEqual(levels, [["info", 0.1], ["info", 0.1]]);
});
