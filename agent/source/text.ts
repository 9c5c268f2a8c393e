// Text of logs, brought into the form that records have: valid UTF-8 stays what it is, a byte that is no printable text is
// written "\xNN", as Zeek's own logs do. So no record can carry a control character to a terminal, whatever it came from.

const BACKSLASH = 0x5c;
const LOWER_X = 0x78;

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** What a lenient decoder puts in the place of bytes that are no UTF-8. */
const REPLACEMENT = "\ufffd";

/** Controls of ASCII and Latin-1, and halves of surrogate pairs, which have no UTF-8 form. */
// deno-lint-ignore no-control-regex -- controls are what is looked for
const UNFIT = /[\x00-\x1f\x7f-\x9f]|\p{Cs}/u;
const UNFIT_ALL = new RegExp(UNFIT.source, "gu");

/** The text of `bytes[start..end)`; what is no UTF-8 becomes the replacement character. */
export function decodeLine(bytes: Uint8Array, start: number, end: number): string {
  return lenient.decode(bytes.subarray(start, end));
}

/** Whether a decoded line may hold bytes that were no UTF-8. (A log may hold the replacement character itself.) */
export function hasForeignBytes(text: string): boolean {
  return text.includes(REPLACEMENT);
}

/**
 * The text of a line in which some bytes are no UTF-8, each of them written "\xNN"; `escape` is what a backslash is
 * written as, which in JSON is two of them. Linear in its length.
 */
export function decodeMixed(bytes: Uint8Array, start: number, end: number, escape: string): string {
  let text = "";
  let from = start;
  for (let at = start; at < end; at++) {
    if (bytes[at]! < 0x80) continue;
    const length = sequenceLength(bytes, at, end);
    if (length > 0) at += length - 1;
    else {
      text += lenient.decode(bytes.subarray(from, at)) + escapedByte(bytes[at]!, escape);
      from = at + 1;
    }
  }
  return text + lenient.decode(bytes.subarray(from, end));
}

/** Length of the valid UTF-8 sequence of more than one byte at `at` (RFC 3629), 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function escapedByte(byte: number, escape = "\\"): string {
  return `${escape}x${byte.toString(16).padStart(2, "0")}`;
}

const encoder = new TextEncoder();

/** `text` with every control character written as "\xNN" of its UTF-8 bytes. */
export function withoutControls(text: string): string {
  if (!UNFIT.test(text)) return text;
  return text.replace(UNFIT_ALL, (character) => {
    let written = "";
    for (const byte of encoder.encode(character)) written += escapedByte(byte);
    return written;
  });
}

/**
 * Undoes the escaping of Zeek's tab-separated logs (https://docs.zeek.org/en/master/log-formats.html): "\\" is a
 * backslash, "\x2c" a comma, "\xc3\xa9" an é; bytes that are no printable text stay as they are written. Linear.
 */
export function unescapeZeek(text: string): string {
  let at = text.indexOf("\\");
  if (at < 0) return text;
  let plain = text.slice(0, at);
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== BACKSLASH) {
      const next = text.indexOf("\\", at);
      plain += text.slice(at, next < 0 ? text.length : next);
      if (next < 0) break;
      at = next;
    } else if (text.charCodeAt(at + 1) === BACKSLASH) {
      plain += "\\";
      at += 2;
    } else {
      const bytes: number[] = [];
      for (let byte = byteAt(text, at); byte >= 0; byte = byteAt(text, at)) {
        bytes.push(byte);
        at += 4;
      }
      if (bytes.length === 0) {
        plain += "\\";
        at++;
      } else plain += withoutControls(decodeMixed(Uint8Array.from(bytes), 0, bytes.length, "\\"));
    }
  }
  return plain;
}

/** The byte that "\xNN" at `at` stands for, -1 when there is no such thing. */
function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== LOWER_X) return -1;
  const digits = text.slice(at + 2, at + 4);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? parseInt(digits, 16) : -1;
}
