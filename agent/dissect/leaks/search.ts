// The dissector's end of the search for leaks: sends batches to the thread that looks at them and turns its answers into
// `notice` records. They enter the stream at places that follow from the input alone, so that every run says the same.

import { BoundedMap } from "../../profile/bounded-map.ts";
import { LEAK_NOTE, writeLeak } from "../../record/leak.ts";
import type { AnyRecord } from "../../record/schema.ts";
import type { DissectorCounters } from "../dissector.ts";
import type { ScanBatch, Scanned } from "./messages.ts";
import { type Batch, BATCH_BYTES, HELD_BYTES } from "./pieces.ts";

/** Seconds of stream time after which a live run looks at what there is, though it is not a full batch. */
const SCAN_INTERVAL = 1;
/**
 * Batches out; more are not scanned, which is counted. Own choice: all that may be held back for incomplete pieces is sent
 * at once where an input ends, and fits; and some seconds of a busy wire do.
 */
export const BATCHES_OUT = HELD_BYTES / BATCH_BYTES + 8;
/** Rule and connection of leaks already told. Own choice: a leak is told once for each connection. */
const TOLD_KEPT = 65_536;

/** Whoever collects what is to be looked at. */
interface HasLeaks {
  leaks(): Batch | undefined;
}

export interface LeakSearch {
  /** Sends a batch, or counts it as not scanned when too many are out or nobody looks any more. */
  scan(batch: Batch): void;
  /** Waits until no more than `ahead` batches are out, and emits what the others hold, in their order. */
  settle(ahead: number): Promise<void>;
  /** Live: emits what has been answered by now, in order, without waiting. */
  collect(): void;
  /** Live: sends what there is when the last batch is some time ago; `now` is stream time. */
  scanInTime(dissector: HasLeaks, now: number): void;
  /** The input is over: sends what there is, waits for all answers and emits them. */
  finish(dissector: HasLeaks): Promise<void>;
  /**
   * The thread that looks for leaks is gone: what it has not answered is sent to the next one, at the other end of `port`.
   * Without one nobody looks any more: that is counted as not scanned, and whoever waits goes on.
   */
  moved(port: MessagePort | undefined): void;
  /** Pieces that were not looked at, though they should have been. */
  notScanned(): number;
}

/** A batch that was sent. */
interface Sent {
  readonly serial: number;
  readonly batch: Batch;
  answer: Omit<Scanned, "serial"> | undefined;
}

/** Searches through `first`, until it is told of another thread; notices go to `emit`. */
export function createLeakSearch(first: MessagePort, emit: (record: AnyRecord) => void): LeakSearch {
  /** Batches out, oldest first. */
  const out: Sent[] = [];
  let port: MessagePort | undefined;
  const told = new BoundedMap<string, true>(TOLD_KEPT);
  let serial = 0;
  let notScanned = 0;
  let lastScan = -Infinity;
  let wake: (() => void) | undefined;

  function listenTo(thread: MessagePort): void {
    port = thread;
    thread.onmessage = ({ data }: MessageEvent<Scanned>) => {
      const sent = out.find(({ serial }) => serial === data.serial);
      if (sent !== undefined) sent.answer = data;
      wake?.();
    };
  }
  listenTo(first);

  function send({ serial, batch: { bytes, length, pieces } }: Sent): void {
    const bounds = pieces.flatMap(({ start, end }) => [start, end]);
    // A copy, as another thread may have to be sent it.
    const { buffer } = bytes.slice(0, length);
    port!.postMessage({ serial, buffer, length, bounds } satisfies ScanBatch, [buffer]);
  }

  function collect(most = Infinity): void {
    for (; most > 0 && out[0]?.answer !== undefined; most--) {
      const { batch: { pieces }, answer } = out.shift()!;
      notScanned += answer!.notScanned;
      for (const { piece, rule, metadata, excerpt } of answer!.hits) {
        const origin = pieces[piece]!;
        const key = `${origin.uid} ${rule} ${origin.fromOrig}`;
        if (told.get(key) !== undefined) continue;
        told.set(key, true);
        const { uid, orig_h, orig_p, resp_h, resp_p, proto, fromOrig, fuid } = origin;
        emit({
          kind: "notice",
          ts: origin.ts,
          uid,
          orig_h,
          orig_p,
          resp_h,
          resp_p,
          ...(fuid === undefined ? {} : { fuid }),
          proto,
          note: LEAK_NOTE,
          msg: `${rule}: ${excerpt}`,
          sub: writeLeak({ rule, metadata, excerpt, inFile: fuid !== undefined, fromOrig }),
          src: fromOrig ? orig_h : resp_h,
          dst: fromOrig ? resp_h : orig_h,
          p: resp_p,
        });
      }
    }
  }

  function scan(batch: Batch): void {
    if (port === undefined || out.length >= BATCHES_OUT) {
      notScanned += batch.pieces.length;
      return;
    }
    const sent: Sent = { serial: ++serial, batch, answer: undefined };
    out.push(sent);
    send(sent);
  }

  async function settle(ahead: number): Promise<void> {
    while (out.length > ahead) {
      while (out[0]!.answer === undefined) await new Promise<void>((resolve) => wake = resolve);
      wake = undefined;
      collect(1);
    }
  }

  return {
    scan,
    settle,
    collect: () => collect(),
    scanInTime(dissector, now) {
      if (now - lastScan < SCAN_INTERVAL) return;
      lastScan = now;
      const batch = dissector.leaks();
      if (batch !== undefined) scan(batch);
    },
    async finish(dissector) {
      const batch = dissector.leaks();
      if (batch !== undefined) scan(batch);
      await settle(0);
    },
    moved(next) {
      port?.close();
      port = undefined;
      if (next !== undefined) listenTo(next);
      for (const sent of out.filter(({ answer }) => answer === undefined)) {
        if (next !== undefined) send(sent);
        else sent.answer = { hits: [], notScanned: sent.batch.pieces.length };
      }
      wake?.();
    },
    notScanned: () => notScanned,
  };
}

/** A dissector's counters with what the search for leaks has left out. */
export function countingLeaks(counters: DissectorCounters, leaks: LeakSearch | undefined): DissectorCounters {
  if (leaks === undefined) return counters;
  return { ...counters, dropped: { ...counters.dropped, leak_pieces_not_scanned: leaks.notScanned() } };
}
