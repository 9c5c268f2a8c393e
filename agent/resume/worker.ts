// The thread of the tape: writes down what the dissector's router is fed, and plays it again for a run that is taken up. It
// may use its own folder and nothing else.

import type { Fact } from "../profile/facts.ts";
import type {
  FromTape,
  FromTapeToDissector,
  ReadPosition,
  Snapshot,
  Taped,
  TapeFound,
  ToTape,
  ToTapeFromDissector,
} from "./messages.ts";
import {
  beginSegment,
  examineSegment,
  frameOf,
  playSegment,
  type Segment,
  segmentsIn,
  TapeError,
  writeAll,
} from "./segments.ts";

/**
 * Records kept at most. Own choice: some 60 to 120 MB, and less than half a minute to judge them again
 * (docs/resume.md has the measurement).
 */
const RECORDS_KEPT = 2_000_000;
/** Milliseconds after which a batch is said to be written: until then the dissector gathers the next. */
const GATHERING = 200;

const thread = self as unknown as {
  postMessage(message: FromTape): void;
  onmessage: ((event: MessageEvent<ToTape>) => void) | null;
};
const warn = (sentence: string): void => thread.postMessage({ say: "warning", sentence });

interface Written {
  readonly number: number;
  readonly path: string;
  records: number;
  readonly from: number;
}

let folder = "";
let keepSeconds = 0;
/** Segments on the tape, the oldest first. */
let segments: Written[] = [];
let file: Deno.FsFile | undefined;
let number = 0;
/** What could not be written has been said. */
let isSpoilt = false;
let hasSaidShort = false;

function remove({ path }: { readonly path: string }): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What cannot be written leaves a gap, and what is before a gap is of no use. */
function spoil(error: unknown): void {
  file?.close();
  file = undefined;
  try {
    for (const segment of segments) remove(segment);
  } catch { /* said below */ }
  segments = [];
  if (isSpoilt) return;
  isSpoilt = true;
  const why = error instanceof Error ? error.message : String(error);
  warn(`The tape in ${folder} cannot be written: ${why}. Were the agent restarted now, it would begin anew.`);
}

function begin(snapshot: Snapshot, gap: boolean): void {
  try {
    file?.close();
    file = undefined;
    if (gap) {
      for (const segment of segments) remove(segment);
      segments = [];
    }
    number++;
    file = beginSegment(folder, number, snapshot);
    const path = segmentsIn(folder).at(-1)!.path;
    segments.push({ number, path, records: 0, from: snapshot.clock });
    dropOld(snapshot.clock);
    if (isSpoilt) warn("The tape can be written again.");
    isSpoilt = false;
  } catch (error) {
    spoil(error);
  }
}

/** Segments that end before what is to be kept go, and the oldest when there are too many records. */
function dropOld(clock: number): void {
  while (segments.length > 1) {
    const isOld = Number.isFinite(clock) && segments[1]!.from <= clock - keepSeconds;
    const isMuch = segments.reduce((sum, { records }) => sum + records, 0) > RECORDS_KEPT;
    if (!isOld && !isMuch) return;
    if (!isOld && !hasSaidShort) {
      hasSaidShort = true;
      const minutes = Math.floor((clock - segments[1]!.from) / 60);
      warn(`There is so much traffic that the tape holds only the last ${minutes} minutes for a restart.`);
    }
    remove(segments.shift()!);
  }
}

function write(taped: Taped): void {
  if (file === undefined) return;
  try {
    writeAll(file, frameOf(taped));
    segments.at(-1)!.records += taped.batch?.steps ?? 0;
  } catch (error) {
    spoil(error);
  }
}

/** Reads the tape through; what is on it, segment by segment. */
function examine(): { found: TapeFound; all: Segment[] } {
  const all: Segment[] = [];
  const nothing = { records: 0, from: NaN, to: NaN, isCut: false, positions: [] };
  try {
    const there = segmentsIn(folder);
    for (const [at, { number, path }] of there.entries()) {
      all.push(examineSegment(number, path, at === there.length - 1));
    }
    if (all.some(({ number }, at) => at > 0 && number !== all[at - 1]!.number + 1)) {
      throw new TapeError("misses a part");
    }
  } catch (error) {
    const problem = error instanceof TapeError ? error.message : `cannot be read (${String(error)})`;
    return { found: { problem, ...nothing }, all: [] };
  }
  const whole = all.filter(({ length }) => length > 0);
  const positions: readonly ReadPosition[] = whole.findLast((segment) => segment.positions.length > 0)?.positions ?? [];
  const found: TapeFound = {
    problem: undefined,
    records: whole.reduce((sum, { records }) => sum + records, 0),
    from: whole[0]?.from ?? NaN,
    to: whole.at(-1)?.to ?? NaN,
    isCut: whole.length > 0 && whole[0]!.number > 1,
    positions,
  };
  return { found, all: whole };
}

const isOfWatching = ({ fact }: Fact): boolean => fact === "watching";

/** All that is on the tape, one after the other. */
function* play(all: readonly Segment[]): Generator<Taped> {
  for (const [at, segment] of all.entries()) {
    for (const taped of playSegment(segment)) {
      // What later snapshots know, the records before them teach; but not when nobody watched.
      if (at === 0 || taped.snapshot === undefined) yield taped;
      else yield { snapshot: { ...taped.snapshot, facts: taped.snapshot.facts.filter(isOfWatching) } };
    }
  }
}

function open(message: Extract<ToTape, { say: "open" }>, port: MessagePort): void {
  ({ folder, keepSeconds } = message);
  let playing: Generator<Taped> = play([]);
  try {
    const examined = message.fresh ? undefined : examine();
    if (examined === undefined || examined.found.problem !== undefined) {
      for (const segment of segmentsIn(folder)) remove(segment);
      number = 0;
    } else {
      const known = new Set(examined.all.map(({ path }) => path));
      for (const segment of segmentsIn(folder)) if (!known.has(segment.path)) remove(segment);
      for (const { path, length } of examined.all) Deno.truncateSync(path, length);
      segments = examined.all.map(({ number, path, records, from }) => ({ number, path, records, from }));
      number = segments.at(-1)?.number ?? 0;
      playing = play(examined.all);
    }
    const nothing: TapeFound = { problem: undefined, records: 0, from: NaN, to: NaN, isCut: false, positions: [] };
    thread.postMessage({ say: "opened", found: examined?.found ?? nothing });
  } catch (error) {
    spoil(error);
    const problem = `cannot be used (${String(error)})`;
    thread.postMessage({
      say: "opened",
      found: { problem, records: 0, from: NaN, to: NaN, isCut: false, positions: [] },
    });
  }
  const tell = (message: FromTapeToDissector): void => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<ToTapeFromDissector>) => {
    if (data.say === "next") {
      const next = playing.next();
      tell({ say: "next", taped: next.done === true ? undefined : next.value });
    } else if (data.say === "segment") begin(data.snapshot, data.gap);
    else {
      write({ batch: data.batch, positions: data.positions });
      setTimeout(() => tell({ say: "taken" }), data.batch.last ? 0 : GATHERING);
    }
  };
}

thread.onmessage = ({ data, ports }) => {
  if (data.say === "open") open(data, ports[0]!);
  else {
    file?.close();
    file = undefined;
    thread.postMessage({ say: "closed" });
  }
};
