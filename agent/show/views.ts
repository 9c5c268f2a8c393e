// What `smartshield show` tells: tables of hosts, alerts, evidence and records, and one of them down to its records.

import type { StoredAlert, StoredEvidence, StoredHost, StoredRecord, StoredRun } from "../store/store.ts";
import { evidenceSentence, findingText } from "../export/alerts-log.ts";
import { clockText, confidenceText, firstStep, scoreText, stageText } from "../export/alert-text.ts";
import { plainText } from "../export/text.ts";
import { STAGE_NAMES } from "../evidence/stages.ts";
import { byteSize, counted, grouped, trafficTime, wrap } from "../ui/style.ts";
import { recordText } from "./record-text.ts";
import { type Column, cutLine, tableLines } from "./table.ts";

/** Who watched, by run; empty where only one sensor wrote to the store. */
export type Sensors = ReadonlyMap<string, string>;

/** Characters of an id in tables: enough to be the only one among tens of thousands. */
export const ID_LENGTH = 8;
const INDENT = "  ";

export const sensorColumn = (sensors: Sensors): Column<{ run: string }> => ({
  title: "sensor",
  text: ({ run }) => sensors.get(run) ?? "",
});

/** A score as people read it: digits where they matter. */
export function points(score: number): string {
  return score >= 10 ? String(Math.round(score)) : scoreText(score);
}

/** What need not be told in a table: the host, where it is about one alone. */
type LeftOut = "host" | undefined;

export function hostTable(hosts: readonly StoredHost[], sensors: Sensors, width: number): string[] {
  if (hosts.length === 0) return ["No hosts."];
  return tableLines<StoredHost>(
    [
      { title: "host", text: ({ ip }) => ip },
      { title: "sensor", text: ({ sensor }) => sensors.size === 0 ? "" : sensor },
      { title: "name", text: ({ hostname }) => hostname ?? "" },
      { title: "alerts", right: true, text: ({ alerts }) => grouped(alerts) },
      { title: "evidence", right: true, text: ({ evidence }) => grouped(evidence) },
      { title: "connections", right: true, text: ({ connections }) => grouped(connections) },
      { title: "sent", right: true, text: ({ bytes }) => byteSize(bytes) },
      { title: "first seen (UTC)", text: ({ first }) => trafficTime(first) },
      { title: "last seen (UTC)", text: ({ last }) => trafficTime(last) },
      { title: "MAC", text: ({ mac }) => mac ?? "" },
    ],
    hosts,
    width,
  );
}

export function alertTable(
  alerts: readonly StoredAlert[],
  sensors: Sensors,
  width: number,
  without?: LeftOut,
): string[] {
  if (alerts.length === 0) return ["No alerts."];
  return tableLines<StoredAlert>(
    [
      { title: "alert", text: ({ alert }) => alert.id.slice(0, ID_LENGTH) },
      { title: "time (UTC)", text: ({ alert }) => trafficTime(alert.timestamp) },
      sensorColumn(sensors),
      { title: "host", text: ({ alert }) => without === "host" ? "" : alert.profile },
      { title: "name", text: ({ alert }) => without === "host" ? "" : alert.hostname ?? "" },
      { title: "window", right: true, text: ({ alert }) => String(alert.window) },
      { title: "score", right: true, text: ({ alert }) => points(alert.score) },
      { title: "sure", right: true, text: ({ alert }) => alert.confidence.toFixed(2) },
      { title: "what", text: ({ alert }) => alertSentence(alert) },
    ],
    alerts,
    width,
  );
}

/** "goes on: reconnaissance since 08:42, command and control since 09:05". */
function alertSentence({ stages, updates, timestamp }: StoredAlert["alert"]): string {
  const told = stages.map(({ stage, first }) => `${STAGE_NAMES[stage].name} since ${clockText(first, timestamp)}`);
  return `${updates === undefined ? "" : "goes on: "}${told.join(", ")}`;
}

/** One alert in full, without its evidence. */
export function alertLines({ alert }: StoredAlert, run: StoredRun | undefined, width: number): string[] {
  const { id, updates, profile, hostname, window, window_start, window_end, timestamp, score, threshold } = alert;
  const end = Number.isFinite(window_end) ? ` to ${trafficTime(window_end)}` : "";
  return [
    `Alert ${id}${updates === undefined ? "" : `, brings ${updates.slice(0, ID_LENGTH)} up to date`}`,
    `${INDENT}host     ${profile}${hostname === undefined ? "" : ` (${plainText(hostname)})`}`,
    ...run === undefined ? [] : [`${INDENT}seen by  ${plainText(run.sensor)}, on ${plainText(run.input)}`],
    `${INDENT}time     ${trafficTime(timestamp)} UTC`,
    `${INDENT}window   ${window}, from ${trafficTime(window_start)}${end} UTC`,
    `${INDENT}score    ${points(score)}, where ${points(threshold)} make an alert; confidence ${
      confidenceText(alert.confidence)
    }`,
    ...alert.stages.flatMap((stage) =>
      wrap(`since ${clockText(stage.first, timestamp)} ${stageText(stage)}`, width, INDENT)
    ),
    ...wrap(`First: ${firstStep(alert)}.`, width, INDENT),
  ];
}

export function evidenceTable(
  all: readonly StoredEvidence[],
  sensors: Sensors,
  width: number,
  without?: LeftOut,
): string[] {
  if (all.length === 0) return ["No evidence."];
  return tableLines<StoredEvidence>(
    [
      { title: "evidence", text: ({ evidence }) => evidence.id.slice(0, ID_LENGTH) },
      { title: "time (UTC)", text: ({ evidence }) => trafficTime(evidence.timestamp) },
      sensorColumn(sensors),
      { title: "host", text: ({ evidence }) => without === "host" ? "" : evidence.profile },
      { title: "window", right: true, text: ({ evidence }) => String(evidence.window) },
      { title: "level", text: ({ evidence }) => evidence.threat },
      { title: "sure", right: true, text: ({ evidence }) => evidence.confidence.toFixed(2) },
      { title: "what", text: ({ evidence }) => `${evidence.type}: ${findingText(evidence)}${markOf(evidence)}` },
    ],
    all,
    width,
  );
}

/** That it was not scored, where the user's whitelist covers it. */
function markOf({ whitelisted }: StoredEvidence["evidence"]): string {
  return whitelisted === undefined ? "" : ` (whitelisted: ${whitelisted.entry})`;
}

/** One piece of evidence with its records, of which there are `more`. */
export function evidenceLines(
  { evidence }: StoredEvidence,
  records: readonly StoredRecord[],
  more: number,
  width: number,
): string[] {
  return [
    `Evidence ${evidence.id.slice(0, ID_LENGTH)}: ${evidence.type} of ${evidence.profile}, ${
      trafficTime(evidence.timestamp)
    } UTC`,
    ...wrap(evidenceSentence(evidence), width, INDENT),
    ...records.length === 0 ? [`${INDENT}Its records are not, or no longer, in the store.`] : [],
    ...records.length === 0 ? [] : flowTable(records, new Map(), width - INDENT.length).map((line) => INDENT + line),
    ...more === 0 ? [] : [`${INDENT}and ${counted(more, "more record")}: --limit shows more`],
  ];
}

export function flowTable(records: readonly StoredRecord[], sensors: Sensors, width: number): string[] {
  if (records.length === 0) return ["No records."];
  return tableLines<StoredRecord>(
    [
      { title: "time (UTC)", text: ({ record }) => trafficTime(record.ts) },
      sensorColumn(sensors),
      { title: "kind", text: ({ record }) => record.kind },
      { title: "uid", text: ({ record }) => "uid" in record ? record.uid ?? "" : "" },
      { title: "what", text: ({ record }) => recordText(record) },
    ],
    records,
    width,
  ).map((line) => cutLine(line, width));
}
