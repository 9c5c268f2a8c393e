// Port 443 without TLS, and the TLS around it that clears it. What both ports share is told in the tests of port 80.

import assert from "node:assert/strict";
import { CONNECTIONS_NOTED } from "../../detectors/missing-service.ts";
import { nonSslPort443 } from "../../detectors/non-ssl-port-443.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const START = 1_700_000_000;

/** A connection to port 443 in which nobody recognised TLS. */
function odd(at: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: START + at, orig_h: "10.0.2.15", resp_h: "194.132.197.198", resp_p: 443, ...fields });
}

const ssl = (at: number, fields: Partial<RecordOf<"conn">> = {}) => odd(at, { service: "ssl", ...fields });

const count = (records: readonly RecordOf<"conn">[], options = {}) => watch([nonSslPort443], records, options).length;

proof(
  "non_ssl_port_443_connection",
  "a connection to port 443 that does not speak TLS is told on the source's side",
  () => {
    const tunnel = odd(0);
    assert.deepEqual(watch([nonSslPort443], [tunnel]).map(told), [{
      type: "non_ssl_port_443_connection",
      threat: "medium",
      confidence: 0.8,
      attacker: "src ip 10.0.2.15",
      victim: "dst ip 194.132.197.198",
      profile: "10.0.2.15",
      window: 1,
      timestamp: START,
      uids: [tunnel.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 443,
      description: "non-SSL established connection to port 443. destination IP: 194.132.197.198, " +
        "2000 bytes exchanged with 10.0.2.15",
    }]);
  },
);

twin("non_ssl_port_443_connection", "TLS is fine, alone or together with what it carries", () => {
  assert.equal(count([ssl(0), odd(1, { service: "ssl,http" }), odd(2, { service: "smtp,ssl" })]), 0);
});

Deno.test("another protocol is not TLS, whatever its name", () => {
  assert.equal(count([odd(0, { service: "http" })]), 1);
});

Deno.test("connections that failed, carried nothing, or are QUIC are not judged", () => {
  const innocent = [
    odd(0, { conn_state: "REJ" }),
    odd(1, { orig_bytes: 0, resp_bytes: 0 }),
    odd(2, { proto: "udp" }),
    odd(3, { resp_p: 8443 }),
  ];
  assert.equal(count(innocent), 0);
});

Deno.test("TLS between the same hosts within five minutes on either side clears it, further away it does not", () => {
  assert.equal(count([ssl(0), odd(300)]), 0);
  assert.equal(count([ssl(0), odd(301)]), 1);
  assert.equal(count([odd(0), ssl(300)]), 0);
  assert.equal(count([odd(0), ssl(301)]), 1);
});

Deno.test("D41: after hours of TLS the silence after it counts, and what was long ago is not taken for now", () => {
  const regular = Array.from({ length: 45 }, (_, n) => ssl(n * 240));
  assert.equal(count([...regular, odd(44 * 240 + 299)]), 0);
  assert.equal(count([...regular, odd(44 * 240 + 900)]), 1);
});

Deno.test("however much TLS a host spoke elsewhere meanwhile, what clears a doubt is remembered", () => {
  const elsewhere = Array.from(
    { length: CONNECTIONS_NOTED + 5 },
    (_, n) => ssl(2 + n / 10, { resp_h: `198.51.100.${n % 200}` }),
  );
  assert.equal(count([ssl(0), ...elsewhere, odd(100)]), 0);
  assert.equal(count([...elsewhere, odd(100), ...elsewhere]), 1);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(count([odd(0)], { direction: "all" }), 1);
});

Deno.test("of a connection that was seen in part little can be said: its beginning, where TLS shows, was missed", () => {
  const sure = (fields: Partial<RecordOf<"conn">>) =>
    watch([nonSslPort443], [odd(0, fields)]).map(({ threat, confidence }) => `${threat} ${confidence}`);
  assert.deepEqual(sure({ history: "ShADad", missed_bytes: 0 }), ["medium 0.8"]);
  assert.deepEqual(sure({ history: "DdAa" }), ["info 0.1"]);
  assert.deepEqual(sure({ history: "hADad" }), ["info 0.1"]);
  assert.deepEqual(sure({ history: "SADad" }), ["info 0.1"]);
  assert.deepEqual(sure({ history: "ShADgd", missed_bytes: 1 }), ["info 0.1"]);
  const [found] = watch([nonSslPort443], [odd(0, { history: "DdAa" })]);
  assert.match(found!.description, /; unsure, as only a part of it was seen$/);
});

Deno.test("flows without a history say what was spoken only where the input shows content", () => {
  const flow = odd(10, { history: undefined, conn_state: "CON" });
  const confidence = (records: Parameters<typeof watch>[1]) =>
    watch([nonSslPort443], records).map((one) => one.confidence);
  assert.deepEqual(
    confidence([flow]),
    [],
    "Argus and NetFlow recognise no services, so that none is said says nothing",
  );
  const name = record("ssl", {
    ts: START,
    orig_h: "10.0.2.20",
    orig_p: 1,
    resp_h: "10.0.2.21",
    resp_p: 443,
    server_name: "www.example.com",
  });
  assert.deepEqual(confidence([name, flow]), [0.8], "Suricata does");
});
