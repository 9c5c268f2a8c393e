// ARP for an address that is not on the local network. ARP does not cross a router (RFC 826), so nobody can answer: the
// host has a wrong network mask, or somebody makes ARP packets by hand.

import { cidrContains, parseCidr } from "../agent/record/address-range.ts";
import { isLinkLocal, isMulticast, isSpecialIPv4, rfc1918Block } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";

export const arpOutsideLocalNetwork = defineDetector({
  name: "arp-outside-local-network",
  summary: "A host asks by ARP for an address outside the local network, where nobody can answer it",
  raises: {
    arp_outside_local_network: {
      meaning:
        "A host asked by ARP for an address that cannot be its neighbour, so nobody can answer. Its network mask " +
        "is wrong, or the packets were made by hand.",
      threats: ["low"],
      techniques: ["T1018"],
      falsePositives:
        "A host with a wrong network mask or with an address from another network; two networks on the same " +
        "switch.",
      whatToDo:
        "Compare the host's address and mask with those of its neighbours. If they are right, look for scanning " +
        "tools on it.",
    },
  },
  settings: {},
  on: {
    arp(record, context) {
      const { operation, orig_h, resp_h } = record;
      if (operation !== "request" || isSpecialIPv4(orig_h) || isSpecialIPv4(resp_h)) return;
      if (isMulticast(resp_h) || isLinkLocal(resp_h)) return;
      if (isLocal(orig_h, resp_h, context.network.localNetwork)) return;
      context.raise({
        type: "arp_outside_local_network",
        threat: "low",
        confidence: 0.6,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        description: `${orig_h} is sending ARP packet to a destination address outside of local network: ${resp_h}, ` +
          `which cannot answer; its network mask is wrong or its packets are made by hand`,
        fold: "",
      });
    },
  },
});

/** Whether both can be neighbours: the target is in our network, private, or near a source that has a public address. */
function isLocal(source: string, target: string, localNetwork: string | undefined): boolean {
  if (rfc1918Block(target) !== undefined) return true;
  const network = localNetwork === undefined ? undefined : parseCidr(localNetwork);
  if (network !== undefined && cidrContains(network, target)) return true;
  if (rfc1918Block(source) !== undefined) return false;
  // A network of public addresses: how large it is we do not know, so the largest that was ever given to one (a /8).
  return source.slice(0, source.indexOf(".")) === target.slice(0, target.indexOf("."));
}
