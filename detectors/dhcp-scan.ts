// DHCP scans: one client asks for address after address, to learn which are free or to use up the server's supply, after
// which newcomers get no address or one from the attacker's server.

import { defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { showUid } from "./shown.ts";

/** Clients that have no address yet share this profile, and are told apart by their hardware address. */
const NO_ADDRESS = "0.0.0.0";

/** Addresses remembered of one client, the field's number. */
const ADDRESSES_KEPT = 50;
/** Clients without an address remembered in one window. Own choice: a network of 1,024 hosts switched on at once. */
const CLIENTS_KEPT = 1024;

interface Client {
  addresses: Map<string, true>;
  /** Different addresses asked for, those forgotten included. */
  count: number;
  uids: string[];
}

export const dhcpScan = defineDetector({
  name: "dhcp-scan",
  summary: "A DHCP client asks for many different addresses, to map or to use up the network's supply",
  raises: {
    dhcp_scan: {
      meaning:
        "A DHCP client asked for address after address: to learn which are free, or to use them all up, so that " +
        "newcomers get none, or get one from a server of the attacker's.",
      threats: ["medium"],
      techniques: ["T1016", "T1557.003", "T1499"],
      falsePositives:
        "A relay or access point that asks on behalf of many hosts, a laptop that was in several networks and " +
        "asks for each old address.",
      whatToDo:
        "Look at the leases on the DHCP server. Many for one hardware address, or for made-up ones, is an attack: " +
        "find the switch port and close it, and switch on DHCP snooping.",
    },
  },
  settings: {
    addresses: {
      value: 4,
      unit: "addresses",
      meaning: "different addresses asked for in one time window to be reported, and again at every multiple of it",
      minimum: 2,
    },
  },
  windowMemory: () => ({ clients: new Map<string, Client>() }),
  on: {
    dhcp(record, context) {
      const { requested_addr, mac = "unknown" } = record;
      if (requested_addr === undefined) return;
      const { settings, profile, windowMemory: { clients } } = context;
      const unnumbered = profile === NO_ADDRESS;
      const key = unnumbered ? mac : profile;
      const client = clients.get(key) ?? { addresses: new Map(), count: 0, uids: [] };
      keep(clients, key, client, CLIENTS_KEPT);
      if (client.addresses.has(requested_addr)) return;
      keep(client.addresses, requested_addr, true, ADDRESSES_KEPT);
      client.count++;
      for (const uid of record.uids ?? []) showUid(client.uids, uid);
      if (client.count % settings.addresses !== 0) return;
      context.raise({
        type: "dhcp_scan",
        threat: "medium",
        confidence: 0.8,
        attacker: { direction: "src", kind: "ip", value: profile },
        uids: [...client.uids],
        proto: "udp",
        description:
          `performing a DHCP scan: ${unnumbered ? `a host without an address (${mac})` : profile} asked for ` +
          `${client.count} different addresses, which tells it the free ones or uses them up`,
      });
    },
  },
});
