// JA3 and JA3S: MD5 fingerprints of hellos (J. Althouse, J. Atkinson, J. Atkins, "TLS Fingerprinting with JA3 and JA3S",
// Salesforce, 2019). Values that RFC 8701 reserves are left out.

import { createHash } from "node:crypto";
import type { ClientHello, ServerHello } from "./hello.ts";
import { isGrease } from "./names.ts";

/** The text that JA3 hashes: version, cipher suites, extensions, groups, point formats; decimal. */
export function ja3Text(hello: ClientHello): string {
  return [
    String(hello.version),
    joined(hello.cipherSuites),
    joined(hello.extensions),
    joined(hello.supportedGroups),
    hello.pointFormats.join("-"),
  ].join(",");
}

/** JA3 of a client, 32 hex digits. */
export function ja3(hello: ClientHello): string {
  return md5(ja3Text(hello));
}

/** JA3S of a server's answer: version, cipher suite, extensions. */
export function ja3s(hello: ServerHello): string {
  return md5(ja3sText(hello));
}

/** The text that JA3S hashes. */
export function ja3sText(hello: ServerHello): string {
  return `${hello.version},${hello.cipherSuite},${joined(hello.extensions)}`;
}

function joined(values: readonly number[]): string {
  let text = "";
  for (const value of values) {
    if (!isGrease(value)) text += text === "" ? value : `-${value}`;
  }
  return text;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
