// SSL 2.0 (K. Hickman, "The SSL Protocol", Netscape, 1995): the ClientHello that clients of later versions sent for years
// to be understood by everybody, and the servers that answer in SSL 2.0.

import { cipherSuiteName, isKnownVersion, Version, versionName } from "./names.ts";
import { roomFor } from "./handshake-stream.ts";
import { onCertificate } from "./messages.ts";
import { number, readerOf, skip } from "./reader.ts";
import { addHistory, isClientSide, onAlert, recordOf, type TlsSession } from "./session.ts";

/** Message types of the draft's section 2. */
const ERROR = 0, CLIENT_HELLO = 1, CLIENT_MASTER_KEY = 2, SERVER_HELLO = 4;

/** Bytes of a record that are kept: the hellos' lists are short, and a certificate fits as well. */
const MAX_KEPT = 16_384;

/** A record being read. */
export interface Ssl2 {
  readonly type: number;
  /** What followed the two length bytes, the type first; as much as is kept. */
  body: Uint8Array;
  /** Bytes of it that are kept at the most. */
  readonly kept: number;
  have: number;
  missing: number;
  /** What the complete record was. */
  outcome: "client-hello" | "server-hello" | "established" | "other" | "failed" | undefined;
}

/**
 * Begins a record of which the first five bytes are known. `bound` says that the connection speaks SSL 2.0 already;
 * otherwise only hellos are taken. Undefined for anything else.
 */
export function openSsl2(
  session: TlsSession,
  fromOrig: boolean,
  header: readonly number[],
  bound: boolean,
): Ssl2 | undefined {
  const length = (header[0]! & 0x7f) << 8 | header[1]!;
  const type = header[2]!;
  const isClient = isClientSide(session, fromOrig);
  const version = header[3]! << 8 | header[4]!;
  const isHello = (type === CLIENT_HELLO && isClient && isKnownVersion(version) && version <= Version.tls12) ||
    (type === SERVER_HELLO && !isClient && header[4]! < 2);
  if (length < 3 || (!bound && !isHello)) return undefined;
  const kept = Math.min(length, MAX_KEPT);
  return {
    type,
    body: Uint8Array.from(header.slice(2)),
    kept,
    have: 3,
    missing: length - 3,
    outcome: length > 3 ? undefined : "other",
  };
}

/** Takes bytes of the record and returns where it stopped; `outcome` is set when the record is complete. */
export function feedSsl2(
  ssl2: Ssl2,
  session: TlsSession,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const taken = Math.min(ssl2.missing, end - start);
  const kept = Math.min(taken, ssl2.kept - ssl2.have);
  ssl2.body = roomFor(ssl2.have + kept, ssl2.kept, ssl2.body);
  ssl2.body.set(bytes.subarray(start, start + kept), ssl2.have);
  ssl2.have += kept;
  ssl2.missing -= taken;
  if (ssl2.missing === 0) ssl2.outcome = onRecord(ssl2, session, isClientSide(session, fromOrig));
  return start + taken;
}

function onRecord(ssl2: Ssl2, session: TlsSession, isClient: boolean): Ssl2["outcome"] {
  const { type } = ssl2;
  const body = ssl2.body.subarray(0, ssl2.have);
  if (type === CLIENT_HELLO && isClient) return onClientHello(session, body);
  if (type === SERVER_HELLO && !isClient) return onServerHello(session, body);
  if (type === CLIENT_MASTER_KEY && isClient) return "established";
  if (type === ERROR && body.length >= 3) onAlert(session, isClient, body[1]! << 8 | body[2]!);
  return "other";
}

/** Section 2.5: version, lengths of cipher kinds, session and challenge, then these. */
function onClientHello(session: TlsSession, body: Uint8Array): Ssl2["outcome"] {
  const reader = readerOf(body, 3, body.length);
  const lengths = number(reader, 2) + number(reader, 2) + number(reader, 2);
  skip(reader, lengths);
  if (reader.failed) return "failed";
  session.output.service(session.flow, session.service);
  addHistory(session, true, "c");
  return "client-hello";
}

/** Section 2.6: session hit, certificate type, version, lengths, then certificate, cipher kinds and connection id. */
function onServerHello(session: TlsSession, body: Uint8Array): Ssl2["outcome"] {
  const reader = readerOf(body, 3, body.length);
  const version = number(reader, 2);
  const certificateLength = number(reader, 2);
  const kindsLength = number(reader, 2);
  number(reader, 2);
  const certificate = skip(reader, certificateLength);
  const kind = kindsLength >= 3 ? number(reader, 3) : 0;
  if (reader.failed || version !== Version.ssl2) return "failed";
  const record = recordOf(session);
  session.version = version;
  record.version ??= versionName(version);
  record.cipher = cipherSuiteName(kind);
  onCertificate(session, false, body, certificate, certificate + certificateLength);
  addHistory(session, false, "s");
  return "server-hello";
}
