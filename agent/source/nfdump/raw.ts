// Flows that nfdump writes one value a line (`-o raw`): "src addr     =      192.0.2.1", after a line "Flow Record:".

import type { FlowField, FlowTexts } from "./text-values.ts";

const NAMES: Readonly<Record<string, FlowField>> = {
  first: "first",
  last: "last",
  proto: "proto",
  "tcp flags": "flags",
  "src addr": "src",
  "dst addr": "dst",
  "src port": "srcPort",
  "dst port": "dstPort",
  icmp: "dstPort",
  "in packets": "packets",
  "in bytes": "bytes",
  "out packets": "outPackets",
  "out bytes": "outBytes",
  "in src mac": "srcMac",
  "in dst mac": "dstMac",
  "src vlan": "vlan",
};

/** Whether a line begins a flow, or an event of a firewall. */
export function isRawBeginning(line: string): boolean {
  return /^(Flow|Event) Record:\s*$/.test(line.trim());
}

/** Adds what a line of a flow tells to its texts. */
export function addRawLine(line: string, texts: FlowTexts): void {
  const equals = line.indexOf("=");
  if (equals < 0) return;
  const name = line.slice(0, equals).trim().toLowerCase();
  // Behind the value stands what it means: "6 TCP", "0x1b ...AP.SF", "1774219646271 [2026-03-22 22:47:26.271]".
  const value = line.slice(equals + 1).trim().split(" ", 1)[0]!;
  if (Object.hasOwn(NAMES, name) && value !== "") texts[NAMES[name]!] = value;
}
