// ARP over Ethernet and IPv4 (RFC 826).

import { type Address, BROADCAST_MAC, ipBytes, macBytes } from "../address.ts";
import type { Layer } from "../packet.ts";
import { ETHERTYPE } from "./ethernet.ts";

/** An ARP message. Asking leaves the target's MAC at zero. */
export function arp(header: {
  operation: "request" | "reply" | number;
  senderMac: Address;
  senderIp: Address;
  targetMac?: Address;
  targetIp: Address;
}): Layer {
  const code = header.operation === "request" ? 1 : header.operation === "reply" ? 2 : header.operation;
  const senderMac = macBytes(header.senderMac), senderIp = ipBytes(header.senderIp);
  const targetMac = macBytes(header.targetMac ?? "00:00:00:00:00:00"), targetIp = ipBytes(header.targetIp);
  return {
    size: 28,
    etherType: ETHERTYPE.ARP,
    write({ bytes, view, start }) {
      view.setUint16(start, 1);
      view.setUint16(start + 2, ETHERTYPE.IPV4);
      bytes[start + 4] = 6;
      bytes[start + 5] = 4;
      view.setUint16(start + 6, code);
      bytes.set(senderMac, start + 8);
      bytes.set(senderIp, start + 14);
      bytes.set(targetMac, start + 18);
      bytes.set(targetIp, start + 24);
    },
  };
}

/** A gratuitous reply: `mac` tells everybody that it is `ip`. Send it to the broadcast address. */
export function gratuitousArp(mac: Address, ip: Address): Layer {
  return arp({ operation: "reply", senderMac: mac, senderIp: ip, targetMac: BROADCAST_MAC, targetIp: ip });
}
