// Community ID version 1 (https://github.com/corelight/community-id-spec): the same short text for the same flow in
// every tool. Seed 0.

import { createHash } from "node:crypto";
import { ADDRESS_A, ADDRESS_B, FLAGS, FLOW_BYTES, FLOW_WORDS, IPV6, PORTS, PROTOCOL } from "./layout.ts";
import type { FlowTable } from "./table.ts";

const ICMP = 1;
const ICMPV6 = 58;
const TCP = 6;
const UDP = 17;
const SCTP = 132;

/** Seed, two IPv6 addresses, protocol, padding and two ports, bytes. */
const message = new Uint8Array(2 + 32 + 2 + 4);

/** The id of a flow; of a flow without ports, only over addresses and protocol. */
export function communityId(table: FlowTable, flow: number): string {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  const protocol = table.octets[flow * FLOW_BYTES + PROTOCOL]!;
  const ports = words[at + PORTS]!;
  let length = 2;
  const bytesOfAddress = (words[at + FLAGS]! & IPV6) === 0 ? 4 : 16;
  // The key of a flow is in the order that the specification wants: the lower end first, one-way ICMP as it was sent.
  for (const address of [ADDRESS_A, ADDRESS_B]) {
    for (let i = 16 - bytesOfAddress; i < 16; i++) {
      message[length++] = words[at + address + (i >> 2)]! >>> (24 - (i & 3) * 8);
    }
  }
  message[length++] = protocol;
  message[length++] = 0;
  if (protocol === TCP || protocol === UDP || protocol === ICMP || protocol === ICMPV6 || protocol === SCTP) {
    for (let shift = 24; shift >= 0; shift -= 8) message[length++] = ports >>> shift;
  }
  return "1:" + createHash("sha1").update(message.subarray(0, length)).digest("base64");
}
