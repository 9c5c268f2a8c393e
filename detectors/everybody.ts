// Packets for everybody or for a group: they reach whoever listens, so the address says nothing about a host there.

import { isMulticast, isSpecialIPv4 } from "../agent/record/address.ts";
import type { RecordOf } from "../agent/record/schema.ts";

/** How the broadcast addresses of most networks end (those of 24 bits, RFC 919 section 7). */
const LAST_OF_NETWORK = ".255";

/**
 * Whether a connection goes to a group, to everybody, or to what looks like a network's broadcast address: UDP to the last
 * address, which nobody answers.
 */
export function isForEverybody({ proto, resp_h, resp_pkts }: RecordOf<"conn">): boolean {
  return isSpecialIPv4(resp_h) || isMulticast(resp_h) ||
    proto === "udp" && resp_h.endsWith(LAST_OF_NETWORK) && (resp_pkts ?? 0) === 0;
}
