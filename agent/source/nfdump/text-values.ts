// Values as nfdump writes them in its texts (nfdump(1), "Output formats"): times, protocols, flags, ports, amounts.

import { addressOf, decimalOf, MAXIMUM_PORT, timeOfNumber, writtenTime } from "../numbers.ts";
import { protocolNumberOf } from "../protocol-numbers.ts";
import type { NfFlow } from "./flow.ts";

/** Texts of a flow by what they hold; what is not told is undefined. */
export type FlowTexts = Partial<Record<FlowField, string>>;

export type FlowField =
  | "first"
  | "last"
  | "duration"
  | "proto"
  | "src"
  | "dst"
  | "srcPort"
  | "dstPort"
  | "icmpType"
  | "icmpCode"
  | "flags"
  | "packets"
  | "bytes"
  | "outPackets"
  | "outBytes"
  | "srcMac"
  | "dstMac"
  | "vlan";

const ICMP = 1;
const ICMPV6 = 58;

/** The flow that the texts tell of, or what is wrong with them. */
export function flowOf(texts: FlowTexts): NfFlow | string {
  const src = hostOf(texts.src);
  const dst = hostOf(texts.dst);
  if (src === undefined || dst === undefined) {
    return isShortened(texts.src) || isShortened(texts.dst)
      ? "has shortened addresses; write them with nfdump -o csv, or -o long6"
      : "has no usable addresses";
  }
  const first = timeOf(texts.first);
  if (Number.isNaN(first)) return "has no usable start time";
  const protocol = protocolNumberOf(texts.proto ?? "") ?? 0;
  const isIcmp = protocol === ICMP || protocol === ICMPV6;
  const told = timeOf(texts.last);
  // Of times in whole seconds the duration tells more.
  const last = Math.max(first + secondsOf(texts.duration), Number.isNaN(told) ? first : told);
  return {
    first,
    last: Math.round(last * 1e3) / 1e3,
    protocol,
    src,
    dst,
    srcPort: isIcmp ? 0 : portOf(texts.srcPort),
    dstPort: isIcmp ? icmpOf(texts) : portOf(texts.dstPort),
    flags: flagsOf(texts.flags),
    packets: amountOf(texts.packets),
    bytes: amountOf(texts.bytes),
    outPackets: amountOf(texts.outPackets),
    outBytes: amountOf(texts.outBytes),
    srcMac: macOf(texts.srcMac),
    dstMac: macOf(texts.dstMac),
    vlan: amountOf(texts.vlan) || undefined,
  };
}

function hostOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : addressOf(text);
}

/** nfdump leaves out the middle of long IPv6 addresses: "fe80::d..8e:c3d1". */
function isShortened(text: string | undefined): boolean {
  return text !== undefined && text.includes("..") && text.includes(":");
}

/** "2024-05-06 12:00:00.520", "2024-05-06T12:00:00.520", or seconds or milliseconds; NaN when it is none. */
export function timeOf(text: string | undefined): number {
  if (text === undefined) return NaN;
  const number = decimalOf(text, 0, text.length);
  return Number.isNaN(number) ? writtenTime(text) : timeOfNumber(number);
}

/** "15.029", or "00:01:02.838", before which days may stand ("1d 00:00:01"); what is neither is no time at all. */
function secondsOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const plain = decimalOf(text, 0, text.length);
  if (plain >= 0) return plain;
  const match = /^(?:(\d{1,6})d ?)?(\d{1,6}):(\d{2}):(\d{2}(?:\.\d{1,9})?)$/.exec(text);
  if (match === null) return 0;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!;
}

function portOf(text: string | undefined): number {
  const port = text === undefined ? NaN : decimalOf(text, 0, text.length);
  return Number.isInteger(port) && port >= 0 && port <= MAXIMUM_PORT ? port : 0;
}

/** Type and code: of their own, as "8.0" in the place of the port, or as 256 times the type plus the code. */
function icmpOf({ icmpType, icmpCode, dstPort = "" }: FlowTexts): number {
  if (icmpType !== undefined) return byteOf(icmpType) * 256 + byteOf(icmpCode ?? "0");
  const point = dstPort.indexOf(".");
  if (point >= 0) return byteOf(dstPort.slice(0, point)) * 256 + byteOf(dstPort.slice(point + 1));
  return portOf(dstPort);
}

function byteOf(text: string): number {
  return portOf(text) & 0xff;
}

/** TCP's flags from the lowest, as nfdump writes them from the highest: "CEUAPRSF", "." for one that is not set. */
const FLAG_LETTERS = "FSRPAUEC";

function flagsOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(text)) return Number(text) & 0xff;
  let flags = 0;
  for (const letter of text.toUpperCase()) {
    const bit = FLAG_LETTERS.indexOf(letter);
    if (bit >= 0) flags |= 1 << bit;
  }
  return flags;
}

/** What amounts are shortened to, in decimal steps: "6.3 M". */
const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

function amountOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const unit = UNITS[text.at(-1) ?? ""];
  const digits = unit === undefined ? text : text.slice(0, -1).trimEnd();
  const amount = decimalOf(digits, 0, digits.length);
  return amount >= 0 && amount < Infinity ? Math.round(amount * (unit ?? 1)) : 0;
}

function macOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) && !/^[0:]+$/.test(text)
    ? text.toLowerCase()
    : undefined;
}

/** An address with its port: "192.0.2.1:53", "2001:db8::1.53"; for ICMP, type and code: "192.0.2.1:8.0", "ff02::1.135.0". */
export function endOf(text: string): { host: string; port: string | undefined } {
  const colon = text.indexOf(":");
  if (colon < 0 || addressOf(text) !== undefined) return { host: text, port: undefined };
  if (text.indexOf(":", colon + 1) < 0) return { host: text.slice(0, colon), port: text.slice(colon + 1) };
  for (let at = text.lastIndexOf("."), tries = 0; at > 0 && tries < 2; at = text.lastIndexOf(".", at - 1), tries++) {
    const host = text.slice(0, at);
    if (addressOf(host) !== undefined) return { host, port: text.slice(at + 1) };
  }
  return { host: text, port: undefined };
}
