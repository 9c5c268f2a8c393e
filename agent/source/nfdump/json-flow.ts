// Flows that nfdump writes as JSON (`-o json`, a list of objects over many lines; `-o ndjson`, one object a line).

import type { JsonObject } from "../json-lines.ts";
import type { FlowField, FlowTexts } from "./text-values.ts";

const FIELDS: Readonly<Record<string, FlowField>> = {
  first: "first",
  last: "last",
  t_first: "first",
  t_last: "last",
  proto: "proto",
  src4_addr: "src",
  dst4_addr: "dst",
  src6_addr: "src",
  dst6_addr: "dst",
  src_addr: "src",
  dst_addr: "dst",
  src_port: "srcPort",
  dst_port: "dstPort",
  icmp_type: "icmpType",
  icmp_code: "icmpCode",
  tcp_flags: "flags",
  in_packets: "packets",
  in_bytes: "bytes",
  out_packets: "outPackets",
  out_bytes: "outBytes",
  in_src_mac: "srcMac",
  in_dst_mac: "dstMac",
  src_vlan: "vlan",
};

/** Whether an object is a flow of nfdump, or a firewall's event. */
export function isJsonFlow(object: JsonObject): boolean {
  return ("first" in object || "t_first" in object) &&
      ("in_packets" in object || "src4_addr" in object || "src6_addr" in object) || object["type"] === "EVENT";
}

/** The texts of a flow by what they hold. */
export function jsonTexts(object: JsonObject): FlowTexts {
  const texts: FlowTexts = {};
  for (const [name, value] of Object.entries(object)) {
    if (!Object.hasOwn(FIELDS, name) || (typeof value !== "string" && typeof value !== "number")) continue;
    texts[FIELDS[name]!] = String(value);
  }
  return texts;
}
