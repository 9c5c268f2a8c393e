// One field of a Zeek log, from its text in a tab-separated log or its JSON value to what a record holds. A value that
// cannot be what its type says is no value (undefined).

import type { FieldType } from "../../record/schema.ts";
import {
  addressOf,
  decimalOf,
  MAXIMUM_PORT,
  plainDecimalOf,
  plainIPv4Of,
  timeOfNumber,
  writtenTime,
} from "../numbers.ts";
import { unescapeZeek, withoutControls } from "../text.ts";

/** How a tab-separated log is written, as its header says it. */
export interface TextForm {
  separator: string;
  /** Between the elements of a set or vector. */
  setSeparator: string;
  /** What stands for an empty text or list. */
  empty: string;
  /** What stands for a field that is not set. */
  unset: string;
}

/** The form that Zeek writes unless told otherwise. */
export const USUAL_FORM: Readonly<TextForm> = { separator: "\t", setSeparator: ",", empty: "(empty)", unset: "-" };

/**
 * Reads the value that stands in `line[start..end)` and is set. `escaped` says that the line holds a backslash or a
 * control character somewhere, so that its texts have to be looked at.
 */
export type TextReader = (line: string, start: number, end: number, form: TextForm, escaped: boolean) => unknown;

/**
 * Reads the common form of a value straight from the bytes of a line that is all printable ASCII, which takes half as long
 * as to look at each character of its text; undefined when it is not that, and the text reader decides.
 */
export type PlainReader = (bytes: Uint8Array, start: number, end: number) => unknown;

/** Reads a JSON value; `escaped` says that its line holds a backslash or a control character. */
export type JsonReader = (value: unknown, escaped: boolean) => unknown;

const UPPER_T = 0x54;
const UPPER_F = 0x46;

function defined(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function count(value: number): number | undefined {
  return value >= 0 && value < Infinity ? value : undefined;
}

function port(value: number): number | undefined {
  return value >= 0 && value <= MAXIMUM_PORT && Number.isInteger(value) ? value : undefined;
}

function boolean(code: number): boolean | undefined {
  return code === UPPER_T ? true : code === UPPER_F ? false : undefined;
}

function stringOfText(line: string, start: number, end: number, form: TextForm, escaped: boolean): string {
  const text = line.slice(start, end);
  return text === form.empty ? "" : escaped ? withoutControls(unescapeZeek(text)) : text;
}

function addressOfText(line: string, start: number, end: number): string | undefined {
  return addressOf(line.slice(start, end));
}

function timeOfText(line: string, start: number, end: number): number | undefined {
  const time = timeOfNumber(decimalOf(line, start, end));
  return Number.isNaN(time) ? defined(writtenTime(line.slice(start, end))) : time;
}

function decimalOfText(line: string, start: number, end: number): number | undefined {
  return defined(decimalOf(line, start, end));
}

function listOfText(element: TextReader): TextReader {
  return (line, start, end, form, escaped) => {
    const text = line.slice(start, end);
    if (text === form.empty) return [];
    const elements: unknown[] = [];
    for (const part of text.split(form.setSeparator)) {
      const read = part === form.unset ? undefined : element(part, 0, part.length, form, escaped);
      if (read !== undefined) elements.push(read);
    }
    return elements;
  };
}

/** How a value of each type is read from text. */
export const TEXT_READERS: Readonly<Record<FieldType, TextReader>> = {
  time: timeOfText,
  interval: decimalOfText,
  double: decimalOfText,
  count: (line, start, end) => count(decimalOf(line, start, end)),
  port: (line, start, end) => port(decimalOf(line, start, end)),
  bool: (line, start, end) => end - start === 1 ? boolean(line.charCodeAt(start)) : undefined,
  string: stringOfText,
  enum: stringOfText,
  addr: addressOfText,
  "vector[string]": listOfText(stringOfText),
  "vector[addr]": listOfText(addressOfText),
  "vector[interval]": listOfText(decimalOfText),
  "set[string]": listOfText(stringOfText),
  "set[enum]": listOfText(stringOfText),
};

function plainDecimal(bytes: Uint8Array, start: number, end: number): number | undefined {
  const value = plainDecimalOf(bytes, start, end);
  return value >= 0 ? value : undefined;
}

/** Plain readers of the types that have a common form. */
export const PLAIN_READERS: Readonly<Partial<Record<FieldType, PlainReader>>> = {
  time(bytes, start, end) {
    const time = timeOfNumber(plainDecimalOf(bytes, start, end));
    return Number.isNaN(time) ? undefined : time;
  },
  interval: plainDecimal,
  double: plainDecimal,
  count: plainDecimal,
  port(bytes, start, end) {
    const value = plainDecimalOf(bytes, start, end);
    return value < 0 ? undefined : port(value);
  },
  bool: (bytes, start, end) => end - start === 1 ? boolean(bytes[start]!) : undefined,
  addr: plainIPv4Of,
};

function number(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? decimalOf(value, 0, value.length) : NaN;
}

function stringOfJson(value: unknown, escaped: boolean): string | undefined {
  if (typeof value === "string") return escaped ? withoutControls(value) : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function addressOfJson(value: unknown): string | undefined {
  return typeof value === "string" ? addressOf(value) : undefined;
}

function timeOfJson(value: unknown): number | undefined {
  if (typeof value === "number") return defined(timeOfNumber(value));
  return typeof value === "string" ? timeOfText(value, 0, value.length) : undefined;
}

function decimalOfJson(value: unknown): number | undefined {
  return defined(number(value));
}

/** Where a list has become a single value, it is a list of one. */
function listOfJson(element: JsonReader): JsonReader {
  return (value, escaped) => {
    if (value === null) return undefined;
    const elements: unknown[] = [];
    for (const part of Array.isArray(value) ? value : [value]) {
      const read = element(part, escaped);
      if (read !== undefined) elements.push(read);
    }
    return elements;
  };
}

/** How a value of each type is read from JSON. */
export const JSON_READERS: Readonly<Record<FieldType, JsonReader>> = {
  time: timeOfJson,
  interval: decimalOfJson,
  double: decimalOfJson,
  count: (value) => count(number(value)),
  port: (value) => port(number(value)),
  bool: (value) => {
    if (typeof value === "boolean") return value;
    return typeof value === "string" && value.length === 1 ? boolean(value.charCodeAt(0)) : undefined;
  },
  string: stringOfJson,
  enum: stringOfJson,
  addr: addressOfJson,
  "vector[string]": listOfJson(stringOfJson),
  "vector[addr]": listOfJson(addressOfJson),
  "vector[interval]": listOfJson(decimalOfJson),
  "set[string]": listOfJson(stringOfJson),
  "set[enum]": listOfJson(stringOfJson),
};
