// Main's view of the store: starts its thread and hands findings on.

import type { Alert, Evidence } from "../evidence/evidence.ts";
import { InputError } from "../errors.ts";
import { STORE_URL } from "../thread-urls.ts";
import type { Facts, Found, FromStore, NewBlock, RunProgress, StoreCounts, ToStore } from "./messages.ts";
import { hostAndPort, NOT_PERMITTED, type Place } from "./place.ts";
import type { Retention, StoredBlock, StoredRun } from "./store.ts";

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

export interface StoreClient {
  /** What the store has of the run, when it goes on with one. */
  readonly before: RunProgress;
  /** What this sensor had blocked when the run began: first what stands, then what has ended, the newest. */
  readonly blocks: readonly StoredBlock[];
  /** For the dissector: the way of records to the store. */
  readonly port: MessagePort | undefined;
  evidence(evidence: Evidence, standing?: { readonly score: number; readonly threshold: number }): void;
  alert(alert: Alert): void;
  /** A block as it stands from now on; it is no more given up than findings are. */
  block(block: NewBlock): void;
  facts(facts: Facts): void;
  /** The run as it stands, kept with it. */
  run(run: StoredRun): void;
  /** Writes what has come so far; what was counted. */
  settle(): Promise<StoreCounts>;
  /** Writes all that is left. */
  close(): Promise<void>;
}

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
 * Starts the thread and opens the store.
 * @throws {InputError} when the store cannot be used.
 */
export async function startStore(options: StoreOptions, warning: (sentence: string) => void): Promise<StoreClient> {
  const { place, journal, run, retention, progress } = options;
  const thread = startThread(place, journal);
  const tell = (message: ToStore, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  let settled: ((counts: StoreCounts) => void) | undefined;
  let closed: (() => void) | undefined;
  const opened = new Promise<Pick<StoreClient, "before" | "blocks"> | string>((resolve) => {
    thread.onmessage = ({ data }: MessageEvent<FromStore>) => {
      if (data.say === "opened") resolve(data.problem ?? data);
      else if (data.say === "warning") warning(data.sentence);
      else if (data.say === "settled") settled?.(data.counts);
      else closed?.();
    };
    thread.onerror = (event) => {
      event.preventDefault();
      resolve(`The store's thread failed: ${event.message}.`);
    };
  });
  const { port1, port2 } = new MessageChannel();
  tell({ say: "open", place, journal, run, retention, progress }, options.records ? [port1] : []);
  const begun = await opened;
  if (typeof begun === "string") {
    thread.terminate();
    throw new InputError(begun);
  }

  let waiting: Found[number][] = [];
  function send(): void {
    if (waiting.length === 0) return;
    tell({ say: "found", text: JSON.stringify(waiting) });
    waiting = [];
  }
  function add(one: Found[number]): void {
    waiting.push(one);
    if (waiting.length >= FINDINGS_AT_ONCE) send();
  }
  const sending = setInterval(send, SEND_INTERVAL);
  return {
    before: begun.before,
    blocks: begun.blocks,
    port: options.records ? port2 : undefined,
    evidence: (evidence, standing) => add(standing === undefined ? { evidence } : { evidence, standing }),
    alert: (alert) => add({ alert }),
    block: (block) => add({ block }),
    facts: (facts) => tell({ say: "facts", facts }),
    run: (now) => tell({ say: "run", run: now }),
    settle() {
      send();
      tell({ say: "settle" });
      return new Promise((resolve) => settled = resolve);
    },
    async close() {
      clearInterval(sending);
      send();
      tell({ say: "close" });
      await new Promise<void>((resolve) => closed = resolve);
      thread.terminate();
    },
  };
}
