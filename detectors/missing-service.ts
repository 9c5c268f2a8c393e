// The judgement behind two detectors: a connection to the port of a service that does not speak it, where no connection
// between the same hosts spoke it for some minutes before or after. Protocols are not always recognised, and one silent
// or damaged connection among good ones is no reason to worry.

import { isEstablished } from "../agent/record/conn-state.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import type { Context, Setting } from "./contract.ts";
import { keep, keepNew } from "./keep.ts";

// Own choices, for each profile. Beyond the first two the oldest go; with too many in doubt the next is judged at once.
export const DESTINATIONS_KEPT = 1024;
export const STRETCHES_KEPT = 16;
export const DOUBTS_KEPT = 4096;
/** Connections that spoke the service, noted until somebody asks or there are so many. */
export const CONNECTIONS_NOTED = 512;

/**
 * Seconds for a connection that began in time to end, as it is only then known what it spoke. Web servers close idle
 * connections after about a minute (nginx, keepalive_timeout: 75 s).
 */
const TIME_TO_END = 90;

/** A connection in doubt. Plain data. */
export interface Doubt {
  ts: number;
  uid: string;
  resp_h: string;
  orig_p: number;
  resp_p: number;
  bytes: number;
  /** Whether all that was said could be seen, so that the service would have been recognised. */
  whole: boolean;
}

/**
 * Stretches of traffic time in which a service was never absent for longer than a doubt looks around: the beginning and the
 * end of each, in ascending order. One flat list, because a network has hundreds of thousands of these, nearly all of one
 * stretch: lists of pairs take four times the memory.
 */
type Stretches = number[];

export interface ServiceMemory {
  /**
   * Connections that spoke the service, with their times, not yet in `recognised`. Doubts are rare, and to look up each
   * connection's destination in between, among those of hundreds of hosts whose maps lie all over the memory, takes twice as
   * long as one after the other for one host.
   */
  noted: { destinations: string[]; times: number[] };
  /** When the service was recognised at a destination, by destination. */
  recognised: Map<string, Stretches>;
  doubts: number;
}

export const serviceSettings = {
  wait: {
    value: 300,
    unit: "seconds",
    meaning: "a connection between the same hosts that speaks the expected protocol so long before or after clears it",
    minimum: 1,
  },
} as const satisfies Record<string, Setting>;

/** A memory in which nothing was recognised. */
export function createServiceMemory(): ServiceMemory {
  return { noted: { destinations: [], times: [] }, recognised: new Map(), doubts: 0 };
}

export type ServiceContext = Context<{ readonly wait: number }, ServiceMemory, undefined>;

/** Whether a connection's `service` names the word; it may be a list such as "ssl,http". */
export function speaks(service: string | undefined, word: string): boolean {
  if (service === undefined || service === word) return service === word;
  return service.includes(",") && service.split(",").includes(word);
}

/** Takes in a connection to the port: remembers the service, or gives the doubt to `after`, to be judged once time has passed. */
export function listen(
  record: RecordOf<"conn">,
  port: number,
  service: string,
  context: ServiceContext,
  judge: (doubt: Doubt, context: ServiceContext) => void,
): void {
  if (record.resp_p !== port || record.proto !== "tcp" || !isEstablished(record)) return;
  const bytes = (record.orig_bytes ?? 0) + (record.resp_bytes ?? 0);
  if (bytes === 0) return;
  const { memory, settings, network } = context;
  // Flows without content never tell a service, so its absence says nothing.
  if (record.history === undefined && record.service === undefined && !network.seesContent) return;
  const { ts, uid, resp_h, orig_p, resp_p } = record;
  if (speaks(record.service, service)) {
    const { destinations, times } = memory.noted;
    destinations.push(resp_h);
    if (times.push(ts) >= CONNECTIONS_NOTED) takeNotes(memory, settings.wait);
    return;
  }
  const doubt: Doubt = { ts, uid, resp_h, orig_p, resp_p, bytes, whole: isWhole(record, context) };
  if (isCleared(doubt, context)) return;
  if (memory.doubts >= DOUBTS_KEPT) {
    judge(doubt, context);
  } else {
    memory.doubts++;
    context.after(settings.wait + TIME_TO_END, doubt);
  }
}

/** Takes what was noted into the memory of destinations. */
function takeNotes({ noted, recognised }: ServiceMemory, wait: number): void {
  const { destinations, times } = noted;
  for (let i = 0; i < times.length; i++) remember(recognised, destinations[i]!, times[i]!, wait);
  destinations.length = times.length = 0;
}

function remember(recognised: ServiceMemory["recognised"], destination: string, ts: number, wait: number): void {
  const known = recognised.get(destination);
  if (known === undefined) return keepNew(recognised, destination, [ts, ts], DESTINATIONS_KEPT);
  const last = known.length - 1;
  // Nearly always: another connection soon after the last one.
  if (ts >= known[last - 1]! && ts - known[last]! < wait) {
    if (ts > known[last]!) known[last] = ts;
    return;
  }
  recognise(known, ts, 2 * wait);
  keep(recognised, destination, known, DESTINATIONS_KEPT);
}

/**
 * Whether the connection was seen from its handshake on and without gaps. A service is recognised by how it begins, so of
 * others there is little to say. Where no history tells it, an input that shows what is said is trusted to have looked.
 */
function isWhole({ history, missed_bytes }: RecordOf<"conn">, { network }: ServiceContext): boolean {
  if (history === undefined) return network.seesContent;
  return history.includes("S") && history.includes("h") && (missed_bytes ?? 0) === 0;
}

/** How sure one is that the service was missing; nearly not at all when the connection was seen in part. */
export function confidenceIn({ whole }: Doubt): number {
  return whole ? 0.8 : 0.1;
}

/** What to add to a sentence about it. */
export function reservation({ whole }: Doubt): string {
  return whole ? "" : "; unsure, as only a part of it was seen";
}

/** The time to wait is over: judges the doubt unless the service was recognised around it. */
export function decide(
  note: unknown,
  context: ServiceContext,
  judge: (doubt: Doubt, context: ServiceContext) => void,
): void {
  const doubt = note as Doubt;
  context.memory.doubts--;
  if (!isCleared(doubt, context)) judge(doubt, context);
}

/**
 * Adds a time to the stretches. Times that lie no further apart than `gap` become one stretch, and nothing is lost by
 * that: who looks for a time in a span of `gap` seconds finds one wherever the span touches the stretch.
 */
export function recognise(stretches: Stretches, ts: number, gap: number): void {
  // The place of the first stretch that begins later.
  let at = stretches.length;
  while (at > 0 && stretches[at - 2]! > ts) at -= 2;
  const joinsBefore = at > 0 && ts - stretches[at - 1]! <= gap;
  const joinsAfter = at < stretches.length && stretches[at]! - ts <= gap;
  if (joinsBefore && joinsAfter) stretches.splice(at - 1, 2);
  else if (joinsBefore) stretches[at - 1] = Math.max(stretches[at - 1]!, ts);
  else if (joinsAfter) stretches[at] = ts;
  else {
    stretches.splice(at, 0, ts, ts);
    if (stretches.length > 2 * STRETCHES_KEPT) stretches.splice(0, 2);
  }
}

function isCleared({ ts, resp_h }: Doubt, { memory, settings }: ServiceContext): boolean {
  takeNotes(memory, settings.wait);
  const stretches = memory.recognised.get(resp_h);
  if (stretches === undefined) return false;
  for (let at = 0; at < stretches.length; at += 2) {
    if (stretches[at]! <= ts + settings.wait && stretches[at + 1]! >= ts - settings.wait) return true;
  }
  return false;
}
