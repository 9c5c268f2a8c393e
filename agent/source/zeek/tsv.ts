// Reads a tab-separated Zeek log, of any version: what its columns are, how they are parted and what stands for nothing is
// what its own header says (https://docs.zeek.org/en/master/log-formats.html). A header may come again, as it does when
// logs were joined or the logger was restarted.

import type { AnyRecord } from "../../record/schema.ts";
import { createLineSplitter } from "../lines.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import { decodeLine, decodeMixed, hasForeignBytes, unescapeZeek } from "../text.ts";
import type { Warnings } from "../warnings.ts";
import { KIND_FORMS, type KindForm, kindOfLog, logOfFields } from "./kinds.ts";
import { recordOfValues, writtenAt } from "./record.ts";
import { PLAIN_READERS, type PlainReader, TEXT_READERS, type TextForm, type TextReader, USUAL_FORM } from "./values.ts";

const HASH = 0x23;
const SPACE = 0x20;
const TAB = 0x09;
const TILDE = 0x7e;
const BACKSLASH = 0x5c;

/** What makes it necessary to look into the texts of a line: a backslash, or a control character that parts nothing. */
// deno-lint-ignore no-control-regex -- controls are what is looked for
const ESCAPED = /[\\\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** Columns of a header; more are no log. */
const MAXIMUM_COLUMNS = 1000;

/** Some labelled data sets add columns that are parted by blanks instead of tabs. */
const WIDE_GAP = / {2,}/;

/** A reader for one file; `file` is what warnings call it. */
export function createZeekTsvReader(
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  let form: TextForm = { ...USUAL_FORM };
  let log = "";
  let kind: KindForm | undefined;
  /** Slot of every column, -1 for one that no record has; undefined before the header. */
  let slots: number[] | undefined;
  let readers: (TextReader | undefined)[] = [];
  let plainReaders: (PlainReader | undefined)[] = [];
  let values: unknown[] = [];
  let wideTail = false;
  /** The separator, when it is one byte. */
  let separatorByte = TAB;
  /** Where the columns of a plain line end, and how many there are. */
  const ends = new Int32Array(MAXIMUM_COLUMNS + 1);
  let parted = 0;

  function broken(line: number, reason: string): void {
    counters.broken++;
    warnings.warn(file, "line", line, reason);
  }

  function header(text: string): void {
    if (text.startsWith("#separator")) {
      const separator = separatorOf(text.slice("#separator".length).trim());
      form = { ...USUAL_FORM, separator };
      separatorByte = separator.length === 1 && separator.charCodeAt(0) <= TILDE ? separator.charCodeAt(0) : -1;
      log = "";
      return;
    }
    const [name, ...rest] = text.split(form.separator);
    const value = rest[0] ?? "";
    if (name === "#set_separator" && value !== "") form.setSeparator = value;
    else if (name === "#empty_field") form.empty = value;
    else if (name === "#unset_field") form.unset = value;
    else if (name === "#path") log = value;
    else if (name === "#fields") columns(rest.slice(0, MAXIMUM_COLUMNS));
  }

  function columns(names: string[]): void {
    wideTail = WIDE_GAP.test(names.at(-1) ?? "");
    if (wideTail) names.push(...names.pop()!.split(WIDE_GAP));
    const found = kindOfLog(log) ??
      (log === "" ? kindOfLog(logOfFields((name) => names.includes(name)) ?? "") : undefined);
    kind = found === undefined ? undefined : KIND_FORMS[found];
    slots = names.map((name) => kind?.slotOf.get(name) ?? -1);
    readers = slots.map((slot) => slot < 0 ? undefined : TEXT_READERS[kind!.types[slot]!]);
    plainReaders = slots.map((slot) => slot < 0 ? undefined : PLAIN_READERS[kind!.types[slot]!]);
    values = new Array(kind?.names.length ?? 0).fill(undefined);
  }

  function line(bytes: Uint8Array, start: number, end: number, number: number): void {
    let from = start;
    while (from < end && (bytes[from] === SPACE || bytes[from] === TAB)) from++;
    if (from === end) return;
    if (bytes[from] === HASH) return header(decodeLine(bytes, from, end));
    counters.read++;
    if (slots === undefined) return broken(number, "has no header (#fields) before it");
    if (kind === undefined) return countIgnored(counters, log === "" ? "unknown" : log);
    if (separatorByte >= 0 && !wideTail && isPlain(bytes, start, end)) {
      return plainData(bytes, start, end, number);
    }
    let text = decodeLine(bytes, start, end);
    if (hasForeignBytes(text)) {
      const mixed = decodeMixed(bytes, start, end, "\\");
      if (mixed !== text) {
        warnings.warn(file, "line", number, "is not all UTF-8; the bytes that are not were kept as \\xNN");
      }
      text = mixed;
    }
    const escaped = ESCAPED.test(text);
    if (escaped && text.includes("\0")) return broken(number, "holds NUL bytes");
    if (wideTail) text = withTail(text, form.separator);
    data(text, number, escaped);
  }

  /** Whether a line is all printable ASCII without a backslash; notes where its columns end. Nearly every line is. */
  function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
    parted = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === separatorByte) {
        if (parted < MAXIMUM_COLUMNS) ends[parted++] = at - start;
      } else if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return false;
    }
    ends[parted++] = end - start;
    return true;
  }

  function plainData(bytes: Uint8Array, lineStart: number, lineEnd: number, number: number): void {
    const { unset } = form;
    const unsetCode = unset.length === 1 ? unset.charCodeAt(0) : -1;
    const count = slots!.length;
    if (parted < count) return finish("has fewer columns than the header names", number);
    const text = decodeLine(bytes, lineStart, lineEnd);
    let start = 0;
    for (let column = 0; column < count; column++) {
      const end = ends[column]!;
      const reader = readers[column];
      if (reader !== undefined) {
        const isUnset = unsetCode >= 0
          ? end - start === 1 && bytes[lineStart + start] === unsetCode
          : end - start === unset.length && text.startsWith(unset, start);
        if (!isUnset) {
          values[slots![column]!] = plainReaders[column]?.(bytes, lineStart + start, lineStart + end) ??
            reader(text, start, end, form, false);
        }
      }
      start = end + 1;
    }
    finish(recordOfValues(kind!, values), number);
  }

  function data(text: string, number: number, escaped: boolean): void {
    const { separator, unset } = form;
    const count = slots!.length;
    let at = 0;
    let column = 0;
    for (; column < count && at <= text.length; column++) {
      let next = text.indexOf(separator, at);
      if (next < 0) next = text.length;
      const reader = readers[column];
      if (reader !== undefined && !(next - at === unset.length && text.startsWith(unset, at))) {
        values[slots![column]!] = reader(text, at, next, form, escaped);
      }
      at = next + separator.length;
    }
    finish(column < count ? "has fewer columns than the header names" : recordOfValues(kind!, values), number);
  }

  function finish(record: AnyRecord | string, number: number): void {
    values.fill(undefined);
    if (typeof record === "string") return broken(number, record);
    counters.records++;
    onRecord(record, writtenAt(record));
  }

  const splitter = createLineSplitter(line, (number) => {
    counters.read++;
    broken(number, "is too long to be read");
  });
  return splitter;
}

/** What "\x09" after "#separator" stands for. */
export function separatorOf(text: string): string {
  const match = /^\\x([0-9a-fA-F]{2})$/.exec(text);
  if (match !== null) return String.fromCharCode(parseInt(match[1]!, 16));
  return unescapeZeek(text) || USUAL_FORM.separator;
}

/** The line with tabs between those last columns that are parted by blanks. */
function withTail(text: string, separator: string): string {
  const last = text.lastIndexOf(separator) + 1;
  return text.slice(0, last) + text.slice(last).split(WIDE_GAP).join(separator);
}
