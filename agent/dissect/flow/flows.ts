// The state of all flows of one run and their life: opened with the first packet, ended by silence, by their own close, or
// for want of room. What happens in between is in tcp.ts, udp.ts and icmp.ts.

import type { AnyRecord, Output } from "../analyzer.ts";
import type { Decoder } from "../decoder.ts";
import type { Packet } from "../packet.ts";
import type { Pieces } from "../leaks/pieces.ts";
import { attach } from "./attached.ts";
import { connectionRecord } from "./connection.ts";
import type { FlowCounters } from "./counters.ts";
import { releaseContent } from "./content.ts";
import type { Expected } from "./expected.ts";
import { addFlip, addLetterOnce, LETTER_X, SEEN_UNKNOWN } from "./history.ts";
import {
  DUE,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  HAS_MAC,
  IPV6,
  LAST,
  MAC_HIGH,
  MAC_LOW,
  MAC_MIDDLE,
  ORIGINATOR,
  ORIGINATOR_IS_B,
  PROTOCOL,
  START,
  STATE,
  TUNNEL_DISCOVERED,
  VLANS,
} from "./layout.ts";
import type { ProtocolList } from "./protocol-list.ts";
import type { DissectorSettings } from "./settings.ts";
import { addFlow, crowdedBy, findFlow, type FlowTable, isFull, removeFlow } from "./table.ts";
import { isHandshake } from "./tcp-state.ts";
import { oldestFlow, startTimer, stopTimer, type TimerWheel } from "./timers.ts";
import { closeFlowTunnel, discoverTunnel, type IpTunnels } from "./tunnels.ts";
import type { WeirdFilter } from "./weird.ts";

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/** Tunnels named for one flow; two is usual where each direction has its own. */
const MAXIMUM_PARENTS = 8;

/** Changes of the tunnel of one flow after which its history says that there were more: Zeek's max_changes_per_connection. */
const MAXIMUM_TUNNEL_CHANGES = 5;

export interface Flows {
  readonly table: FlowTable;
  readonly wheel: TimerWheel;
  readonly settings: DissectorSettings;
  readonly protocols: ProtocolList;
  readonly tunnels: IpTunnels;
  readonly expected: Expected;
  readonly weirds: WeirdFilter;
  readonly counters: FlowCounters;
  /** Keeps what is to be looked at for leaks; undefined when nobody looks. */
  readonly pieces: Pieces | undefined;
  /** Opens packets inside packets. */
  readonly decoder: Decoder;
  /** What analyzers are given. */
  readonly output: Output;
  /** Packet clock, Unix seconds: the newest packet's time. */
  now: number;
  emit(record: AnyRecord): void;
  /** The shortest silence, in seconds, that may end any flow. */
  readonly shortestSilence: number;
  /** `dueTime` of these flows, bound once for the timers. */
  readonly due: (flow: number) => number;
}

/** Unix seconds at which a flow is over if nothing more comes. */
export function dueTime(flows: Flows, flow: number): number {
  const { doubles } = flows.table;
  const at = flow * FLOW_DOUBLES;
  return Math.min(doubles[at + DUE]!, doubles[at + LAST]! + silenceAllowed(flows, flow));
}

function silenceAllowed({ table, settings }: Flows, flow: number): number {
  const at = flow * FLOW_BYTES;
  const { octets } = table;
  switch (octets[at + PROTOCOL]) {
    case TCP:
      return isHandshake(octets[at + STATE]!) && isHandshake(octets[at + STATE + 1]!)
        ? settings.udpInactivityTimeout
        : settings.tcpInactivityTimeout;
    case UDP:
      return table.attached[flow]?.idleTimeout || settings.udpInactivityTimeout;
    case ICMP:
    case ICMPV6:
      return settings.icmpInactivityTimeout;
  }
  return settings.unknownIpInactivityTimeout;
}

/**
 * The flow with the key set last, unless its time was over before the packet of time `ts`; -1 when a new one has to be
 * opened. Not by the packet clock: one packet of a wrong time far ahead would end every flow behind it.
 */
export function liveFlow(flows: Flows, ts: number): number {
  const flow = findFlow(flows.table);
  if (flow < 0) return flow;
  const { doubles } = flows.table;
  const at = flow * FLOW_DOUBLES;
  // Nearly every packet: too soon after the one before for any limit.
  if (doubles[at + DUE]! > ts && ts - doubles[at + LAST]! < flows.shortestSilence) return flow;
  if (dueTime(flows, flow) > ts) return flow;
  endFlow(flows, flow);
  return -1;
}

/** Opens a flow for the key set last; `flip` when the packet's source is taken for the responder. */
export function openFlow(flows: Flows, packet: Packet, flip: boolean): number {
  const { table, counters } = flows;
  for (let crowding = crowdedBy(table); crowding >= 0; crowding = crowdedBy(table)) {
    counters.crowdedOut++;
    endFlow(flows, crowding);
  }
  if (isFull(table)) {
    counters.evicted++;
    endFlow(flows, oldestFlow(flows.wheel, table));
  }
  const flow = addFlow(table);
  counters.opened++;
  const words = flow * FLOW_WORDS;
  const doubles = flow * FLOW_DOUBLES;
  table.doubles[doubles + START] = packet.ts;
  table.doubles[doubles + LAST] = packet.ts;
  table.doubles[doubles + DUE] = Infinity;
  if (packet.version !== 4) table.words[words + FLAGS]! |= IPV6;
  if (packet.sourceMacHigh >= 0) setMacs(table, words, packet, flip);
  table.words[words + VLANS] = ((packet.vlan + 1) << 16) | (packet.innerVlan + 1);
  if (flip) {
    table.words[words + FLAGS]! ^= ORIGINATOR_IS_B;
    addFlip(table, flow);
  }
  startTimer(flows.wheel, table, flow, dueTime(flows, flow));
  if (packet.depth > 0) addParent(flows, flow, packet.parent);
  return flow;
}

function setMacs(table: FlowTable, at: number, packet: Packet, flip: boolean): void {
  const { words } = table;
  const origHigh = flip ? packet.destinationMacHigh : packet.sourceMacHigh;
  const origLow = flip ? packet.destinationMacLow : packet.sourceMacLow;
  const respHigh = flip ? packet.sourceMacHigh : packet.destinationMacHigh;
  const respLow = flip ? packet.sourceMacLow : packet.destinationMacLow;
  words[at + MAC_HIGH] = (origHigh << 8) | (origLow >>> 16);
  words[at + MAC_MIDDLE] = (origLow << 16) | (respHigh >>> 8);
  words[at + MAC_LOW] = (respHigh << 24) | respLow;
  words[at + FLAGS]! |= HAS_MAC;
}

/** Notes the tunnel that a packet of the flow came through; a flow may change tunnels. */
export function addParent(flows: Flows, flow: number, parent: number): void {
  const attached = attach(flows.table, flow);
  if (attached.lastParent === parent) return;
  if (attached.lastParent >= 0 && ++attached.tunnelChanges > MAXIMUM_TUNNEL_CHANGES) {
    addLetterOnce(flows.table, flow, ORIGINATOR, SEEN_UNKNOWN, LETTER_X);
  }
  attached.lastParent = parent;
  const uid = discoverTunnel(flows, parent);
  const parents = attached.parents ??= [];
  if (uid !== undefined && !parents.includes(uid) && parents.length < MAXIMUM_PARENTS) parents.push(uid);
}

/** Ends a flow: its analyzers say their last, then its record leaves. */
export function endFlow(flows: Flows, flow: number): void {
  const { table } = flows;
  flows.output.now = flows.now;
  releaseContent(flows, flow);
  if ((table.words[flow * FLOW_WORDS + FLAGS]! & TUNNEL_DISCOVERED) !== 0) closeFlowTunnel(flows, flow);
  flows.emit(connectionRecord(table, flow, flows.settings.logDetails));
  const attached = table.attached[flow];
  if (attached !== undefined) attached.flow = -1;
  stopTimer(flows.wheel, table, flow);
  removeFlow(table, flow);
}

/** Ends all flows, in the order in which they were opened. */
export function endAllFlows(flows: Flows): void {
  const { table } = flows;
  const alive: number[] = [];
  for (const place of table.index) if (place !== 0) alive.push(place - 1);
  const start = (flow: number) => table.doubles[flow * FLOW_DOUBLES + START]!;
  alive.sort((a, b) => start(a) - start(b) || a - b);
  for (const flow of alive) endFlow(flows, flow);
}

/** The shortest silence, in seconds, that may end a flow by these settings and protocols. */
export function shortestSilence(settings: DissectorSettings, protocols: ProtocolList): number {
  const idleTimeouts = protocols.all.map(({ idleTimeout }) => idleTimeout ?? Infinity);
  return Math.min(
    settings.tcpInactivityTimeout,
    settings.udpInactivityTimeout,
    settings.icmpInactivityTimeout,
    settings.unknownIpInactivityTimeout,
    ...idleTimeouts,
  );
}
