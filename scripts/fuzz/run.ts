// Feeds frames to a dissector and notices everything that must not happen.

import { createHash } from "node:crypto";
import type { Protocol } from "../../agent/dissect/analyzer.ts";
import { createDissector, DEFAULT_SETTINGS, type Dissector } from "../../agent/dissect/dissector.ts";
import { createProtocols } from "../../agent/dissect/protocol/index.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import type { Frame } from "./chapter.ts";
import { faultOf } from "./well-formed.ts";

/** Something that must not happen. */
export interface Fault {
  readonly kind: "exception" | "record" | "slow" | "count";
  readonly what: string;
  /** Number of the frame in hand; the number of frames when it was the end. */
  readonly frame: number;
}

/** Longest time that one frame may take, milliseconds: a thousand times what the slowest take, and more than any pause of the machine. */
const SLOWEST_FRAME = 1_000;

/** A dissector whose analyzers are watched, because the flow table hides what they throw. */
export interface Watched {
  readonly dissector: Dissector;
  /** The first fault since this was last asked. */
  fault(): Omit<Fault, "frame"> | undefined;
}

/** A dissector that gives well-formed records to `take`. */
export function watchedDissector(take: (record: AnyRecord) => void): Watched {
  let found: Omit<Fault, "frame"> | undefined;
  const failed = (error: unknown): never => {
    found ??= { kind: "exception", what: error instanceof Error ? error.stack ?? error.message : String(error) };
    throw error;
  };
  const dissector = createDissector({
    settings: DEFAULT_SETTINGS,
    protocols: createProtocols().map((protocol) => watched(protocol, failed)),
    emit(record) {
      const what = faultOf(record);
      if (what !== undefined) found ??= { kind: "record", what };
      take(record);
    },
  });
  return {
    dissector,
    fault() {
      const fault = found;
      found = undefined;
      return fault;
    },
  };
}

/** The protocol, telling `failed` what it or its analyzers throw. */
function watched(protocol: Protocol, failed: (error: unknown) => never): Protocol {
  const guard = <T extends unknown[], R>(work: (...values: T) => R) => (...values: T): R => {
    try {
      return work(...values);
    } catch (error) {
      return failed(error);
    }
  };
  return {
    ...protocol,
    recognise: guard((...values) => protocol.recognise(...values)),
    analyze: guard((flow, output) => {
      const analyzer = protocol.analyze(flow, output);
      return {
        deliver: guard((...values) => analyzer.deliver(...values)),
        ...(analyzer.gap ? { gap: guard((fromOrig: boolean, length: number) => analyzer.gap!(fromOrig, length)) } : {}),
        ...(analyzer.endOfSide ? { endOfSide: guard((fromOrig: boolean) => analyzer.endOfSide!(fromOrig)) } : {}),
        finish: guard(() => analyzer.finish()),
      };
    }),
  };
}

/** Feeds the frames; `progress` hears the number of each before it goes in. Stops at the first fault. */
export function feed(
  { dissector, fault }: Watched,
  frames: readonly Frame[],
  progress: (frame: number) => void = () => {},
): Fault | undefined {
  for (const [number, { bytes, originalLength, ts, linkType }] of frames.entries()) {
    progress(number);
    const began = performance.now();
    const found = attempt(() => dissector.frame(bytes, 0, bytes.length, originalLength, ts, linkType)) ?? fault();
    if (found !== undefined) return { ...found, frame: number };
    const took = performance.now() - began;
    if (took > SLOWEST_FRAME) return { kind: "slow", what: `a frame took ${took.toFixed(0)} ms`, frame: number };
  }
  return undefined;
}

function attempt(work: () => void): Omit<Fault, "frame"> | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return { kind: "exception", what: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

/** What came of a whole chapter. */
export interface Outcome {
  readonly fault: Fault | undefined;
  /** Hash over all records in order. */
  readonly digest: string;
  readonly records: number;
}

/** Runs the frames through a dissector of their own, to the end. */
export function runAlone(frames: readonly Frame[], progress?: (frame: number) => void): Outcome {
  const hash = createHash("sha256");
  let records = 0;
  const watched = watchedDissector((record) => {
    records++;
    hash.update(JSON.stringify(record));
  });
  const { dissector } = watched;
  let fault = feed(watched, frames, progress);
  if (fault === undefined) {
    progress?.(frames.length);
    const atEnd = attempt(() => dissector.finish()) ?? watched.fault() ?? countFault(dissector, frames.length);
    if (atEnd !== undefined) fault = { ...atEnd, frame: frames.length };
  }
  return { fault, digest: hash.digest("hex"), records };
}

function countFault(dissector: Dissector, frames: number): Omit<Fault, "frame"> | undefined {
  const counters = dissector.counters();
  if (counters.frames !== frames) return { kind: "count", what: `${counters.frames} of ${frames} frames were counted` };
  if (counters.flows_alive !== 0) return { kind: "count", what: `${counters.flows_alive} flows outlived the end` };
  return undefined;
}
