// One partition of a run that is judged here: what is on its way to the judging thread, and what it said.

import type { ByteReply } from "../../store/redis/link.ts";
import type { RunKeys } from "../keys.ts";
import type { RunCard } from "../run.ts";

export interface Told {
  readonly serial: number;
  /** `BatchJudged` as JSON. */
  readonly text: string;
}

export interface Partition {
  /** Its number here: another one each time that it is opened. */
  readonly number: number;
  readonly card: RunCard;
  readonly keys: RunKeys;
  readonly partition: number;
  /** The judging thread. */
  readonly judge: number;
  /** Its state was loaded. */
  isReady: boolean;
  /** It is given back as soon as what is under way was told. */
  isLeaving: boolean;
  /** Detectors that do not run in it, and those of them that hung. */
  disabled: readonly string[];
  hung: readonly string[];
  /** Id of the last entry that was read, and the serial of the next batch. */
  lastId: string;
  next: number;
  /** Serial at which its state here begins. */
  began: number;
  /** Batches that are being judged. */
  underWay: number;
  /** To be told, and the last that were: a server that was restarted may have lost the last second. */
  toTell: Told[];
  told: Told[];
}

/** Batches of a partition that may be on their way to its judging thread. */
export const UNDER_WAY_AT_MOST = 16;
/** Bytes of what was judged that are told at once. */
const TOLD_AT_ONCE = 4 * 1024 * 1024;
const TOLD_KEPT = 256;

/** The greatest second part of an id in a stream: all that begins with a serial comes before it. */
const LAST_NUMBER = "18446744073709551615";

/** The id after which the batch that follows `serial` is read. */
export function idBehind(serial: number): string {
  return `${serial}-${LAST_NUMBER}`;
}

export function openPartition(
  fixed: Pick<Partition, "number" | "card" | "keys" | "partition" | "judge">,
): Partition {
  return {
    ...fixed,
    isReady: false,
    isLeaving: false,
    disabled: [],
    hung: [],
    lastId: "0-0",
    next: 1,
    began: 0,
    underWay: 0,
    toTell: [],
    told: [],
  };
}

/** What is told next, in one go. */
export function nextToTell({ toTell }: Partition): Told[] {
  const next: Told[] = [];
  let bytes = 0;
  for (const one of toTell) {
    if (next.length > 0 && bytes + one.text.length > TOLD_AT_ONCE) break;
    next.push(one);
    bytes += one.text.length;
  }
  return next;
}

/**
 * Notes that these were told, after which `last` was the last that Redis knows. False when it lacks some that are not known
 * here any more.
 */
export function wasTold(partition: Partition, told: readonly Told[], last: number): boolean {
  partition.toTell.splice(0, told.length);
  partition.told = [...partition.told, ...told].slice(-TOLD_KEPT);
  const [first] = partition.told;
  const newest = partition.told.at(-1)?.serial ?? -Infinity;
  if (last >= newest) return true;
  // They are told again.
  partition.toTell = [...partition.told.filter(({ serial }) => serial > last), ...partition.toTell];
  partition.told = partition.told.filter(({ serial }) => serial <= last);
  return first!.serial <= last + 1;
}

/** An entry of a stream, of bytes. */
export interface ReadEntry {
  readonly id: string;
  readonly field: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The entries that XRANGE gave. */
export function entriesOf(reply: ByteReply): ReadEntry[] {
  return (reply as [ByteReply, [ByteReply, ByteReply]][]).map(([id, [field, bytes]]) => ({
    id: wordOf(id),
    field: wordOf(field),
    bytes: new Uint8Array(bytes as Uint8Array),
  }));
}

/** The entries that XREAD gave, by stream. */
export function readEntries(reply: ByteReply): [string, ReadEntry[]][] {
  const streams = reply as [ByteReply, ByteReply][] | null;
  return (streams ?? []).map(([stream, entries]) => [wordOf(stream), entriesOf(entries)]);
}

function wordOf(value: ByteReply): string {
  return new TextDecoder().decode(value as Uint8Array);
}
