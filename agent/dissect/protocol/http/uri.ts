// The target of a request as Zeek logs it: percent-encoding undone (RFC 3986 section 2.1), with a weird for what no
// proper client sends.

import { hexValue } from "../../mime/transfer-encoding.ts";
import { wireText } from "../../text.ts";

const PERCENT = 0x25;

/** Characters that a URI may have as they are (RFC 3986 sections 2.2 and 2.3). */
const URI_CHARACTERS = (() => {
  const allowed = new Uint8Array(256);
  const text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~:/?#[]@!$&'()*+,;=";
  for (let i = 0; i < text.length; i++) allowed[text.charCodeAt(i)] = 1;
  return allowed;
})();

/** Whether a byte may stand in a URI, "%" aside. */
export function isUriCharacter(byte: number): boolean {
  return URI_CHARACTERS[byte] === 1;
}

/** The text of `bytes[start..end)` with its percent-encoding undone. */
export function decodedUri(bytes: Uint8Array, start: number, end: number, weird: (name: string) => void): string {
  let plain = true;
  for (let at = start; at < end && plain; at++) plain = URI_CHARACTERS[bytes[at]!] === 1;
  if (plain) return wireText(bytes, start, end);
  const out = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== PERCENT) {
      if (URI_CHARACTERS[byte] !== 1) weird("unescaped_special_URI_char");
      out[length++] = byte;
      continue;
    }
    if (at + 1 >= end) {
      weird("illegal_%_at_end_of_URI");
      break;
    }
    const [high, low] = [hexValue(bytes[at + 1]!), at + 2 < end ? hexValue(bytes[at + 2]!) : -1];
    if (high >= 0 && low >= 0) {
      out[length++] = high << 4 | low;
      at += 2;
    } else if (bytes[at + 1] === PERCENT) {
      weird("double_%_in_URI");
      out[length++] = PERCENT;
    } else {
      weird("unescaped_%_in_URI");
      out[length++] = PERCENT;
    }
  }
  return wireText(out, 0, length);
}
