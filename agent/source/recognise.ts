// Says what a file is by its content, never by its name: from its first bytes, already unpacked.

import { argusHeader } from "./argus/columns.ts";
import { isCapture, whatElseItIs } from "./capture.ts";
import { LARGEST_VERSION, NFDUMP_MAGIC } from "./nfdump/blocks.ts";
import { csvHeader, isWideLine } from "./nfdump/csv.ts";
import { isJsonFlow } from "./nfdump/json-flow.ts";
import { isPipeLine } from "./nfdump/pipe.ts";
import { isRawBeginning } from "./nfdump/raw.ts";
import { tableHeader } from "./nfdump/table.ts";
import type { TextForm as NfdumpForm } from "./nfdump/text-reader.ts";
import { JSON_READERS, TEXT_READERS, USUAL_FORM } from "./zeek/values.ts";
import { kindOfLog, logOfFields } from "./zeek/kinds.ts";
import { logOfObject } from "./zeek/json.ts";
import { separatorOf } from "./zeek/tsv.ts";
import { writtenTime } from "./numbers.ts";
import type { Kind } from "../record/schema.ts";

/** How much of a file is enough to recognise it, bytes. */
export const RECOGNITION_BYTES = 64 * 1024;

/** Packings that are undone before a file is recognised. */
export type Packing = "gzip" | "zstd";

/** What a file is. */
export type Format =
  /** pcap or pcapng. */
  | { readonly is: "capture" }
  /** A Zeek log: which (`#path`; by its fields; "" when they tell nothing), and the records that it becomes, if any. */
  | {
    readonly is: "zeek";
    readonly form: "tsv" | "json";
    readonly log: string;
    readonly kind: Kind | undefined;
    /** It has a column of labels. */
    readonly labelled: boolean;
    /** Time of the first line, Unix seconds; undefined when there is none. */
    readonly first: number | undefined;
  }
  | { readonly is: "suricata"; readonly first: number | undefined }
  | { readonly is: "argus" }
  /** Binary files have a version, texts a form. */
  | { readonly is: "nfdump"; readonly version: number; readonly form?: NfdumpForm }
  | { readonly is: "packed"; readonly by: Packing }
  /** `reason` is the middle of a sentence: "it is an SQLite database". */
  | { readonly is: "unknown"; readonly reason: string };

const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** "<?xml". */
const XML = [0x3c, 0x3f, 0x78, 0x6d, 0x6c];
const UTF_16_MARKS = [[0xff, 0xfe], [0xfe, 0xff]];

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}

/** The packing of a file that begins with `bytes`; undefined when it is not packed. */
export function packingOf(bytes: Uint8Array): Packing | undefined {
  return beginsWith(bytes, GZIP_MAGIC) ? "gzip" : beginsWith(bytes, ZSTD_MAGIC) ? "zstd" : undefined;
}

/**
 * Recognises a file by its first bytes: all of it, or at least `RECOGNITION_BYTES`. With fewer, `hasMore` says that more
 * come, so that the last line is not looked at; what is unknown then may be known with more.
 */
export function recognise(bytes: Uint8Array, hasMore = false): Format {
  const packing = packingOf(bytes);
  if (packing !== undefined) return { is: "packed", by: packing };
  if (isCapture(bytes, 0, bytes.length)) return { is: "capture" };
  const magic = bytes.length >= 4 ? bytes[0]! | bytes[1]! << 8 : 0;
  const swapped = (NFDUMP_MAGIC & 0xff) << 8 | NFDUMP_MAGIC >> 8;
  if (magic === NFDUMP_MAGIC || magic === swapped) {
    const version = magic === NFDUMP_MAGIC ? bytes[2]! | bytes[3]! << 8 : bytes[2]! << 8 | bytes[3]!;
    if (version > 0 && version <= LARGEST_VERSION) return { is: "nfdump", version };
  }
  if (UTF_16_MARKS.some((mark) => beginsWith(bytes, mark))) {
    return { is: "unknown", reason: "it is UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8" };
  }
  const format = recogniseText(bytes, hasMore);
  if (format !== undefined) return format;
  if (beginsWith(bytes, XML)) {
    return { is: "unknown", reason: "it is XML: of Argus and nfdump, write comma-separated text (ra -n -u -c ,)" };
  }
  const reason = bytes.length === 0 ? "it is empty" : whatElseItIs(bytes, 0, bytes.length);
  return {
    is: "unknown",
    reason: reason === "it is text" ? "it is text, but no log of Zeek, Suricata, Argus or nfdump" : reason,
  };
}

/** Lines that are looked at: an event or a flow may be broken, but not so many in a row. */
const LINES_LOOKED_AT = 100;

function recogniseText(bytes: Uint8Array, hasMore: boolean): Format | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, RECOGNITION_BYTES));
  const lines = text.split(/\r?\n/, LINES_LOOKED_AT);
  // A line longer than all that is looked at is told by its beginning.
  if (lines.length === 1 && bytes.length >= RECOGNITION_BYTES && /^\s*\{.{0,500}"event_type":\s?"/.test(text)) {
    return { is: "suricata", first: undefined };
  }
  if (hasMore && lines.length < LINES_LOOKED_AT) lines.pop();
  for (const [number, line] of lines.entries()) {
    const trimmed = line.trimStart();
    if (trimmed === "") continue;
    if (/^#(separator|fields|path)\b/.test(trimmed)) return zeekHeader(lines.slice(number));
    if (trimmed.startsWith("{")) {
      const format = jsonFormat(trimmed);
      if (format !== undefined) return format;
    } else if (argusHeader(line) !== undefined) return { is: "argus" };
    const form = nfdumpForm(trimmed);
    if (form !== undefined) return { is: "nfdump", version: 0, form };
  }
  return undefined;
}

/** The form of nfdump's texts that a line is of; undefined when it is of none. */
function nfdumpForm(line: string): NfdumpForm | undefined {
  if (csvHeader(line) !== undefined || isWideLine(line)) return "csv";
  if (tableHeader(line) !== undefined) return "table";
  if (isRawBeginning(line)) return "raw";
  if (isPipeLine(line)) return "pipe";
  // The first value of an object that goes over many lines.
  return /^"type"\s*:\s*"(FLOW|EVENT)"/.test(line) ? "json" : undefined;
}

function zeekHeader(lines: readonly string[]): Format {
  let log = "";
  let fields: readonly string[] = [];
  let first: number | undefined;
  let separator = "\t";
  for (const line of lines) {
    const trimmed = line.trimStart();
    if (trimmed.startsWith("#separator")) separator = separatorOf(trimmed.slice("#separator".length).trim());
    const [word, ...values] = trimmed.split(separator);
    if (word === "#path") log = values[0] ?? "";
    else if (word === "#fields") fields = values.flatMap((value) => value.split(/ {2,}/));
    else if (fields.length > 0 && word !== "" && !word!.startsWith("#")) {
      const time = line.split(separator)[fields.indexOf("ts")] ?? "";
      first = TEXT_READERS.time(time, 0, time.length, USUAL_FORM, false) as number | undefined;
      break;
    }
  }
  if (log === "") log = logOfFields((field) => fields.includes(field)) ?? "";
  return { is: "zeek", form: "tsv", log, kind: kindOfLog(log), labelled: fields.includes("label"), first };
}

/** What a line that begins like JSON is a line of. */
function jsonFormat(line: string): Format | undefined {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof object["event_type"] === "string") {
    const seen = typeof object["timestamp"] === "string" ? writtenTime(object["timestamp"]) : NaN;
    return { is: "suricata", first: Number.isNaN(seen) ? undefined : seen };
  }
  if (isJsonFlow(object)) return { is: "nfdump", version: 0, form: "json" };
  const log = logOfObject(object);
  // Zeek's lines have a time; those of its logs about itself need not.
  if (log === undefined && !("ts" in object) && !("name" in object)) return undefined;
  const kind = log === undefined ? undefined : kindOfLog(log);
  const first = JSON_READERS.time(object["ts"], false) as number | undefined;
  return { is: "zeek", form: "json", log: log ?? "", kind, labelled: "label" in object, first };
}

/** Forms of nfdump's texts, for people. */
const NFDUMP_FORMS: Readonly<Record<NfdumpForm, string>> = {
  csv: "comma-separated text",
  json: "JSON",
  pipe: "numbers with bars between them",
  raw: "raw text",
  table: "a table",
};

/** What a file is, for people: "a Zeek conn log (JSON)". */
export function describeFormat(format: Format): string {
  switch (format.is) {
    case "capture":
      return "a packet capture";
    case "zeek":
      return `a Zeek ${format.log === "" ? "log" : `${format.log} log`} (${
        format.form === "tsv" ? "tab-separated" : "JSON"
      })`;
    case "suricata":
      return "events of Suricata (eve.json)";
    case "argus":
      return "flows of Argus, as text";
    case "nfdump":
      return `flows of nfdump, ${
        format.form === undefined ? `version ${format.version}` : `as ${NFDUMP_FORMS[format.form]}`
      }`;
    case "packed":
      return `packed with ${format.by}`;
    case "unknown":
      return "nothing that can be read";
  }
}
