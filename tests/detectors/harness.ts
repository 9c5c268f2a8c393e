// Runs detectors over a list of records, in one engine and without workers: the frame of the detector tests.

import { compareEvidence, createEngine } from "../../detectors/engine.ts";
import type { Context, Detector } from "../../detectors/contract.ts";
import type { Intel } from "../../agent/intel/intel.ts";
import type { Evidence, Finding } from "../../agent/evidence/evidence.ts";
import type { Answer } from "../../agent/intel/enrich/question.ts";
import type { Batch, Step } from "../../agent/profile/batch.ts";
import { createRouter, type RouterOptions } from "../../agent/profile/router.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { withMutant } from "./mutant.ts";
import { witness } from "./proof.ts";

export interface WatchOptions {
  /** Settings by detector name, as the configuration file would give them. */
  settings?: Record<string, Record<string, unknown>>;
  /** Seconds; 3600 unless said otherwise. */
  windowWidth?: number;
  direction?: RouterOptions["direction"];
  live?: boolean;
  /** What is known from outside; nothing unless said. */
  intel?: Intel;
  /** Repeats of one finding come as the engine folds them; otherwise each as its detector raised it. */
  folded?: boolean;
  /** What the world outside answers when it is asked. */
  answers?: readonly Answer[];
}

/** What a record is worth to the router's clock: the time at which it would have been written. */
export function writtenAt(record: AnyRecord): number {
  return record.ts + (record.kind === "conn" ? record.duration ?? 0 : 0);
}

/**
 * The evidence that `detectors` raise on `records`, which come in the order given; the clock goes on with the time at
 * which each would have been written (`ts`, plus the duration of a connection).
 */
export function watch(
  detectors: readonly Detector[],
  records: readonly AnyRecord[],
  options: WatchOptions = {},
): Evidence[] {
  const engine = createEngine({
    detectors: options.folded === true ? detectors : detectors.map(unfolded),
    settings: withMutant(options.settings ?? {}),
    windowWidth: options.windowWidth ?? 3600,
    live: options.live ?? false,
    intel: options.intel,
    answers: options.answers ?? [],
  });
  const router = createRouter({ workers: 1, direction: options.direction ?? "out", profiles: 100_000, clientIps: [] });
  const steps: Step[] = [];
  for (const record of records) router.route(record, writtenAt(record), (_, step) => steps.push(step));
  const batch: Batch = { serial: 1, origin: router.origin(), clock: router.clock(), steps, last: true };
  const placed = engine.process(batch).sort(compareEvidence);
  for (const { name, failures, firstFailure } of engine.health()) {
    if (failures > 0) throw new Error(`detector ${name} threw ${failures} times: ${firstFailure}`);
  }
  const evidence = placed.flatMap((each) => each.evidence ?? []);
  witness(evidence);
  for (const { type, threat, detector } of evidence) {
    const explained = detectors.find(({ name }) => name === detector)?.raises[type]?.threats.includes(threat);
    if (explained !== true) throw new Error(`detector ${detector} raised ${type} with level ${threat}, unexplained`);
  }
  return evidence;
}

/** The detector, every finding of which stands for itself. */
function unfolded(detector: Detector): Detector {
  const own = (context: Context<unknown, unknown, unknown>) =>
    Object.create(context, {
      raise: {
        value: (...findings: Finding[]) => context.raise(...findings.map(({ fold: _fold, ...finding }) => finding)),
      },
    });
  const { on, timer, answered, windowClosed, ...rest } = detector;
  return {
    ...rest,
    on: Object.fromEntries(
      Object.entries(on).map((
        [kind, judge],
      ) => [kind, (record: never, context: never) => judge!(record, own(context))]),
    ),
    ...timer === undefined ? {} : { timer: (note, context) => timer(note, own(context)) },
    ...answered === undefined ? {} : { answered: (note, answer, context) => answered(note, answer, own(context)) },
    ...windowClosed === undefined ? {} : { windowClosed: (context) => windowClosed(own(context)) },
  };
}

let uids = 0;

/** What Zeek writes for the packets of connections that did not come to be. */
const HISTORIES: Readonly<Record<string, string>> = { S0: "S", REJ: "Sr", RSTOS0: "SR", SH: "SF" };

/** A connection record with the usual values: a finished TCP connection of 1 s with 10 packets and 1,000 bytes each way. */
export function conn(fields: Partial<RecordOf<"conn">> & { orig_h: string; resp_h: string }): RecordOf<"conn"> {
  return {
    kind: "conn",
    ts: 1_700_000_000,
    uid: `C${String(++uids).padStart(17, "0")}`,
    orig_p: 40_000,
    resp_p: 443,
    proto: "tcp",
    conn_state: "SF",
    history: HISTORIES[fields.conn_state ?? ""] ?? "ShADadFf",
    duration: 1,
    orig_bytes: 1000,
    resp_bytes: 1000,
    orig_pkts: 10,
    resp_pkts: 10,
    orig_ip_bytes: 1400,
    resp_ip_bytes: 1400,
    ...fields,
  };
}

/** A record of any other kind; `uid` is filled in when the kind has one. */
export function record<K extends AnyRecord["kind"]>(
  kind: K,
  fields: Omit<RecordOf<K>, "kind" | "uid"> & { uid?: string },
): RecordOf<K> {
  return { kind, uid: `C${String(++uids).padStart(17, "0")}`, ...fields } as unknown as RecordOf<K>;
}
