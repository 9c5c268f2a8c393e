// Which machine's voice an identity is: identities are free, machines are not.

import type { Sighting } from "./contract.ts";

/**
 * The machine: its MAC address; where that is not known, its IPv4 address, or for IPv6, where one host has as many
 * addresses as it likes (RFC 8981), its whole subnet.
 */
export function machineOf(sighting: Sighting): string {
  if (sighting.hardware !== undefined && sighting.hardware !== "") return sighting.hardware.toLowerCase();
  return sighting.address.includes(":") ? sighting.subnet : sighting.address;
}
