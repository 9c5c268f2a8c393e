// Throws damaged conversations of every protocol at the dissector: no exception, no endless loop, no growth, only records
// that the schema allows, and the same records for the same seed. Ends with exit code 1 and a capture when one is broken.
//
//   deno run --allow-all scripts/fuzz.ts [--packets 200000] [--seed 1] [--chapter 0]
//
// `--chapter` is the first of the run: the one that a failure names, or where an interrupted run goes on.

import { parseArgs } from "node:util";
import { LINK_TYPE, type Packet, pcapngChunks, writeFile } from "../tests/craft/craft.ts";
import { CHAPTER_FRAMES, chapterFrames, type Frame } from "./fuzz/chapter.ts";
import { corpus } from "./fuzz/corpus.ts";
import type { Fault } from "./fuzz/run.ts";
import { shrink } from "./fuzz/shrink.ts";
import { AT_CHAPTER, AT_FRAME, BEATS, type ChapterDone, type Order } from "./fuzz/worker.ts";

/** Milliseconds without progress after which the thread hangs; a frame takes some microseconds. */
const HANGS_AFTER = 10_000;
/** Bytes by which the heap may be larger at the end than early on: what the bounded tables of one dissector may hold. */
const HEAP_GROWTH = 64 * 2 ** 20;
/** Frames before the last one that are tried alone when it hangs. */
const TAILS = [1, 4, 16, 64, 256, 1_024, CHAPTER_FRAMES] as const;

const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
    chapter: { type: "string", default: "0" },
  },
});
const seed = Number(values.seed), first = Number(values.chapter);
const chapters = Math.ceil(Number(values.packets) / CHAPTER_FRAMES);
if (!Number.isSafeInteger(seed) || !(chapters > 0) || !Number.isSafeInteger(first) || first < 0) {
  console.error("--packets, --seed and --chapter must be whole numbers.");
  Deno.exit(2);
}

console.log(`Fuzzing with seed ${seed}: ${(chapters * CHAPTER_FRAMES).toLocaleString("en-GB")} packets.`);
const began = performance.now();
const heaps: number[] = [];
let frames = 0, records = 0;
const failure = await run();
if (failure !== undefined) await fail(failure);
const growth = heapGrowth(heaps);
const rss = Deno.memoryUsage().rss;
console.log(
  `${frames.toLocaleString("en-GB")} packets, ${records.toLocaleString("en-GB")} records, ${
    ((performance.now() - began) / 1000).toFixed(1)
  } s, heap ${megabytes(Math.max(...heaps))} at most and ${megabytes(growth)} of growth, process ${megabytes(rss)}.`,
);
if (growth > HEAP_GROWTH) {
  console.error(`The heap grows: by ${megabytes(growth)} from the second quarter of the run to the second half.`);
  Deno.exit(1);
}

interface Failure {
  readonly chapter: number;
  readonly fault: Fault | { readonly kind: "hang"; readonly what: string; readonly frame: number };
}

/** All chapters in one thread; resolves at the first fault or at the end. */
function run(): Promise<Failure | undefined> {
  const heartbeat = new SharedArrayBuffer(12), beats = new Int32Array(heartbeat);
  const thread = new Worker(new URL("fuzz/worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  return new Promise((resolve) => {
    const end = (failure: Failure | undefined): void => {
      clearInterval(watch);
      thread.terminate();
      resolve(failure);
    };
    let seen = -1, since = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      if (beats[BEATS] !== seen) [seen, since] = [beats[BEATS]!, now];
      else if (now - since > HANGS_AFTER) {
        const what = `no progress for ${HANGS_AFTER / 1000} s`;
        end({ chapter: beats[AT_CHAPTER]!, fault: { kind: "hang", what, frame: beats[AT_FRAME]! } });
      }
    }, 250);
    thread.onmessage = ({ data }: MessageEvent<ChapterDone>) => {
      frames += data.frames;
      records += data.records;
      heaps.push(data.heap);
      if (data.fault !== undefined) end({ chapter: data.chapter, fault: data.fault });
      else if (data.chapter === first + chapters - 1) end(undefined);
    };
    thread.onerror = (event) => {
      event.preventDefault();
      const what = `${event.message} (${event.filename}:${event.lineno})`;
      end({ chapter: beats[AT_CHAPTER]!, fault: { kind: "exception", what, frame: beats[AT_FRAME]! } });
    };
    thread.postMessage({ seed, first, chapters, heartbeat } satisfies Order);
  });
}

/** Says what happened and writes the smallest capture found that shows it. */
async function fail({ chapter, fault }: Failure): Promise<never> {
  console.error(
    `Failed with seed ${seed} in chapter ${chapter} at frame ${fault.frame} (${fault.kind}): ${fault.what}`,
  );
  const all = chapterFrames(corpus(), seed, chapter);
  const few = fault.kind === "hang" ? await hangingTail(all.slice(0, fault.frame + 1)) : shrink(all, fault);
  await Deno.mkdir("dist", { recursive: true });
  const path = `dist/fuzz-seed-${seed}-chapter-${chapter}.pcapng`;
  writeCapture(path, few ?? all);
  console.error(
    few === undefined
      ? `It takes more than this chapter, whose ${all.length} frames are in ${path}.`
      : `${few.length} of its ${all.length} frames are enough; they are in ${path}.`,
  );
  Deno.exit(1);
}

/** The shortest tail of the frames that hangs by itself, if one does. */
async function hangingTail(frames: readonly Frame[]): Promise<readonly Frame[] | undefined> {
  for (const length of TAILS) {
    const tail = frames.slice(-length);
    if (await hangs(tail)) return tail;
  }
  return undefined;
}

function hangs(frames: readonly Frame[]): Promise<boolean> {
  const thread = new Worker(new URL("fuzz/single.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  return new Promise((resolve) => {
    const end = (hung: boolean): void => {
      clearTimeout(patience);
      thread.terminate();
      resolve(hung);
    };
    const patience = setTimeout(() => end(true), HANGS_AFTER);
    thread.onmessage = () => end(false);
    thread.postMessage(frames);
  });
}

/** A pcapng file, because every frame may be of another link type. */
function writeCapture(path: string, frames: readonly Frame[]): void {
  const linkTypes = [...new Set([LINK_TYPE.ETHERNET as number, ...frames.map(({ linkType }) => linkType)])];
  const packets = frames.map(({ bytes, originalLength, ts, linkType }): Packet => ({
    seconds: Math.floor(ts),
    nanoseconds: Math.floor((ts % 1) * 1e9),
    data: bytes,
    length: originalLength,
    interface: linkTypes.indexOf(linkType),
  }));
  writeFile(path, pcapngChunks(packets, { interfaces: linkTypes.map((linkType) => ({ linkType, resolution: 9 })) }));
}

/** How much more of the heap was always in use in the second half of the run than in the second quarter, bytes. */
function heapGrowth(heaps: readonly number[]): number {
  const quarter = heaps.length / 4;
  const least = (from: number, to: number): number => Math.min(...heaps.slice(Math.floor(from), Math.ceil(to)));
  return Math.max(0, least(2 * quarter, heaps.length) - least(quarter, 2 * quarter));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
