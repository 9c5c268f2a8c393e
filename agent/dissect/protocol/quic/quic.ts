// QUIC (RFC 9000, RFC 9369): the Initial packets, which hold both hellos, and the course of the connection as far as packet
// headers tell it. One `quic` record for each attempt on a flow, and the `ssl` record of its handshake.

import type { RecordOf } from "../../../record/schema.ts";
import { type Analyzer, connectionFields, type Flow, type Output, type Protocol } from "../../analyzer.ts";
import { hexText } from "../../text.ts";
import { listText, onHandshake } from "../tls/messages.ts";
import { finishSession, openSession, type TlsContext, type TlsSession } from "../tls/session.ts";
import { type CryptoStream, feedCrypto, openCryptoStream } from "./crypto-stream.ts";
import { readFrames } from "./frames.ts";
import { type LongPacket, parseLongPacket } from "./packet.ts";
import { type InitialKeys, initialKeys, unprotect } from "./protection.ts";
import { quicVersionName } from "./version.ts";

/** Zeek's ports: HTTP/3, and DNS over QUIC on its final and its earlier port. */
const PORTS = [443, 853, 784];
/** The first byte: long header, and the bit that is set in all packets of the versions there are. */
const LONG_HEADER = 0x80, FIXED_BIT = 0x40;
/** Letters kept of the history (QUIC::max_history_length). */
const MAX_HISTORY_LENGTH = 100;
/** Datagrams that are no QUIC noted in the history (QUIC::max_discarded_packet_events). */
const MAX_DISCARDED = 100;

/** State of one flow; keys and streams begin anew after a Retry packet. */
interface Connection {
  readonly flow: Flow;
  readonly output: Output;
  readonly session: TlsSession;
  record: RecordOf<"quic"> | undefined;
  keys: { readonly client: InitialKeys; readonly server: InitialKeys } | undefined;
  client: CryptoStream;
  server: CryptoStream;
  confirmed: boolean;
  discarded: number;
  /** Packets with a short header per side, and the number of them that is noted next: 1, 2, 4, 8, … */
  readonly short: { orig: number; resp: number; origNext: number; respNext: number };
  over: boolean;
}

/** QUIC, its state shared with the run through `context`. */
export function quicProtocol(context: TlsContext): Protocol {
  return {
    name: "quic",
    transport: "udp",
    ports: PORTS,
    recognise(bytes, start, end, fromOrig) {
      if (!fromOrig || (bytes[start]! & (LONG_HEADER | FIXED_BIT)) !== (LONG_HEADER | FIXED_BIT)) return "no";
      const packet = parseLongPacket(bytes, start, end);
      return packet?.type === "initial" ? "yes" : "no";
    },
    analyze: (flow, output) => analyzeQuic(flow, output, context),
  };
}

function analyzeQuic(flow: Flow, output: Output, context: TlsContext): Analyzer {
  const session = openSession(flow, output, context, "q");
  const connection: Connection = {
    flow,
    output,
    session,
    record: undefined,
    keys: undefined,
    client: openCryptoStream(),
    server: openCryptoStream(),
    confirmed: false,
    discarded: 0,
    short: { orig: 0, resp: 0, origNext: 1, respNext: 1 },
    over: false,
  };
  session.onClientHello = ({ serverNames, applicationProtocols }, ja4) => {
    const { record } = connection;
    if (record === undefined) return;
    if (serverNames.length > 0) record.server_name = serverNames[0];
    if (applicationProtocols.length > 0) record.client_protocol = applicationProtocols[0];
    if (applicationProtocols.length > 1) output.weird(flow, "QUIC_many_protocols", listText(applicationProtocols));
    record.ja4 = ja4;
    addHistory(connection, true, "s");
  };
  session.onServerHello = () => addHistory(connection, false, "s");
  return {
    deliver(fromOrig, bytes, start, end) {
      if (!connection.over) readDatagram(connection, fromOrig, bytes, start, end);
      return !connection.over;
    },
    finish() {
      logRecord(connection);
      finishSession(session);
    },
  };
}

/** Writes a letter down, a capital for the side that opened the flow. */
function addHistory(connection: Connection, fromOrig: boolean, letter: string): void {
  const { record } = connection;
  if (record === undefined || record.history!.length >= MAX_HISTORY_LENGTH) return;
  record.history += fromOrig ? letter.toUpperCase() : letter;
}

function logRecord(connection: Connection): void {
  if (connection.record !== undefined) connection.output.emit(connection.record);
  connection.record = undefined;
}

/** What came is no QUIC: nothing more is read; the record is written when the flow ends. */
function giveUp(connection: Connection): void {
  connection.over = true;
  if (connection.confirmed) connection.output.notService(connection.flow, "quic");
}

/** A datagram holds one packet after the other (RFC 9000 section 12.2). */
function readDatagram(connection: Connection, fromOrig: boolean, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && !connection.over) {
    const first = bytes[at]!;
    if ((first & FIXED_BIT) === 0) {
      onDiscarded(connection, fromOrig);
      return;
    }
    if ((first & LONG_HEADER) === 0) {
      onShortPacket(connection, fromOrig);
      return;
    }
    const packet = parseLongPacket(bytes, at, end);
    if (packet === undefined) {
      giveUp(connection);
      return;
    }
    onLongPacket(connection, fromOrig, bytes, packet);
    at = packet.end;
  }
}

function onDiscarded(connection: Connection, fromOrig: boolean): void {
  if (!connection.confirmed || connection.discarded === MAX_DISCARDED) return;
  connection.discarded++;
  addHistory(connection, fromOrig, "x");
}

function onShortPacket(connection: Connection, fromOrig: boolean): void {
  const { short } = connection;
  if (fromOrig) {
    if (++short.orig !== short.origNext) return;
    short.origNext *= 2;
  } else {
    if (++short.resp !== short.respNext) return;
    short.respNext *= 2;
  }
  addHistory(connection, fromOrig, "o");
}

function onLongPacket(connection: Connection, fromOrig: boolean, bytes: Uint8Array, packet: LongPacket): void {
  describe(connection, fromOrig, bytes, packet);
  switch (packet.type) {
    case "initial":
      addHistory(connection, fromOrig, "i");
      readInitial(connection, fromOrig, bytes, packet);
      break;
    case "handshake":
      addHistory(connection, fromOrig, "h");
      break;
    case "zeroRtt":
      addHistory(connection, fromOrig, "z");
      break;
    case "retry":
      addHistory(connection, fromOrig, "r");
      logRecord(connection);
      // The client starts over, with keys from the connection id that the server now chose (RFC 9001 section 5.2).
      connection.keys = undefined;
      connection.client = openCryptoStream();
      connection.server = openCryptoStream();
      break;
    case "unhandled":
      addHistory(connection, fromOrig, "u");
      logRecord(connection);
      giveUp(connection);
  }
}

/** Fills in what packet headers tell. */
function describe(connection: Connection, fromOrig: boolean, bytes: Uint8Array, packet: LongPacket): void {
  const { flow, output } = connection;
  const begun = connection.record !== undefined;
  const record = connection.record ??= {
    kind: "quic",
    ...connectionFields(flow, output.now),
    version: quicVersionName(packet.versionNumber),
    history: "",
  };
  // Of packets that end an attempt Zeek takes the ids only when there was nothing else.
  if (begun && (packet.type === "retry" || packet.type === "unhandled")) return;
  const destination = hexText(bytes, packet.destination.start, packet.destination.end);
  const source = hexText(bytes, packet.source.start, packet.source.end);
  if (!fromOrig) {
    record.server_scid = source;
    return;
  }
  if (destination !== "") record.client_initial_dcid ??= destination;
  record.client_scid = source;
}

function readInitial(connection: Connection, fromOrig: boolean, bytes: Uint8Array, packet: LongPacket): void {
  const stream = fromOrig ? connection.client : connection.server;
  if (stream.finished || (connection.keys === undefined && !fromOrig)) return;
  connection.keys ??= initialKeys(
    packet.version!,
    bytes.subarray(packet.destination.start, packet.destination.end),
  );
  const payload = unprotect(bytes, packet, fromOrig ? connection.keys.client : connection.keys.server);
  if (payload === undefined) {
    giveUp(connection);
    return;
  }
  if (!connection.confirmed) connection.output.service(connection.flow, "quic");
  connection.confirmed = true;
  const readable = readFrames(payload, {
    crypto: (offset, start, end) =>
      feedCrypto(
        stream,
        offset,
        payload,
        start,
        end,
        (type, hello, from, to) => onHandshake(connection.session, fromOrig, type, hello, from, to),
      ),
    close() {
      addHistory(connection, fromOrig, "c");
      logRecord(connection);
    },
  });
  if (!readable) giveUp(connection);
}
