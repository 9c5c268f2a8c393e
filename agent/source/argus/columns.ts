// The columns of Argus text, by the words of its header line. Argus' ra(1) writes any columns in any order, with short or long
// names, parted by whatever it is told.

/** What a column holds. */
export type Column =
  | "start"
  | "last"
  | "duration"
  | "proto"
  | "source"
  | "sourcePort"
  | "direction"
  | "destination"
  | "destinationPort"
  | "state"
  | "packets"
  | "bytes"
  | "sourcePackets"
  | "destinationPackets"
  | "sourceBytes"
  | "destinationBytes"
  | "sourceMac"
  | "destinationMac"
  | "label"
  | "flags";

/** Words of headers, in lower case and without "_", " " or ".": those of ra(1) and of the data sets made with it. */
const WORDS: Readonly<Record<string, Column>> = {
  starttime: "start",
  stime: "start",
  time: "start",
  lasttime: "last",
  ltime: "last",
  dur: "duration",
  duration: "duration",
  proto: "proto",
  protocol: "proto",
  srcaddr: "source",
  saddr: "source",
  sport: "sourcePort",
  srcport: "sourcePort",
  dir: "direction",
  dstaddr: "destination",
  daddr: "destination",
  dport: "destinationPort",
  dstport: "destinationPort",
  state: "state",
  totpkts: "packets",
  pkts: "packets",
  totbytes: "bytes",
  bytes: "bytes",
  srcpkts: "sourcePackets",
  spkts: "sourcePackets",
  dstpkts: "destinationPackets",
  dpkts: "destinationPackets",
  srcbytes: "sourceBytes",
  sbytes: "sourceBytes",
  dstbytes: "destinationBytes",
  dbytes: "destinationBytes",
  srcmac: "sourceMac",
  smac: "sourceMac",
  dstmac: "destinationMac",
  dmac: "destinationMac",
  label: "label",
  flgs: "flags",
};

/** Columns without which there is no connection. */
const NEEDED: readonly Column[] = ["start", "proto", "source", "destination"];

/** Columns of a line that are looked at. */
const MAXIMUM_COLUMNS = 200;

export interface ArgusHeader {
  /** " " for columns that are filled up with blanks, as ra(1) writes for people. */
  readonly separator: Separator;
  /** What each column holds; undefined for what no record has. */
  readonly columns: readonly (Column | undefined)[];
}

/** What ra(1) is told to put between columns (`-c`). */
const SEPARATORS = [",", "\t", ";", "|", " "] as const;
export type Separator = typeof SEPARATORS[number];

/** What parts the columns of a line. */
export function separatorOf(line: string): Separator {
  return SEPARATORS.find((separator) => line.includes(separator)) ?? " ";
}

/** The header in a line; undefined when the line is none. */
export function argusHeader(line: string): ArgusHeader | undefined {
  const separator = separatorOf(line);
  const words = separator === " " ? line.trim().split(/\s+/, MAXIMUM_COLUMNS) : line.split(separator, MAXIMUM_COLUMNS);
  const columns = words.map((word) => {
    const plain = word.replace(/[_ ."#]/g, "").toLowerCase();
    return Object.hasOwn(WORDS, plain) ? WORDS[plain] : undefined;
  });
  return NEEDED.every((column) => columns.includes(column)) ? { separator, columns } : undefined;
}
