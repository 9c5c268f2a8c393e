// DHCP: the messages of each client, the name it gives itself, and the address it gets.

import { distinct, type Facts, state } from "./facts.ts";
import { recordsOf, textOf } from "./records.ts";
import { tshark } from "./tshark.ts";

const FIELDS = ["dhcp.hw.mac_addr", "dhcp.option.dhcp", "dhcp.option.hostname", "dhcp.ip.your"];
/** Message types by number (RFC 2132 section 9.6). */
const TYPES = ["", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"];

export function dhcpOfTshark(capture: string): Facts {
  const facts: Facts = new Map();
  for (const row of tshark(capture, "dhcp", FIELDS)) {
    const mac = row("dhcp.hw.mac_addr")[0];
    const type = TYPES[Number(row("dhcp.option.dhcp")[0])];
    state(facts, "message", mac, type);
    if (type !== "OFFER" && type !== "ACK") state(facts, "host name", mac, row("dhcp.option.hostname")[0]);
    const address = row("dhcp.ip.your")[0];
    if (type === "ACK" && address !== "0.0.0.0") state(facts, "address", mac, address);
  }
  distinct(facts, "host name", "address");
  return facts;
}

export async function dhcpOfOurs(capture: string): Promise<Facts> {
  const facts: Facts = new Map();
  for (const record of await recordsOf(capture, "dhcp")) {
    const mac = textOf(record, "mac");
    const types = (record.msg_types as string[] | undefined) ?? [];
    for (const type of types) state(facts, "message", mac, type);
    state(facts, "host name", mac, textOf(record, "host_name"));
    if (types.includes("ACK")) state(facts, "address", mac, textOf(record, "assigned_addr"));
  }
  distinct(facts, "host name", "address");
  return facts;
}
