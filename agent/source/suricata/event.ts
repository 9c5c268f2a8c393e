// One event of Suricata's eve.json and what all events share: who, when, which flow
// (https://docs.suricata.io/en/latest/output/eve/eve-json-format.html).

import { addressOf, decimalOf, MAXIMUM_PORT, writtenTime } from "../numbers.ts";
import type { JsonObject } from "../json-lines.ts";
import { withoutControls } from "../text.ts";

/** What an event says of itself, whatever its type. */
export interface Event {
  /** The whole event. */
  readonly object: JsonObject;
  /** The part named like the event's type, `{}` when it is missing. */
  readonly part: JsonObject;
  /** `timestamp`, Unix seconds: when Suricata saw it; for a flow, when it wrote it. */
  readonly seen: number;
  /** `flow_id`, which all events of a flow share, as a record's uid. */
  readonly uid: string;
  readonly proto: string;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  /** Texts of the line may hold control characters. */
  readonly escaped: boolean;
}

export const NOTHING: JsonObject = {};

/** The object in a field, `{}` when there is none. */
export function partOf(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonObject : NOTHING;
}

/** Reads what all events share; says what is wrong, one of a fixed set of texts, when it cannot be read. */
export function eventOf(object: JsonObject, type: string, escaped: boolean): Event | string {
  const { timestamp } = object;
  const part = partOf(object, type);
  // ARP has its addresses in its own part.
  const { src_ip: src = part["src_ip"], dest_ip: dest = part["dest_ip"] } = object;
  const seen = typeof timestamp === "string" ? writtenTime(timestamp) : NaN;
  if (Number.isNaN(seen)) return "has no usable timestamp";
  const srcIp = typeof src === "string" ? addressOf(src) : undefined;
  const destIp = typeof dest === "string" ? addressOf(dest) : undefined;
  if (srcIp === undefined || destIp === undefined) return "has no usable addresses (src_ip, dest_ip)";
  const proto = protoOf(object["proto"]);
  const isIcmp = proto === "icmp";
  return {
    object,
    part,
    seen,
    uid: uidOf(object["flow_id"]),
    proto,
    srcIp,
    // ICMP has no ports: as in Zeek's logs, type and code stand in their places.
    srcPort: portOf(object[isIcmp ? "icmp_type" : "src_port"]),
    destIp,
    destPort: portOf(object[isIcmp ? "icmp_code" : "dest_port"]),
    escaped,
  };
}

/** Protocol names that differ from Zeek's. */
const PROTOS: Readonly<Record<string, string>> = { TCP: "tcp", UDP: "udp", ICMP: "icmp", "IPv6-ICMP": "icmp" };

function protoOf(value: unknown): string {
  if (typeof value !== "string") return "unknown_transport";
  return PROTOS[value] ?? withoutControls(value.toLowerCase());
}

function uidOf(value: unknown): string {
  return typeof value === "number" ? String(value) : typeof value === "string" ? withoutControls(value) : "-";
}

function portOf(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAXIMUM_PORT ? value : 0;
}

/** A text, undefined when there is none. */
export function textOf(event: Event, value: unknown): string | undefined {
  if (typeof value === "string") return event.escaped ? withoutControls(value) : value;
  return typeof value === "number" ? String(value) : undefined;
}

/** A list of texts; a single text is a list of one. */
export function textsOf(event: Event, value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => textOf(event, one) ?? []);
}

/** A number that counts something, undefined when there is none. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === "string" ? decimalOf(value, 0, value.length) : value;
  return typeof number === "number" && number >= 0 && number < Infinity ? number : undefined;
}

/** A written time in Unix seconds, undefined when there is none. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === "string" ? writtenTime(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The first fields of a record of the event's flow, the source of the event as originator. */
export function connectionOf({ seen, uid, srcIp, srcPort, destIp, destPort }: Event) {
  return { ts: seen, uid, orig_h: srcIp, orig_p: srcPort, resp_h: destIp, resp_p: destPort };
}

/** The same with the event's destination as originator. */
export function reversedConnectionOf({ seen, uid, srcIp, srcPort, destIp, destPort }: Event) {
  return { ts: seen, uid, orig_h: destIp, orig_p: destPort, resp_h: srcIp, resp_p: srcPort };
}
