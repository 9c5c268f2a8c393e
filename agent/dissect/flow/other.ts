// Packets of other IP protocols than TCP, UDP and ICMP: flows between two addresses, without ports.

import type { Packet } from "../packet.ts";
import { addParent, type Flows, liveFlow, openFlow } from "./flows.ts";
import { FLOW_DOUBLES, FLOW_WORDS, IP_BYTES, LAST, PACKETS } from "./layout.ts";
import { setKey } from "./table.ts";
import { sideOfSource } from "./tcp.ts";

/** Takes one packet of a protocol that is not looked into. */
export function takeOther(flows: Flows, packet: Packet): void {
  const { table } = flows;
  setKey(table, packet, 0, 0, packet.protocol, false);
  let flow = liveFlow(flows, packet.ts);
  if (flow < 0) flow = openFlow(flows, packet, false);
  else if (packet.depth > 0) addParent(flows, flow, packet.parent);
  const side = sideOfSource(table, flow);
  const double = flow * FLOW_DOUBLES;
  const { words, doubles } = table;
  if (packet.ts > doubles[double + LAST]!) doubles[double + LAST] = packet.ts;
  // Zeek counts packets and IP bytes of these, and no payload.
  words[flow * FLOW_WORDS + PACKETS + side]!++;
  doubles[double + IP_BYTES + side]! += packet.ipLength;
}
