// MySQL and PostgreSQL: named once both sides have spoken as they should; the stream is handed on when they turn to TLS.

import type { Protocol } from "../../analyzer.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { type Look, uint16, uint32 } from "./look.ts";

/** Packet header of MySQL's client/server protocol: length in three bytes, low first, and sequence number. */
const MYSQL_HEADER = 4;
/** The SSL request is a handshake response cut off behind its filler; it has this capability set (CLIENT_SSL). */
const MYSQL_SSL_REQUEST_BYTES = 32;
const MYSQL_CLIENT_SSL = 0x0800;
/** Longest version in a greeting, bytes. */
const LONGEST_VERSION = 64;

/** The server's greeting: protocol 9 or 10 and its version, printable and ended by a zero. */
const mysqlServer: Look = (bytes, start, end) => {
  const length = end - start;
  if ((length > 2 && bytes[start + 2] !== 0) || (length > 3 && bytes[start + 3] !== 0)) return "no";
  if (length < MYSQL_HEADER + 6) return "more";
  const version = bytes[start + MYSQL_HEADER];
  if (version !== 10 && version !== 9) return "no";
  for (let at = start + MYSQL_HEADER + 1; at < end; at++) {
    if (bytes[at] === 0) return at > start + MYSQL_HEADER + 1 ? "yes" : "no";
    if (bytes[at]! < 0x20 || bytes[at]! > 0x7e || at - start > LONGEST_VERSION) return "no";
  }
  return "more";
};

/** The client's answer is the packet with number 1. */
const mysqlClient: Look = (bytes, start, end) => {
  if (end - start < MYSQL_HEADER + 2) return "more";
  return bytes[start + 3] === 1 && bytes[start + 2]! <= 1 ? "yes" : "no";
};

const MYSQL_LOOKS = { client: mysqlClient, server: mysqlServer, telling: "server" } as const;

export const MYSQL: Protocol = {
  name: "mysql",
  transport: "tcp",
  ports: [3306],
  recognise: (bytes, start, end, fromOrig) => recogniseLabel(MYSQL_LOOKS, bytes, start, end, fromOrig),
  analyze(flow, output) {
    const client = newFirstBytes(MYSQL_LOOKS.client);
    const server = newFirstBytes(MYSQL_LOOKS.server);
    return {
      deliver(fromOrig, bytes, start, end) {
        const answer = judge(fromOrig ? client : server, bytes, start, end);
        if (answer === "no") return false;
        if (client.answer !== "yes" || server.answer !== "yes") return true;
        output.service(flow, "mysql");
        const request = start + MYSQL_HEADER;
        const length = bytes[start]! | bytes[start + 1]! << 8;
        const wantsTls = fromOrig && length === MYSQL_SSL_REQUEST_BYTES && request + length <= end &&
          ((bytes[request]! | bytes[request + 1]! << 8) & MYSQL_CLIENT_SSL) !== 0;
        if (wantsTls) output.upgrade(flow, "ssl", request + length);
        return false;
      },
      gap: () => false,
      finish() {},
    };
  },
};

/** First messages of PostgreSQL's protocol 3.x (its documentation, section 55.7): a length and one of these codes. */
const POSTGRESQL_VERSION_3 = 3;
const POSTGRESQL_SSL_REQUEST = 80877103;
const POSTGRESQL_GSS_REQUEST = 80877104;
const POSTGRESQL_CANCEL = 80877102;
/** Longest startup message that the server accepts (MAX_STARTUP_PACKET_LENGTH). */
const LONGEST_STARTUP = 10_000;
const YES_TO_TLS = 0x53, NO_TO_TLS = 0x4e;
const AUTHENTICATION = 0x52, ERROR = 0x45, NEGOTIATE_VERSION = 0x76;

const postgresqlClient: Look = (bytes, start, end) => {
  if (end - start < 8) return end - start > 0 && bytes[start] !== 0 ? "no" : "more";
  const length = uint32(bytes, start);
  const code = uint32(bytes, start + 4);
  if (code === POSTGRESQL_SSL_REQUEST || code === POSTGRESQL_GSS_REQUEST) return length === 8 ? "yes" : "no";
  if (code === POSTGRESQL_CANCEL) return length === 16 ? "yes" : "no";
  return uint16(bytes, start + 4) === POSTGRESQL_VERSION_3 && length >= 9 && length <= LONGEST_STARTUP ? "yes" : "no";
};

const postgresqlServer: Look = (bytes, start, end) => {
  const first = bytes[start];
  if (first === YES_TO_TLS || first === NO_TO_TLS) return end - start === 1 ? "yes" : "no";
  if (first !== AUTHENTICATION && first !== ERROR && first !== NEGOTIATE_VERSION) return "no";
  if (end - start < 5) return "more";
  return uint32(bytes, start + 1) >= 8 && uint32(bytes, start + 1) <= LONGEST_STARTUP ? "yes" : "no";
};

const POSTGRESQL_LOOKS = { client: postgresqlClient, server: postgresqlServer, telling: "client" } as const;

export const POSTGRESQL: Protocol = {
  name: "postgresql",
  transport: "tcp",
  ports: [5432],
  recognise: (bytes, start, end, fromOrig) => recogniseLabel(POSTGRESQL_LOOKS, bytes, start, end, fromOrig),
  analyze(flow, output) {
    const client = newFirstBytes(POSTGRESQL_LOOKS.client);
    const server = newFirstBytes(POSTGRESQL_LOOKS.server);
    let wantsTls = false;
    return {
      deliver(fromOrig, bytes, start, end) {
        if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
        if (fromOrig && end - start >= 8) wantsTls ||= uint32(bytes, start + 4) === POSTGRESQL_SSL_REQUEST;
        if (client.answer !== "yes" || server.answer !== "yes") return true;
        output.service(flow, "postgresql");
        if (!fromOrig && wantsTls && bytes[start] === YES_TO_TLS) output.upgrade(flow, "ssl");
        return false;
      },
      gap: () => false,
      finish() {},
    };
  },
};
