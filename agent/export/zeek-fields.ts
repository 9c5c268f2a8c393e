// How one field of a record is written into Zeek's logs, by its Zeek type: tab-separated and as JSON
// (https://docs.zeek.org/en/master/log-formats.html).

import type { FieldType } from "../record/schema.ts";
import { cutText, jsonText, UNFIT as UNFIT_TEXT } from "./text.ts";

/** The two written forms of a field that is set. */
export interface FieldForms {
  tsv: (value: unknown) => string;
  /** Undefined where JSON has no form for the value. */
  json: (value: unknown) => string | undefined;
}

/** What stands for a field that is not set, and for an empty text or list. */
export const UNSET = "-";
export const EMPTY = "(empty)";

/** Zeek writes times and intervals with microseconds. */
const DECIMALS = 6;

function decimalTsv(value: unknown): string {
  return Number.isFinite(value) ? (value as number).toFixed(DECIMALS) : UNSET;
}

function decimalJson(value: unknown): string | undefined {
  return Number.isFinite(value) ? String(Math.round((value as number) * 1e6) / 1e6) : undefined;
}

function boolTsv(value: unknown): string {
  return value === true ? "T" : "F";
}

function countJson(value: unknown): string | undefined {
  return Number.isFinite(value) ? String(value) : undefined;
}

function stringJson(value: unknown): string {
  return jsonText(cutText(value as string));
}

/** Text that stands in a log as it is: printable ASCII without a backslash; in a list also without a comma. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]+$/;
const PLAIN_ELEMENT = /^[\x20-\x2b\x2d-\x5b\x5d-\x7e]+$/;

/**
 * What has to be escaped: text that is unfit for any log, and a backslash, unless it already begins an escaped byte:
 * records hold unprintable bytes as "\xNN". Valid UTF-8 stays, as in Zeek (`LogAscii::enable_utf_8`).
 */
const UNFIT = new RegExp(`${UNFIT_TEXT.source}|\\\\(?!x[0-9a-f]{2})`, UNFIT_TEXT.flags);
const UNFIT_ELEMENT = new RegExp(`${UNFIT.source}|,`, UNFIT.flags);

function textTsv(plain: RegExp, unfit: RegExp): (value: unknown) => string {
  return (value) => {
    const text = cutText(value as string);
    if (text === "") return EMPTY;
    // What would read as "not set" or "empty" gets its first character escaped.
    if (text === UNSET || text === EMPTY) return escapedBytes(text.charAt(0)) + text.slice(1);
    return plain.test(text) ? text : text.replace(unfit, (one) => one === "\\" ? "\\\\" : escapedBytes(one));
  };
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a character as "\xNN". */
function escapedBytes(character: string): string {
  return Array.from(encoder.encode(character), (byte) => "\\x" + byte.toString(16).padStart(2, "0")).join("");
}

const stringTsv = textTsv(PLAIN, UNFIT);
const elementTsv = textTsv(PLAIN_ELEMENT, UNFIT_ELEMENT);

const DECIMAL: FieldForms = { tsv: decimalTsv, json: decimalJson };
const COUNT: FieldForms = { tsv: String, json: countJson };
const STRING: FieldForms = { tsv: stringTsv, json: stringJson };
const STRINGS: FieldForms = listOf({ tsv: elementTsv, json: stringJson });

function listOf(element: FieldForms): FieldForms {
  return {
    tsv: (value) => {
      const elements = value as readonly unknown[];
      return elements.length === 0 ? EMPTY : elements.map(element.tsv).join(",");
    },
    json: (value) => `[${(value as readonly unknown[]).map((one) => element.json(one) ?? "null").join(",")}]`,
  };
}

/** The forms by Zeek type. */
export const FORMS: Readonly<Record<FieldType, FieldForms>> = {
  time: DECIMAL,
  interval: DECIMAL,
  double: DECIMAL,
  count: COUNT,
  port: COUNT,
  bool: { tsv: boolTsv, json: String },
  string: STRING,
  addr: STRING,
  enum: STRING,
  "vector[string]": STRINGS,
  "vector[addr]": STRINGS,
  "vector[interval]": listOf(DECIMAL),
  "set[string]": STRINGS,
  "set[enum]": STRINGS,
};
