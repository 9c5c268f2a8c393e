// HTTP in the clear: told once for every request.

import assert from "node:assert/strict";
import { httpTraffic } from "../../detectors/http-traffic.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const ends = { ts: T, orig_h: "192.168.1.10", orig_p: 40_000, resp_h: "93.184.216.34", resp_p: 80 };

proof("http_traffic", "a request that anybody on the way can read is told", () => {
  const request = record("http", { ...ends, trans_depth: 1, method: "GET", host: "example.net", uri: "/" });
  const [found, ...more] = watch([httpTraffic], [request]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "http_traffic",
    threat: "info",
    confidence: 1,
    attacker: "src ip 192.168.1.10",
    victim: "dst ip 93.184.216.34",
    profile: "192.168.1.10",
    window: 1,
    timestamp: T,
    uids: [request.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    description:
      "Unencrypted HTTP traffic from 192.168.1.10 to 93.184.216.34 (port 80), which anybody on the way can " +
      "read and change",
  });
});

twin("http_traffic", "the same page over TLS, or a connection to port 80 that says nothing, is none", () => {
  const silent = [record("ssl", { ...ends, resp_p: 443 }), conn({ ...ends, service: "http" })];
  assert.deepEqual(watch([httpTraffic], silent), []);
});
