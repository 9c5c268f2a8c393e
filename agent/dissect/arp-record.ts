// ARP packets as records, with the fields that Zeek's ARP events have. Every packet makes one.

import { formatIPv4 } from "../record/address-text.ts";
import type { RecordOf } from "../record/schema.ts";
import { contentId } from "../record/uid.ts";
import type { ArpPacket } from "./decoder.ts";
import { macText } from "./flow/addresses.ts";

/** Operations (https://www.iana.org/assignments/arp-parameters) by their names; others by number. */
const OPERATIONS: Readonly<Record<number, string>> = {
  1: "request",
  2: "reply",
  3: "request-reverse",
  4: "reply-reverse",
};

/** The record of one packet; `ordinal` tells two equal packets at one time apart. */
export function arpRecord(arp: ArpPacket, ordinal: number): RecordOf<"arp"> {
  const operation = OPERATIONS[arp.operation] ?? String(arp.operation);
  const orig_h = formatIPv4(arp.senderAddress);
  const resp_h = formatIPv4(arp.targetAddress);
  const orig_hw = macText(arp.senderMacHigh, arp.senderMacLow);
  const resp_hw = macText(arp.targetMacHigh, arp.targetMacLow);
  return {
    kind: "arp",
    ts: arp.ts,
    operation,
    // Links without Ethernet addresses: what the ARP header says.
    src_mac: arp.sourceMacHigh < 0 ? orig_hw : macText(arp.sourceMacHigh, arp.sourceMacLow),
    dst_mac: arp.destinationMacHigh < 0 ? resp_hw : macText(arp.destinationMacHigh, arp.destinationMacLow),
    orig_h,
    resp_h,
    orig_hw,
    resp_hw,
    uid: contentId("C", "arp", arp.ts, ordinal, operation, orig_h, resp_h, orig_hw, resp_hw),
  };
}
