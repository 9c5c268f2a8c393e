// What a sensor holds of one stream: batches on their way to Redis, those that wait to be judged, and how much of what was
// judged already lies in the stream.

/** One entry of a stream: a batch, or what changes before the next one. */
export interface Entry {
  /** Id in the stream: the serial of the batch, or of the one before it with a number. */
  readonly id: string;
  readonly serial: number;
  readonly field: "b" | "c";
  readonly bytes: Uint8Array;
  /** Stream time at the end of the batch. */
  readonly clock: number;
}

export interface Held {
  /** The last batch that came from the dissector, and the last one that was judged or given up. */
  readonly taken: number;
  readonly judged: number;
  /** All that came up to this serial is in the stream, or was. */
  readonly sentUpTo: number;
  /** Bytes in memory, and bytes in the stream. */
  readonly bytes: number;
  readonly kept: number;
  add(entry: Entry): void;
  /** Entries that are not in the stream yet, of about so many bytes, and not beyond this serial. */
  due(bytes: number, upTo?: number): Entry[];

  /** These are in the stream now. */
  appended(entries: readonly Entry[]): void;
  /** The stream ends with this id ("" for an empty one): what is held beyond it has to be appended again. */
  streamEnds(id: string): void;
  /** Notes that all up to this serial were judged, or given up. */
  judgedUpTo(serial: number): void;
  /** The beginning of the stream was moved behind this serial. */
  cut(serial: number): void;
  /** Stream time and bytes of what is kept, oldest first. */
  oldest(): Readonly<Kept> | undefined;
  /** The serial up to which this many bytes at least, or all that is older than a time, lie at the beginning of the stream. */
  serialAt(bytes: number, before: number): number;
  /** Holds no longer what is in the stream up to this serial, but for the newest of it. */
  release(upTo?: number): void;
  /** The stream is gone: it begins anew with what was not judged. */
  anew(): void;
}

interface Kept {
  serial: number;
  bytes: number;
  clock: number;
}

/** Bytes of an entry beside what is in it, about: its id and its place in the stream. */
const ENTRY_BYTES = 64;
/** Entries in the stream that are held all the same: a server that was restarted may have lost the last second. */
const HELD_AFTER_ALL = 64;

export function createHeld(): Held {
  let entries: Entry[] = [];
  /** How many of them are in the stream. */
  let sent = 0;
  let kept: Kept[] = [];
  const sums = { memory: 0, stream: 0 };
  let taken = 0;
  let judged = 0;

  function drop(count: number): void {
    for (const { bytes } of entries.splice(0, count)) sums.memory -= bytes.length;
    sent -= count;
  }

  return {
    get taken() {
      return taken;
    },
    get judged() {
      return judged;
    },
    get sentUpTo() {
      const next = entries[sent];
      return next === undefined ? taken : next.field === "b" ? next.serial - 1 : next.serial;
    },
    get bytes() {
      return sums.memory;
    },
    get kept() {
      return sums.stream;
    },
    add(entry) {
      if (entry.field === "b") taken = entry.serial;
      entries.push(entry);
      sums.memory += entry.bytes.length;
    },
    due(bytes, upTo = Infinity) {
      const due: Entry[] = [];
      for (let at = sent, sum = 0; at < entries.length && sum < bytes && entries[at]!.serial <= upTo; at++) {
        due.push(entries[at]!);
        sum += entries[at]!.bytes.length;
      }
      return due;
    },
    appended(added) {
      // Some may have been given up meanwhile.
      for (const entry of added) {
        if (entries[sent] !== entry) continue;
        sent++;
        const bytes = entry.bytes.length + ENTRY_BYTES;
        kept.push({ serial: entry.serial, bytes, clock: entry.clock });
        sums.stream += bytes;
      }
    },
    streamEnds(id) {
      sent = 0;
      while (sent < entries.length && !isAfter(entries[sent]!.id, id)) sent++;
      while (kept.length > 0 && isAfter(`${kept.at(-1)!.serial}-0`, id)) sums.stream -= kept.pop()!.bytes;
    },
    judgedUpTo(serial) {
      judged = Math.max(judged, serial);
      let count = 0;
      while (count < sent && entries[count]!.serial <= judged - HELD_AFTER_ALL) count++;
      drop(count);
    },
    cut(serial) {
      judged = Math.max(judged, serial);
      let count = 0;
      while (count < entries.length && entries[count]!.serial <= serial) count++;
      sent = Math.max(sent, count);
      drop(count);
      let cut = 0;
      while (cut < kept.length && kept[cut]!.serial <= serial) sums.stream -= kept[cut++]!.bytes;
      kept.splice(0, cut);
    },
    oldest: () => kept[0],
    serialAt(bytes, before) {
      let sum = 0;
      let serial = 0;
      for (const one of kept) {
        if (sum >= bytes && one.clock >= before) break;
        sum += one.bytes;
        serial = one.serial;
      }
      return serial;
    },
    release(upTo = Infinity) {
      let count = sent;
      while (count > 0 && entries[count - 1]!.serial > upTo) count--;
      drop(Math.max(0, count - HELD_AFTER_ALL));
    },
    anew() {
      let count = 0;
      while (count < entries.length && entries[count]!.serial <= judged) count++;
      sent = Math.max(sent, count);
      drop(count);
      sent = 0;
      kept = [];
      sums.stream = 0;
      entries = entries.filter(({ field }) => field === "b");
      sums.memory = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
  };
}

/** Whether one id of a stream comes after another. */
function isAfter(id: string, other: string): boolean {
  if (other === "") return true;
  const [serial, number] = id.split("-").map(Number) as [number, number];
  const [otherSerial, otherNumber] = other.split("-").map(Number) as [number, number];
  return serial === otherSerial ? number > otherNumber : serial > otherSerial;
}
