// Follows files in a folder of a test, with all that the program does about it but the threads.

import { join } from "node:path";
import { createInput, type InputEnd, type SaidFormat } from "../../../../agent/source/input.ts";
import { followInput } from "../../../../agent/source/follow/feed.ts";
import { createWatch } from "../../../../agent/source/follow/watch.ts";
import { HEADROOM_BYTES } from "../../../../agent/source/unpack.ts";
import type { Threads } from "../../../../agent/threads.ts";
import type { AnyRecord } from "../../../../agent/record/schema.ts";

export interface Following {
  /** Path of a file in the folder that is followed. */
  path(name: string): string;
  readonly records: AnyRecord[];
  /** Times of the packets. */
  readonly packets: number[];
  readonly notes: string[];
  /** Seconds by which time went on in silence. */
  silent(): number;
  /** Waits until so many records and packets have come; fails after some seconds. */
  until(count: number): Promise<void>;
  /** Waits long enough for whatever would come to have come. */
  settle(): Promise<void>;
  stop(): Promise<InputEnd>;
}

const LOOK_EVERY = 0.02;
const LONGEST_WAIT = 8000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Follows a new folder, or one file in it, while the test writes; the folder is gone afterwards. */
export async function following(
  test: (following: Following) => Promise<void>,
  options: { file?: string; said?: SaidFormat; waitForOthers?: number } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const records: AnyRecord[] = [];
  const packets: number[] = [];
  const notes: string[] = [];
  let silent = 0;
  let stopping = false;
  const input = createInput({
    streams: [],
    said: options.said,
    grows: true,
    onPacket: (_bytes, _offset, _captured, _original, ts) => packets.push(ts),
    onRecord: (record) => records.push(record),
  });
  let working: Promise<unknown> = Promise.resolve();
  const then = (work: () => unknown): void => void (working = working.then(work));
  const threads = {
    buffer: () => Promise.resolve(new Uint8Array(HEADROOM_BYTES + 4096)),
    giveBack: () => {},
    push: (stream: number, buffer: Uint8Array, length: number) =>
      then(() => input.push(stream, buffer, HEADROOM_BYTES, HEADROOM_BYTES + length)),
    fileOver: (stream: number, end?: "whole" | "cut") => then(() => input.fileOver(stream, end)),
    next: (stream: number, file: string) => then(() => input.next(stream, file)),
    pause: (stream: number) => then(() => input.pause(stream)),
    release: (pieces: number) => then(() => input.release(pieces)),
    tick: (seconds: number) => void (silent += seconds),
    wants: async () => {
      await working;
      return input.wants();
    },
  } as unknown as Threads;
  const isFolder = options.file === undefined;
  const over = followInput(
    createWatch(isFolder ? folder : join(folder, options.file!), isFolder, options.said),
    threads,
    { waitForOthers: options.waitForOthers ?? 0.05, lookEvery: LOOK_EVERY },
    { stop: () => stopping, handedOver: () => {}, note: (sentence) => notes.push(sentence) },
  );
  let end: InputEnd | undefined;
  const stop = async (): Promise<InputEnd> => {
    if (end !== undefined) return end;
    stopping = true;
    await over;
    await working;
    return end = await input.finish();
  };
  try {
    await test({
      path: (name) => join(folder, name),
      records,
      packets,
      notes,
      silent: () => silent,
      async until(count) {
        for (const began = performance.now(); records.length + packets.length < count;) {
          if (performance.now() - began > LONGEST_WAIT) {
            throw new Error(`${records.length} records and ${packets.length} packets came instead of ${count}`);
          }
          await pause(5);
        }
      },
      settle: () => pause(400).then(() => {}),
      stop,
    });
  } finally {
    await stop();
    await Deno.remove(folder, { recursive: true });
  }
}
