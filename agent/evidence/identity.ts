// Ids from content, so that the same finding has the same id in every run, with any number of workers.

import { createHash } from "node:crypto";

/** Our own namespace for name-based UUIDs (RFC 9562 section 5.5): the version-5 UUID of the DNS name smartshield.invalid. */
const NAMESPACE = hexBytes("10adec1050ae5e669786e4e1e9ad9b29");

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/**
 * A version-5 UUID (RFC 9562 section 5.5) of the parts. Parts are separated by NUL, which none of them contains as
 * wire data is escaped before it gets here; `undefined` differs from the empty string.
 */
export function contentUuid(parts: readonly (string | number | undefined)[]): string {
  const name = parts.map((part) => part === undefined ? "\u0001" : String(part)).join("\0");
  const hash = createHash("sha1").update(NAMESPACE).update(name).digest("hex");
  const version = "5" + hash.slice(13, 16);
  const variant = (0x8 | (parseInt(hash.charAt(16), 16) & 0x3)).toString(16) + hash.slice(17, 20);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${version}-${variant}-${hash.slice(20, 32)}`;
}

/** The id of the message that tells evidence for the `count`th time; the first has the evidence's own. */
export function messageId(id: string, count: number): string {
  return count === 1 ? id : contentUuid([id, count]);
}
