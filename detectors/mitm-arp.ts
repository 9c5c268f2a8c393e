// A network card that was known under one address tells everybody, unasked, that it is now another host: so somebody in
// the network gets between two hosts to read and change what they say. A host that changes its address looks the same,
// hence the low confidence.

import type { NetworkPicture } from "../agent/profile/network.ts";
import { defineDetector } from "./contract.ts";
import { isGratuitousReply } from "./gratuitous-arp.ts";

export const mitmArp = defineDetector({
  name: "mitm-arp",
  summary: "A host claims, unasked, an address other than the one it is known by, as a man in the middle does",
  raises: {
    mitm_arp_attack: {
      meaning:
        "A network card that was known under one address claimed, unasked, another one. If that is an attack, the " +
        "traffic of the other host now runs through it, to be read and changed. We are not sure: a host that gets " +
        "a new address looks the same.",
      threats: ["critical"],
      techniques: ["T1557.002"],
      falsePositives:
        "A host whose address has changed, addresses shared by a cluster, a router with several addresses on one " +
        "card.",
      whatToDo:
        "Check at once whether the claimed address is the gateway's or a server's. Find the switch port of the " +
        "card, unplug it, clear the ARP tables, and switch on ARP inspection where the switches have it.",
    },
  },
  settings: {},
  on: {
    arp(record, context) {
      if (!isGratuitousReply(record)) return;
      const { orig_h, src_mac } = record;
      // The record itself has been learnt from already: a card seen for the first time has the claimed address only.
      const original = context.network.addressesBehind(src_mac)[0];
      if (original === undefined || original === orig_h) return;
      context.raise({
        type: "mitm_arp_attack",
        threat: "critical",
        confidence: 0.2,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: original },
        description: `${who(orig_h, context.network)} claims by ARP, unasked, to be at ${src_mac}` +
          `${src_mac === context.network.gateway.mac ? ", the gateway's hardware address" : ""}, which belonged to ` +
          `${who(original, context.network)} before: a man in the middle, unless the host has changed its address`,
        fold: `${src_mac} ${original}`,
      });
    },
  },
});

function who(ip: string, network: NetworkPicture): string {
  return ip === network.gateway.ip ? `${ip} (the gateway)` : ip;
}
