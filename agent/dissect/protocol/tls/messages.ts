// The handshake messages of TLS (RFC 5246 section 7.4, RFC 8446 section 4) and what each tells the session.

import { type ClientHello, parseClientHello, parseServerHello, type ServerHello } from "./hello.ts";
import {
  cipherSuiteName,
  groupName,
  isDraftVersion,
  isKnownVersion,
  usesEllipticExchange,
  Version,
  versionName,
} from "./names.ts";
import { more, number, readerOf, vector } from "./reader.ts";
import { addHistory, isClientSide, onViolation, recordOf, type TlsSession } from "./session.ts";
import { certificateFile } from "../x509/file.ts";

/** IANA, TLS Parameters, "TLS HandshakeType". */
export const Handshake = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  clientKeyExchange: 16,
} as const;

/** Zeek's letters for the messages; any other is "z". */
const LETTERS: ReadonlyMap<number, string> = new Map([
  [0, "h"],
  [1, "c"],
  [2, "s"],
  [3, "v"],
  [4, "t"],
  [5, "e"],
  [6, "j"],
  [8, "o"],
  [11, "x"],
  [12, "k"],
  [13, "r"],
  [14, "n"],
  [15, "y"],
  [16, "g"],
  [20, "f"],
  [21, "w"],
  [22, "u"],
  [23, "a"],
  [24, "p"],
  [254, "m"],
]);

/** Whether the body of such a message is read; of all others only the type counts, so nothing needs to be kept. */
export function isBodyRead(type: number): boolean {
  return type === Handshake.clientHello || type === Handshake.serverHello || type === Handshake.certificate ||
    type === Handshake.serverKeyExchange;
}

/** Whether there is a message of this type; random bytes usually name one that there is not. */
function isKnownHandshake(type: number): boolean {
  return LETTERS.has(type);
}

/**
 * One complete message from one end of the connection; `bytes[start..end)` is its body, empty when `isBodyRead` says no
 * or it was too long. False when it cannot be TLS: the session is then over.
 */
export function onHandshake(
  session: TlsSession,
  fromOrig: boolean,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  recordOf(session);
  checkDirection(session, fromOrig, type);
  const isClient = isClientSide(session, fromOrig);
  if (!isKnownHandshake(type) || !readBody(session, isClient, type, bytes, start, end)) {
    onViolation(session);
    return false;
  }
  if (isClient && type === Handshake.clientKeyExchange) session.keyExchangeSeen = true;
  if (type === Handshake.serverHello && session.retryRequested) {
    session.retryRequested = false;
    addHistory(session, isClient, "j");
  } else {
    addHistory(session, isClient, LETTERS.get(type)!);
  }
  return true;
}

/** The sender of a hello says which end is the client; Zeek writes "^" when that is the end that was called. */
function checkDirection(session: TlsSession, fromOrig: boolean, type: number): void {
  if (type > Handshake.serverHello || session.flipped) return;
  const fromClient = type === Handshake.clientHello;
  if (isClientSide(session, fromOrig) === fromClient) return;
  session.flipped = true;
  recordOf(session).ssl_history += "^";
}

function readBody(
  session: TlsSession,
  isClient: boolean,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  switch (type) {
    case Handshake.clientHello: {
      const hello = parseClientHello(bytes, start, end);
      return hello !== undefined && onClientHello(session, hello);
    }
    case Handshake.serverHello: {
      const hello = parseServerHello(bytes, start, end);
      return hello !== undefined && onServerHello(session, hello);
    }
    case Handshake.certificate:
      onCertificates(session, isClient, bytes, start, end);
      return true;
    case Handshake.serverKeyExchange:
      onServerKeyExchange(session, bytes, start, end);
      return true;
    default:
      return true;
  }
}

/** Names shown of a list in a `weird` record. */
const MAX_SHOWN = 16;

/** "[a, b]", as Zeek writes lists. */
export function listText(names: readonly string[]): string {
  return `[${names.slice(0, MAX_SHOWN).join(", ")}]`;
}

/** What a ClientHello tells. False when its version is none that there is. */
export function onClientHello(session: TlsSession, hello: ClientHello): boolean {
  if (!isKnownVersion(hello.version)) return false;
  session.output.service(session.flow, session.service);
  const record = recordOf(session);
  if (hello.serverNames.length > 0) record.server_name = hello.serverNames[0];
  if (hello.serverNames.length > 1) {
    session.output.weird(session.flow, "SSL_many_server_names", listText(hello.serverNames));
  }
  if (hello.hasTicket) session.ticketWithoutId = true;
  if (hello.preSharedKey) session.clientPreSharedKey = true;
  if (/[^0]/.test(hello.sessionId)) {
    session.sessionId = hello.sessionId;
    session.ticketWithoutId = false;
  }
  // The first hello is the client's own choice; a second one answers a hello retry request.
  if (record.ja3 === undefined) Object.assign(record, session.context.fingerprints.client(hello, session.carrier));
  session.onClientHello?.(hello, record.ja4);
  return true;
}

function onServerHello(session: TlsSession, hello: ServerHello): boolean {
  if (!isKnownVersion(hello.version)) return false;
  const record = recordOf(session);
  const chosen = hello.supportedVersions.length === 1 ? hello.supportedVersions[0]! : hello.version;
  if (record.version === undefined || hello.supportedVersions.length === 1) {
    session.version = chosen;
    record.version = versionName(chosen);
  }
  session.cipherSuite = hello.cipherSuite;
  record.cipher = cipherSuiteName(hello.cipherSuite);
  session.retryRequested = hello.isRetryRequest;
  if (hello.keyShares.length === 1) record.curve = groupName(hello.keyShares[0]!);
  if (hello.applicationProtocols.length > 0) record.next_protocol = hello.applicationProtocols[0];
  // TLS 1.3 echoes the session without meaning it; there, a chosen pre-shared key is what resumes.
  const echoes = session.version === Version.tls13 || isDraftVersion(session.version);
  if (session.sessionId !== undefined && session.sessionId === hello.sessionId && !echoes) record.resumed = true;
  if (hello.preSharedKey && session.clientPreSharedKey) record.resumed = true;
  if (!hello.isRetryRequest) record.ja3s ??= session.context.fingerprints.server(hello);
  session.onServerHello?.();
  return true;
}

/** Certificates read of one chain; public ones have at most five. */
const MAX_CHAIN_LENGTH = 32;

/** Certificate (RFC 5246 section 7.4.2): a list of certificates, the sender's own first. */
function onCertificates(
  session: TlsSession,
  isClient: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const list = vector(readerOf(bytes, start, end), 3);
  while (more(list)) {
    const certificate = vector(list, 3);
    if (!list.failed) onCertificate(session, isClient, bytes, certificate.at, certificate.end);
  }
}

/** One certificate's DER. Also used for SSL 2.0, whose server sends just one. */
export function onCertificate(
  session: TlsSession,
  isClient: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const chain = isClient ? session.clientChain : session.serverChain;
  if (start === end || chain.length === MAX_CHAIN_LENGTH) return;
  const certificate = session.context.readCertificate(bytes, start, end);
  if (certificate === undefined) return;
  const role = chain.length > 0 ? "authority" : isClient ? "client" : "host";
  chain.push(certificate);
  session.context.certificates.write(session.output, certificate, role);
  if (role !== "authority" && session.context.hashes) {
    session.output.emit(certificateFile(session.flow, isClient, bytes.subarray(start, end), session.output.now));
  }
}

/** ECCurveType of a group known by number (RFC 8422 section 5.4). */
const NAMED_CURVE = 3;

function onServerKeyExchange(session: TlsSession, bytes: Uint8Array, start: number, end: number): void {
  if (!usesEllipticExchange(session.cipherSuite)) return;
  const reader = readerOf(bytes, start, end);
  const kind = number(reader, 1);
  const group = number(reader, 2);
  if (!reader.failed && kind === NAMED_CURVE) recordOf(session).curve = groupName(group);
}
