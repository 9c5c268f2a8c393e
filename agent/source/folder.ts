// Which files of a folder are read, and in which order: all logs of one program; those of the same name, which a logger has
// rotated, one after the other in the order of their times; or all captures, merged by the times of their packets.

import { unpackedBeginning } from "./beginning.ts";
import type { LeftOut } from "./left-out.ts";
import { firstPacketTime } from "./capture.ts";
import { type Format, recognise } from "./recognise.ts";

/** A file of a folder: its name and its first bytes (`RECOGNITION_BYTES`), packed or not. */
export interface FolderEntry {
  readonly name: string;
  readonly first: Uint8Array;
}

/** Files that are read one after the other as one log. */
export interface LogStream {
  readonly format: "zeek" | "suricata" | "argus" | "nfdump" | "capture";
  /** Which of Zeek's logs ("conn"); which of Suricata's, where there are several ("suricata eve-dns"); else the format. */
  readonly log: string;
  readonly files: readonly string[];
  /** Of a capture: the time of its first packet, Unix seconds; -Infinity when it cannot be told. */
  readonly from?: number;
}

export interface FolderPlan {
  readonly streams: readonly LogStream[];
  /** What is not read, and why. */
  readonly ignored: readonly LeftOut[];
}

/** When a folder holds the logs of several programs, the first of these is read. */
const PREFERENCE = ["zeek", "suricata", "nfdump", "argus", "capture"] as const;

interface Found {
  name: string;
  format: Extract<Format, { is: LogStream["format"] }>;
  log: string;
  /** Time of the first line, Unix seconds. */
  first: number;
}

/** Plans the reading of a folder, of what it is `said` to hold. Does not depend on the order of the entries. */
export function planFolder(entries: readonly FolderEntry[], said?: LogStream["format"]): FolderPlan {
  const ignored: LeftOut[] = [];
  const found: Found[] = [];
  for (const { name, first } of [...entries].sort((a, b) => compareText(a.name, b.name))) {
    const beginning = unpackedBeginning(first);
    const format: Format = beginning === undefined
      ? { is: "unknown", reason: "it cannot be unpacked" }
      : recognise(beginning);
    const reason = whyNot(format);
    if (reason !== undefined) {
      ignored.push({ name, reason, isUsual: beginning !== undefined && format.is !== "packed" });
    } else {
      const log = format as Found["format"];
      found.push({
        name,
        format: log,
        log: nameOfLog(log, name),
        first: (log.is === "capture" ? firstPacketTime(beginning!) : "first" in log ? log.first : undefined) ??
          Infinity,
      });
    }
  }
  const chosen = said ?? PREFERENCE.find((format) => found.some(({ format: { is } }) => is === format));
  const streams = new Map<string, Found[]>();
  for (const file of found) {
    if (file.format.is !== chosen) {
      ignored.push({ name: file.name, reason: reasonOfOthers(file.format.is, chosen), isUsual: false });
      continue;
    }
    const stream = streams.get(file.log);
    if (stream === undefined) streams.set(file.log, [file]);
    else stream.push(file);
  }
  const captures = chosen === "capture" ? streams.get("capture") ?? [] : undefined;
  if (captures !== undefined) {
    return {
      streams: inOrder(captures).map(({ name, first }) => ({
        format: "capture",
        log: "capture",
        files: [name],
        from: Number.isFinite(first) ? first : -Infinity,
      })),
      ignored,
    };
  }
  return {
    streams: [...streams].sort(([a], [b]) => compareText(a, b)).map(([log, files]) => ({
      format: chosen!,
      log,
      files: inOrder(withoutTwins(files, ignored)).map(({ name }) => name),
    })),
    ignored,
  };
}

/**
 * What all parts of a log are called. Suricata may write its events into several files, by their types or by its threads,
 * which tell of the same time; the files of one name that differ in numbers are what was rotated.
 */
export function nameOfLog(format: Found["format"], name: string): string {
  if (format.is === "zeek") return format.log;
  if (format.is !== "suricata") return format.is;
  const stem = name.replace(/\.(json|log|gz|zst)(?=\.|$)/gi, "").replace(/[._-]?\d[\d._:T-]*/g, "");
  return stem === "eve" || stem === "" ? "suricata" : `suricata ${stem}`;
}

/** Why a file is not read; undefined when it is. */
function whyNot(format: Format): string | undefined {
  switch (format.is) {
    case "zeek":
      return format.kind === undefined
        ? `no records are made of ${format.log === "" ? "this" : format.log} log`
        : undefined;
    case "unknown":
      return format.reason;
    case "packed":
      return "it is packed more than once";
    default:
      return undefined;
  }
}

/** What is said of a file of another program: what is read instead, and how to have the other. */
function reasonOfOthers(is: LogStream["format"], chosen: LogStream["format"] | undefined): string {
  const read = chosen === "capture" ? "captures" : `logs of ${chosen}`;
  return `the folder is read as ${read}; name ${is === "capture" ? "the capture" : "it"} by itself, or with --${
    is === "capture" ? "pcap" : is
  }, to read it instead`;
}

/** A log and its labelled copy begin with the same line: the labelled one is read. */
function withoutTwins(files: readonly Found[], ignored: LeftOut[]): Found[] {
  return files.filter((file) => {
    if (file.format.is !== "zeek" || file.format.labelled || file.first === Infinity) return true;
    const twin = files.find(({ format, first }) => format.is === "zeek" && format.labelled && first === file.first);
    if (twin !== undefined) {
      ignored.push({ name: file.name, reason: `${twin.name} is the same with labels`, isUsual: true });
    }
    return twin === undefined;
  });
}

/** By the time of the first line; names decide for nfdump, whose files are named by their time, and among equals. */
function inOrder(files: readonly Found[]): Found[] {
  return [...files].sort((a, b) => a.first === b.first ? compareText(a.name, b.name) : a.first - b.first);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
