// Where the fuzzer's dissectors run: a thread that can be ended when it hangs. Says which frame it is at in shared memory.

import { chapterFrames } from "./chapter.ts";
import { corpus } from "./corpus.ts";
import { type Fault, feed, runAlone, watchedDissector } from "./run.ts";

/** What the thread is asked to do. */
export interface Order {
  readonly seed: number;
  /** Number of the first chapter, and how many there are. */
  readonly first: number;
  readonly chapters: number;
  /** Chapter and frame in hand, and a count that moves with every frame. */
  readonly heartbeat: SharedArrayBuffer;
}

/** What the thread says after each chapter. */
export interface ChapterDone {
  readonly chapter: number;
  readonly frames: number;
  readonly records: number;
  /** Bytes of the thread's heap in use. */
  readonly heap: number;
  readonly fault: Fault | undefined;
}

/** Places in the heartbeat. */
export const AT_CHAPTER = 0, AT_FRAME = 1, BEATS = 2;
/** Every so many chapters one is run twice, to see that it gives the same records. */
const REPEATED_EVERY = 8;

const thread = self as unknown as {
  postMessage(message: ChapterDone): void;
  onmessage: ((event: MessageEvent<Order>) => void) | null;
};

thread.onmessage = ({ data: { seed, first, chapters, heartbeat } }) => {
  const transcripts = corpus();
  const beats = new Int32Array(heartbeat);
  // Besides one dissector for each chapter there is one for all of them, which shows what is never let go.
  const lasting = watchedDissector(() => {});
  for (let chapter = first; chapter < first + chapters; chapter++) {
    const frames = chapterFrames(transcripts, seed, chapter);
    beats[AT_CHAPTER] = chapter;
    const progress = (frame: number): void => {
      beats[AT_FRAME] = frame;
      Atomics.add(beats, BEATS, 1);
    };
    const { fault, digest, records } = runAlone(frames, progress);
    let found = fault ?? feed(lasting, frames, progress);
    if (found === undefined && chapter % REPEATED_EVERY === 0 && runAlone(frames, progress).digest !== digest) {
      found = { kind: "record", what: "the same frames gave other records the second time", frame: frames.length };
    }
    // On a busy machine a thread may wait for its turn longer than any frame takes: what is slow is slow every time.
    if (found?.kind === "slow" && runAlone(frames, progress).fault === undefined) found = undefined;
    const heap = Deno.memoryUsage().heapUsed;
    thread.postMessage({ chapter, frames: frames.length, records, heap, fault: found });
    if (found !== undefined) return;
  }
};
