// TLS records and handshake messages, versions 1.0 to 1.3 (RFC 5246, RFC 8446).

import { concat, type Content, toBytes, u16, u8, withLength16, withLength24, withLength8 } from "../bytes.ts";
import { noise } from "../random.ts";
import type { Source } from "../source.ts";

/** A version as it is usually written. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";

/** Its number on the wire. */
export const TLS_VERSION: Readonly<Record<TlsVersion, number>> = {
  "1.0": 0x0301,
  "1.1": 0x0302,
  "1.2": 0x0303,
  "1.3": 0x0304,
};

/** Record types (RFC 8446 section 5.1). */
export const TLS_RECORD = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23 } as const;

const CLIENT_HELLO = 1, SERVER_HELLO = 2, CERTIFICATE = 11, SERVER_KEY_EXCHANGE = 12, SERVER_HELLO_DONE = 14;
const CLIENT_KEY_EXCHANGE = 16;

/** Largest piece of plaintext in a record (RFC 8446 section 5.1). */
const MAXIMUM_FRAGMENT = 16_384;

/** One record. */
export function tlsRecord(type: number, content: Content, version: number = TLS_VERSION["1.2"]): Uint8Array {
  return concat(u8(type), u16(version), withLength16(content));
}

/** Handshake messages in one record, or in several when they are too long for one. */
export function handshakeRecords(messages: Uint8Array, version: number = TLS_VERSION["1.2"]): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < messages.length; at += MAXIMUM_FRAGMENT) {
    records.push(tlsRecord(TLS_RECORD.HANDSHAKE, messages.subarray(at, at + MAXIMUM_FRAGMENT), version));
  }
  return concat(...records);
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return concat(u8(type), withLength24(body));
}

/** A hello extension: its number and its content. */
export type Extension = readonly [type: number, content: Uint8Array];

/** Numbers of the named groups used by default: x25519, secp256r1, secp384r1. */
const DEFAULT_GROUPS = [29, 23, 24];
const DEFAULT_SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
/** AES-GCM and ChaCha20 suites of TLS 1.3, then the ECDHE suites of 1.2. */
const DEFAULT_CIPHERS = [
  0x1301,
  0x1302,
  0x1303,
  0xc02b,
  0xc02f,
  0xc02c,
  0xc030,
  0xcca9,
  0xcca8,
  0xc013,
  0xc014,
  0x009c,
  0x009d,
  0x002f,
  0x0035,
];

/** Suites in which the client encrypts the secret to the certificate's key, so that no ServerKeyExchange is sent. */
export const RSA_KEY_EXCHANGE: ReadonlySet<number> = new Set([0x04, 0x05, 0x0a, 0x2f, 0x35, 0x3c, 0x3d, 0x9c, 0x9d]);

/** The suite a server chooses unless told: AES-128 by its age. */
export const USUAL_CIPHER: Readonly<Record<TlsVersion, number>> = {
  "1.0": 0xc013,
  "1.1": 0xc013,
  "1.2": 0xc02f,
  "1.3": 0x1301,
};

/** What a client offers. */
export interface ClientHello {
  /** Null leaves the extension out. */
  serverName?: string | null;
  alpn?: readonly string[];
  /** Versions offered, best first; default 1.3 and 1.2. */
  versions?: readonly TlsVersion[];
  ciphers?: readonly number[];
  groups?: readonly number[];
  pointFormats?: readonly number[];
  signatures?: readonly number[];
  sessionId?: Uint8Array;
  random?: Uint8Array;
  /** All extensions, in this order, instead of those made from the fields above. */
  extensions?: readonly Extension[];
  /** Extensions added behind the others. */
  moreExtensions?: readonly Extension[];
}

/** A ClientHello message, without its record. */
export function clientHello(hello: ClientHello = {}): Uint8Array {
  const versions = hello.versions ?? ["1.3", "1.2"];
  const extensions = [...(hello.extensions ?? clientExtensions(hello, versions)), ...(hello.moreExtensions ?? [])];
  const best = Math.min(TLS_VERSION["1.2"], Math.max(...versions.map((version) => TLS_VERSION[version])));
  return handshake(
    CLIENT_HELLO,
    concat(
      u16(best),
      hello.random ?? noise(32, 1),
      withLength8(hello.sessionId ?? (versions.includes("1.3") ? noise(32, 2) : "")),
      withLength16(list16(hello.ciphers ?? DEFAULT_CIPHERS)),
      withLength8(u8(0)),
      extensionBlock(extensions),
    ),
  );
}

function clientExtensions(hello: ClientHello, versions: readonly TlsVersion[]): Extension[] {
  const { serverName, alpn, groups = DEFAULT_GROUPS } = hello;
  const list: Extension[] = [];
  if (typeof serverName === "string") list.push([0, withLength16(concat(u8(0), withLength16(serverName)))]);
  list.push([23, new Uint8Array(0)], [0xff01, u8(0)], [10, withLength16(list16(groups))]);
  list.push([11, withLength8(Uint8Array.from(hello.pointFormats ?? [0]))], [35, new Uint8Array(0)]);
  if (alpn !== undefined) list.push([16, withLength16(concat(...alpn.map((each) => withLength8(each))))]);
  // Signature algorithms came with TLS 1.2.
  if (versions.includes("1.2")) list.push([13, withLength16(list16(hello.signatures ?? DEFAULT_SIGNATURES))]);
  if (versions.includes("1.3")) {
    const group = groups[0] ?? 29;
    list.push([51, withLength16(concat(u16(group), withLength16(publicPoint(group))))]);
    list.push([45, withLength8(u8(1))]);
    list.push([43, withLength8(list16(versions.map((version) => TLS_VERSION[version])))]);
  }
  return list;
}

/** What a server chooses. */
export interface ServerHello {
  version?: TlsVersion;
  cipher?: number;
  sessionId?: Uint8Array;
  random?: Uint8Array;
  /** Sent in the hello before TLS 1.3; encrypted from then on. */
  alpn?: string;
  group?: number;
  extensions?: readonly Extension[];
}

/** A ServerHello message, without its record. */
export function serverHello(hello: ServerHello = {}): Uint8Array {
  const { version = "1.3", group = 29 } = hello;
  const isNew = version === "1.3";
  const ordinary: Extension[] = isNew
    ? [[51, concat(u16(group), withLength16(publicPoint(group)))], [43, u16(TLS_VERSION["1.3"])]]
    : [
      [0xff01, u8(0)],
      [11, withLength8(u8(0))],
      [23, new Uint8Array(0)],
      ...(hello.alpn === undefined ? [] : [[16, withLength16(withLength8(hello.alpn))] as const]),
    ];
  return handshake(
    SERVER_HELLO,
    concat(
      u16(isNew ? TLS_VERSION["1.2"] : TLS_VERSION[version]),
      hello.random ?? noise(32, 3),
      withLength8(hello.sessionId ?? noise(32, isNew ? 2 : 4)),
      u16(hello.cipher ?? USUAL_CIPHER[version]),
      u8(0),
      extensionBlock(hello.extensions ?? ordinary),
    ),
  );
}

/** A Certificate message of TLS 1.2 and before, the server's own first. */
export function certificateMessage(chain: readonly Uint8Array[]): Uint8Array {
  return handshake(CERTIFICATE, withLength24(concat(...chain.map(withLength24))));
}

/** An ECDHE ServerKeyExchange (RFC 8422 section 5.4) with a signature of noise; it names its algorithm since TLS 1.2. */
export function serverKeyExchange(version: TlsVersion = "1.2", group = 29): Uint8Array {
  const signature = concat(version === "1.2" ? u16(0x0401) : "", withLength16(noise(256, 5)));
  return handshake(SERVER_KEY_EXCHANGE, concat(u8(3), u16(group), withLength8(publicPoint(group)), signature));
}

/** ServerHelloDone. */
export function serverHelloDone(): Uint8Array {
  return handshake(SERVER_HELLO_DONE, new Uint8Array(0));
}

/** An ECDHE ClientKeyExchange; with RSA key exchange the encrypted secret (RFC 5246 section 7.4.7.1). */
export function clientKeyExchange(cipher?: number, group = 29): Uint8Array {
  const isRsa = cipher !== undefined && RSA_KEY_EXCHANGE.has(cipher);
  return handshake(CLIENT_KEY_EXCHANGE, isRsa ? withLength16(noise(256, 9)) : withLength8(publicPoint(group)));
}

/** ChangeCipherSpec in its record. */
export function changeCipherSpec(version?: number): Uint8Array {
  return tlsRecord(TLS_RECORD.CHANGE_CIPHER_SPEC, u8(1), version);
}

/** An alert in its record: 1 warning, 2 fatal; 40 is handshake failure, 48 unknown authority, 112 unrecognised name. */
export function tlsAlert(level: number, description: number, version?: number): Uint8Array {
  return tlsRecord(TLS_RECORD.ALERT, Uint8Array.of(level, description), version);
}

/** Bytes that encryption adds to each record: the inner type and the tag of TLS 1.3, nonce and tag of AES-GCM before. */
const OVERHEAD_NEW = 17, OVERHEAD_OLD = 24;

/** So many bytes of plaintext as encrypted application data, in records of at most 16 KiB; made piece by piece, so any size will do. */
export function applicationData(plainBytes: number, version: TlsVersion = "1.3", key = 6): Source {
  const overhead = version === "1.3" ? OVERHEAD_NEW : OVERHEAD_OLD;
  const full = 5 + MAXIMUM_FRAGMENT + overhead;
  const records = Math.ceil(plainBytes / MAXIMUM_FRAGMENT);
  const size = plainBytes + records * (5 + overhead);
  return {
    size,
    piece(offset, length) {
      const bytes = noise(length, (key + Math.imul(offset, 31)) >>> 0);
      for (let at = Math.floor(offset / full) * full; at < offset + length; at += full) {
        const body = Math.min(full, size - at) - 5;
        const header = [
          TLS_RECORD.APPLICATION_DATA,
          3,
          Math.min(TLS_VERSION[version], 0x0303) & 0xff,
          body >> 8,
          body & 0xff,
        ];
        header.forEach((byte, i) => {
          const place = at + i - offset;
          if (place >= 0 && place < length) bytes[place] = byte;
        });
      }
      return bytes;
    },
  };
}

/** Bytes of a group's public value: 32 for x25519, an uncompressed point for the others. */
function publicPoint(group: number): Uint8Array {
  if (group === 29) return noise(32, 7);
  return concat(u8(4), noise(group === 24 ? 96 : 64, 8));
}

function list16(values: readonly number[]): Uint8Array {
  return concat(...values.map(u16));
}

function extensionBlock(extensions: readonly Extension[]): Uint8Array {
  // A hello of old clients has no block at all.
  if (extensions.length === 0) return new Uint8Array(0);
  return withLength16(
    concat(...extensions.map(([type, content]) => concat(u16(type), withLength16(toBytes(content))))),
  );
}
