// An office morning as the connection detectors see it: first nothing, then one host that somebody else has taken over.

import assert from "node:assert/strict";
import { dataUpload } from "../../detectors/data-upload.ts";
import { differentLocalNetwork } from "../../detectors/different-local-network.ts";
import { longConnection } from "../../detectors/long-connection.ts";
import { multiplePorts } from "../../detectors/multiple-ports.ts";
import { nonHttpPort80 } from "../../detectors/non-http-port-80.ts";
import { nonSslPort443 } from "../../detectors/non-ssl-port-443.ts";
import { port0 } from "../../detectors/port-0.ts";
import { portScan } from "../../detectors/port-scan.ts";
import { privateIp } from "../../detectors/private-ip.ts";
import { reconnectionAttempts } from "../../detectors/reconnection-attempts.ts";
import { unknownPort } from "../../detectors/unknown-port.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";

const ALL = [
  portScan,
  longConnection,
  port0,
  privateIp,
  reconnectionAttempts,
  unknownPort,
  multiplePorts,
  differentLocalNetwork,
  dataUpload,
  nonHttpPort80,
  nonSslPort443,
];

const EIGHT = 1_700_000_000;
const GATEWAY = "192.168.1.1";
const DESK = "192.168.1.20";
const TAKEN = "192.168.1.66";
const MASTER = "185.220.100.7";

type Fields = Partial<RecordOf<"conn">>;

function at(minute: number, orig_h: string, resp_h: string, resp_p: number, fields: Fields = {}): RecordOf<"conn"> {
  return conn({ ts: EIGHT + minute * 60, orig_h, resp_h, resp_p, ...fields });
}

/** What a desk does in a morning: names, time, the web, mail, a phone's push messages, an upload of a few pictures. */
function morning(host: string): AnyRecord[] {
  const records: AnyRecord[] = [
    record("notice", { ts: EIGHT, note: "Gateway_addr_identified", src: GATEWAY }),
    at(0, host, "129.6.15.28", 123, { proto: "udp", service: "ntp" }),
  ];
  for (let minute = 1; minute < 180; minute++) {
    const site = `93.184.${minute % 7}.34`;
    records.push(
      at(minute, host, GATEWAY, 53, { proto: "udp", service: "dns" }),
      at(minute, host, site, 443, { service: "ssl", orig_bytes: 5000, resp_bytes: 90_000 }),
      at(minute, host, site, 80, { service: "http" }),
    );
    // Now and then a server is down, or a connection is cut off before anybody said what it is.
    if (minute % 30 === 0) records.push(at(minute, host, "93.184.0.99", 443, { conn_state: "S0", history: "S" }));
    if (minute % 45 === 0) records.push(at(minute, host, site, 443, { conn_state: "S1" }));
  }
  records.push(
    at(181, host, "17.57.146.20", 5223, { service: "ssl", duration: 1200 }),
    at(182, host, "151.101.1.20", 993, { service: "ssl", duration: 1400 }),
    at(183, host, "151.101.1.30", 443, { service: "ssl", orig_bytes: 60_000_000 }),
  );
  return records;
}

Deno.test("an ordinary morning at a desk is told by nobody", () => {
  assert.deepEqual(watch(ALL, morning(DESK)), []);
});

Deno.test("a host that was taken over is told step by step", () => {
  const knocks = Array.from(
    { length: 12 },
    (_, n) =>
      at(20 + n / 60, TAKEN, "192.168.1.7", 20 + n, { conn_state: "REJ", history: "Sr", orig_pkts: 1, resp_pkts: 1 }),
  );
  const worm = Array.from(
    { length: 12 },
    (_, n) =>
      at(30 + n / 60, TAKEN, `203.0.114.${n}`, 23, { conn_state: "S0", history: "S", orig_pkts: 1, resp_pkts: 0 }),
  );
  const story = [
    ...morning(DESK).slice(0, 30),
    // It calls its master, is refused, and comes back; then holds the line, on a port of no service.
    ...Array.from({ length: 5 }, (_, n) => at(10 + n, TAKEN, MASTER, 4444, { conn_state: "REJ", history: "Sr" })),
    at(15, TAKEN, MASTER, 4444, { duration: 2400 }),
    // It looks round its neighbour, then outside for telnet.
    ...knocks,
    ...worm,
    // It takes what it found out through port 443, in its own tongue.
    at(40, TAKEN, MASTER, 443, { orig_bytes: 150_000_000, duration: 120 }),
  ].sort((a, b) => a.ts + (a.kind === "conn" ? a.duration ?? 0 : 0) - b.ts - (b.kind === "conn" ? b.duration ?? 0 : 0));
  const evidence = watch(ALL, story);
  assert.ok(evidence.every(({ profile }) => profile === TAKEN || profile === MASTER), "nobody else is named");
  const steps = evidence.filter(({ profile }) => profile === TAKEN).map(({ type }) => type);
  assert.deepEqual([...new Set(steps)], [
    "unknown_port",
    "multiple_reconnection_attempts",
    "connection_to_private_ip",
    "vertical_port_scan",
    "horizontal_port_scan",
    "data_upload",
    "non_ssl_port_443_connection",
    "long_connection",
  ]);
});
