// Unpacks one LZO1X block (https://docs.kernel.org/staging/lzo.html): instructions that copy literals or what came before.
// What an instruction of the smallest numbers means depends on how many literals came with the one before it.

/** Distance of the longest near copies, and of the copies right after a run of literals, bytes. */
const NEAR_DISTANCE = 2048;
const FAR_DISTANCE = 16_384;

/** Unpacks `packed` into `room`; the number of bytes written, -1 when the block is damaged or needs more room. */
export function unpackLzo(packed: Uint8Array, room: Uint8Array): number {
  let from = 0;
  let to = 0;
  /** Literals that came with the last instruction: 0 to 3, or 4 for a run of them. */
  let state = 0;

  /** A length that was 0 goes on: 255 for every zero byte, then the rest and `base`. NaN at the end. */
  function longLength(base: number): number {
    let sum = base;
    for (;;) {
      const byte = packed[from++];
      if (byte === undefined) return NaN;
      if (byte !== 0) return sum + byte;
      sum += 255;
    }
  }

  function literals(count: number): boolean {
    if (!(from + count <= packed.length && to + count <= room.length)) return false;
    room.set(packed.subarray(from, from + count), to);
    from += count;
    to += count;
    return true;
  }

  /** Copies, then the literals that the instruction brings along. */
  function copy(count: number, distance: number, after: number): boolean {
    if (!(distance <= to && to + count <= room.length)) return false;
    for (const end = to + count; to < end; to++) room[to] = room[to - distance]!;
    state = after;
    return literals(after);
  }

  const first = packed[0] ?? 0;
  if (first > 17) {
    from = 1;
    const count = first - 17;
    if (!literals(count)) return -1;
    state = Math.min(count, 4);
  }
  while (from < packed.length) {
    const code = packed[from++]!;
    let ok: boolean;
    if (code < 16) {
      if (state === 0) {
        ok = literals(code === 0 ? longLength(18) : code + 3);
        state = 4;
      } else {
        const distance = (packed[from++]! << 2) + (code >> 2);
        ok = state === 4 ? copy(3, distance + NEAR_DISTANCE + 1, code & 3) : copy(2, distance + 1, code & 3);
      }
    } else if (code >= 64) {
      const count = code >= 128 ? 5 + (code >> 5 & 3) : 3 + (code >> 5 & 1);
      ok = copy(count, (packed[from++]! << 3) + (code >> 2 & 7) + 1, code & 3);
    } else {
      const isFar = code < 32;
      const bits = isFar ? code & 7 : code & 31;
      const count = bits === 0 ? longLength(isFar ? 9 : 33) : bits + 2;
      if (from + 2 > packed.length) return -1;
      const low = packed[from]! | packed[from + 1]! << 8;
      from += 2;
      const distance = isFar ? FAR_DISTANCE + ((code & 8) << 11) + (low >> 2) : (low >> 2) + 1;
      // A far copy from nowhere is the end.
      if (isFar && distance === FAR_DISTANCE) return to;
      ok = copy(count, distance, low & 3);
    }
    if (!ok) return -1;
  }
  return -1;
}
