// The records in the data blocks of layout 2 (nfdump 1.7): a flow is a list of elements, each with its type and length
// (described in nfdump's nfxV3.h).

import type { NfFlow, NfNumbers } from "./flow.ts";

/** Type of a record that is a flow. */
const FLOW = 11;
/** Bytes before the first element, and of an element's own header. */
const RECORD_HEADER = 12;
const ELEMENT_HEADER = 4;
/** Flag of a record that is a firewall's event. */
const EVENT = 1;

/** Elements, and the bytes that each needs. */
const GENERIC_FLOW = 1;
const IPV4_FLOW = 2;
const IPV6_FLOW = 3;
const COUNTERS = 5;
const VLAN = 6;
const MAC = 15;
const NEEDED_BYTES: Readonly<Record<number, number>> = {
  [GENERIC_FLOW]: 46,
  [IPV4_FLOW]: 8,
  [IPV6_FLOW]: 32,
  [COUNTERS]: 24,
  [VLAN]: 4,
  [MAC]: 24,
};

/**
 * Reads the record `at..at + size` of a block. Gives the flow, or "event" for a firewall's event, undefined for a record
 * that is no flow, or "damaged".
 */
export function recordOfLayout2(
  numbers: NfNumbers,
  at: number,
  size: number,
): NfFlow | "event" | "damaged" | undefined {
  if (numbers.u16(at) !== FLOW) return undefined;
  if (size < RECORD_HEADER) return "damaged";
  if ((numbers.u8(at + 10) & EVENT) !== 0) return "event";
  const flow: NfFlow = {
    first: NaN,
    last: NaN,
    protocol: 0,
    src: "",
    dst: "",
    srcPort: 0,
    dstPort: 0,
    flags: 0,
    packets: 0,
    bytes: 0,
    outPackets: 0,
    outBytes: 0,
    srcMac: undefined,
    dstMac: undefined,
    vlan: undefined,
  };
  const end = at + size;
  for (let next = at + RECORD_HEADER; next + ELEMENT_HEADER <= end;) {
    const length = numbers.u16(next + 2);
    if (length < ELEMENT_HEADER || next + length > end) return "damaged";
    const element = numbers.u16(next);
    const needed = NEEDED_BYTES[element];
    if (needed !== undefined) {
      if (length < ELEMENT_HEADER + needed) return "damaged";
      extend(flow, element, numbers, next + ELEMENT_HEADER);
    }
    next += length;
  }
  return flow.src === "" || Number.isNaN(flow.first) ? "damaged" : flow;
}

function extend(flow: NfFlow, element: number, numbers: NfNumbers, at: number): void {
  switch (element) {
    case GENERIC_FLOW:
      flow.first = numbers.u64(at) / 1000;
      flow.last = numbers.u64(at + 8) / 1000;
      flow.packets = numbers.u64(at + 24);
      flow.bytes = numbers.u64(at + 32);
      flow.srcPort = numbers.u16(at + 40);
      flow.dstPort = numbers.u16(at + 42);
      flow.protocol = numbers.u8(at + 44);
      flow.flags = numbers.u8(at + 45);
      break;
    case IPV4_FLOW:
      flow.src = numbers.ipv4(at);
      flow.dst = numbers.ipv4(at + 4);
      break;
    case IPV6_FLOW:
      flow.src = numbers.ipv6(at);
      flow.dst = numbers.ipv6(at + 16);
      break;
    case COUNTERS:
      flow.outPackets = numbers.u64(at + 8);
      flow.outBytes = numbers.u64(at + 16);
      break;
    case VLAN:
      flow.vlan = numbers.u32(at) || undefined;
      break;
    case MAC:
      flow.srcMac = numbers.mac(at);
      flow.dstMac = numbers.mac(at + 16);
      break;
  }
}
