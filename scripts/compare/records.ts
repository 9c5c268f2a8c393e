// Our records of a capture, as `smartshield dissect` prints them.

import { dissectFile } from "../../agent/dissect-file.ts";
import type { Kind } from "../../agent/record/schema.ts";

/** A record with Zeek's field names. */
export type PrintedRecord = Readonly<Record<string, unknown>>;

/** The records of one kind. */
export async function recordsOf(capture: string, kind: Kind): Promise<PrintedRecord[]> {
  let text = "";
  await dissectFile({ input: capture, kinds: [kind], fields: [] }, (more) => text += more);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as PrintedRecord);
}

/** Originator and responder, as "address:port". */
export function endsOfRecord(record: PrintedRecord): { orig: string; resp: string } {
  return {
    orig: `${record["id.orig_h"]}:${record["id.orig_p"]}`,
    resp: `${record["id.resp_h"]}:${record["id.resp_p"]}`,
  };
}

/** A field as text; undefined when the record has none. */
export function textOf(record: PrintedRecord, field: string): string | undefined {
  const value = record[field];
  return value === undefined ? undefined : String(value);
}
