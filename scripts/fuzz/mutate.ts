// Changes that hurt parsers: lengths that lie, numbers at their limits, bytes missing, doubled, or from somewhere else.

import { concat, type Random } from "../../tests/craft/craft.ts";
import type { Saying, Transcript } from "./transcript.ts";

/** Numbers at which counters, signs and lengths turn over. */
const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  0x10,
  0x3f,
  0x40,
  0x7f,
  0x80,
  0xc0,
  0xff,
  0x100,
  0x7fff,
  0x8000,
  0xffff,
  0x1_0000,
] as const;
const LARGE_NUMBERS = [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe, 0x00ff_ffff, 0x0100_0000] as const;

/** Words that make parsers of text change their state. */
const WORDS = [
  "\r\n",
  "\n",
  "\r\n\r\n",
  "\0",
  "\xff",
  " ",
  ":",
  "Content-Length: 18446744073709551616\r\n",
  "Content-Length: -1\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Encoding: gzip\r\n",
  "Content-Range: bytes 0-9007199254740993/*\r\n",
  "Content-Type: multipart/mixed; boundary=xyz\r\n",
  "Content-Transfer-Encoding: quoted-printable\r\n",
  "Connection: Upgrade\r\nUpgrade: h2c\r\n",
  "--xyz\r\n",
  "--xyz--",
  "ffffffffffffffff\r\n",
  "0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HEAD / HTTP/1.0\r\n\r\n",
  "CONNECT a:1 HTTP/1.1\r\n\r\n",
  "BDAT 99999999999 LAST\r\n",
  "AUTH PLAIN AGEAYg==\r\n",
  "STARTTLS\r\n",
  "\r\n.\r\n",
  "227 Entering Passive Mode (1,2,3,4,255,255)\r\n",
  "PORT 1,2,3,4,999,1\r\n",
  "EPRT |2|::1|65536|\r\n",
  "250-",
  "=?utf-8?B?4p8=?=",
  "%00%ff%zz",
  "\xc0\x0c",
  "\xff\xfb\x18",
] as const;

/** Most bytes a saying may grow to by a repetition. */
const LARGEST_SAYING = 200_000;
/** Most sayings a conversation may have after a repetition. */
const MOST_SAYINGS = 60;

function write(bytes: Uint8Array, at: number, width: number, value: number, littleEndian: boolean): void {
  for (let i = 0; i < width; i++) {
    const shift = littleEndian ? i : width - 1 - i;
    if (at + i < bytes.length) bytes[at + i] = Math.floor(value / 256 ** shift);
  }
}

/** A changed copy, as long as the original: for headers, whose place must not move. */
export function changed(original: Uint8Array, chance: Random, from = 0, to = original.length): Uint8Array {
  const bytes = original.slice();
  if (to <= from) return bytes;
  const at = chance.between(from, to - 1);
  const width = chance.pick([1, 1, 2, 2, 3, 4]);
  const littleEndian = chance.below(4) === 0;
  switch (chance.below(7)) {
    case 0:
      bytes[at]! ^= 1 << chance.below(8);
      break;
    case 1:
      bytes[at] = chance.below(256);
      break;
    case 2:
      write(bytes, at, width, chance.pick(NUMBERS), littleEndian);
      break;
    case 3:
      write(bytes, at, 4, chance.pick(LARGE_NUMBERS), littleEndian);
      break;
    case 4:
      // What is left from here on, or nearly so: the lengths that are just right and just wrong.
      write(bytes, at, width, bytes.length - at + chance.between(-width - 1, 1), littleEndian);
      break;
    case 5:
      bytes[at] = bytes[at]! + chance.between(-2, 2);
      break;
    default:
      bytes.copyWithin(at, chance.between(from, to - 1), chance.between(from, to));
  }
  return bytes;
}

/** A changed copy, perhaps of another length; `other` lends bytes. */
function reshaped(original: Uint8Array, other: Uint8Array, chance: Random): Uint8Array {
  const at = chance.between(0, original.length), end = chance.between(at, original.length);
  switch (chance.below(9)) {
    case 0:
      return original.slice(0, at);
    case 1:
      return concat(original.subarray(0, at), original.subarray(end));
    case 2:
      return concat(original.subarray(0, at), chance.pick(WORDS), original.subarray(chance.below(2) === 0 ? at : end));
    case 3:
      return concat(original.subarray(0, at), other.subarray(chance.between(0, other.length)));
    case 4: {
      const from = chance.between(0, other.length);
      return concat(
        original.subarray(0, at),
        other.subarray(from, chance.between(from, other.length)),
        original.subarray(at),
      );
    }
    case 5: {
      const piece = original.subarray(at, Math.min(end, at + 2_000));
      const times = Math.min(2 ** chance.between(1, 14), Math.floor(LARGEST_SAYING / Math.max(1, piece.length)));
      return concat(original.subarray(0, at), ...Array.from({ length: times }, () => piece), original.subarray(at));
    }
    default:
      return changed(original, chance);
  }
}

/** A conversation that went wrong: what was said is changed, or said twice, by the wrong side, not at all, or is another's. */
export function rewritten(transcript: Transcript, other: Transcript, chance: Random): Transcript {
  const sayings: Saying[] = [...transcript.sayings];
  for (let times = chance.between(1, 4); times > 0 && sayings.length > 0; times--) {
    const at = chance.below(sayings.length), saying = sayings[at]!;
    const borrowed = chance.pick(other.sayings);
    switch (chance.below(12)) {
      case 0:
        sayings.splice(at, 1);
        break;
      case 1:
        sayings.splice(chance.between(0, sayings.length), 0, saying);
        break;
      case 2:
        sayings[at] = { ...saying, fromClient: !saying.fromClient };
        break;
      case 3:
        sayings.splice(at, 0, borrowed);
        break;
      case 4:
        sayings.splice(at, sayings.length, ...other.sayings);
        break;
      case 5: {
        const again = Math.min(2 ** chance.between(1, 7), MOST_SAYINGS - sayings.length);
        if (saying.bytes.length < 2_000) { for (let i = 0; i < again; i++) sayings.splice(at, 0, saying); }
        break;
      }
      default:
        sayings[at] = { ...saying, bytes: reshaped(saying.bytes, borrowed.bytes, chance) };
    }
  }
  return { ...transcript, sayings };
}
