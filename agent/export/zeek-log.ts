// zeek/*.log: the records as Zeek writes them, tab-separated with a header or as JSON lines
// (https://docs.zeek.org/en/master/log-formats.html). Everything that depends on the field is settled once per kind.

import { type AnyRecord, fieldsOf, type Kind, KINDS } from "../record/schema.ts";
import type { LineWriter } from "./line-writer.ts";
import { isoTime } from "./text.ts";
import { EMPTY, type FieldForms, FORMS, UNSET } from "./zeek-fields.ts";

export type ZeekFormat = "tsv" | "json";

/** Opens the file of that name, such as "zeek/conn.log". */
export type OpenLog = (name: string) => LineWriter;

export interface ZeekLogs {
  /** Writes records, in their order, into the logs of their kinds. */
  write(records: readonly AnyRecord[]): void;
  /** Ends all logs; `clock` is the stream time, Unix seconds. */
  close(clock: number): void;
}

/** The logs of one run; a log is opened when there is a first record for it. */
export function createZeekLogs(format: ZeekFormat, open: OpenLog): ZeekLogs {
  const logs = new Map<Kind, LineWriter>();
  const lineOf = format === "json" ? zeekJsonLine : zeekTsvLine;
  return {
    write(records) {
      for (const record of records) {
        let log = logs.get(record.kind);
        if (log === undefined) {
          log = open(`zeek/${record.kind}.log`);
          logs.set(record.kind, log);
          if (format === "tsv") { for (const line of zeekHeader(record.kind, record.ts)) log.line(line); }
        }
        log.line(lineOf(record));
      }
    },
    close(clock) {
      for (const log of logs.values()) {
        if (format === "tsv") log.line(`#close\t${zeekStamp(clock)}`);
        log.close();
      }
      logs.clear();
    },
  };
}

/** The header lines of a kind's tab-separated log; `opened` is stream time, Unix seconds. */
export function zeekHeader(kind: Kind, opened: number): string[] {
  const fields = fieldsOf(kind);
  return [
    "#separator \\x09",
    "#set_separator\t,",
    `#empty_field\t${EMPTY}`,
    `#unset_field\t${UNSET}`,
    `#path\t${kind}`,
    `#open\t${zeekStamp(opened)}`,
    ["#fields", ...fields.map(({ zeekName }) => zeekName)].join("\t"),
    ["#types", ...fields.map(({ type }) => type)].join("\t"),
  ];
}

/** A record as a line of the tab-separated log, without line end. */
export function zeekTsvLine(record: AnyRecord): string {
  const columns = COLUMNS[record.kind];
  const values = record as unknown as Readonly<Record<string, unknown>>;
  let line = "";
  for (let i = 0; i < columns.length; i++) {
    const { name, tsv } = columns[i]!;
    const value = values[name];
    if (i > 0) line += "\t";
    line += value === undefined ? UNSET : tsv(value);
  }
  return line;
}

/** A record as a JSON object in one line; fields that are not set are left out, as Zeek does. */
export function zeekJsonLine(record: AnyRecord): string {
  const values = record as unknown as Readonly<Record<string, unknown>>;
  let line = "{";
  for (const { name, key, json } of COLUMNS[record.kind]) {
    const value = values[name];
    if (value === undefined) continue;
    const text = json(value);
    if (text === undefined) continue;
    line += line === "{" ? key : "," + key;
    line += text;
  }
  return line + "}";
}

/** "2024-05-06-07-08-09", in UTC. */
function zeekStamp(seconds: number): string {
  return isoTime(seconds).slice(0, 19).replace(/[T:]/g, "-");
}

interface Column extends FieldForms {
  name: string;
  /** `"id.orig_h":` */
  key: string;
}

const COLUMNS = Object.fromEntries(KINDS.map((kind) => [
  kind,
  fieldsOf(kind).map(({ name, zeekName, type }): Column => ({ name, key: `"${zeekName}":`, ...FORMS[type] })),
])) as unknown as Readonly<Record<Kind, readonly Column[]>>;
