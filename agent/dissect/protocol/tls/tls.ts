// TLS over TCP: the record layer (RFC 8446 section 5) of every version, from SSL 2.0's ClientHello to TLS 1.3.
// Record bodies are stepped over where they say nothing; nothing but handshake messages is ever kept.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../../analyzer.ts";
import { feedHandshake, type HandshakeStream, openHandshakeStream } from "./handshake-stream.ts";
import { onHandshake } from "./messages.ts";
import { isDraftVersion, Version } from "./names.ts";
import {
  addHistory,
  finishSession,
  isClientSide,
  onAlert,
  onChangeCipherSpec,
  onEstablished,
  onViolation,
  openSession,
  recordOf,
  type TlsContext,
  type TlsSession,
} from "./session.ts";
import { feedSsl2, openSsl2, type Ssl2 } from "./ssl2.ts";

/** Zeek's ports (base/protocols/ssl/main.zeek). */
const PORTS = [443, 563, 585, 614, 636, 989, 990, 992, 993, 995, 5223];

/** IANA, TLS Parameters, "TLS ContentType". */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const;

/** Bytes of a record's header: type, version, length. */
export const HEADER_LENGTH = 5;

/** Bytes of a stream before which recognition does not say no. */
const RECOGNITION_LENGTH = 11;

/** TLS, its state shared with the run through `context`. */
export function tlsProtocol(context: TlsContext): Protocol {
  return {
    name: "ssl",
    transport: "tcp",
    ports: PORTS,
    recognise,
    analyze: (flow, output) => analyzeTls(flow, output, context),
  };
}

/** A hello at the start, of a client or (after at most one alert) of a server; SSL 2.0 only from a client. */
function recognise(bytes: Uint8Array, start: number, end: number, fromOrig: boolean): Recognition {
  const length = end - start;
  if (length === 0) return "more";
  const first = bytes[start]!;
  if (first !== ContentType.handshake && first !== ContentType.alert) {
    return fromOrig && (first & 0x80) !== 0 ? recogniseSsl2(bytes, start, end) : "no";
  }
  if (length > 1 && bytes[start + 1] !== 3) return "no";
  if (length > 2 && bytes[start + 2]! > 3) return "no";
  if (first === ContentType.alert) {
    const inner = start + HEADER_LENGTH + 2;
    if (length > 4 && (bytes[start + 3] !== 0 || bytes[start + 4] !== 2)) return "no";
    return end <= inner ? "more" : bytes[inner] === ContentType.alert ? "no" : recognise(bytes, inner, end, fromOrig);
  }
  if (length > 5 && bytes[start + 5] !== 1 && bytes[start + 5] !== 2) return "no";
  if (length < RECOGNITION_LENGTH) return "more";
  const major = bytes[start + 9]!, minor = bytes[start + 10]!;
  return (major === 3 && minor <= 4) || (major === 0x7f && minor <= 0x50) ? "yes" : "no";
}

/** The SSL 2.0 draft, section 2.5: lengths that add up make it certain enough. */
function recogniseSsl2(bytes: Uint8Array, start: number, end: number): Recognition {
  if (end - start < RECOGNITION_LENGTH) return end - start > 2 && bytes[start + 2] !== 1 ? "no" : "more";
  const at = (offset: number): number => bytes[start + offset]! << 8 | bytes[start + offset + 1]!;
  const version = at(3);
  const lengths = 9 + at(5) + at(7) + at(9);
  const fits = bytes[start + 2] === 1 && at(5) > 0 && at(5) % 3 === 0 && (at(0) & 0x7fff) === lengths;
  return fits && (version === Version.ssl2 || (version >= Version.ssl3 && version <= Version.tls12)) ? "yes" : "no";
}

/** One direction of the stream. */
interface Side {
  readonly fromOrig: boolean;
  /** Five bytes; a plain list, because making a typed one costs more than all that is done with it. */
  readonly header: number[];
  headerLength: number;
  /** Bytes of the record still to come, and how many it has. */
  missing: number;
  length: number;
  encrypted: boolean;
  /** First byte of an alert whose second is in the next segment. */
  alertLevel: number | undefined;
  readonly handshake: HandshakeStream;
  ssl2: Ssl2 | undefined;
}

/** The state of one connection. */
interface Connection {
  readonly session: TlsSession;
  readonly orig: Side;
  readonly resp: Side;
  /** Version of the records once the first is seen; from then on all must carry one that there is. */
  recordVersion: number;
  over: boolean;
}

function openSide(fromOrig: boolean): Side {
  return {
    fromOrig,
    header: [0, 0, 0, 0, 0],
    headerLength: 0,
    missing: 0,
    length: 0,
    encrypted: false,
    alertLevel: undefined,
    handshake: openHandshakeStream(),
    ssl2: undefined,
  };
}

function analyzeTls(flow: Flow, output: Output, context: TlsContext): Analyzer {
  const session = openSession(flow, output, context, "t");
  const connection: Connection = {
    session,
    orig: openSide(true),
    resp: openSide(false),
    recordVersion: 0,
    over: false,
  };
  return {
    deliver(fromOrig, bytes, start, end) {
      if (!connection.over) feed(connection, fromOrig ? connection.orig : connection.resp, bytes, start, end);
      return !connection.over;
    },
    gap() {
      // Where the next record begins is unknown after a gap; Zeek gives up too and logs what it has at the end.
      connection.over = true;
      return false;
    },
    finish: () => finishSession(session),
  };
}

function feed(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && !connection.over) {
    if (side.ssl2 !== undefined) {
      at = feedSsl2(side.ssl2, connection.session, side.fromOrig, bytes, at, end);
      afterSsl2(connection, side);
      continue;
    }
    if (side.headerLength < HEADER_LENGTH) {
      side.header[side.headerLength++] = bytes[at++]!;
      if (side.headerLength === HEADER_LENGTH) openRecord(connection, side);
      continue;
    }
    const taken = Math.min(side.missing, end - at);
    takeFragment(connection, side, bytes, at, at + taken);
    at += taken;
    side.missing -= taken;
    if (side.missing === 0 && !connection.over) closeRecord(connection, side);
  }
}

/** Looks at a complete record header. */
function openRecord(connection: Connection, side: Side): void {
  const [type, major, minor, high, low] = side.header as unknown as [number, number, number, number, number];
  if (connection.recordVersion === Version.ssl2 || (connection.recordVersion === 0 && (type & 0x80) !== 0)) {
    openSsl2Record(connection, side);
    return;
  }
  const version = major << 8 | minor;
  const known = version >= Version.ssl3 && version <= Version.tls12;
  const typed = type >= ContentType.changeCipherSpec && type <= ContentType.heartbeat;
  if (!known || (!side.encrypted && !typed)) {
    connection.over = true;
    onViolation(connection.session);
    return;
  }
  connection.recordVersion = version;
  side.length = high << 8 | low;
  side.missing = side.length;
  if (side.missing === 0) side.headerLength = 0;
}

function openSsl2Record(connection: Connection, side: Side): void {
  side.ssl2 = openSsl2(connection.session, side.fromOrig, side.header, connection.recordVersion === Version.ssl2);
  if (side.ssl2 === undefined) {
    connection.over = true;
    onViolation(connection.session);
  }
}

/** After each SSL 2.0 record: a server that answers in SSL 2.0 binds both sides to it, a client alone does not. */
function afterSsl2(connection: Connection, side: Side): void {
  const ssl2 = side.ssl2!;
  if (ssl2.outcome === undefined) return;
  side.ssl2 = undefined;
  side.headerLength = 0;
  if (ssl2.outcome === "server-hello") connection.recordVersion = Version.ssl2;
  if (ssl2.outcome !== "failed" && ssl2.outcome !== "established") return;
  connection.over = true;
  if (ssl2.outcome === "failed") onViolation(connection.session);
  else onEstablished(connection.session);
}

/** A part of a record's body. */
function takeFragment(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): void {
  if (side.encrypted) return;
  const { session } = connection;
  if (side.header[0] === ContentType.handshake) {
    connection.over = !feedHandshake(
      side.handshake,
      bytes,
      start,
      end,
      (type, body, from, to) => onHandshake(session, side.fromOrig, type, body, from, to),
    );
  } else if (side.header[0] === ContentType.alert) {
    for (let at = start; at < end; at++) {
      if (side.alertLevel === undefined) side.alertLevel = bytes[at]!;
      else {
        side.alertLevel = undefined;
        onAlert(session, isClientSide(session, side.fromOrig), bytes[at]!);
      }
    }
  }
}

/** The end of a record. */
function closeRecord(connection: Connection, side: Side): void {
  const { session, orig, resp } = connection;
  const isClient = isClientSide(session, side.fromOrig);
  side.headerLength = 0;
  side.alertLevel = undefined;
  if (!side.encrypted) {
    const type = side.header[0];
    if (type === ContentType.applicationData) onPlainApplicationData(connection, side);
    else if (type === ContentType.heartbeat) addHistory(session, isClient, "b");
    else recordOf(session);
    if (type === ContentType.changeCipherSpec) {
      onChangeCipherSpec(session, isClient);
      // In TLS 1.3 it means nothing and is sent for the middle boxes' sake (RFC 8446 appendix D.4).
      side.encrypted = session.version !== Version.tls13 && !isDraftVersion(session.version);
      return;
    }
  }
  if (side.encrypted && orig.encrypted && resp.encrypted) {
    connection.over = true;
    onEstablished(session);
  }
}

/**
 * Application data before ChangeCipherSpec: how TLS 1.3 encrypts (and whatever else the server has chosen that is not one
 * of the older versions); in older versions an oddity.
 */
function onPlainApplicationData(connection: Connection, side: Side): void {
  const { session } = connection;
  const older = session.version === Version.ssl2 ||
    (session.version >= Version.ssl3 && session.version <= Version.tls12);
  if (!older) {
    side.encrypted = true;
    return;
  }
  const record = recordOf(session);
  if (record.version !== undefined) session.output.weird(session.flow, "ssl_early_application_data");
}
