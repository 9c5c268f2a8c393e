// One TLS, DTLS or QUIC handshake on its way to an `ssl` record: what the messages say, in the order they come, told as
// Zeek tells it (docs.zeek.org, base/protocols/ssl/main.zeek). The record layers feed it; it knows nothing of packets.

import type { RecordOf } from "../../../record/schema.ts";
import { connectionFields, type Flow, type Output } from "../../analyzer.ts";
import type { Certificate } from "../x509/certificate.ts";
import { matchesHostname } from "../x509/hostname.ts";
import type { CertificateLog } from "../x509/log.ts";
import type { CertificateReader } from "../x509/reader.ts";
import type { Validator } from "../x509/validation.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { ClientHello } from "./hello.ts";
import type { Carrier } from "./ja4.ts";
import { alertName } from "./names.ts";
import { isKnownResolver } from "../../../intel/tables/doh-resolvers.ts";

/** What all handshakes of one run share. */
export interface TlsContext {
  readonly readCertificate: CertificateReader;
  readonly certificates: CertificateLog;
  /** Whether the SHA-1 of each peer's own certificate is wanted. */
  readonly hashes: boolean;
  /** Undefined when nobody wants to know. */
  readonly validator: Validator | undefined;
  readonly fingerprints: Fingerprints;
}

/** A handshake in progress. */
export interface TlsSession {
  readonly flow: Flow;
  readonly output: Output;
  readonly context: TlsContext;
  readonly carrier: Carrier;
  /** The word for `service`. */
  readonly service: "ssl" | "dtls";
  /** The record in the making, from the first sign of a handshake on. */
  record: RecordOf<"ssl"> | undefined;
  logged: boolean;
  /** Who called is who answered: a ClientHello came from the responder. */
  flipped: boolean;
  /** The server's choice, 0 before it is known. */
  version: number;
  cipherSuite: number;
  /** The session that the client would like to resume, lower-case hex. */
  sessionId: string | undefined;
  ticketWithoutId: boolean;
  keyExchangeSeen: boolean;
  clientPreSharedKey: boolean;
  retryRequested: boolean;
  readonly serverChain: Certificate[];
  readonly clientChain: Certificate[];
  /** QUIC wants to know the names that the client gave. */
  onClientHello: ((hello: ClientHello, ja4: string | undefined) => void) | undefined;
  onServerHello: (() => void) | undefined;
}

/** A handshake of which nothing has been seen yet. */
export function openSession(flow: Flow, output: Output, context: TlsContext, carrier: Carrier): TlsSession {
  return {
    flow,
    output,
    context,
    carrier,
    service: carrier === "d" ? "dtls" : "ssl",
    record: undefined,
    logged: false,
    flipped: false,
    version: 0,
    cipherSuite: 0,
    sessionId: undefined,
    ticketWithoutId: false,
    keyExchangeSeen: false,
    clientPreSharedKey: false,
    retryRequested: false,
    serverChain: [],
    clientChain: [],
    onClientHello: undefined,
    onServerHello: undefined,
  };
}

/** The record, begun now if it was not. */
export function recordOf(session: TlsSession): RecordOf<"ssl"> {
  return session.record ??= {
    kind: "ssl",
    ...connectionFields(session.flow, session.output.now),
    resumed: false,
    established: false,
    ssl_history: "",
  };
}

/** Letters kept of the history (SSL::max_ssl_history_length). */
const MAX_HISTORY_LENGTH = 100;

/** Writes one event down: client's letters are capitals. */
export function addHistory(session: TlsSession, isClient: boolean, letter: string): void {
  const record = recordOf(session);
  if (record.ssl_history!.length >= MAX_HISTORY_LENGTH) return;
  record.ssl_history += isClient ? letter.toUpperCase() : letter;
}

/** Which side of the handshake sent what came from this end of the connection. */
export function isClientSide(session: TlsSession, fromOrig: boolean): boolean {
  return fromOrig !== session.flipped;
}

/** An alert in the clear. */
export function onAlert(session: TlsSession, isClient: boolean, description: number): void {
  addHistory(session, isClient, "l");
  recordOf(session).last_alert = alertName(description);
}

/** ChangeCipherSpec. A client that sends it before any key exchange resumes the session of its ticket (RFC 5077). */
export function onChangeCipherSpec(session: TlsSession, isClient: boolean): void {
  addHistory(session, isClient, "i");
  if (isClient && session.ticketWithoutId && !session.keyExchangeSeen) recordOf(session).resumed = true;
}

/** Both sides send encrypted: the handshake succeeded, as far as can be seen, and the record is complete. */
export function onEstablished(session: TlsSession): void {
  recordOf(session).established = true;
  finishSession(session);
}

/** What came was no TLS: the word is taken back, the record (if any) written with what there is. */
export function onViolation(session: TlsSession): void {
  session.output.notService(session.flow, session.service);
  finishSession(session);
}

/** Hands the record on, once. */
export function finishSession(session: TlsSession): void {
  const { record, flow, output } = session;
  if (record === undefined || session.logged) return;
  session.logged = true;
  describeChains(session, record);
  if (isKnownResolver(record.server_name, flow.resp_h, flow.resp_p)) record.is_DoH = true;
  output.emit(record);
}

function describeChains(session: TlsSession, record: RecordOf<"ssl">): void {
  const { serverChain, clientChain } = session;
  const server = serverChain[0];
  if (server === undefined && clientChain.length === 0) return;
  record.cert_chain_fps = serverChain.map((certificate) => certificate.fingerprint);
  record.client_cert_chain_fps = clientChain.map((certificate) => certificate.fingerprint);
  if (server === undefined) return;
  if (record.server_name !== undefined) record.sni_matches_cert = matchesHostname(server, record.server_name);
  record.subject = server.subject;
  record.issuer = server.issuer;
  record.validation_status = session.context.validator?.validate(serverChain, record.ts);
}
