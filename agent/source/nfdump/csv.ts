// Lines of comma-separated flows of nfdump: the wide ones of 1.6 up to 1.7.2 ("ts,te,td,sa,da,…"), and the ones of newer
// versions, which have any columns under longer names ("firstSeen,duration,proto,srcAddr,…"; nfdump(1), "csv").

import type { FlowField, FlowTexts } from "./text-values.ts";

const WORDS: Readonly<Record<string, FlowField>> = {
  ts: "first",
  te: "last",
  td: "duration",
  pr: "proto",
  sa: "src",
  da: "dst",
  sp: "srcPort",
  dp: "dstPort",
  flg: "flags",
  ipkt: "packets",
  ibyt: "bytes",
  opkt: "outPackets",
  obyt: "outBytes",
  ismc: "srcMac",
  idmc: "dstMac",
  svln: "vlan",
  firstseen: "first",
  lastseen: "last",
  duration: "duration",
  proto: "proto",
  srcaddr: "src",
  dstaddr: "dst",
  srcport: "srcPort",
  dstport: "dstPort",
  icmptype: "icmpType",
  icmpcode: "icmpCode",
  flags: "flags",
  packets: "packets",
  bytes: "bytes",
  inpackets: "packets",
  inbytes: "bytes",
  outpackets: "outPackets",
  outbytes: "outBytes",
  insrcmac: "srcMac",
  indstmac: "dstMac",
  srcvlan: "vlan",
};

/** Columns without which there is no flow. */
const NEEDED: readonly FlowField[] = ["first", "proto", "src", "dst"];
/** Columns of a line that are looked at. */
const MAXIMUM_COLUMNS = 200;

/** What each column holds; undefined for what no flow has. */
export type CsvColumns = readonly (FlowField | undefined)[];

/** The columns that a line names; undefined when it is no header. */
export function csvHeader(line: string): CsvColumns | undefined {
  if (!line.includes(",")) return undefined;
  const columns = line.split(",", MAXIMUM_COLUMNS).map((word) => {
    const plain = word.trim().toLowerCase();
    return Object.hasOwn(WORDS, plain) ? WORDS[plain] : undefined;
  });
  return NEEDED.every((column) => columns.includes(column)) ? columns : undefined;
}

/** Columns of a line without a header (`-q`): those of 1.6 up to 1.7.2, which are always the same. */
const WIDE_HEADER = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb," +
  "svln,dvln,ismc,odmc,idmc,osmc";
export const WIDE_COLUMNS: CsvColumns = csvHeader(WIDE_HEADER)!;

/** Whether a line without a header before it has the columns of the wide form. */
export function isWideLine(line: string): boolean {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?, *\d+(\.\d*)?, *[0-9a-f.:]+,/i
    .test(line);
}

/** The texts of a line by what they hold. */
export function csvTexts(line: string, columns: CsvColumns): FlowTexts {
  const texts: FlowTexts = {};
  const parts = line.split(",", MAXIMUM_COLUMNS);
  for (const [at, column] of columns.entries()) {
    const text = parts[at]?.trim();
    if (column !== undefined && text !== undefined && text !== "") texts[column] = text;
  }
  return texts;
}
