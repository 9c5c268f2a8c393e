// A network card that turns up under another private address: somebody gets around a rule, or wants to be taken for
// another host. Seen only where the hardware addresses of connections are known (captures, newer Zeek logs).

import { isLinkLocal, isPrivate, isSpecialIPv4, rfc1918Block } from "../agent/record/address.ts";
import { parseIPv4 } from "../agent/record/address-text.ts";
import { defineDetector } from "./contract.ts";

export const deviceChangingIp = defineDetector({
  name: "device-changing-ip",
  summary: "A network card uses another private address than the one it was known by",
  raises: {
    device_changing_ip: {
      meaning:
        "A network card that was known under one private address now uses another one. Somebody who wants to get " +
        "around a rule or a block, or to be taken for another host, changes his address.",
      threats: ["medium"],
      techniques: ["T1036", "T1557.002"],
      falsePositives:
        "A new lease from the DHCP server, a host moved to another network, virtual machines and containers that " +
        "share a card.",
      whatToDo:
        "Compare with the leases of the DHCP server. If the new address was not given out by it, find the host at " +
        "its switch port and ask its user; look at who had the address before.",
    },
  },
  settings: {
    addresses_of_router: {
      value: 4,
      unit: "addresses",
      meaning: "a hardware address with so many private addresses belongs to a router or a host of virtual machines, " +
        "whose addresses are not compared",
      minimum: 3,
      maximum: 16,
    },
  },
  memory: () => ({ judged: false }),
  on: {
    conn({ orig_h, orig_l2_addr }, context) {
      if (orig_l2_addr === undefined) return;
      const { memory, network, settings } = context;
      if (memory.judged || !isOwnAddress(orig_h)) return;
      memory.judged = true;
      if (orig_l2_addr === network.gateway.mac) return;
      // The connection itself has been learnt from already: a card seen for the first time has this address only.
      const addresses = network.addressesBehind(orig_l2_addr).filter(isOwnAddress);
      // An address in another network is a second one beside the first (containers, VPNs), or another detector's finding.
      const block = rfc1918Block(orig_h);
      const before = addresses.find((ip) => rfc1918Block(ip) === block);
      if (before === undefined || before === orig_h || addresses.length >= settings.addresses_of_router) return;
      context.raise({
        type: "device_changing_ip",
        threat: "medium",
        confidence: 0.8,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        description: `device changing IP: the network card ${orig_l2_addr}, known as ${before} before, now uses ` +
          `${orig_h}; somebody may get around a rule or pose as another host`,
      });
    },
  },
});

/** An address that a card has for itself: private IPv4, no self-made one (169.254.0.0/16), not "none yet". */
function isOwnAddress(ip: string): boolean {
  return parseIPv4(ip) >= 0 && isPrivate(ip) && !isLinkLocal(ip) && !isSpecialIPv4(ip);
}
