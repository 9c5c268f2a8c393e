// Lines for people, which nfdump writes unless told otherwise (`-o line`, `long`, `extended`, `biline`, `bilong`, and what is
// composed of the same columns with `fmt:`): values parted by blanks under a header that names them.

import { endOf, type FlowField, type FlowTexts } from "./text-values.ts";

/** What a column of the header holds, and how many words its values have; in the order in which they are looked for. */
interface Column {
  readonly name: string;
  readonly field?: FlowField;
  readonly words?: number;
  /** An address with its port; after the first an arrow may stand. */
  readonly end?: "src" | "dst";
  /** A number that may have a unit behind it: "6.3 M". */
  readonly amount?: true;
}

const COLUMNS: readonly Column[] = [
  { name: "Date first seen", field: "first", words: 2 },
  { name: "Date last seen", field: "last", words: 2 },
  { name: "Date flow start", field: "first", words: 2 },
  { name: "Duration", field: "duration" },
  { name: "Proto", field: "proto" },
  { name: "Src IP Addr:Port", end: "src" },
  { name: "Dst IP Addr:Port", end: "dst" },
  { name: "Src IP Addr", field: "src" },
  { name: "Dst IP Addr", field: "dst" },
  { name: "Src Pt", field: "srcPort" },
  { name: "Dst Pt", field: "dstPort" },
  { name: "Flags", field: "flags" },
  { name: "Tos" },
  { name: "Out Pkt", field: "outPackets", amount: true },
  { name: "In Pkt", field: "packets", amount: true },
  { name: "Out Byte", field: "outBytes", amount: true },
  { name: "In Byte", field: "bytes", amount: true },
  { name: "Packets", field: "packets", amount: true },
  { name: "Bytes", field: "bytes", amount: true },
  { name: "pps", amount: true },
  { name: "bps", amount: true },
  { name: "Bpp", amount: true },
  { name: "Flows", amount: true },
];

/** The columns of a table, from the left. */
export type TableColumns = readonly Column[];

/** Columns of a header that are looked at. */
const MAXIMUM_COLUMNS = 50;

/**
 * The columns that a header names, up to the first that is not known, behind which nothing can be found; undefined when the
 * line is no header of flows.
 */
export function tableHeader(line: string): TableColumns | undefined {
  let rest = line.trim();
  if (!rest.startsWith("Date ")) return undefined;
  const columns: Column[] = [];
  while (rest !== "" && columns.length < MAXIMUM_COLUMNS) {
    const found = COLUMNS.find(({ name }) => rest.startsWith(name));
    if (found === undefined) break;
    columns.push(found);
    rest = rest.slice(found.name.length).trimStart();
  }
  const has = (name: "src" | "dst") => columns.some(({ field, end }) => field === name || end === name);
  return has("src") && has("dst") && columns.some(({ field }) => field === "proto") ? columns : undefined;
}

const ARROWS: ReadonlySet<string> = new Set(["->", "<->", "<-"]);
const UNITS: ReadonlySet<string> = new Set(["K", "M", "G", "T"]);
/** Words of a line that are looked at. */
const MAXIMUM_WORDS = 100;

/** The texts of a line by what they hold. */
export function tableTexts(line: string, columns: TableColumns): FlowTexts {
  const words = line.trim().split(/\s+/, MAXIMUM_WORDS).filter((word) => !ARROWS.has(word));
  const texts: FlowTexts = {};
  let at = 0;
  for (const { field, words: count = 1, end, amount } of columns) {
    let text = words.slice(at, at + count).join(" ");
    at += count;
    if (amount && UNITS.has(words[at] ?? "")) text += words[at++]!;
    if (end !== undefined) {
      const { host, port } = endOf(text);
      texts[end] = host;
      if (port !== undefined) texts[end === "src" ? "srcPort" : "dstPort"] = port;
    } else if (field !== undefined && text !== "") texts[field] = text;
  }
  return texts;
}
