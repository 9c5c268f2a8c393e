// ClientHello and ServerHello of all versions (RFC 8446 section 4.1, RFC 6347 section 4.2.1) and the extensions in them
// that records and fingerprints are made of.

import { hexText, wireText } from "../../text.ts";
import { isDraftVersion, Version } from "./names.ts";
import { MAX_LIST_ITEMS, more, number, numbers, type Reader, readerOf, skip, vector } from "./reader.ts";

/** IANA, TLS Parameters, "TLS ExtensionType Values". */
export const Extension = {
  serverName: 0,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  applicationProtocols: 16,
  sessionTicket: 35,
  preSharedKey: 41,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** What both hellos have. */
interface Hello {
  /** The version field; TLS 1.3 says 1.2 here and the truth in `supportedVersions`. */
  version: number;
  /** Lower-case hex. */
  sessionId: string;
  /** Types of all extensions in their order. */
  extensions: number[];
  applicationProtocols: string[];
  supportedVersions: number[];
  /** Groups of the key shares; in a hello retry request the group asked for. */
  keyShares: number[];
  preSharedKey: boolean;
}

export interface ClientHello extends Hello {
  cipherSuites: number[];
  serverNames: string[];
  supportedGroups: number[];
  pointFormats: number[];
  signatureAlgorithms: number[];
  /** A session ticket came with it, rather than the mere wish for one. */
  hasTicket: boolean;
  /** First and last byte of the first application protocol, as they were sent. */
  protocolEnds: readonly [first: number, last: number] | undefined;
}

export interface ServerHello extends Hello {
  cipherSuite: number;
  /** It asks for another ClientHello (RFC 8446 section 4.1.4). */
  isRetryRequest: boolean;
}

/** The random by which a hello retry request is known (RFC 8446 section 4.1.3). */
const RETRY_RANDOM = Uint8Array.fromHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
const RANDOM_LENGTH = 32;

/** Reads the body of a ClientHello; undefined when it is malformed. */
export function parseClientHello(bytes: Uint8Array, start: number, end: number): ClientHello | undefined {
  const reader = readerOf(bytes, start, end);
  const version = number(reader, 2);
  skip(reader, RANDOM_LENGTH);
  const sessionId = hexOf(vector(reader, 1));
  // Only DTLS has a cookie here, and its versions are known by their first byte.
  if (version >> 8 === Version.dtls10 >> 8) vector(reader, 1);
  const cipherSuites = numbers(vector(reader, 2), 2);
  vector(reader, 1);
  const hello: ClientHello = {
    version,
    sessionId,
    cipherSuites,
    ...emptyLists(),
    serverNames: [],
    supportedGroups: [],
    pointFormats: [],
    signatureAlgorithms: [],
    hasTicket: false,
    protocolEnds: undefined,
  };
  if (reader.failed) return undefined;
  return eachExtension(reader, hello, readClientExtension) ? hello : undefined;
}

/** Reads the body of a ServerHello; undefined when it is malformed. */
export function parseServerHello(bytes: Uint8Array, start: number, end: number): ServerHello | undefined {
  const reader = readerOf(bytes, start, end);
  const version = number(reader, 2);
  const random = skip(reader, RANDOM_LENGTH);
  // The drafts of TLS 1.3 that had their own version number had neither session nor compression here.
  const short = isDraftVersion(version);
  const sessionId = short ? "" : hexOf(vector(reader, 1));
  const cipherSuite = number(reader, 2);
  if (!short) skip(reader, 1);
  if (reader.failed) return undefined;
  const isRetryRequest = RETRY_RANDOM.every((byte, at) => bytes[random + at] === byte);
  const hello: ServerHello = { version, sessionId, cipherSuite, ...emptyLists(), isRetryRequest };
  return eachExtension(reader, hello, readServerExtension) ? hello : undefined;
}

function emptyLists(): Omit<Hello, "version" | "sessionId"> {
  return { extensions: [], applicationProtocols: [], supportedVersions: [], keyShares: [], preSharedKey: false };
}

function eachExtension<H extends Hello>(
  reader: Reader,
  hello: H,
  read: (hello: H, type: number, body: Reader) => void,
): boolean {
  // Before TLS 1.2 a hello could end here.
  if (!more(reader)) return true;
  const list = vector(reader, 2);
  while (more(list) && hello.extensions.length < MAX_LIST_ITEMS) {
    const type = number(list, 2);
    const body = vector(list, 2);
    if (list.failed) return false;
    hello.extensions.push(type);
    readCommonExtension(hello, type, { ...body });
    read(hello, type, body);
  }
  return !reader.failed;
}

function readCommonExtension(hello: Hello, type: number, body: Reader): void {
  if (type === Extension.preSharedKey) hello.preSharedKey = true;
  if (type !== Extension.applicationProtocols) return;
  const names = vector(body, 2);
  while (more(names) && hello.applicationProtocols.length < MAX_LIST_ITEMS) {
    const name = vector(names, 1);
    if (!names.failed) hello.applicationProtocols.push(wireText(name.bytes, name.at, name.end));
  }
}

function readClientExtension(hello: ClientHello, type: number, body: Reader): void {
  switch (type) {
    case Extension.serverName:
      readServerNames(hello, vector(body, 2));
      break;
    case Extension.supportedGroups:
      hello.supportedGroups = numbers(vector(body, 2), 2);
      break;
    case Extension.pointFormats:
      hello.pointFormats = numbers(vector(body, 1), 1);
      break;
    case Extension.signatureAlgorithms:
      hello.signatureAlgorithms = numbers(vector(body, 2), 2);
      break;
    case Extension.supportedVersions:
      hello.supportedVersions = numbers(vector(body, 1), 2);
      break;
    case Extension.applicationProtocols:
      // Behind the list's length and the first name's.
      if (body.end - body.at > 3) hello.protocolEnds = protocolEnds(body);
      break;
    case Extension.sessionTicket:
      hello.hasTicket = more(body);
      break;
    case Extension.keyShare: {
      const shares = vector(body, 2);
      while (more(shares) && hello.keyShares.length < MAX_LIST_ITEMS) {
        hello.keyShares.push(number(shares, 2));
        vector(shares, 2);
      }
    }
  }
}

function protocolEnds(body: Reader): readonly [number, number] | undefined {
  const first = vector(vector(body, 2), 1);
  return first.at === first.end ? undefined : [first.bytes[first.at]!, first.bytes[first.end - 1]!];
}

/** RFC 6066 section 3: the only kind of name there is is the host name, 0. */
function readServerNames(hello: ClientHello, names: Reader): void {
  while (more(names) && hello.serverNames.length < MAX_LIST_ITEMS) {
    const kind = number(names, 1);
    const name = vector(names, 2);
    if (kind === 0 && !names.failed) hello.serverNames.push(wireText(name.bytes, name.at, name.end));
  }
}

function readServerExtension(hello: ServerHello, type: number, body: Reader): void {
  if (type === Extension.supportedVersions) hello.supportedVersions = numbers(body, 2);
  if (type === Extension.keyShare && body.end - body.at >= 2) hello.keyShares = [number(body, 2)];
}

function hexOf(reader: Reader): string {
  return hexText(reader.bytes, reader.at, reader.end);
}
