// DTLS (RFC 4347, RFC 6347, RFC 9147): TLS in datagrams.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../../analyzer.ts";
import { feedFragments, type FragmentStore } from "./dtls-fragments.ts";
import { onHandshake } from "./messages.ts";
import { Version } from "./names.ts";
import {
  addHistory,
  finishSession,
  isClientSide,
  onAlert,
  onChangeCipherSpec,
  onEstablished,
  onViolation,
  openSession,
  type TlsContext,
  type TlsSession,
} from "./session.ts";
import { ContentType } from "./tls.ts";

/** Bytes of a record's header: type, version, epoch, sequence number, length. */
const HEADER_LENGTH = 13;
/** Where a ClientHello in the first record has its version: behind the record's and the fragment's header. */
const HELLO_VERSION_AT = HEADER_LENGTH + 12;
/** Records of DTLS 1.3 that are encrypted have these first bits (RFC 9147 section 4). */
const UNIFIED_MASK = 0xe0, UNIFIED = 0x20;
/** Datagrams of another protocol on the same flow (STUN and RTP share it with DTLS, RFC 7983) before it is given up. */
const MAX_FOREIGN = 64;

/** DTLS, its state shared with the run through `context`. */
export function dtlsProtocol(context: TlsContext): Protocol {
  return {
    name: "dtls",
    transport: "udp",
    ports: [],
    recognise,
    analyze: (flow, output) => analyzeDtls(flow, output, context),
  };
}

function isDtlsVersion(version: number): boolean {
  return version === Version.dtls10 || version === Version.dtls12;
}

/** A first record of epoch 0 with a ClientHello. */
function recognise(bytes: Uint8Array, start: number, end: number): Recognition {
  if (end - start < HELLO_VERSION_AT + 2 || bytes[start] !== ContentType.handshake) return "no";
  const word = (at: number): number => bytes[start + at]! << 8 | bytes[start + at + 1]!;
  const isFirst = isDtlsVersion(word(1)) && word(3) === 0 && bytes[start + HEADER_LENGTH] === 1;
  return isFirst && isDtlsVersion(word(HELLO_VERSION_AT)) ? "yes" : "no";
}

interface Side {
  readonly fromOrig: boolean;
  readonly fragments: FragmentStore;
  encrypted: boolean;
}

interface Connection {
  readonly session: TlsSession;
  readonly orig: Side;
  readonly resp: Side;
  foreign: number;
  over: boolean;
}

function analyzeDtls(flow: Flow, output: Output, context: TlsContext): Analyzer {
  const session = openSession(flow, output, context, "d");
  const side = (fromOrig: boolean): Side => ({ fromOrig, fragments: new Map(), encrypted: false });
  const connection: Connection = { session, orig: side(true), resp: side(false), foreign: 0, over: false };
  return {
    deliver(fromOrig, bytes, start, end) {
      if (!connection.over) readDatagram(connection, fromOrig ? connection.orig : connection.resp, bytes, start, end);
      return !connection.over;
    },
    finish: () => finishSession(session),
  };
}

function readDatagram(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end && !connection.over) {
    if ((bytes[at]! & UNIFIED_MASK) === UNIFIED && connection.session.version === Version.dtls13) {
      // Their lengths need not be written down: the rest of the datagram is taken as one.
      onCiphertext(connection, side);
      return;
    }
    const word = (offset: number): number => bytes[at + offset]! << 8 | bytes[at + offset + 1]!;
    if (end - at < HEADER_LENGTH || !isDtlsVersion(word(1)) || word(11) > end - at - HEADER_LENGTH) {
      onForeign(connection);
      return;
    }
    const body = at + HEADER_LENGTH;
    const next = body + word(11);
    // Records of a later epoch are encrypted, even if the one that announced it was lost.
    if (word(3) > 0 || side.encrypted) onCiphertext(connection, side);
    else readRecord(connection, side, bytes[at]!, bytes, body, next);
    at = next;
  }
}

function onForeign(connection: Connection): void {
  if (++connection.foreign < MAX_FOREIGN) return;
  connection.over = true;
  onViolation(connection.session);
}

function onCiphertext(connection: Connection, side: Side): void {
  side.encrypted = true;
  if (!connection.orig.encrypted || !connection.resp.encrypted) return;
  connection.over = true;
  onEstablished(connection.session);
}

function readRecord(
  connection: Connection,
  side: Side,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { session } = connection;
  const isClient = isClientSide(session, side.fromOrig);
  switch (type) {
    case ContentType.handshake:
      connection.over = !feedFragments(
        side.fragments,
        bytes,
        start,
        end,
        (message, body, from, to) => onHandshake(session, side.fromOrig, message, body, from, to),
      );
      break;
    case ContentType.changeCipherSpec:
      onChangeCipherSpec(session, isClient);
      side.encrypted = true;
      break;
    case ContentType.alert:
      if (end - start >= 2) onAlert(session, isClient, bytes[start + 1]!);
      break;
    case ContentType.heartbeat:
      addHistory(session, isClient, "b");
  }
}
