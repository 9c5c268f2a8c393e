// ARP replies broadcast to everybody although nobody asked: every host that hears one may write it into its table, which
// is how ARP tables are poisoned. Announcing an address is harmless in the form of a request (RFC 5227 section 2.3).

import { defineDetector } from "./contract.ts";
import { EVERYBODY, NOBODY } from "./gratuitous-arp.ts";

export const unsolicitedArp = defineDetector({
  name: "unsolicited-arp",
  summary: "A host broadcasts ARP replies that nobody asked for, as ARP poisoning does",
  raises: {
    unsolicited_arp: {
      meaning:
        "A host told everybody its hardware address although nobody asked. Those who believe it write it down, " +
        "which is how an attacker puts himself in between two hosts.",
      threats: ["low"],
      techniques: ["T1557.002"],
      falsePositives:
        "Fail-over between servers (VRRP, clusters), a host that has just changed its address or network card, " +
        "some phones.",
      whatToDo: "Compare the address with the one you expect for it (`arp -a`, the switch's table). If it is the " +
        "gateway's address at another card, act at once: unplug that card's port.",
    },
  },
  settings: {},
  on: {
    arp(record, context) {
      const { operation, orig_h, src_mac, dst_mac, orig_hw, resp_hw } = record;
      if (operation !== "reply" || dst_mac !== EVERYBODY || resp_hw !== EVERYBODY) return;
      if (src_mac === NOBODY || orig_hw === NOBODY) return;
      context.raise({
        type: "unsolicited_arp",
        threat: "low",
        confidence: 0.8,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        description: `${orig_h} is broadcasting unsolicited ARP: it tells everybody that it is at ${orig_hw}, ` +
          `though nobody asked, and hosts that believe it send their traffic there`,
        fold: orig_hw,
      });
    },
  },
});
