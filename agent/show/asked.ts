// What every answer of `smartshield show` needs: the store, what is asked for, who watched, and how it is told.

import { jsonText, plainText } from "../export/text.ts";
import { stateOf, type StateOfSensor } from "./sensors.ts";
import type { Store, StoredRun, StoredSensor } from "../store/store.ts";
import { timeSpan } from "../ui/style.ts";
import type { ShowRequest } from "./request.ts";
import type { Sensors } from "./views.ts";

export interface ShowOutput {
  /** One JSON object a line instead of tables. */
  readonly json: boolean;
  /** Characters of a line. */
  readonly width: number;
  readonly print: (text: string) => void;
  /** What the lists on this machine say of an address, a line each. */
  readonly listed: (ip: string) => readonly string[];
}

/** What is asked, with what is needed for every answer. */
export interface Asked extends ShowOutput {
  /** Unix seconds by the clock of the store: how long ago something was. */
  readonly now: number;
  readonly store: Store;
  readonly request: ShowRequest;
  /** Whether a limit was named. */
  readonly limited: boolean;
  readonly runs: readonly StoredRun[];
  /** Those that are asked about. */
  readonly watchers: readonly (StoredSensor & { readonly state: StateOfSensor })[];
  /** Who watched, by run, where that is more than one. */
  readonly sensors: Sensors;
  tell(lines: readonly string[]): void;
  /** Of things in the order of their times the newest, as a table or as objects. */
  tellNewest<T>(found: readonly T[], table: (rows: readonly T[]) => string[]): void;
  /** The first of things, which are what matters most. */
  tellFirst<T>(found: readonly T[], table: (rows: readonly T[]) => string[], left: string): void;
}

/** Reads who watched, and makes the ways of telling. */
export async function askedOf(
  store: Store,
  request: ShowRequest,
  limited: boolean,
  output: ShowOutput,
): Promise<Asked> {
  const { json, print } = output;
  const now = await store.now();
  const { sensor, limit } = request.selection;
  const [runs, all] = [await store.runs(), await store.sensors()];
  const watchers = all.filter(({ name }) => sensor === undefined || name === sensor)
    .map((one) => ({ ...one, state: stateOf(one, runs, now) }));

  function tell(lines: readonly string[]): void {
    print(lines.map((line) => `${line}\n`).join(""));
  }
  function tellSome<T>(
    shown: readonly T[],
    isAll: boolean,
    table: (rows: readonly T[]) => string[],
    left: string,
  ): void {
    if (json) return tell(shown.map((one) => jsonText(one)));
    tell(table(shown));
    if (!isAll) tell([left]);
  }
  return {
    ...{ store, request, limited, runs, watchers, now, tell },
    ...output,
    sensors: new Set(runs.map((run) => run.sensor)).size < 2 || sensor !== undefined
      ? new Map()
      : new Map(runs.map((run) => [run.id, run.sensor])),
    tellNewest(found, table) {
      const left = limit === 1
        ? "Only the newest is shown: --limit shows more."
        : `Only the newest ${limit} are shown: --limit shows more.`;
      tellSome(found.slice(-limit), found.length <= limit, table, left);
    },
    tellFirst(found, table, left) {
      tellSome(found.slice(0, limit), found.length <= limit, table, left);
    },
  };
}

/** Sentences about sensors of which nothing has been heard: what they saw since is missing, and nobody might notice. */
export function silenceLines({ watchers, now }: Pick<Asked, "watchers" | "now">): string[] {
  return watchers.filter(({ state }) => state === "silent").map(({ name, input, last }) =>
    `${plainText(name)} (${plainText(input)}) was last heard of ${
      timeSpan(now - last)
    } ago: what it saw since is not here.`
  );
}
