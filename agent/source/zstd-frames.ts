// Follows the frames of Zstandard data (RFC 8878 section 3.1) without unpacking them, to know whether they are all there: the
// unpacker takes data that end in the middle of a frame for complete.

const MAGIC = 0xfd2fb528;
/** The first of sixteen magics of frames to be skipped. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

/** Block type 1: a single byte stands for the whole block. */
const RUN_LENGTH_BLOCK = 1;

export interface FrameWalker {
  /** The next bytes of the data. */
  push(bytes: Uint8Array): void;
  /** Whether the data may end here: between two frames. */
  isBetweenFrames(): boolean;
}

/** A walker at the beginning of the data. What contradicts the format is left to the unpacker to say: the walker then stops. */
export function createFrameWalker(): FrameWalker {
  /** Bytes to be passed over before the next header. */
  let pass = 0;
  /** A header that is being gathered, and what to do with it. */
  const header = new Uint8Array(18);
  let gathered = 0;
  let wanted = MAGIC_BYTES;
  let next: () => void = magic;
  let hasChecksum = false;
  let isLost = false;

  const word = (at: number): number =>
    (header[at]! | header[at + 1]! << 8 | header[at + 2]! << 16 | header[at + 3]! << 24) >>> 0;

  function gather(bytes: number, then: () => void): void {
    gathered = 0;
    wanted = bytes;
    next = then;
  }

  function magic(): void {
    const found = word(0);
    if (found === MAGIC) gather(1, descriptor);
    else if (found - SKIPPABLE_MAGIC >= 0 && found - SKIPPABLE_MAGIC < 16) gather(4, skippable);
    else isLost = true;
  }

  function skippable(): void {
    pass = word(0);
    gather(MAGIC_BYTES, magic);
  }

  function descriptor(): void {
    const byte = header[0]!;
    const isSingleSegment = (byte & 0x20) !== 0;
    hasChecksum = (byte & 0x04) !== 0;
    const dictionary = [0, 1, 2, 4][byte & 0x03]!;
    const size = [isSingleSegment ? 1 : 0, 2, 4, 8][byte >> 6]!;
    pass = (isSingleSegment ? 0 : 1) + dictionary + size;
    gather(BLOCK_HEADER_BYTES, block);
  }

  function block(): void {
    const value = header[0]! | header[1]! << 8 | header[2]! << 16;
    const isLast = (value & 1) === 1;
    pass = (value >> 1 & 3) === RUN_LENGTH_BLOCK ? 1 : value >> 3;
    if (isLast && hasChecksum) gather(CHECKSUM_BYTES, () => gather(MAGIC_BYTES, magic));
    else if (isLast) gather(MAGIC_BYTES, magic);
    else gather(BLOCK_HEADER_BYTES, block);
  }

  return {
    push(bytes) {
      let at = 0;
      while (at < bytes.length && !isLost) {
        const passed = Math.min(pass, bytes.length - at);
        pass -= passed;
        at += passed;
        while (pass === 0 && at < bytes.length && gathered < wanted) header[gathered++] = bytes[at++]!;
        if (pass === 0 && gathered === wanted) next();
      }
    },
    isBetweenFrames: () => isLost || (next === magic && gathered === 0 && pass === 0),
  };
}
