// Cuts an nfdump file into its data blocks and unpacks them, in both layouts and either byte order (described in nfdump's
// nffile.h).

import { zstdDecompressSync } from "node:zlib";
import { unpackBzip2 } from "./bzip2.ts";
import { type NfNumbers, numbersOf } from "./flow.ts";
import { unpackLz4 } from "./lz4.ts";
import { unpackLzo } from "./lzo.ts";

/** Begins every file; in the byte order of the machine that wrote it. */
export const NFDUMP_MAGIC = 0xa50c;
/** The newest layout there is, and one that may come. */
export const LARGEST_VERSION = 3;

/** File header and statistics of layout 1, file header of layout 2, header of a block, bytes. */
const LAYOUT_1_HEADER = 276;
const LAYOUT_2_HEADER = 40;
const BLOCK_HEADER = 12;
/** Enough of the file to know its layout, bytes. */
const VERSION_BYTES = 4;

/** Largest block that is read, packed or not, bytes: nfdump's own buffers have 5 MiB. */
const MAXIMUM_BLOCK_BYTES = 16 * 1024 * 1024;

/** Packings by their number in layout 2. */
const PACKINGS = ["none", "lzo", "bzip2", "lz4", "zstd"] as const;
type Packing = typeof PACKINGS[number];

/** Flags of the file header of layout 1. */
const LZO_FLAG = 0x1;
const BZIP2_FLAG = 0x8;
const LZ4_FLAG = 0x10;

/** Flag of a block that is not packed although the file is. */
const BLOCK_NOT_PACKED = 1;
/** Blocks of the layout of nfdump 1.5, which is no longer written. */
const BLOCK_OF_NFDUMP_1_5 = 1;

/** Takes a block's content and where in the file the block begins, byte; and whether it is cut off at its end. */
export type BlockHandler = (
  layout: 1 | 2,
  numbers: NfNumbers,
  length: number,
  offset: number,
  isCut: boolean,
) => void;

export interface BlockCutter {
  push(bytes: Uint8Array, start: number, end: number): void;
  end(): void;
}

/**
 * Gives every block to `onBlock` and what is wrong to `onDamage` (a fixed set of texts) with the byte where it is, and
 * whether nothing is read beyond it.
 */
export function createBlockCutter(
  onBlock: BlockHandler,
  onDamage: (offset: number, reason: string, isEnd?: boolean) => void,
): BlockCutter {
  let held = new Uint8Array(64 * 1024);
  let length = 0;
  let offset = 0;
  let wanted = VERSION_BYTES;
  let step: (bytes: Uint8Array) => void = version;
  let over = false;
  /** Where the block began whose content is being gathered, when it can be read without its end. */
  let readable = -1;
  let little = true;
  let layout: 1 | 2 = 2;
  let packing: Packing = "none";
  let room: Uint8Array | undefined;

  function stop(reason: string): void {
    if (!over) onDamage(offset, reason, true);
    over = true;
  }

  /** Goes on with `next` once there are so many bytes more. */
  function then(bytes: number, next: (bytes: Uint8Array) => void): void {
    wanted = bytes;
    step = next;
  }

  function version(bytes: Uint8Array): void {
    little = bytes[0] === (NFDUMP_MAGIC & 0xff);
    const found = numbersOf(bytes, little).u16(2);
    if (found === 1) then(LAYOUT_1_HEADER - VERSION_BYTES, header1);
    else if (found === 2) then(LAYOUT_2_HEADER - VERSION_BYTES, header2);
    else stop("is of a layout of nfdump that cannot be read; convert it with nfdump 1.7: nfdump -r FILE -w NEW");
  }

  function header1(bytes: Uint8Array): void {
    layout = 1;
    const flags = numbersOf(bytes, little).u32(0);
    packing = (flags & LZO_FLAG) !== 0
      ? "lzo"
      : (flags & BZIP2_FLAG) !== 0
      ? "bzip2"
      : (flags & LZ4_FLAG) !== 0
      ? "lz4"
      : "none";
    then(BLOCK_HEADER, block);
  }

  function header2(bytes: Uint8Array): void {
    const named = PACKINGS[bytes[12]!];
    if (named === undefined) {
      return stop("is packed in a way that cannot be read; convert it with nfdump -r FILE -w NEW");
    }
    if (bytes[13] !== 0) return stop("is encrypted; decrypt it with nfdump -r FILE -w NEW");
    packing = named;
    then(BLOCK_HEADER, block);
  }

  function block(bytes: Uint8Array): void {
    const numbers = numbersOf(bytes, little);
    const size = numbers.u32(4);
    const type = numbers.u16(8);
    const isPacked = packing !== "none" && (numbers.u16(10) & BLOCK_NOT_PACKED) === 0;
    const start = offset - BLOCK_HEADER;
    if (size > MAXIMUM_BLOCK_BYTES) return stop("has a block of an impossible size");
    readable = isPacked || (layout === 1 && type === BLOCK_OF_NFDUMP_1_5) ? -1 : start;
    then(size, (content) => {
      readable = -1;
      if (layout === 1 && type === BLOCK_OF_NFDUMP_1_5) {
        onDamage(start, "has a block of nfdump 1.5; convert it with nfdump 1.6: nfdump -r FILE -w NEW");
      } else if (!isPacked) onBlock(layout, numbersOf(content, little), content.length, start, false);
      else {
        const unpacked = unpack(content);
        if (unpacked === undefined) onDamage(start, "has a block that cannot be unpacked");
        else onBlock(layout, numbersOf(unpacked, little), unpacked.length, start, false);
      }
      then(BLOCK_HEADER, block);
    });
  }

  function unpack(content: Uint8Array): Uint8Array | undefined {
    if (packing === "zstd") {
      try {
        return zstdDecompressSync(content, { maxOutputLength: MAXIMUM_BLOCK_BYTES });
      } catch {
        return undefined;
      }
    }
    room ??= new Uint8Array(MAXIMUM_BLOCK_BYTES);
    const unpacker = packing === "lz4" ? unpackLz4 : packing === "lzo" ? unpackLzo : unpackBzip2;
    const bytes = unpacker(content, room);
    return bytes < 0 ? undefined : room.subarray(0, bytes);
  }

  return {
    push(bytes, start, end) {
      let at = start;
      while (!over) {
        const take = Math.min(wanted - length, end - at);
        if (length === 0 && take === wanted) {
          // All there: no need to keep it.
          at += take;
          offset += take;
          step(bytes.subarray(at - take, at));
        } else {
          if (wanted > held.length) {
            const larger = new Uint8Array(Math.min(MAXIMUM_BLOCK_BYTES, Math.max(length + take, 2 * held.length)));
            if (length + take > held.length) {
              larger.set(held.subarray(0, length));
              held = larger;
            }
          }
          held.set(bytes.subarray(at, at + take), length);
          at += take;
          length += take;
          offset += take;
          if (length < wanted) return;
          length = 0;
          step(held.subarray(0, wanted));
        }
      }
    },
    end() {
      if (over || (length === 0 && wanted === BLOCK_HEADER)) return;
      // Flows before the cut are whole.
      if (readable >= 0) onBlock(layout, numbersOf(held.subarray(0, length), little), length, readable, true);
      stop("is cut off inside a block; what came before was analysed");
    },
  };
}
