// Reads the text that Argus' ra(1) writes: a header line that names the columns, then one flow a line, parted by commas, tabs,
// semicolons, bars or blanks. Without a header (a standard input may begin anywhere) the columns are those of the published
// data sets.

import { createLineSplitter } from "../lines.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import { decodeLine, withoutControls } from "../text.ts";
import type { Warnings } from "../warnings.ts";
import { type ArgusHeader, argusHeader, separatorOf } from "./columns.ts";
import { createDays } from "./days.ts";
import { connectionOf, type Texts } from "./flow.ts";
import { tableTexts } from "./table.ts";

/** Columns of the published data sets, which is what a line without a header is taken for. */
const USUAL_COLUMNS =
  "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label";

/** A reader for one file; `file` is what warnings call it. */
export function createArgusReader(
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  let header: ArgusHeader | undefined;
  const days = createDays();
  let isDated = true;

  function broken(line: number, reason: string): void {
    counters.broken++;
    warnings.warn(file, "line", line, reason);
  }

  return createLineSplitter((bytes, start, end, number) => {
    const text = decodeLine(bytes, start, end);
    if (text.trim() === "") return;
    const found = isHeaderLike(text) ? argusHeader(text) : undefined;
    if (found !== undefined) {
      header = found;
      return;
    }
    counters.read++;
    if (text.includes("\0")) return broken(number, "holds NUL bytes");
    header ??= { ...argusHeader(USUAL_COLUMNS)!, separator: separatorOf(text) };
    const texts = textsOf(text, header);
    const connection = typeof texts === "string" ? texts : connectionOf(texts, days);
    if (isDated && !days.areDated()) {
      isDated = false;
      warnings.warn(
        file,
        "line",
        number,
        "has no date; the first day was taken for 1 January 1970. ra -u writes dates",
      );
    }
    if (typeof connection === "string") return broken(number, connection);
    if ("ignored" in connection) return countIgnored(counters, connection.ignored);
    counters.records++;
    onRecord(connection, connection.ts + (connection.duration ?? 0));
  }, (number) => {
    counters.read++;
    broken(number, "is too long to be read");
  });
}

/** A line of flows begins with a number: a time, a duration or a rank. */
function isHeaderLike(text: string): boolean {
  return /^[\s"#]*[A-Za-z]/.test(text);
}

function textsOf(text: string, { separator, columns }: ArgusHeader): Texts | string {
  if (separator === " ") return tableTexts(withoutControls(text), columns);
  const texts: Texts = {};
  let at = 0;
  for (const column of columns) {
    if (at > text.length) break;
    let next = text.indexOf(separator, at);
    if (next < 0) next = text.length;
    if (column !== undefined && next > at) texts[column] = withoutControls(unquoted(text.slice(at, next).trim()));
    at = next + 1;
  }
  return texts;
}

/** Programs that handle tables like to put quotation marks around values. */
function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}
