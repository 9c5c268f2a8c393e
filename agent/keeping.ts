// What a run keeps in the store, and where.

import { join } from "node:path";
import type { Configuration } from "../config/schema.ts";
import { startStore, type StoreClient } from "./store/client.ts";
import { type Place, readPlace, STORE_FILE } from "./store/place.ts";
import type { StoredRun } from "./store/store.ts";
import { VERSION } from "./version.ts";

export interface KeepingOptions {
  readonly settings: Configuration["store"];
  /** Directory of the results. */
  readonly output: string;
  /** The run stays until it is ended: what it keeps belongs to the state directory, which is made when asked for. */
  readonly stays: boolean;
  readonly state: () => string;
  readonly input: string;
  readonly windowWidth: number;
  /** The run is one that may be taken up later, or is taken up. */
  readonly run: { readonly id: string; readonly began: number; readonly origin: number } | undefined;
}

/** The store of a run. */
export interface Keeping extends Pick<StoreClient, "before" | "records" | "evidence" | "alert" | "facts" | "settle"> {
  readonly place: Place;
  /** Our name among the sensors that write there. */
  readonly sensor: string;
  /** The run is over: its summary is kept with it, and all that is left is written. */
  end(kind: string, origin: number, summary: unknown): Promise<void>;
}

/** What this sensor is called: as it is configured, else as its machine. */
export function sensorName({ sensor }: Configuration["store"]): string {
  return sensor || Deno.hostname();
}

const JOURNAL = "store.journal";
/** What `store.place` says when nothing is to be kept. */
export const NOWHERE = "none";
const SECONDS_A_DAY = 86_400;
const MEBIBYTE = 2 ** 20;

/**
 * Opens the store; undefined when nothing is to be kept.
 * @throws {InputError} when it cannot be used.
 */
export async function openKeeping(
  options: KeepingOptions,
  warning: (sentence: string) => void,
): Promise<Keeping | undefined> {
  const { settings, output, stays, state, input, windowWidth } = options;
  if (settings.place === NOWHERE) return undefined;
  const folder = stays ? state() : output;
  const isOwn = settings.place === "";
  const place = readPlace(isOwn ? join(folder, STORE_FILE) : settings.place);
  const { id, began, origin } = options.run ?? { id: crypto.randomUUID(), began: Date.now() / 1000, origin: NaN };
  let run: StoredRun = {
    id,
    sensor: sensorName(settings),
    version: VERSION,
    input,
    kind: "",
    began,
    ended: undefined,
    windowWidth,
    origin,
    summary: undefined,
  };
  const client = await startStore({
    place,
    journal: isOwn || place.kind === "redis" ? join(folder, JOURNAL) : `${place.path}.journal`,
    run,
    retention: { seconds: settings.keep_days * SECONDS_A_DAY, bytes: settings.keep_mebibytes * MEBIBYTE },
    records: settings.records,
    progress: options.run === undefined ? undefined : `progress ${run.sensor} ${input}`,
  }, warning);
  return {
    place,
    sensor: run.sensor,
    before: client.before,
    records: client.records,
    evidence: client.evidence,
    alert: client.alert,
    facts: client.facts,
    settle: client.settle,
    end(kind, origin, summary) {
      run = { ...run, kind, origin, summary, ended: Date.now() / 1000 };
      client.run(run);
      return client.close();
    },
  };
}
