// Tunnels: their records, and those without ports (GRE, IP in IP), which are no flows but pairs of addresses.

import type { TunnelType } from "../decoder.ts";
import type { Packet } from "../packet.ts";
import { isGtp, type UdpTunnel, udpTunnelService } from "../tunnel.ts";
import { BoundedMap } from "../../profile/bounded-map.ts";
import { contentId } from "../../record/uid.ts";
import { addressText } from "./addresses.ts";
import { viewOf } from "./connection.ts";
import type { Flows } from "./flows.ts";
import { FLAGS, FLOW_WORDS, TUNNEL_DISCOVERED, TUNNEL_MASK, TUNNEL_SHIFT } from "./layout.ts";

/** Handles of tunnels without ports start here; below are the numbers of flows. */
const FIRST_HANDLE = 2 ** 30;
/** Tunnels without ports remembered at once; the one silent for longest goes first. */
const MAXIMUM_TUNNELS = 10_000;
/** And of those with the same hash: who chooses addresses can choose any number of them. Own choice. */
const MAXIMUM_WITH_HASH = 16;
/** Seconds between two searches for tunnels that have gone silent. */
const SEARCH_INTERVAL = 3600;

interface IpTunnel {
  readonly handle: number;
  readonly hash: number;
  readonly type: TunnelType;
  readonly uid: string;
  readonly orig_h: string;
  readonly resp_h: string;
  /** The eight words of both addresses, as in the packet that opened it. */
  readonly words: readonly number[];
  /** The tunnel that this one was first seen in; -1 for none. */
  readonly parent: number;
  lastSeen: number;
  /** There is a record of it, because a flow was found in it. */
  discovered: boolean;
}

export interface IpTunnels {
  /** By a hash of type and addresses; those that share one are in one list, the oldest first. */
  readonly byHash: Map<number, IpTunnel[]>;
  /** In the order of their last packets. */
  readonly byHandle: BoundedMap<number, IpTunnel>;
  nextHandle: number;
  nextSearch: number;
}

export function createIpTunnels(): IpTunnels {
  return { byHash: new Map(), byHandle: new BoundedMap(MAXIMUM_TUNNELS), nextHandle: FIRST_HANDLE, nextSearch: 0 };
}

/** The uid behind a handle: of a flow, or of a tunnel without ports. */
function parentUid(flows: Flows, handle: number): string | undefined {
  if (handle < 0) return undefined;
  return handle >= FIRST_HANDLE ? flows.tunnels.byHandle.get(handle)?.uid : viewOf(flows.table, handle).uid;
}

/**
 * The uid behind the handle of a tunnel in which a flow was found. As in Zeek, this is what makes a record of the tunnel:
 * one that carries nothing but signalling, or bubbles, has none.
 */
export function discoverTunnel(flows: Flows, handle: number): string | undefined {
  if (handle >= FIRST_HANDLE) {
    const tunnel = flows.tunnels.byHandle.get(handle);
    if (tunnel !== undefined && !tunnel.discovered) {
      tunnel.discovered = true;
      discoverTunnel(flows, tunnel.parent);
      emitIpTunnel(flows, tunnel, "Tunnel::DISCOVER");
    }
  } else if (handle >= 0) {
    const at = handle * FLOW_WORDS + FLAGS;
    const { words } = flows.table;
    if ((words[at]! & TUNNEL_DISCOVERED) === 0) {
      words[at]! |= TUNNEL_DISCOVERED;
      emitFlowTunnel(flows, handle, "Tunnel::DISCOVER");
    }
  }
  return parentUid(flows, handle);
}

/** The handle of the tunnel that a packet belongs to. Both directions are one tunnel. */
export function ipTunnel(flows: Flows, type: TunnelType, outer: Packet): number {
  const { tunnels } = flows;
  if (flows.now >= tunnels.nextSearch) closeSilentTunnels(flows);
  const hash = hashOf(type, outer);
  const sameHash = tunnels.byHash.get(hash);
  if (sameHash !== undefined) {
    for (const tunnel of sameHash) {
      if (tunnel.type === type && joins(tunnel.words, outer)) {
        tunnel.lastSeen = outer.ts;
        tunnels.byHandle.set(tunnel.handle, tunnel);
        return tunnel.handle;
      }
    }
  }
  const crowded = sameHash !== undefined && sameHash.length >= MAXIMUM_WITH_HASH ? sameHash[0] : undefined;
  if (crowded !== undefined) forget(flows, crowded);
  else if (tunnels.byHandle.size >= MAXIMUM_TUNNELS) {
    forget(flows, tunnels.byHandle.get(tunnels.byHandle.oldest()!)!);
  }
  return openTunnel(flows, type, outer, hash).handle;
}

function openTunnel(flows: Flows, type: TunnelType, outer: Packet, hash: number): IpTunnel {
  const { tunnels } = flows;
  const words = [
    ...[outer.source0, outer.source1, outer.source2, outer.source3],
    ...[outer.destination0, outer.destination1, outer.destination2, outer.destination3],
  ];
  const parent = parentUid(flows, outer.parent) ?? "";
  const tunnel: IpTunnel = {
    handle: tunnels.nextHandle++,
    hash,
    type,
    uid: contentId("C", ...words, type, outer.ts, parent),
    orig_h: addressText(words, 0, outer.version),
    resp_h: addressText(words, 4, outer.version),
    words,
    parent: outer.parent,
    lastSeen: outer.ts,
    discovered: false,
  };
  const list = tunnels.byHash.get(hash);
  if (list === undefined) tunnels.byHash.set(hash, [tunnel]);
  else list.push(tunnel);
  tunnels.byHandle.set(tunnel.handle, tunnel);
  flows.counters.tunnelsOpened++;
  return tunnel;
}

/** The same for both directions. */
function hashOf(type: TunnelType, { source0, source3, destination0, destination3 }: Packet): number {
  const addresses = (source3 ^ destination3) + Math.imul(source0 ^ destination0, 31);
  return (addresses ^ type.length) | 0;
}

function joins(words: readonly number[], outer: Packet): boolean {
  const { source0, source1, source2, source3, destination0, destination1, destination2, destination3 } = outer;
  const at = words[3] === source3 && words[2] === source2 && words[1] === source1 && words[0] === source0 ? 0 : 4;
  return words[at] === source0 && words[at + 1] === source1 && words[at + 2] === source2 && words[at + 3] === source3 &&
    words[4 - at] === destination0 && words[5 - at] === destination1 && words[6 - at] === destination2 &&
    words[7 - at] === destination3;
}

function closeSilentTunnels(flows: Flows): void {
  const { tunnels, settings, now } = flows;
  tunnels.nextSearch = now + SEARCH_INTERVAL;
  const silent = [...tunnels.byHandle.entries()].map(([, tunnel]) => tunnel)
    .filter(({ lastSeen }) => now - lastSeen >= settings.tunnelExpiration);
  // In the order in which they were opened.
  for (const tunnel of silent.sort((a, b) => a.handle - b.handle)) closeTunnel(flows, tunnel);
}

function forget(flows: Flows, tunnel: IpTunnel): void {
  flows.counters.tunnelsForgotten++;
  closeTunnel(flows, tunnel);
}

function closeTunnel(flows: Flows, tunnel: IpTunnel): void {
  const { byHash, byHandle } = flows.tunnels;
  byHandle.delete(tunnel.handle);
  const sameHash = byHash.get(tunnel.hash)!;
  sameHash.splice(sameHash.indexOf(tunnel), 1);
  if (sameHash.length === 0) byHash.delete(tunnel.hash);
  if (tunnel.discovered) emitIpTunnel(flows, tunnel, "Tunnel::EXPIRE");
}

function emitIpTunnel(flows: Flows, { uid, orig_h, resp_h, type }: IpTunnel, action: string): void {
  flows.emit({
    kind: "tunnel",
    ts: flows.now,
    uid,
    orig_h,
    orig_p: 0,
    resp_h,
    resp_p: 0,
    tunnel_type: type,
    action,
  });
}

/** Zeek's `tunnel_type` of the tunnels over UDP, by their number. */
const UDP_TUNNEL_TYPES: readonly TunnelType[] = [
  ...(["Tunnel::IP", "Tunnel::TEREDO", "Tunnel::AYIYA", "Tunnel::GTPv1", "Tunnel::VXLAN", "Tunnel::GENEVE"] as const),
];

/** A UDP flow that was a tunnel is over. */
export function closeFlowTunnel(flows: Flows, flow: number): void {
  emitFlowTunnel(flows, flow, "Tunnel::CLOSE");
}

function emitFlowTunnel(flows: Flows, flow: number, action: "Tunnel::DISCOVER" | "Tunnel::CLOSE"): void {
  const tunnel = (flows.table.words[flow * FLOW_WORDS + FLAGS]! >>> TUNNEL_SHIFT) & TUNNEL_MASK;
  const { uid, orig_h, orig_p, resp_h, resp_p } = viewOf(flows.table, flow);
  const tunnel_type = UDP_TUNNEL_TYPES[tunnel]!;
  flows.emit({ kind: "tunnel", ts: flows.now, uid, orig_h, orig_p, resp_h, resp_p, tunnel_type, action });
}

/** Whether the handle is that of a flow that is a GTP tunnel. */
export function isGtpFlow({ table }: Flows, handle: number): boolean {
  if (handle < 0 || handle >= FIRST_HANDLE) return false;
  return isGtp(((table.words[handle * FLOW_WORDS + FLAGS]! >>> TUNNEL_SHIFT) & TUNNEL_MASK) as UdpTunnel);
}

/** The word in `service` of the flow. */
export function tunnelService(tunnel: number): string {
  return udpTunnelService(tunnel as UdpTunnel);
}
