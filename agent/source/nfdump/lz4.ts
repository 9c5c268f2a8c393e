// Unpacks one LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md): literals and copies of what came before.

/** Least length of a copy, bytes. */
const LEAST_COPY = 4;
/** A length of 15 in a half byte goes on in the bytes that follow, up to the first that is not 255. */
const LENGTH_GOES_ON = 15;

/** Unpacks `packed` into `room`; the number of bytes written, -1 when the block is damaged or needs more room. */
export function unpackLz4(packed: Uint8Array, room: Uint8Array): number {
  const end = packed.length;
  let from = 0;
  let to = 0;
  while (from < end) {
    const token = packed[from++]!;
    let literals = token >> 4;
    if (literals === LENGTH_GOES_ON) {
      const last = lastOfLength(packed, from);
      literals += lengthIn(packed, from, last);
      from = last + 1;
    }
    if (from + literals > end || to + literals > room.length) return -1;
    room.set(packed.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has literals only.
    if (from === end) return to;
    if (from + 2 > end) return -1;
    const distance = packed[from]! | packed[from + 1]! << 8;
    from += 2;
    let copied = (token & 15) + LEAST_COPY;
    if (copied === LENGTH_GOES_ON + LEAST_COPY) {
      const last = lastOfLength(packed, from);
      copied += lengthIn(packed, from, last);
      from = last + 1;
    }
    if (distance === 0 || distance > to || to + copied > room.length) return -1;
    const until = to + copied;
    while (to < until) {
      room[to] = room[to - distance]!;
      to++;
    }
  }
  return to;
}

/** Where the length that goes on at `at` ends; behind the block when it does not. */
function lastOfLength(packed: Uint8Array, at: number): number {
  let last = at;
  while (packed[last] === 255) last++;
  return last;
}

function lengthIn(packed: Uint8Array, first: number, last: number): number {
  return (last - first) * 255 + (packed[last] ?? 0);
}
