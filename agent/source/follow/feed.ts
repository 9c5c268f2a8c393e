// Brings a growing input to the dissector until the user has had enough: first all that is there, then what is added. Logs
// are merged by time, so a line that was added waits a while for lines of the other logs, but for a silent one no longer.

import type { Threads } from "../../threads.ts";
import { describeLeftOut } from "../left-out.ts";
import type { FileMark } from "../input.ts";
import { HEADROOM_BYTES } from "../unpack.ts";
import { createTail, type Tail } from "./tail.ts";
import type { Arrival, Watch } from "./watch.ts";

export interface FollowOptions {
  /** Seconds for which a line that was added waits for lines of the other logs. */
  readonly waitForOthers: number;
  /** Seconds between two looks at the files. */
  readonly lookEvery: number;
  /** Which files were read in an earlier run, and how far; undefined where nobody will ask again. */
  readonly memory?: FileMemory | undefined;
}

/** Knows files again. */
export interface FileMemory {
  /** A file is going to be read: its mark, or that all of it was read before. */
  begin(arrival: Arrival): FileMark | "read";
  /** A file that is being read was cut, and is read anew from its beginning. */
  cut(arrival: Arrival): FileMark;
}

export interface FollowEvents {
  stop(): boolean;
  handedOver(bytes: number): void;
  /** Something the user should know, one sentence; `isUsual` when only the log of the run needs it. */
  note(sentence: string, isUsual: boolean): void;
}

/** Pieces of input that wait for other logs at most: 1 MiB each. */
const MAXIMUM_WAITING = 16;

interface Followed {
  readonly tail: Tail;
  /** When it last had something, milliseconds of performance.now(). */
  lastData: number;
  /** Its last look at the file found nothing. */
  atEnd: boolean;
}

/** A piece that was handed over and may wait for others. */
interface Piece {
  readonly handedOver: number;
  /** Not added just now: it was there already. */
  readonly isOld: boolean;
}

/** Follows what `watch` finds; returns when asked to stop. */
export async function followInput(
  watch: Watch,
  threads: Threads,
  { waitForOthers, lookEvery, memory }: FollowOptions,
  { stop, handedOver, note }: FollowEvents,
): Promise<void> {
  const followed: Followed[] = [];
  const byLog = new Map<string, Followed>();
  /** Marks of the files that are read or to be read, by what the watch knows them by. */
  const marks = new Map<string, FileMark | undefined>();
  const waiting: Piece[] = [];
  let released = 0;
  let looked = -Infinity;
  /** Since when stream time has not gone on. */
  let silentSince = performance.now();

  async function look(): Promise<void> {
    for (const arrival of await watch.look()) {
      const known = byLog.get(arrival.log);
      const mark = memory?.begin(arrival);
      if (mark === "read") {
        watch.over(arrival);
        note(`${arrival.name} is left out: it was read before the restart.`, true);
      } else if (known !== undefined) {
        if (known.tail.follow(arrival)) {
          marks.set(arrival.id, mark);
          continue;
        }
        watch.over(arrival);
        note(`${arrival.name} is left out: it is a copy of what was read.`, true);
      } else {
        const one = { tail: await createTail(arrival), lastData: performance.now(), atEnd: false };
        byLog.set(arrival.log, one);
        marks.set(arrival.id, mark);
        threads.next(followed.push(one) - 1, arrival.name, mark);
      }
    }
    for (const { sentence, isUsual } of describeLeftOut(watch.leftOut())) note(sentence, isUsual);
  }

  /** Reads on in a stream; false when there is nothing. */
  async function readOn(stream: number): Promise<boolean> {
    const one = followed[stream]!;
    const buffer = await threads.buffer();
    if (buffer.length === 0) return false;
    const before = one.tail.current();
    const step = await one.tail.read(buffer, HEADROOM_BYTES);
    if (stop() || typeof step === "string") threads.giveBack(buffer);
    if (stop()) return false;
    const wasAtEnd = one.atEnd;
    one.atEnd = step === "nothing";
    if (step === "nothing") return false;
    one.lastData = performance.now();
    if (typeof step === "number") {
      handedOver(step);
      threads.push(stream, buffer, step);
      waiting.push({ handedOver: one.lastData, isOld: !wasAtEnd });
      return true;
    }
    threads.fileOver(stream, step === "cut" ? "cut" : "whole");
    const current = one.tail.current();
    if (step === "cut") marks.set(current.id, memory?.cut(current));
    threads.next(stream, current.name, marks.get(current.id));
    if (step === "cut") watch.cut(before);
    else {
      watch.over(before);
      const { name } = one.tail.current();
      note(name === before.name ? `${name} was rotated.` : `${before.name} is over; ${name} goes on.`, true);
    }
    return true;
  }

  /** Reads on in all streams that were at their end; true when one had something. */
  async function readAdded(): Promise<boolean> {
    let any = false;
    for (const [stream, { atEnd }] of followed.entries()) {
      if (atEnd && waiting.length < MAXIMUM_WAITING && await readOn(stream)) any = true;
    }
    return any;
  }

  /** Lets go what has waited long enough; what was there already waits for nobody who has long been silent. */
  function release(): boolean {
    const now = performance.now();
    const isDue = (since: number): boolean => now - since >= waitForOthers * 1000;
    const areSilent = followed.every(({ atEnd, lastData }) => !atEnd || isDue(lastData));
    let count = 0;
    while (waiting.length > 0 && (isDue(waiting[0]!.handedOver) || (waiting[0]!.isOld && areSilent))) {
      waiting.shift();
      count++;
    }
    released += count;
    if (count > 0) threads.release(released);
    return count > 0;
  }

  while (!stop()) {
    if (performance.now() - looked >= lookEvery * 1000) {
      looked = performance.now();
      await look();
      if (await readAdded()) silentSince = looked;
    }
    const wanted = followed.length === 0 ? -1 : await threads.wants();
    if (stop()) break;
    if (wanted >= 0 && await readOn(wanted)) {
      silentSince = performance.now();
      continue;
    }
    if (followed.length === 1) released += waiting.splice(0).length;
    else if (wanted >= 0) {
      threads.pause(wanted);
      continue;
    }
    if (release()) continue;
    if (waiting.length === 0) {
      // Nothing anywhere: time goes on all the same.
      const now = performance.now();
      threads.tick((now - silentSince) / 1000);
      silentSince = now;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEvery * 1000));
  }
  for (const { tail } of followed) tail.close();
}
