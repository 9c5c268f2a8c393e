// What is looked at for leaks: what clients send, and servers inside our networks; of each side of each TCP connection, and
// of each file as it is after unpacking, the beginning, if it begins as text. What is encrypted, packed or a picture shows
// nothing to rules; what servers outside send is no secret of ours. Collected here, in order, into batches that are large
// enough to be worth a scan.
//
// One scan costs some milliseconds however little there is to see, so pieces of many connections are looked at together.

/** Bytes of one side or one file that are looked at. Own choice: requests, forms and headers stand at the beginning. */
export const PIECE_BYTES = 64 * 1024;
/** Bytes of pieces that are scanned together. */
export const BATCH_BYTES = 1024 * 1024;
/** Bytes held back in all for pieces that are not complete yet; beyond it they are looked at as they are. */
export const HELD_BYTES = 32 * 1024 * 1024;
/** Bytes that a piece begins with. */
const FIRST_BYTES = 1024;

/** Whose bytes they are. */
export interface Origin {
  readonly uid: string;
  readonly orig_h: string;
  readonly orig_p: number;
  readonly resp_h: string;
  readonly resp_p: number;
  readonly proto: "tcp" | "udp" | "icmp";
  /** Whether who opened the connection sent them. */
  readonly fromOrig: boolean;
  /** Id of the file; undefined for the bytes of the connection itself. */
  readonly fuid: string | undefined;
}

/** A piece in a batch: `bytes[start .. end)`, seen at `ts` (Unix seconds). */
export interface Piece extends Origin {
  readonly ts: number;
  readonly start: number;
  readonly end: number;
}

export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  readonly pieces: readonly Piece[];
}

interface Held {
  bytes: Uint8Array;
  length: number;
  /** Enough was seen, or it is encrypted. */
  done: boolean;
  readonly origin: () => Origin;
}

/** Side of a flow (its number and 0 or 1), or id of a file. */
export type PieceKey = number | string;

export interface Pieces {
  /** The next bytes of a side or file; false when it was never begun. */
  add(key: PieceKey, bytes: Uint8Array, start: number, end: number): boolean;
  /** Begins a side or file; `origin` is asked once, when there is something to scan. Without it nobody looks. */
  begin(key: PieceKey, origin: (() => Origin) | undefined): void;
  /** Whether more of a side or file would be looked at. */
  wants(key: PieceKey): boolean;
  /** Nothing more is to come. */
  end(key: PieceKey): void;
  /** What is complete and not yet in a batch, as one; undefined when there is nothing. */
  take(): Batch | undefined;
  /** Pieces cut short because too many were held at once. */
  cutShort(): number;
}

/** Collects pieces; `full` takes a batch as soon as one is full. `clock` tells the time, Unix seconds. */
export function collectPieces(clock: () => number, full: (batch: Batch) => void): Pieces {
  const held = new Map<PieceKey, Held>();
  let heldBytes = 0;
  let batch = new Uint8Array(BATCH_BYTES);
  let length = 0;
  let pieces: Piece[] = [];
  let cutShort = 0;

  function complete(one: Held): void {
    if (one.length > 0) {
      if (length + one.length + 1 > BATCH_BYTES) full(take()!);
      batch.set(one.bytes.subarray(0, one.length), length);
      pieces.push({ ...one.origin(), ts: clock(), start: length, end: length + one.length });
      length += one.length;
      // Words end where pieces do.
      batch[length++] = LINE_FEED;
    }
    release(one);
  }

  function release(one: Held): void {
    heldBytes -= one.bytes.length;
    one.bytes = NOTHING;
    one.length = 0;
    one.done = true;
  }

  function take(): Batch | undefined {
    if (pieces.length === 0) return undefined;
    const taken = { bytes: batch, length, pieces };
    batch = new Uint8Array(BATCH_BYTES);
    length = 0;
    pieces = [];
    return taken;
  }

  function grow(one: Held, wanted: number): void {
    let size = Math.max(FIRST_BYTES, one.bytes.length);
    while (size < wanted) size *= 2;
    if (size === one.bytes.length) return;
    const larger = new Uint8Array(size);
    larger.set(one.bytes.subarray(0, one.length));
    heldBytes += size - one.bytes.length;
    one.bytes = larger;
  }

  return {
    begin(key, origin) {
      held.set(key, origin === undefined ? PASSED_BY : { bytes: NOTHING, length: 0, done: false, origin });
    },
    add(key, bytes, start, end) {
      const one = held.get(key);
      if (one === undefined) return false;
      if (one.length === 0 && !one.done) one.done = !isText(bytes, start, end);
      if (one.done) return true;
      const more = Math.min(end - start, PIECE_BYTES - one.length);
      grow(one, one.length + more);
      one.bytes.set(bytes.subarray(start, start + more), one.length);
      one.length += more;
      if (one.length === PIECE_BYTES) complete(one);
      else if (heldBytes > HELD_BYTES) {
        cutShort++;
        complete(one);
      }
      return true;
    },
    wants(key) {
      const one = held.get(key);
      return one !== undefined && !one.done;
    },
    end(key) {
      const one = held.get(key);
      if (one === undefined) return;
      held.delete(key);
      if (!one.done) complete(one);
    },
    take,
    cutShort: () => cutShort,
  };
}

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array(0);
/** A side that nobody looks at. */
const PASSED_BY: Held = {
  bytes: NOTHING,
  length: 0,
  done: true,
  origin() {
    throw new Error("what is passed by has no origin");
  },
};
/** Bytes by which text is told from anything else, and the share of them that may be no text: protocols have short headers. */
const JUDGED_BYTES = 256;
const SHARE_NOT_TEXT = 0.3;
/** First bytes of SSH (RFC 4253 section 4.2): all that follows its greeting is encrypted. */
const SSH = [0x53, 0x53, 0x48, 0x2d] as const;
/** First bytes of an answer in HTTP/1 (RFC 9112 section 4): what matters of it comes as a file. */
const HTTP_ANSWER = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e] as const;

/** Whether bytes begin as text does, in ASCII or UTF-8. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  const beginsWith = (wanted: readonly number[]): boolean =>
    end - start >= wanted.length && wanted.every((byte, i) => bytes[start + i] === byte);
  if (beginsWith(SSH) || beginsWith(HTTP_ANSWER)) return false;
  const judged = Math.min(end, start + JUDGED_BYTES);
  let others = 0;
  for (let i = start; i < judged; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 ? byte !== 0x0a && byte !== 0x0d && byte !== 0x09 : byte >= 0x7f) others++;
  }
  return others <= SHARE_NOT_TEXT * (judged - start);
}
