// Domain names on the wire: labels and compression pointers (RFC 1035 section 4.1.4), and names in NetBIOS's encoding.

import { wireText } from "../../text.ts";

/** A place in a message, moved on by whoever reads. Compression counts from `start`; nothing is read at or after `end`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  at: number;
}

/** Reports an oddity by Zeek's name for it. */
export type ReportWeird = (name: string, addl?: string) => void;

/** Longest name, as text with its dots, that is read (RFC 1035 allows 255; more is odd, and cut here). */
const MAXIMUM_NAME = 512;
/** Bytes of a name from which on it is reported as too long (RFC 1035 section 2.3.4). */
const TOO_LONG_NAME = 255;
/** Longest label (RFC 1035 section 2.3.4). */
const MAXIMUM_LABEL = 63;
/** Pointers followed for one name; they only ever lead back, so this bounds the time, not the end. */
const MAXIMUM_POINTERS = 20;
const POINTER_BITS = 0xc0;
const DOT = 0x2e;

/** Scratch for the name in hand. Nothing here outlives one call. */
const name = new Uint8Array(MAXIMUM_NAME + 1);

/**
 * Reads a name in lower case, without its last dot ("" is the root), and leaves the cursor behind it. A damaged name is
 * reported and ends where the damage starts. `longLabels`: NetBIOS lets a label be longer than 63 bytes.
 */
export function readName(cursor: Cursor, longLabels: boolean, weird: ReportWeird): string {
  const { bytes, start } = cursor;
  let at = cursor.at;
  let end = cursor.end;
  let length = 0;
  let pointers = 0;
  while (at < end) {
    const labelAt = at;
    const labelLength = bytes[at++]!;
    if (labelLength === 0 || at >= end) break;
    if ((labelLength & POINTER_BITS) === POINTER_BITS) {
      const target = start + ((labelLength & ~POINTER_BITS) << 8 | bytes[at++]!);
      if (pointers === 0) cursor.at = at;
      if (target >= labelAt) {
        weird("DNS_label_forward_compress_offset");
        break;
      }
      if (++pointers > MAXIMUM_POINTERS) {
        weird("DNS_max_compression_chain_depth_exceeded");
        break;
      }
      at = target;
      end = labelAt;
      continue;
    }
    if (labelLength > end - at) {
      weird("DNS_label_len_gt_pkt");
      at = end;
      break;
    }
    if (labelLength > MAXIMUM_LABEL && !longLabels) {
      weird("DNS_label_too_long");
      break;
    }
    if (labelLength >= MAXIMUM_NAME - length) {
      weird("DNS_label_len_gt_name_len");
      break;
    }
    for (let i = 0; i < labelLength; i++) name[length++] = lowerCase(bytes[at++]!);
    name[length++] = DOT;
  }
  if (pointers === 0) cursor.at = at;
  if (length >= TOO_LONG_NAME) weird("DNS_NAME_too_long");
  return wireText(name, 0, length >= 2 ? length - 1 : length);
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Letters of a NetBIOS name in the first-level encoding: two for each of 16 bytes (RFC 1001 section 14.1). */
const NETBIOS_LETTERS = 32;
/** Bytes of a NetBIOS name without the last, which is its kind. */
const NETBIOS_NAME = 15;

/**
 * Decodes a name such as "ejfdebfeebfacacacacacacacacacaaa" (gives "ISATAP"), without its kind and its padding.
 * Undefined when the text is no such name or decodes to nothing.
 */
export function decodeNetbiosName(encoded: string): string | undefined {
  if (encoded.length !== NETBIOS_LETTERS) return undefined;
  const decoded = new Uint8Array(NETBIOS_LETTERS / 2);
  let length = 0;
  let ended = false;
  for (let i = 0; i < decoded.length; i++) {
    const high = encoded.charCodeAt(2 * i) - 0x61;
    const low = encoded.charCodeAt(2 * i + 1) - 0x61;
    if (high < 0 || high > 15 || low < 0 || low > 15) return undefined;
    const byte = high << 4 | low;
    decoded[i] = byte;
    // 1 and 2 are part of the name of the master browser, "\x01\x02__MSBROWSE__\x02".
    ended ||= byte > 0x7e || (byte < 0x20 && byte > 2);
    if (!ended) length = i + 1;
  }
  length = Math.min(length, NETBIOS_NAME);
  while (length > 0 && (decoded[length - 1] === 0x20 || decoded[length - 1] === 0)) length--;
  return length === 0 ? undefined : wireText(decoded, 0, length);
}
