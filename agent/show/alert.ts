// One alert, down to its records: the findings that weigh most first, those that weigh nothing in a line each.

import { InputError } from "../errors.ts";
import { THREAT_LEVELS } from "../evidence/evidence.ts";
import { jsonText, plainText } from "../export/text.ts";
import type { Store, StoredAlert, StoredEvidence, StoredRecord } from "../store/store.ts";
import { counted, wrap } from "../ui/style.ts";
import type { Asked } from "./asked.ts";
import { alertLines, evidenceLines, evidenceTable } from "./views.ts";

/** Records shown of each piece of evidence, unless another limit is asked for. */
const RECORDS_OF_EVIDENCE = 5;
/** Records that are counted of one piece of evidence; what is beyond is not told. */
const RECORDS_COUNTED = 10_000;
/** Sensors among which an id is looked for again. */
const SENSORS_LOOKED_AT = 64;

/** @throws {InputError} when there is not one such alert. */
export async function tellAlert(asked: Asked): Promise<void> {
  const { store, request: { word, selection }, sensors, runs, json, width, tell } = asked;
  const alert = await store.alert(word!, selection) ?? notOne("alert", word!);
  const run = runs.find(({ id }) => id === alert.run);
  tell(json ? [jsonText(alert)] : alertLines(alert, run, width));
  const found: StoredEvidence[] = [];
  for (const id of alert.alert.evidence) {
    const one = await store.oneEvidence(id, { run: alert.run });
    if (one !== undefined) found.push(one);
  }
  if (json) {
    for (const one of found) await tellEvidence(asked, one);
    return;
  }

  const weight = ({ evidence }: StoredEvidence): number => THREAT_LEVELS[evidence.threat] * evidence.confidence;
  const weighty = found.filter((one) => weight(one) > 0)
    .sort((a, b) => weight(b) - weight(a) || a.evidence.timestamp - b.evidence.timestamp);
  for (const one of weighty) {
    tell([""]);
    await tellEvidence(asked, one);
  }
  const others = found.filter((one) => weight(one) === 0);
  if (others.length > 0) {
    tell(["", "Also seen, which counts nothing by itself:", ...evidenceTable(others, new Map(), width, "host")]);
  }
  const types = [...new Set(weighty.map(({ evidence }) => evidence.type))];
  const left = alert.alert.evidence_omitted;
  const gone = alert.alert.evidence.length - found.length;
  const elsewhere = await alsoAt(asked, alert);
  const notes = [
    ...left === 0 ? [] : [
      `The alert has ${
        counted(left, "more piece", "more pieces")
      } of evidence: smartshield show evidence --host ${alert.alert.profile} --window ${alert.alert.window}.`,
    ],
    ...gone === 0
      ? []
      : [`${counted(gone, "piece")} of its evidence ${gone === 1 ? "is" : "are"} no longer in the store.`],
    ...sensors.size === 0 || elsewhere.length === 0
      ? []
      : [`An alert of ${elsewhere.map(plainText).join(" and ")} has the same id: --sensor tells which is meant.`],
    ...types.length === 0
      ? []
      : [`What such findings mean, and what else they may be: ${
        types.map((type) => `smartshield explain ${type}`).join(", ")
      }.`],
  ];
  if (notes.length > 0) tell(["", ...notes.flatMap((note) => wrap(note, width, ""))]);
}

/** Ids are made of content: the same address in the same window of two sensors may have the same. */
async function alsoAt({ store, sensors }: Asked, { run, alert }: StoredAlert): Promise<string[]> {
  const names = [...new Set(sensors.values())].filter((name) => name !== sensors.get(run)).slice(0, SENSORS_LOOKED_AT);
  const found: string[] = [];
  for (const sensor of names) if (await store.alert(alert.id, { sensor }) !== undefined) found.push(sensor);
  return found;
}

/** One piece of evidence with its records. */
export async function tellEvidence(
  { store, request, limited, json, width, tell }: Asked,
  one: StoredEvidence,
): Promise<void> {
  const records = await recordsOf(store, one);
  const shown = records.slice(0, limited ? request.selection.limit : RECORDS_OF_EVIDENCE);
  tell(
    json
      ? [one, ...shown].map((one) => jsonText(one))
      : evidenceLines(one, shown, records.length - shown.length, width),
  );
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

export function notOne(what: "alert" | "evidence", id: string): never {
  throw new InputError(
    `There is not one ${
      what === "alert" ? "alert" : "piece of evidence"
    } whose id begins with ${id}: none does, or several do.`,
  );
}
