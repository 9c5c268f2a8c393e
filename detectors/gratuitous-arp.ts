// ARP replies that nobody asked for, meant for everybody: what hosts send when their address or network card changes,
// and what an attacker sends to take over the address of another.

import type { RecordOf } from "../agent/record/schema.ts";

export const EVERYBODY = "ff:ff:ff:ff:ff:ff";
export const NOBODY = "00:00:00:00:00:00";

/** A reply that names no host as the one who asked (RFC 5227 section 3 and RFC 5944 section 4.6 have both spellings). */
export function isGratuitousReply({ operation, resp_hw }: RecordOf<"arp">): boolean {
  return operation === "reply" && (resp_hw === EVERYBODY || resp_hw === NOBODY);
}
