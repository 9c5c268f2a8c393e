// TLS over one TCP connection: a real handshake in the clear parts, noise in the encrypted ones.

import { concat } from "../bytes.ts";
import {
  applicationData,
  certificateMessage,
  changeCipherSpec,
  type ClientHello,
  clientHello,
  clientKeyExchange,
  handshakeRecords,
  RSA_KEY_EXCHANGE,
  type ServerHello,
  serverHello,
  serverHelloDone,
  serverKeyExchange,
  TLS_RECORD,
  TLS_VERSION,
  tlsAlert,
  tlsRecord,
  type TlsVersion,
  USUAL_CIPHER,
} from "../message/tls.ts";
import { siteChain } from "../message/x509.ts";
import type { Host, Stage } from "../stage.ts";
import { fromClient, fromServer, pause, type Step } from "./step.ts";
import { type Conversation, tcpConversation, type TcpOptions } from "./tcp.ts";

/** How the conversation goes. */
export interface TlsOptions extends Omit<TcpOptions, "steps"> {
  /** Default 443. */
  port?: number;
  /** Default the server's name; null for no SNI. */
  serverName?: string | null;
  /** What they agree on; default 1.2, in which the certificates can be seen. */
  version?: TlsVersion;
  alpn?: readonly string[];
  /** DER of the server's chain; default one of an ordinary site for the server name. Hidden by TLS 1.3. */
  certificates?: readonly Uint8Array[];
  /** Anything else of the hellos: ciphers, groups, extensions. */
  client?: ClientHello;
  server?: ServerHello;
  /** Plaintext bytes the client sends and gets back, in turn; default one exchange of 400 and 3,000. */
  exchanges?: readonly (readonly [up: number, down: number])[];
  /** Seconds before every exchange but the first; default none. */
  think?: number;
  /** Resumes an earlier session: no certificates. */
  resumed?: boolean;
  /** The server refuses the hello with this alert description and nothing follows. */
  refusedWith?: number;
}

/** Sizes of encrypted handshake messages: Finished in TLS 1.2 with AES-GCM; in TLS 1.3 from the client. */
const FINISHED_OLD = 40, FINISHED_NEW = 53;
/** Sizes of an encrypted close_notify. */
const CLOSE_OLD = 26, CLOSE_NEW = 19;
/** Bytes of EncryptedExtensions, CertificateVerify and Finished beside the certificates of TLS 1.3. */
const NEW_FLIGHT_EXTRA = 380;
const FATAL = 2;

/** Plays handshake and exchanges and puts them into the story. */
export function tlsConversation(stage: Stage, client: Host, server: Host, options: TlsOptions = {}): Conversation {
  const {
    port = 443,
    serverName = server.name,
    version = "1.2",
    alpn,
    certificates = siteChain(serverName ?? server.name),
    client: offer = {},
    server: choice = {},
    exchanges = [[400, 3_000]],
    think,
    resumed,
    refusedWith,
    ...connection
  } = options;
  const chance = stage.random;
  const hello = clientHello({
    serverName,
    versions: version === "1.3" ? ["1.3", "1.2"] : [version],
    random: chance.bytes(32),
    sessionId: resumed || version === "1.3" ? chance.bytes(32) : new Uint8Array(0),
    ...(alpn === undefined ? {} : { alpn }),
    ...offer,
  });
  const steps: Step[] = [fromClient(handshakeRecords(hello, TLS_VERSION["1.0"]))];
  if (refusedWith !== undefined) {
    steps.push(fromServer(tlsAlert(FATAL, refusedWith)));
    return tcpConversation(stage, client, server, port, { closedBy: "server", ...connection, steps });
  }
  const sessionId = resumed || version === "1.3" ? hello.slice(39, 39 + hello[38]!) : chance.bytes(32);
  const answer = serverHello({
    version,
    random: chance.bytes(32),
    sessionId,
    ...(alpn?.[0] === undefined ? {} : { alpn: alpn[0] }),
    ...choice,
  });
  const record = Math.min(TLS_VERSION[version], TLS_VERSION["1.2"]);
  const encrypted = (type: number, size: number): Uint8Array => tlsRecord(type, chance.bytes(size), record);
  const { HANDSHAKE, APPLICATION_DATA, ALERT } = TLS_RECORD;
  const change = changeCipherSpec(record);
  const isNew = version === "1.3";
  if (isNew) {
    const flight = NEW_FLIGHT_EXTRA + (resumed ? 0 : certificates.reduce((sum, each) => sum + each.length + 5, 0));
    steps.push(fromServer(concat(handshakeRecords(answer, record), change, encrypted(APPLICATION_DATA, flight))));
    steps.push(fromClient(concat(change, encrypted(APPLICATION_DATA, FINISHED_NEW))));
  } else if (resumed) {
    steps.push(fromServer(concat(handshakeRecords(answer, record), change, encrypted(HANDSHAKE, FINISHED_OLD))));
    steps.push(fromClient(concat(change, encrypted(HANDSHAKE, FINISHED_OLD))));
  } else {
    const { cipher = USUAL_CIPHER[version] } = choice;
    const keyExchange = RSA_KEY_EXCHANGE.has(cipher) ? "" : serverKeyExchange(version);
    const flight = concat(answer, certificateMessage(certificates), keyExchange, serverHelloDone());
    steps.push(fromServer(handshakeRecords(flight, record)));
    const exchange = handshakeRecords(clientKeyExchange(cipher), record);
    steps.push(fromClient(concat(exchange, change, encrypted(HANDSHAKE, FINISHED_OLD))));
    steps.push(fromServer(concat(change, encrypted(HANDSHAKE, FINISHED_OLD))));
  }
  exchanges.forEach(([up, down], i) => {
    if (think !== undefined && i > 0) steps.push(pause(think));
    if (up > 0) steps.push(fromClient(applicationData(up, version, chance.next())));
    if (down > 0) steps.push(fromServer(applicationData(down, version, chance.next())));
  });
  steps.push(fromClient(isNew ? encrypted(APPLICATION_DATA, CLOSE_NEW) : encrypted(ALERT, CLOSE_OLD)));
  return tcpConversation(stage, client, server, port, { ...connection, steps });
}
