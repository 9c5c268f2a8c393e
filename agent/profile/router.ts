// The router: where records become steps of the stream. It keeps the clock, learns facts, and says which worker owns the
// profile that a record is about. It runs where the records are made, so batches go to their worker without a detour.

import { isMulticast } from "../record/address.ts";
import type { AnyRecord, Kind } from "../record/schema.ts";
import type { Step } from "./batch.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Fact } from "./facts.ts";
import { createTeacher } from "./learn.ts";

export interface RouterOptions {
  /** Detector workers; with 0 nothing is judged. */
  workers: number;
  /** `out`: a host is judged by what it does. `all`: also by the connections it receives. */
  direction: "out" | "all";
  /** Profiles kept alive at most; the one idle longest is forgotten first. */
  profiles: number;
  /** Our own addresses and networks, where the configuration names them. */
  clientIps: readonly string[];
  /** Kinds of records that some detector reads; others teach, but are sent to no worker. All when not said. */
  judged?: readonly Kind[];
}

/** Worker number that stands for all workers. */
export const ALL_WORKERS = -1;

/** Takes the steps, each with the worker it is for. */
type Push = (worker: number, step: Step) => void;

export interface RouterCounters {
  /** Records by kind. */
  records: Record<string, number>;
  profiles: number;
  profiles_forgotten: number;
  facts: number;
  /** Records that nobody was judged by, because the user ignores their flows. */
  records_whitelisted: number;
}

export interface Router {
  /** Sets the origin of the time windows; without it the first record's time is taken. */
  begin(ts: number): void;
  /** Turns a record into steps; `now` is the source's clock when the record came out (never before it was known). */
  route(record: AnyRecord, now: number, push: Push): void;
  /** Whose behaviour a record shows; undefined when it is nobody's. */
  profileOf(record: AnyRecord): string | undefined;
  /** Takes what the system knows of our own network, which counts more than what the traffic suggests. */
  know(
    localNetwork: string | undefined,
    gateway: { ip: string; mac: string | undefined } | undefined,
    push: Push,
  ): void;
  /** Teaches what earlier records of the run have taught, the oldest first; of a run that is taken up. */
  recall(facts: readonly Fact[], push: Push): void;
  /** What is counted begins anew here. */
  countAnew(): void;
  /** From now on, records for which `ignores` is true teach and are counted, but nobody is judged by them. */
  ignore(ignores: ((record: AnyRecord) => boolean) | undefined): void;
  /** The clock was set back: stream time goes on from `now`. */
  setBack(now: number, push: Push): void;
  /** Lets stream time go on without a record. */
  tick(now: number): void;
  /** Unix seconds of the first record; NaN before it. */
  origin(): number;
  /** Stream time, Unix seconds. */
  clock(): number;
  counters(): RouterCounters;
}

/** The worker that owns a profile: FNV-1a (32 bit; http://www.isthe.com/chongo/tech/comp/fnv/) of its IP's text. */
export function ownerOf(profile: string, workers: number): number {
  if (workers === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < profile.length; at++) hash = Math.imul(hash ^ profile.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % workers;
}

/** A router at the start of the stream. */
export function createRouter(options: RouterOptions): Router {
  const { workers } = options;
  const teacher = createTeacher(options.clientIps);
  const alive = new BoundedMap<string, true>(options.profiles + 1);
  let records: Record<string, number> = {};
  let origin = NaN;
  let clock = -Infinity;
  let ordinal = 0;
  let facts = 0;
  let forgotten = 0;
  let whitelisted = 0;
  let isIgnored: ((record: AnyRecord) => boolean) | undefined;

  const judged = options.judged === undefined ? undefined : new Set(options.judged);
  const isJudged = (kind: Kind): boolean => judged === undefined || judged.has(kind);

  function profileOf(record: AnyRecord): string | undefined {
    switch (record.kind) {
      case "x509":
        return undefined;
      case "software":
        return record.host;
      case "notice":
        return record.orig_h ?? record.src;
      case "dhcp":
        // A client that has no address yet is known by its MAC; if not even that is known it shares one profile.
        return record.client_addr ?? (record.mac === undefined ? undefined : teacher.addressBehind(record.mac)) ??
          "0.0.0.0";
      default:
        return record.orig_h;
    }
  }

  /** Notes that the profile is in use; the one idle longest makes room for a new one. */
  function keepAlive(profile: string, position: number, push: Push): void {
    alive.set(profile, true);
    if (alive.size <= options.profiles) return;
    const oldest = alive.oldest()!;
    alive.delete(oldest);
    forgotten++;
    push(ownerOf(oldest, workers), { clock, position, fact: { fact: "forget", profile: oldest } });
  }

  return {
    begin(ts) {
      if (Number.isNaN(origin)) origin = ts;
    },
    route(record, now, push) {
      if (Number.isNaN(origin)) origin = record.ts;
      clock = Math.max(clock, now, record.ts);
      const position = 2 * ordinal++;
      records[record.kind] = (records[record.kind] ?? 0) + 1;
      for (const fact of teacher.learn(record)) {
        facts++;
        push(ALL_WORKERS, { clock, position, fact });
      }
      if (workers === 0) return;
      if (isIgnored !== undefined && isIgnored(record)) {
        whitelisted++;
        return;
      }
      const profile = profileOf(record);
      if (profile !== undefined) {
        keepAlive(profile, position, push);
        if (isJudged(record.kind)) {
          push(ownerOf(profile, workers), { clock, position, record, profile, role: "client" });
        }
      }
      if (options.direction === "all" && record.kind === "conn" && !isMulticast(record.resp_h)) {
        keepAlive(record.resp_h, position, push);
        push(ownerOf(record.resp_h, workers), {
          clock,
          position: position + 1,
          record,
          profile: record.resp_h,
          role: "server",
        });
      }
    },
    profileOf,
    know(localNetwork, gateway, push) {
      for (const fact of teacher.know(localNetwork, gateway)) {
        facts++;
        push(ALL_WORKERS, { clock, position: 2 * ordinal++, fact });
      }
    },
    recall(facts, push) {
      teacher.recall(facts);
      for (const fact of facts) {
        if (fact.fact !== "forget") push(ALL_WORKERS, { clock, position: 2 * ordinal++, fact });
      }
    },
    countAnew() {
      records = {};
      facts = forgotten = whitelisted = 0;
    },
    ignore(ignores) {
      isIgnored = ignores;
    },
    setBack(now, push) {
      facts++;
      clock = now;
      push(ALL_WORKERS, { clock, position: 2 * ordinal++, fact: { fact: "watching", since: now } });
    },
    tick(now) {
      clock = Math.max(clock, now);
    },
    origin: () => origin,
    clock: () => clock,
    counters: () => ({
      records: { ...records },
      profiles: alive.size,
      profiles_forgotten: forgotten,
      facts,
      records_whitelisted: whitelisted,
    }),
  };
}
