// The dissector's end of the search for leaks: sends batches to the thread that looks at them and turns its answers into
// `notice` records. They enter the stream at places that follow from the input alone, so that every run says the same.

import { BoundedMap } from "../../profile/bounded-map.ts";
import { LEAK_NOTE, writeLeak } from "../../record/leak.ts";
import type { AnyRecord } from "../../record/schema.ts";
import type { DissectorCounters } from "../dissector.ts";
import type { ScanBatch, Scanned } from "./messages.ts";
import type { Batch, Piece } from "./pieces.ts";

/** Seconds of stream time after which a live run looks at what there is, though it is not a full batch. */
const SCAN_INTERVAL = 1;
/** Rule and connection of leaks already told. Own choice: a leak is told once for each connection. */
const TOLD_KEPT = 65_536;

/** Whoever collects what is to be looked at. */
interface HasLeaks {
  leaks(): Batch | undefined;
}

export interface LeakSearch {
  /** Sends a batch. */
  scan(batch: Batch): void;
  /** Waits until no more than `ahead` batches are out, and emits what the others hold, in their order. */
  settle(ahead: number): Promise<void>;
  /** Live: emits what has been answered by now, in order, without waiting. */
  collect(): void;
  /** Live: sends what there is when the last batch is some time ago; `now` is stream time. */
  scanInTime(dissector: HasLeaks, now: number): void;
  /** The input is over: sends what there is, waits for all answers and emits them. */
  finish(dissector: HasLeaks): Promise<void>;
  /** Suspicious pieces that were not looked at. */
  notScanned(): number;
}

/** Searches through `port`; notices go to `emit`. */
export function createLeakSearch(port: MessagePort, emit: (record: AnyRecord) => void): LeakSearch {
  /** Batches out, oldest first, with their answer once there is one. */
  const out: { serial: number; pieces: readonly Piece[]; answer: Scanned | undefined }[] = [];
  const told = new BoundedMap<string, true>(TOLD_KEPT);
  let serial = 0;
  let notScanned = 0;
  let lastScan = -Infinity;
  let wake: (() => void) | undefined;

  port.onmessage = ({ data }: MessageEvent<Scanned>) => {
    const batch = out.find((one) => one.serial === data.serial);
    if (batch !== undefined) batch.answer = data;
    wake?.();
  };

  function collect(most = Infinity): void {
    for (; most > 0 && out[0]?.answer !== undefined; most--) {
      const { pieces, answer } = out.shift()!;
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

  function scan({ bytes, length, pieces }: Batch): void {
    const bounds = pieces.flatMap(({ start, end }) => [start, end]);
    const { buffer } = bytes;
    out.push({ serial: ++serial, pieces, answer: undefined });
    port.postMessage({ serial, buffer, length, bounds } satisfies ScanBatch, [buffer]);
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
    notScanned: () => notScanned,
  };
}

/** A dissector's counters with what the search for leaks has left out. */
export function countingLeaks(counters: DissectorCounters, leaks: LeakSearch | undefined): DissectorCounters {
  if (leaks === undefined) return counters;
  return { ...counters, dropped: { ...counters.dropped, leak_pieces_not_scanned: leaks.notScanned() } };
}
