// Reads a Zeek log of JSON lines. Which log it is, every line says by itself: by `_path`, where a log streamed to a
// collector has one, or by its fields. So a file of mixed lines, or a standard input, is read like any other.

import type { Kind } from "../../record/schema.ts";
import { createJsonLines, type JsonObject } from "../json-lines.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import type { Warnings } from "../warnings.ts";
import { KIND_FORMS, kindOfLog, logOfFields } from "./kinds.ts";
import { recordOfValues, writtenAt } from "./record.ts";
import { JSON_READERS, type JsonReader } from "./values.ts";

/** By kind and slot: how the value of a field is read. */
const READERS = Object.fromEntries(
  Object.values(KIND_FORMS).map(({ kind, types }) => [kind, types.map((type) => JSON_READERS[type])]),
) as unknown as Readonly<Record<Kind, readonly JsonReader[]>>;

/** The log that an object is a line of: its own word for it, or what its fields tell; undefined when neither does. */
export function logOfObject(object: JsonObject): string | undefined {
  const path = object["_path"];
  return typeof path === "string" ? path : logOfFields((field) => field in object);
}

/**
 * A reader for one file. `file` is what warnings call it, `log` the log that its name speaks of: taken where the
 * lines do not tell, or "".
 */
export function createZeekJsonReader(
  file: string,
  log: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  const values: unknown[] = [];

  function take(object: JsonObject, escaped: boolean): string | undefined {
    const name = logOfObject(object) ?? log;
    const kind = kindOfLog(name);
    if (kind === undefined) {
      countIgnored(counters, name === "" ? "unknown" : name);
      return undefined;
    }
    const form = KIND_FORMS[kind];
    const readers = READERS[kind];
    values.length = form.names.length;
    values.fill(undefined);
    for (const key in object) {
      const value = object[key];
      const slot = form.slotOf.get(key);
      if (slot !== undefined) values[slot] = readers[slot]!(value, escaped);
      else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        // Some collectors make "id": {"orig_h": …} of "id.orig_h".
        for (const [name, inner] of Object.entries(value)) {
          const place = form.slotOf.get(`${key}.${name}`);
          if (place !== undefined) values[place] = readers[place]!(inner, escaped);
        }
      }
    }
    const record = recordOfValues(form, values);
    if (typeof record === "string") return record;
    counters.records++;
    const written = JSON_READERS.time(object["_write_ts"], false) as number | undefined;
    onRecord(record, Math.max(record.ts, written ?? writtenAt(record)));
    return undefined;
  }

  return createJsonLines(file, take, counters, warnings);
}
