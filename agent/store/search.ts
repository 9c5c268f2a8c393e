// Looks for records in blocks, the newest first: through the blocks of each kind at once, until no older block can hold a
// newer record.

import { type Kind, KINDS } from "../record/schema.ts";
import { spanEnd, uidOf } from "./blocks.ts";
import type { RecordSelection, StoredRecord } from "./store.ts";

/** A block by its name in its home. */
export interface BlockHead<Name> {
  readonly block: Name;
  /** Its oldest and its newest time, the oldest perhaps too old. */
  readonly first: number;
  readonly last: number;
}

/**
 * A part of the blocks of one kind: those whose newest record is not after `newest` and not before `oldest`, from the
 * `skip`th, the newest first.
 */
export interface BlockRange {
  readonly kind: Kind;
  readonly profile: string | undefined;
  readonly newest: number;
  readonly oldest: number;
  readonly skip: number;
}

/** What a home does for it. */
export interface BlockHome<Name> {
  /** Up to `count` blocks of each range. */
  heads(ranges: readonly BlockRange[], count: number): Promise<BlockHead<Name>[][]>;
  /** What is in blocks; one that has gone meanwhile is left out. */
  read(blocks: readonly Name[]): Promise<StoredRecord[]>;
  /** Blocks that may hold records with this uid. */
  withUid(uid: string): Promise<Name[]>;
}

/** Heads asked for at once, of each kind, and blocks read at once. */
const HEADS_AT_ONCE = 128;
const BLOCKS_AT_ONCE = 16;

/** The newest records that fit, in the order of their times; `runs` are those of the sensor, if one is asked for. */
export async function searchRecords<Name>(
  home: BlockHome<Name>,
  selection: RecordSelection,
  runs: ReadonlySet<string> | undefined,
): Promise<StoredRecord[]> {
  const { uid, limit } = selection;
  const isAsked = fitsIn(selection);
  const fits = (one: StoredRecord): boolean => isAsked(one) && (runs === undefined || runs.has(one.run));
  if (limit < 1) return [];
  if (uid !== undefined) return newestOf((await home.read(await home.withUid(uid))).filter(fits), limit);
  let found: StoredRecord[] = [];
  for await (const { blocks, next } of newestBlocks(home, selection)) {
    found.push(...(await home.read(blocks)).filter(fits));
    if (found.length < limit) continue;
    found = newestOf(found, limit);
    // Of equal times the highest ordinals count as the newest, and may stand in the next block.
    if (found[0]!.record.ts > next) break;
  }
  return newestOf(found, limit);
}

function fitsIn({ run, profile, window, from = -Infinity, to = Infinity, kind, uid }: RecordSelection) {
  return (one: StoredRecord): boolean =>
    (run === undefined || one.run === run) && (profile === undefined || one.profile === profile) &&
    (window === undefined || one.window === window) && (kind === undefined || one.record.kind === kind) &&
    (uid === undefined || uidOf(one.record) === uid) && one.record.ts >= from && one.record.ts <= to;
}

function newestOf(records: StoredRecord[], limit: number): StoredRecord[] {
  return records.sort((a, b) => a.record.ts - b.record.ts || a.ordinal - b.ordinal).slice(-limit);
}

interface Stream<Name> {
  readonly kind: Kind;
  heads: BlockHead<Name>[];
  newest: number;
  /** How many blocks that are as new as `newest` have been given. */
  skip: number;
  isOver: boolean;
}

/** Blocks from the newest on, some at a time, and how new the next one is. */
async function* newestBlocks<Name>(
  home: BlockHome<Name>,
  { kind, profile, from = -Infinity, to = Infinity }: RecordSelection,
): AsyncGenerator<{ blocks: Name[]; next: number }> {
  const kinds: readonly Kind[] = kind === undefined ? KINDS : [kind];
  let streams = kinds.map((one): Stream<Name> => ({
    kind: one,
    heads: [],
    newest: spanEnd(to),
    skip: 0,
    isOver: false,
  }));
  for (;;) {
    const empty = streams.filter(({ heads, isOver }) => heads.length === 0 && !isOver);
    if (empty.length > 0) {
      const ranges = empty.map(({ kind, newest, skip }) => ({ kind, profile, newest, oldest: from, skip }));
      const answers = await home.heads(ranges, HEADS_AT_ONCE);
      for (const [at, stream] of empty.entries()) advance(stream, answers[at]!);
    }
    streams = streams.filter(({ heads }) => heads.length > 0);
    if (streams.length === 0) return;
    const blocks: Name[] = [];
    let newest = newestStream(streams);
    while (newest !== undefined && blocks.length < BLOCKS_AT_ONCE) {
      const { block, first } = newest.heads.shift()!;
      if (first <= to) blocks.push(block);
      // What comes after it may be newer than all others, and is not known yet.
      newest = newest.heads.length === 0 && !newest.isOver ? undefined : newestStream(streams);
    }
    yield { blocks, next: Math.max(...streams.map(nextOf)) };
  }
}

function advance<Name>(stream: Stream<Name>, heads: BlockHead<Name>[]): void {
  stream.heads = heads;
  stream.isOver = heads.length < HEADS_AT_ONCE;
  const oldest = heads.at(-1)?.last;
  if (oldest === undefined) return;
  const ties = heads.filter(({ last }) => last === oldest).length;
  stream.skip = oldest === stream.newest ? stream.skip + ties : ties;
  stream.newest = oldest;
}

/** How new the next block of a stream can be. */
function nextOf<Name>({ heads, newest, isOver }: Stream<Name>): number {
  return heads[0]?.last ?? (isOver ? -Infinity : newest);
}

function newestStream<Name>(streams: readonly Stream<Name>[]): Stream<Name> | undefined {
  let newest: Stream<Name> | undefined;
  for (const stream of streams) {
    if (stream.heads.length > 0 && (newest === undefined || stream.heads[0]!.last > newest.heads[0]!.last)) {
      newest = stream;
    }
  }
  return newest;
}
