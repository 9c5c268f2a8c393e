// Main's view of the store: starts its thread and hands findings on.

import type { Alert, Evidence } from "../evidence/evidence.ts";
import { InputError } from "../errors.ts";
import { STORE_URL } from "../thread-urls.ts";
import type { Facts, Found, FromStore, NewBlock, RunProgress, Settled, StoreCounts, ToStore } from "./messages.ts";
import { NOTHING_STORED } from "./messages.ts";
import { hostAndPort, NOT_PERMITTED, type Place } from "./place.ts";
import type { Retention, StoredBlock, StoredRun } from "./store.ts";
import { createUnsettled, type Unsettled } from "./unsettled.ts";

export interface StoreOptions {
  readonly place: Place;
  /** Path of the journal. */
  readonly journal: string;
  readonly run: StoredRun;
  readonly retention: Retention;
  /** Whether the dissector sends records. */
  readonly records: boolean;
  /** Name under which the store keeps how far the run has come; undefined when it will not be taken up. */
  readonly progress?: string | undefined;
}

/** For the dissector: where records go. */
export interface RecordsWay {
  readonly port: MessagePort;
  /** Nobody is at its other end any more: how many of the records that went there have been accounted for. */
  readonly failed: Promise<number>;
}

export interface StoreClient {
  /** What the store has of the run, when it goes on with one. */
  readonly before: RunProgress;
  /** What this sensor had blocked when the run began: first what stands, then what has ended, the newest. */
  readonly blocks: readonly StoredBlock[];
  /** The way of records to the store, if they are kept. */
  readonly records: RecordsWay | undefined;
  evidence(evidence: Evidence, standing?: { readonly score: number; readonly threshold: number }): void;
  alert(alert: Alert): void;
  /** A block as it stands from now on; it is no more given up than findings are. */
  block(block: Omit<NewBlock, "told">): void;
  facts(facts: Facts): void;
  /** The run as it stands, kept with it. */
  run(run: StoredRun): void;
  /** Writes what has come so far; what was counted. */
  settle(): Promise<StoreCounts>;
  /** Writes all that is left. */
  close(): Promise<void>;
}

/** Seconds by which what is told of blocks is later than what was told before, whatever the clock says. */
const TOLD_APART = 0.001;
/** Findings sent at once, and milliseconds after which fewer go. */
const FINDINGS_AT_ONCE = 256;
const SEND_INTERVAL = 200;

/** What a thread needs to use the store: its file or its address, these files, and nothing else. */
export function permissionsOf(
  place: Place,
  more: readonly string[],
): { read: string[]; write: string[]; net: string[] } {
  const sockets = place.kind === "redis" ? place.addresses.flatMap((one) => "socket" in one ? one.socket : []) : [];
  const files = place.kind === "sqlite"
    ? [place.path, `${place.path}-wal`, `${place.path}-shm`, `${place.path}-journal`, ...more]
    : [...sockets, ...more];
  const net = place.kind === "redis" ? place.addresses.flatMap((one) => "socket" in one ? [] : hostAndPort(one)) : [];
  return { read: files, write: files, net };
}

function startThread(place: Place, journal: string): Worker {
  try {
    return new Worker(STORE_URL, {
      type: "module",
      name: "store",
      deno: { permissions: permissionsOf(place, [journal]) },
    });
  } catch (error) {
    if (place.kind === "sqlite") throw error;
    throw new InputError(`The store ${place.where} cannot be used: ${NOT_PERMITTED}.`);
  }
}

/**
 * Starts the thread and opens the store. Should the thread fail later, that is said once, records are given up from then
 * on, and findings go to the journal.
 * @throws {InputError} when the store cannot be used.
 */
export async function startStore(options: StoreOptions, warning: (sentence: string) => void): Promise<StoreClient> {
  const { place, journal, run, retention, progress } = options;
  const thread = startThread(place, journal);
  const tell = (message: ToStore, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  let unsettled: Unsettled | undefined;
  let last: Settled = { records: 0, findings: 0, counts: NOTHING_STORED };
  let hasFailed = false;
  let failed!: (records: number) => void;
  const failing = new Promise<number>((resolve) => failed = resolve);
  let settled: ((counts: StoreCounts) => void) | undefined;
  let closed: (() => void) | undefined;
  const opened = new Promise<Pick<StoreClient, "before" | "blocks"> | string>((resolve) => {
    thread.onmessage = ({ data }: MessageEvent<FromStore>) => {
      if (data.say === "opened") resolve(data.problem ?? data);
      else if (data.say === "warning") warning(data.sentence);
      else if (data.say === "settled") settled?.(data.counts);
      else if (data.say === "closed") closed?.();
      else {
        last = data.settled;
        unsettled?.settled(last.findings);
      }
    };
    thread.onerror = (event) => {
      event.preventDefault();
      resolve(`The store's thread failed: ${event.message}.`);
      if (unsettled !== undefined && !hasFailed) fail(event.message);
    };
  });
  const way = options.records ? new MessageChannel() : undefined;
  tell({ say: "open", place, journal, run, retention, progress }, way === undefined ? [] : [way.port1]);
  const begun = await opened;
  if (typeof begun === "string") {
    thread.terminate();
    throw new InputError(begun);
  }
  const held = unsettled = createUnsettled(run.id, begun.before, journal);

  function fail(why: string): void {
    hasFailed = true;
    warning(
      `The store's thread failed: ${why}. Records are given up from here on, findings wait in ${journal} for the next run ` +
        "into this store. Please report this.",
    );
    thread.terminate();
    held.failed();
    failed(last.records);
    settled?.(countsAfterwards());
    closed?.();
  }
  /** The counts when there is no thread any more; records that are missing in them the dissector counts. */
  function countsAfterwards(): StoreCounts {
    return {
      ...last.counts,
      findings_not_stored: last.counts.findings_not_stored + held.lost(),
      findings_in_journal: held.inJournal(),
    };
  }

  let waiting: Found[number][] = [];
  function send(): void {
    if (hasFailed) held.flush();
    else if (waiting.length > 0) tell({ say: "found", text: JSON.stringify(waiting) });
    waiting = [];
  }
  function add(one: Found[number]): void {
    held.add(one);
    waiting.push(one);
    if (waiting.length >= FINDINGS_AT_ONCE) send();
  }
  /** When something was told of a block last: later than before, also when the clock was set back. */
  let told = begun.blocks.reduce((newest, one) => Math.max(newest, one.told), -Infinity);
  const sending = setInterval(send, SEND_INTERVAL);
  return {
    before: begun.before,
    blocks: begun.blocks,
    records: way === undefined ? undefined : { port: way.port2, failed: failing },
    evidence: (evidence, standing) => add(standing === undefined ? { evidence } : { evidence, standing }),
    alert: (alert) => add({ alert }),
    block(block) {
      told = Math.max(Date.now() / 1000, told + TOLD_APART);
      add({ block: { ...block, told } });
    },
    facts: (facts) => tell({ say: "facts", facts }),
    run: (now) => tell({ say: "run", run: now }),
    settle() {
      send();
      if (hasFailed) return Promise.resolve(countsAfterwards());
      tell({ say: "settle" });
      return new Promise((resolve) => settled = resolve);
    },
    async close() {
      clearInterval(sending);
      send();
      if (!hasFailed) {
        await new Promise<void>((resolve) => {
          closed = resolve;
          tell({ say: "close" });
        });
      }
      if (held.lost() > 0) {
        warning(
          `${held.lost()} findings could not be written to the journal; alerts/ in the output directory has them.`,
        );
      }
      thread.terminate();
    },
  };
}
