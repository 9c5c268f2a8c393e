// Reads the texts that nfdump writes, whichever of its forms, to connections like those of its binary files.

import { isTime } from "../numbers.ts";
import { createLineSplitter } from "../lines.ts";
import type { JsonObject } from "../json-lines.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import { decodeLine, withoutControls } from "../text.ts";
import type { Warnings } from "../warnings.ts";
import { type CsvColumns, csvHeader, csvTexts, WIDE_COLUMNS } from "./csv.ts";
import { createConnections } from "./connections.ts";
import type { NfFlow } from "./flow.ts";
import { isJsonFlow, jsonTexts } from "./json-flow.ts";
import { flowOfPipe } from "./pipe.ts";
import { addRawLine, isRawBeginning } from "./raw.ts";
import { type TableColumns, tableHeader, tableTexts } from "./table.ts";
import { flowOf, type FlowTexts } from "./text-values.ts";

/** The forms of nfdump's texts, by its option `-o`. */
export type TextForm = "csv" | "json" | "pipe" | "raw" | "table";

type LineReader = (text: string, line: number) => void;

/** Longest object of JSON that is read, characters: a flow has some 2,000. */
const MAXIMUM_OBJECT = 64 * 1024;

/** Lines that come after the flows, and begin like this. */
const SUMMARY = /^(Summary|Time window:|Total flows processed:|Sys:|No matched flows)/;

/** A reader for one file of that form; `file` is what warnings call it. */
export function createNfdumpTextReader(
  form: TextForm,
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  const connections = createConnections(onRecord, counters);

  function broken(line: number, reason: string): void {
    counters.broken++;
    warnings.warn(file, "line", line, reason);
  }

  function take(flow: NfFlow | string, line: number): void {
    counters.read++;
    if (typeof flow === "string") broken(line, flow);
    else if (!isTime(flow.first) || !isTime(flow.last)) broken(line, "has no usable start time");
    else connections.take(flow);
  }

  /** What a firewall tells of, which is no flow. */
  function event(): void {
    counters.read++;
    countIgnored(counters, "event");
  }

  /** What becomes of a line; at the end of the text, of no line. */
  const readers: Readonly<Record<TextForm, () => { line: LineReader; end(): void }>> = {
    csv: () => withoutEnd(csvReader(take)),
    table: () => withoutEnd(tableReader(take)),
    pipe: () => withoutEnd((text, line) => take(flowOfPipe(text), line)),
    json: () => jsonReader(take, event),
    raw: () => rawReader(take, event),
  };
  const reader = readers[form]();

  const lines = createLineSplitter((bytes, start, end, number) => {
    const text = withoutControls(decodeLine(bytes, start, end).replaceAll("\t", " "));
    if (text.trim() !== "") reader.line(text, number);
  }, (number) => take("is too long to be read", number));

  return {
    push: lines.push,
    end(unfinished) {
      lines.end(unfinished);
      if (!unfinished) reader.end();
      connections.end();
    },
  };
}

type Take = (flow: NfFlow | string, line: number) => void;

function withoutEnd(line: LineReader): { line: LineReader; end(): void } {
  return { line, end: () => {} };
}

function csvReader(take: Take): LineReader {
  let columns: CsvColumns = WIDE_COLUMNS;
  let isOver = false;
  return (text, line) => {
    const header = csvHeader(text);
    if (header !== undefined) {
      columns = header;
      isOver = false;
    } else if (SUMMARY.test(text)) isOver = true;
    else if (!isOver) take(flowOf(csvTexts(text, columns)), line);
  };
}

function tableReader(take: Take): LineReader {
  let columns: TableColumns | undefined;
  return (text, line) => {
    const header = tableHeader(text);
    if (header !== undefined) columns = header;
    else if (SUMMARY.test(text)) columns = undefined;
    else if (columns !== undefined) take(flowOf(tableTexts(text, columns)), line);
  };
}

function jsonReader(take: Take, event: () => void): { line: LineReader; end(): void } {
  let object = "";
  let begun = 0;
  return {
    line(text, line) {
      let part = text.trim();
      if (object === "") {
        // "[" begins the list of flows, "," parts them, "]" ends it.
        part = part.replace(/^[\[,\]\s]+/, "");
        if (part === "") return;
        begun = line;
      }
      object += part;
      const whole = withoutListEnd(object);
      if (!whole.endsWith("}") && object.length < MAXIMUM_OBJECT) return;
      object = "";
      const value = objectOf(whole);
      if (value === undefined) return take("is no JSON", begun);
      if (value["type"] === "EVENT") return event();
      take(isJsonFlow(value) ? flowOf(jsonTexts(value)) : "is no flow of nfdump", begun);
    },
    end() {
      if (object !== "") take("is no JSON", begun);
    },
  };
}

/** The text without what parts or ends a list of objects. No regular expression: one looks at a run of spaces once for each. */
function withoutListEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " ,]\t\r\n".includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonObject : undefined;
  } catch {
    return undefined;
  }
}

function rawReader(take: Take, event: () => void): { line: LineReader; end(): void } {
  let texts: FlowTexts | undefined;
  let begun = 0;
  function finish(): void {
    if (texts !== undefined) take(flowOf(texts), begun);
    texts = undefined;
  }
  return {
    line(text, line) {
      if (isRawBeginning(text)) {
        finish();
        if (text.trim().startsWith("Event")) return event();
        texts = {};
        begun = line;
      } else if (SUMMARY.test(text)) finish();
      else if (texts !== undefined) addRawLine(text, texts);
    },
    end: finish,
  };
}
