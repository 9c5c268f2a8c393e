// `smartshield show`: asks a store and tells what is in it, as tables or as JSON, one object a line.

import { InputError } from "../errors.ts";
import { jsonText } from "../export/text.ts";
import { type Store, type StoredEvidence, type StoredRecord, type StoredRun, StoreError } from "../store/store.ts";
import { counted } from "../ui/style.ts";
import type { ShowRequest } from "./request.ts";
import {
  alertLines,
  alertTable,
  evidenceLines,
  evidenceTable,
  flowTable,
  hostLines,
  hostTable,
  type Sensors,
} from "./views.ts";
import { withinWindow } from "./within-window.ts";

export interface ShowOutput {
  /** One JSON object a line instead of tables. */
  readonly json: boolean;
  /** Characters of a line. */
  readonly width: number;
  readonly print: (text: string) => void;
}

/** Records shown of each piece of evidence of an alert, unless another limit is asked for. */
const RECORDS_OF_EVIDENCE = 5;
/** Records that are counted of one piece of evidence; what is beyond is not told. */
const RECORDS_COUNTED = 10_000;

/**
 * Answers a request.
 * @throws {InputError} when what was asked for is not there, or the store cannot be read.
 */
export async function show(store: Store, request: ShowRequest, limited: boolean, output: ShowOutput): Promise<void> {
  try {
    await answer(store, request, limited, output);
  } catch (error) {
    if (error instanceof StoreError) throw new InputError(error.message);
    throw error;
  }
}

async function answer(
  store: Store,
  { subject, word, selection, kind, type }: ShowRequest,
  limited: boolean,
  { json, width, print }: ShowOutput,
): Promise<void> {
  const { limit } = selection;
  const wanted = { ...selection, limit: limit + 1 };
  const runs = await store.runs();
  const sensors = sensorsOf(runs);
  /** How many records are shown of each piece of evidence. */
  const ofEach = limited ? limit : RECORDS_OF_EVIDENCE;

  function tell(lines: readonly string[]): void {
    print(lines.map((line) => `${line}\n`).join(""));
  }
  /** The newest of what was found, as a table or as objects. */
  function tellNewest<T>(found: readonly T[], newest: readonly T[], table: (rows: readonly T[]) => string[]): void {
    if (json) return tell(newest.map(jsonText));
    tell(table(newest));
    if (found.length > limit) {
      tell([
        limit === 1
          ? "Only the newest is shown: --limit shows more."
          : `Only the newest ${limit} are shown: --limit shows more.`,
      ]);
    }
  }
  const tellList = <T>(found: readonly T[], table: (rows: readonly T[]) => string[]): void =>
    tellNewest(found, found.slice(-limit), table);

  async function tellEvidence(one: StoredEvidence): Promise<void> {
    const records = await recordsOf(store, one);
    const shown = records.slice(0, ofEach);
    if (json) tell([one, ...shown].map(jsonText));
    else tell(evidenceLines(one, shown, records.length - shown.length, width));
  }

  switch (subject) {
    case "hosts": {
      const hosts = await store.hosts(wanted);
      return tellNewest(hosts, hosts.slice(0, limit), (rows) => hostTable(rows, width));
    }
    case "alerts":
      return tellList(await store.alerts(wanted), (rows) => alertTable(rows, sensors, width));
    case "flows":
      return tellList(
        await store.records({ ...withinWindow(wanted, runs), kind }),
        (rows) => flowTable(rows, sensors, width),
      );
    case "evidence": {
      if (word === undefined) {
        return tellList(await store.evidence({ ...wanted, type }), (rows) => evidenceTable(rows, sensors, width));
      }
      return await tellEvidence(await store.oneEvidence(word) ?? notOne("evidence", word));
    }
    case "alert": {
      const alert = await store.alert(word!) ?? notOne("alert", word!);
      tell(json ? [jsonText(alert)] : alertLines(alert, sensors, width));
      let gone = 0;
      for (const id of alert.alert.evidence) {
        const one = await store.oneEvidence(id, { run: alert.run });
        if (one === undefined) gone++;
        else {
          if (!json) tell([""]);
          await tellEvidence(one);
        }
      }
      const left = alert.alert.evidence_omitted;
      if (!json && left > 0) {
        tell(["", `The alert has ${counted(left, "more piece", "more pieces")} of evidence: show evidence.`]);
      }
      if (!json && gone > 0) {
        tell(["", `${counted(gone, "piece")} of its evidence ${gone === 1 ? "is" : "are"} no longer in the store.`]);
      }
      return;
    }
    case "host": {
      const [host] = await store.hosts(wanted);
      const evidence = await store.evidence(wanted);
      if (host === undefined && evidence.length === 0) {
        throw new InputError(`The store holds nothing about ${word}: smartshield show hosts lists who is in it.`);
      }
      if (host !== undefined) tell(json ? [jsonText(host)] : hostLines(host));
      const parts = [
        () => store.alerts(wanted).then((found) => tellList(found, (rows) => alertTable(rows, sensors, width))),
        () => Promise.resolve(tellList(evidence, (rows) => evidenceTable(rows, sensors, width))),
        () =>
          store.records({ ...withinWindow(wanted, runs), kind }).then((found) =>
            tellList(found, (rows) => flowTable(rows, sensors, width))
          ),
      ];
      for (const part of parts) {
        if (!json) tell([""]);
        await part();
      }
    }
  }
}

/** Who watched, by run, where that is more than one. */
function sensorsOf(runs: readonly StoredRun[]): Sensors {
  return new Set(runs.map(({ sensor }) => sensor)).size < 2
    ? new Map()
    : new Map(runs.map(({ id, sensor }) => [id, sensor]));
}

/** The records that show a finding, in the order of the stream. */
async function recordsOf(store: Store, { run, evidence }: StoredEvidence): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const uid of evidence.uids) {
    if (records.length >= RECORDS_COUNTED) break;
    records.push(...await store.records({ run, uid, limit: RECORDS_COUNTED - records.length }));
  }
  return records.sort((a, b) => a.ordinal - b.ordinal);
}

function notOne(what: string, id: string): never {
  throw new InputError(
    `There is not one ${
      what === "alert" ? "alert" : "piece of evidence"
    } whose id begins with ${id}: none does, or several do.`,
  );
}
