// One flow of Argus as a connection (ra(1), https://openargus.org).

import { addressOf, decimalOf, MAXIMUM_PORT, timeOfNumber, writtenTime } from "../numbers.ts";
import { protocolNumberOf, protoNameOf } from "../protocol-numbers.ts";
import { portOfService } from "../service-ports.ts";
import { contentId } from "../../record/uid.ts";
import type { LabelledConnection } from "../record-reader.ts";
import type { Column } from "./columns.ts";
import type { Days } from "./days.ts";

/** The texts of a line by what they hold; a column that the header does not have is undefined. */
export type Texts = Partial<Record<Column, string>>;

/** What is left alone: flows that are no IP, such as ARP. */
export interface NoConnection {
  readonly ignored: string;
}

/** The connection of a line, what kind of flow else it is, or what is wrong with it; `days` dates times without a date. */
export function connectionOf(texts: Texts, days: Days): LabelledConnection | NoConnection | string {
  const proto = protoOf(texts.proto ?? "");
  if (NOT_IP.has(proto)) return { ignored: proto };
  const source = addressOf(texts.source ?? "");
  const destination = addressOf(texts.destination ?? "");
  if (source === undefined || destination === undefined) {
    return MAC_ADDRESS.test(texts.source ?? "") ? { ignored: "flow without IP" } : "has no usable addresses";
  }
  const ts = timeOf(texts.start, days);
  if (Number.isNaN(ts)) return "has no usable start time";
  const isIcmp = proto === "icmp";
  const sourcePort = portOf(texts.sourcePort);
  const destinationPort = isIcmp ? 0 : portOf(texts.destinationPort);
  if (Number.isNaN(sourcePort + destinationPort)) return "names a port that is not known; ra -n writes numbers";
  if (hasPorts(proto) && texts.sourcePort === undefined && texts.destinationPort === undefined) {
    return { ignored: "fragment" };
  }
  const orig = { address: source, port: sourcePort, ...countsOf(texts, "source"), mac: texts.sourceMac };
  const resp = {
    address: destination,
    port: destinationPort,
    ...countsOf(texts, "destination"),
    mac: texts.destinationMac,
  };
  let state = texts.state ?? "";
  if (isIcmp) {
    // The lower byte is the type, the upper one the code; the other port is the echo's identifier.
    orig.port = sourcePort & 0xff;
    resp.port = sourcePort >> 8;
  }
  // For TCP the arrow says who began the connection, even when the first packet seen was an answer.
  const isReversed = proto === "tcp" &&
    (REVERSED.has(texts.direction ?? "") || isSeenLate(texts.direction, sourcePort, destinationPort));
  const [from, to] = isReversed ? [resp, orig] : [orig, resp];
  if (isReversed) state = reversedState(state);
  const connection: LabelledConnection = {
    kind: "conn",
    ts,
    uid: "",
    orig_h: from.address,
    orig_p: from.port,
    resp_h: to.address,
    resp_p: to.port,
    proto: proto === "" ? "unknown_transport" : proto,
    service: undefined,
    duration: durationOf(texts, ts, days),
    orig_bytes: from.bytes,
    resp_bytes: to.bytes,
    conn_state: state,
    orig_pkts: from.packets,
    orig_ip_bytes: from.bytes,
    resp_pkts: to.packets,
    resp_ip_bytes: to.bytes,
    orig_l2_addr: macOf(from.mac),
    resp_l2_addr: macOf(to.mac),
  };
  const { orig_h, orig_p, resp_h, resp_p } = connection;
  connection.uid = contentId("C", ts, orig_h, orig_p, resp_h, resp_p, connection.proto, connection.duration ?? -1);
  if (texts.label !== undefined && texts.label !== "") connection.label = texts.label;
  return connection;
}

/** Flows that Argus tells of and that are no IP packets. */
const NOT_IP: ReadonlySet<string> = new Set(["arp", "rarp", "llc", "man", "lldp", "loop", "isis", "ipx/spx", "ether"]);
/** EtherTypes, which stand for protocols where numbers are asked for (IANA, "IEEE 802 Numbers"). */
const ETHER_TYPES: Readonly<Record<string, string>> = { 2054: "arp", 32821: "rarp", 35020: "lldp" };
/** What Argus looks into and names by what it finds there: streams of media, and a protocol for files. */
const OVER_UDP: ReadonlySet<string> = new Set(["rtp", "rtcp", "udt"]);

/** Zeek's name of a protocol that Argus names by its own word or by its number. */
function protoOf(text: string): string {
  const name = text.toLowerCase();
  if (OVER_UDP.has(name)) return "udp";
  // Zeek has no other names, but detectors know some of Argus' that have no ports.
  if (/^\d+$/.test(name)) return ETHER_TYPES[name] ?? protoNameOf(Number(name));
  const number = protocolNumberOf(name);
  return number === 58 ? "icmp" : name === "ipv6-*" ? "icmp" : name;
}

/** Whether every packet of a protocol has ports, but fragments after the first. */
function hasPorts(proto: string): boolean {
  return proto === "tcp" || proto === "udp";
}

const MAC_ADDRESS = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i;

/** Arrows that point at the source: the destination began. */
const REVERSED: ReadonlySet<string> = new Set(["<-", "<|"]);

/** Ports below this are those of servers (RFC 6335 section 6, "system ports"). */
const FIRST_USER_PORT = 1024;

/** Whether Argus does not know who began ("<?>") and the source's port is a server's. */
function isSeenLate(direction: string | undefined, sourcePort: number, destinationPort: number): boolean {
  return direction?.includes("?") === true && sourcePort > 0 && sourcePort < FIRST_USER_PORT &&
    destinationPort >= FIRST_USER_PORT;
}

/** "FSPA_SA" is "SA_FSPA" from the other side. */
function reversedState(state: string): string {
  const underscore = state.indexOf("_");
  return underscore < 0 ? state : `${state.slice(underscore + 1)}_${state.slice(0, underscore)}`;
}

function timeOf(text: string | undefined, days: Days): number {
  if (text === undefined) return NaN;
  const seconds = decimalOf(text, 0, text.length);
  if (!Number.isNaN(seconds)) return timeOfNumber(seconds);
  const time = writtenTime(text);
  return Number.isNaN(time) ? days.timeOf(text) : time;
}

function durationOf(texts: Texts, start: number, days: Days): number | undefined {
  const written = numberOf(texts.duration);
  if (written !== undefined) return written;
  const last = timeOf(texts.last, days);
  return Number.isNaN(last) ? undefined : Math.round(Math.max(0, last - start) * 1e6) / 1e6;
}

function numberOf(text: string | undefined): number | undefined {
  const number = text === undefined ? NaN : decimalOf(text, 0, text.length);
  return number >= 0 && number < Infinity ? number : undefined;
}

/** Port numbers are decimal, "0x0050", or a service's name; nothing is none. NaN when it is anything else. */
function portOf(text: string | undefined): number {
  if (text === undefined || text === "-" || text === "*") return 0;
  const port = /^0x[0-9a-f]{1,4}$/i.test(text) ? parseInt(text, 16) : decimalOf(text, 0, text.length);
  if (Number.isNaN(port)) return portOfService(text) ?? NaN;
  return Number.isInteger(port) && port >= 0 && port <= MAXIMUM_PORT ? port : 0;
}

/**
 * Packets and bytes of one side. Where only the total and the other side are told, it is what is left of the total; where
 * only the total is told, the source counts as 0 packets and the total stands with the destination, so that the sum is right.
 */
function countsOf(texts: Texts, side: "source" | "destination"): { packets: number; bytes: number | undefined } {
  const isSource = side === "source";
  const packets = oneSide(
    numberOf(texts.packets),
    numberOf(texts.sourcePackets),
    numberOf(texts.destinationPackets),
    isSource,
  );
  const bytes = oneSide(numberOf(texts.bytes), numberOf(texts.sourceBytes), numberOf(texts.destinationBytes), isSource);
  return { packets: packets ?? 0, bytes };
}

function oneSide(
  total: number | undefined,
  source: number | undefined,
  destination: number | undefined,
  isSource: boolean,
): number | undefined {
  const [own, other] = isSource ? [source, destination] : [destination, source];
  if (own !== undefined) return own;
  if (total === undefined) return undefined;
  if (other !== undefined) return Math.max(0, total - other);
  return isSource ? undefined : total;
}

function macOf(text: string | undefined): string | undefined {
  return text !== undefined && MAC_ADDRESS.test(text) ? text.toLowerCase() : undefined;
}
