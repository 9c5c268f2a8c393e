// Undoes MIME's transfer encodings, base64 and quoted-printable (RFC 2045 section 6), piece by piece.

/** Where decoded bytes go; they are only valid during the call. */
export type Taker = (bytes: Uint8Array, start: number, end: number) => void;

const EQUALS = 0x3d;
const CRLF = Uint8Array.of(0x0d, 0x0a);

/** Values of the base64 alphabet by character; 255 for characters outside it, which are skipped. */
const BASE64_VALUES = (() => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const values = new Uint8Array(256).fill(255);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
})();

/** What is left of the last piece: up to 18 bits. */
export interface Base64State {
  bits: number;
  count: number;
}

/** Decodes a piece of base64. */
export function decodeBase64(state: Base64State, bytes: Uint8Array, start: number, end: number, take: Taker): void {
  const out = new Uint8Array(Math.ceil((end - start + 3) * 3 / 4));
  let length = 0;
  for (let i = start; i < end; i++) {
    const value = BASE64_VALUES[bytes[i]!]!;
    if (value === 255) {
      // "=" ends the data: what remains of the bits is padding.
      if (bytes[i] === EQUALS) state.count = 0;
      continue;
    }
    state.bits = (state.bits << 6 | value) & 0xffffff;
    state.count += 6;
    if (state.count < 8) continue;
    state.count -= 8;
    out[length++] = state.bits >> state.count & 0xff;
  }
  if (length > 0) take(out, 0, length);
}

/** Decodes a line of quoted-printable; `whole` says that the line ended there. */
export function decodeQuotedPrintable(
  bytes: Uint8Array,
  start: number,
  end: number,
  whole: boolean,
  take: Taker,
): void {
  let stop = end;
  while (stop > start && (bytes[stop - 1] === 0x20 || bytes[stop - 1] === 0x09)) stop--;
  const out = new Uint8Array(stop - start);
  let length = 0;
  let soft = false;
  for (let i = start; i < stop; i++) {
    const byte = bytes[i]!;
    if (byte !== EQUALS) {
      out[length++] = byte;
      continue;
    }
    if (i === stop - 1) {
      soft = true;
      break;
    }
    const [high, low] = [hexValue(bytes[i + 1]!), i + 2 < stop ? hexValue(bytes[i + 2]!) : -1];
    if (high >= 0 && low >= 0) {
      out[length++] = high << 4 | low;
      i += 2;
    } else out[length++] = byte;
  }
  if (length > 0) take(out, 0, length);
  if (whole && !soft) take(CRLF, 0, 2);
}

/** The value of a hexadecimal digit, -1 for any other character. */
export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
