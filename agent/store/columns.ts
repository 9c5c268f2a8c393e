// What is in a block: for each field that is set in one of its records a list with the values of all, null where it is not
// set. Half as long as the records one by one, with the name of each field once.

import type { AnyRecord, Kind } from "../record/schema.ts";
import { fieldsOf } from "../record/schema.ts";
import type { RecordBlock } from "./blocks.ts";

/** By the name of a field; `ordinal` is the place of each record in the stream. */
export type Columns = Readonly<Record<string, readonly unknown[]>>;

const FIELDS = new Map<Kind, readonly string[]>();

function namesOf(kind: Kind): readonly string[] {
  let names = FIELDS.get(kind);
  if (names === undefined) FIELDS.set(kind, names = fieldsOf(kind).map(({ name }) => name));
  return names;
}

/** The records of a block, field by field. */
export function columnsOf({ kind, ordinals, records }: RecordBlock): Columns {
  const columns: Record<string, readonly unknown[]> = { ordinal: ordinals };
  const valueAt = (at: number, name: string): unknown =>
    (records[at] as unknown as Readonly<Record<string, unknown>>)[name];
  for (const name of namesOf(kind)) {
    let at = 0;
    while (at < records.length && valueAt(at, name) === undefined) at++;
    // Most fields of most kinds are not set: no list is made for them.
    if (at === records.length) continue;
    const values = new Array<unknown>(records.length);
    for (; at < records.length; at++) values[at] = valueAt(at, name);
    columns[name] = values;
  }
  return columns;
}

/** Makes them records again, each with its ordinal. */
export function recordsOf(kind: Kind, { ordinal: ordinals = [], ...columns }: Columns): [number, AnyRecord][] {
  const fields = Object.entries(columns);
  return ordinals.map((ordinal, at) => {
    const record: Record<string, unknown> = { kind };
    for (const [name, values] of fields) {
      const value = values[at];
      if (value !== null && value !== undefined) record[name] = value;
    }
    return [ordinal as number, record as unknown as AnyRecord];
  });
}
