// JA4: the client fingerprint of FoxIO's JA4+ suite, the one part of it that is free to use (BSD 3-Clause), after its
// published description (JA4 TLS Client Fingerprinting, technical details).

import { createHash } from "node:crypto";
import { type ClientHello, Extension } from "./hello.ts";
import { isGrease, Version } from "./names.ts";

/** What carries the handshake: TCP, QUIC or DTLS. */
export type Carrier = "t" | "q" | "d";

const VERSION_CODES: ReadonlyMap<number, string> = new Map([
  [Version.tls13, "13"],
  [Version.tls12, "12"],
  [Version.tls11, "11"],
  [Version.tls10, "10"],
  [Version.ssl3, "s3"],
  [Version.ssl2, "s2"],
  [Version.dtls10, "d1"],
  [Version.dtls12, "d2"],
  [Version.dtls13, "d3"],
]);

/** Counts have two digits. */
const MAX_COUNT = 99;
/** Hex digits kept of each SHA-256. */
const HASH_DIGITS = 12;
const EMPTY_HASH = "0".repeat(HASH_DIGITS);

/** "t13d1516h2_8daaf6152771_e5627efa2ab1". */
export function ja4(hello: ClientHello, carrier: Carrier): string {
  const ciphers = hello.cipherSuites.filter((value) => !isGrease(value));
  const extensions = hello.extensions.filter((value) => !isGrease(value));
  const summary = carrier + versionCode(hello, carrier) +
    (extensions.includes(Extension.serverName) ? "d" : "i") +
    count(ciphers.length) + count(extensions.length) + protocolCode(hello.protocolEnds);
  return `${summary}_${hash(sortedHex(ciphers))}_${hash(extensionText(hello, extensions))}`;
}

function versionCode(hello: ClientHello, carrier: Carrier): string {
  const offered = hello.supportedVersions.filter((version) => !isGrease(version));
  // DTLS counts its versions down.
  const newest = carrier === "d" ? Math.min(...offered) : Math.max(...offered);
  return VERSION_CODES.get(offered.length === 0 ? hello.version : newest) ?? "00";
}

function count(length: number): string {
  return String(Math.min(length, MAX_COUNT)).padStart(2, "0");
}

/** First and last character of the first protocol offered; of its hex form when one of them is no letter or digit. */
function protocolCode(ends: ClientHello["protocolEnds"]): string {
  if (ends === undefined) return "00";
  const text = String.fromCharCode(...ends);
  return /^[0-9A-Za-z]{2}$/.test(text) ? text : (ends[0] >> 4).toString(16) + (ends[1] & 0xf).toString(16);
}

/** Extensions in order of number but without the two that tell the destination, then signature algorithms as offered. */
function extensionText(hello: ClientHello, extensions: readonly number[]): string {
  const kept = extensions.filter((type) => type !== Extension.serverName && type !== Extension.applicationProtocols);
  const algorithms = hexList(hello.signatureAlgorithms.filter((value) => !isGrease(value)));
  return algorithms === "" ? sortedHex(kept) : `${sortedHex(kept)}_${algorithms}`;
}

/** Values in ascending order, which for hex of four digits is the order of the text. */
function sortedHex(values: readonly number[]): string {
  return hexList(Uint16Array.from(values).sort());
}

/** "1301,1302": four digits each. */
function hexList(values: Iterable<number>): string {
  let text = "";
  for (const value of values) text += (text === "" ? "" : ",") + (0x10000 + value).toString(16).slice(1);
  return text;
}

function hash(text: string): string {
  return text === "" ? EMPTY_HASH : createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
}
