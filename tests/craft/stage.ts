// The stage on which conversations play: its clock, its hosts, and the way a packet of theirs looks on the link.

import { type Address, groupMac, inNetwork, ipBytes, isGroupAddress, macBytes } from "./address.ts";
import type { Content } from "./bytes.ts";
import { ethernet } from "./layer/ethernet.ts";
import { ipv4 } from "./layer/ipv4.ts";
import { ipv6 } from "./layer/ipv6.ts";
import { compareTime, frame, type Layer, type Packet, snap } from "./packet.ts";
import { type Random, random } from "./random.ts";

/** Somebody who sends and receives. */
export interface Host {
  readonly name: string;
  readonly ip: string;
  readonly mac: string;
  /** Whether it is on the captured link; everybody else is reached through the gateway. */
  readonly local: boolean;
  /** Time to live, or hop limit, of its packets where they are captured. */
  readonly ttl: number;
  readonly ipBytes: Uint8Array;
  readonly macBytes: Uint8Array;
  /** Counters of the host, moved on by its conversations. */
  readonly counters: { port: number; ipId: number };
}

/** Puts the link's headers around an IP packet: `(ends, inner) => [ethernet(ends), vlan(10), ...inner]`. */
export type Carry = (
  ends: { from: Uint8Array; to: Uint8Array },
  inner: readonly (Layer | Content)[],
) => (Layer | Content)[];

/** How a stage is set up. */
export interface StageOptions {
  /** Whole seconds since 1970 at which the story begins; default 1,700,000,000 (14 November 2023, 22:13:20 UTC). */
  start?: number;
  /** Chooses everything left to chance; default 1. */
  seed?: number;
  /** Default 192.168.1.1. */
  gateway?: { name?: string; ip?: string; mac?: string };
  /** Networks on the link; default the gateway's /24, fe80::/10 and 2001:db8:1::/64. */
  local?: readonly string[];
  /** Default: plain Ethernet. */
  carry?: Carry;
  /** Link type to write in the capture file; default Ethernet. */
  linkType?: number;
  /** Bytes kept of each packet; default all. */
  snapLength?: number;
  /** Index of the pcapng interface that sees the packets. */
  interface?: number;
}

/** What conversations work with. */
export interface Stage {
  readonly start: number;
  readonly random: Random;
  readonly gateway: Host;
  /** What a capture file says about its packets. */
  readonly file: { readonly linkType?: number; readonly snapLength?: number };
  /** Seconds since `start` at which the next conversation begins if it does not say: just after the one before. */
  clock: number;
  /** Sets the clock behind a conversation that ended at `at`. */
  endedAt(at: number): void;
  /** Declares a host. Without a MAC it gets a locally administered one made from its address. */
  host(name: string, ip: string, options?: { mac?: string; ttl?: number }): Host;
  /** An IP packet from one host to another, as it looks on the link. */
  frame(from: Host, to: Host, ...inner: readonly (Layer | Content)[]): Uint8Array;
  /** Anything but IP, as it looks on the link: ARP. */
  link(ends: { from: Address; to: Address }, ...inner: readonly (Layer | Content)[]): Uint8Array;
  /** Bytes on the link at a moment, in seconds since `start`. */
  packet(at: number, data: Uint8Array): Packet;
  /** Puts packets into the story. They need not be in order. */
  add(packets: Packet[]): void;
}

/** The first port of the dynamic range (RFC 6335 section 6). */
const FIRST_EPHEMERAL_PORT = 49_152;
/** Hops between an outside host and the link, taken off its time to live. */
const HOPS_OUTSIDE = 12;
/** Seconds between conversations that do not say when they begin. */
const BETWEEN_CONVERSATIONS = 0.001;
/** The provider's router, seen when both ends are outside. */
const UPSTREAM_MAC = macBytes("02:00:00:00:00:fe");

/** Sets up a stage; `keep` receives the packets of each conversation in time order. */
export function stage(options: StageOptions, keep: (packets: readonly Packet[]) => void): Stage {
  const gatewayIp = options.gateway?.ip ?? "192.168.1.1";
  const local = options.local ?? [`${gatewayIp}/24`, "fe80::/10", "2001:db8:1::/64"];
  const carry = options.carry ?? ((ends, inner) => [ethernet(ends), ...inner]);
  const start = options.start ?? 1_700_000_000;
  const host: Stage["host"] = (name, ip, settings = {}) => {
    const bytes = ipBytes(ip);
    const onLink = settings.mac !== undefined || local.some((network) => inNetwork(bytes, network));
    const mac = settings.mac ?? madeUpMac(bytes);
    return {
      name,
      ip,
      mac,
      local: onLink,
      ttl: settings.ttl ?? (onLink ? 64 : 64 - HOPS_OUTSIDE),
      ipBytes: bytes,
      macBytes: macBytes(mac),
      counters: { port: FIRST_EPHEMERAL_PORT, ipId: 1 },
    };
  };
  const gateway = host(options.gateway?.name ?? "gateway", gatewayIp, options.gateway ?? {});
  const self: Stage = {
    start,
    random: random(options.seed ?? 1),
    gateway,
    file: {
      ...(options.linkType === undefined ? {} : { linkType: options.linkType }),
      ...(options.snapLength === undefined ? {} : { snapLength: options.snapLength }),
    },
    clock: 0,
    endedAt: (at) => void (self.clock = at + BETWEEN_CONVERSATIONS),
    host,
    frame(from, to, ...inner) {
      const sender = from.local ? from.macBytes : gateway.macBytes;
      const receiver = isGroupAddress(to.ipBytes) ? groupMac(to.ipBytes) : to.local ? to.macBytes : gateway.macBytes;
      const ends = { from: sender, to: receiver === sender ? UPSTREAM_MAC : receiver };
      return frame(...carry(ends, [ipLayer(from, to), ...inner]));
    },
    link: (ends, ...inner) => frame(...carry({ from: macBytes(ends.from), to: macBytes(ends.to) }, inner)),
    packet(at, data) {
      const nanoseconds = Math.round(at * 1e9);
      const packet: Packet = {
        seconds: start + Math.floor(nanoseconds / 1e9),
        nanoseconds: nanoseconds % 1e9,
        data,
        length: data.length,
        ...(options.interface === undefined ? {} : { interface: options.interface }),
      };
      return options.snapLength === undefined ? packet : snap(packet, options.snapLength);
    },
    add: (packets) => keep(packets.sort(compareTime)),
  };
  return self;
}

/** The IP header of a packet from one host to another, of the version their addresses have. */
export function ipLayer(from: Host, to: Host): Layer {
  if (from.ipBytes.length === 16) return ipv6({ from: from.ipBytes, to: to.ipBytes, hopLimit: from.ttl });
  from.counters.ipId = (from.counters.ipId + 1) & 0xffff;
  return ipv4({ from: from.ipBytes, to: to.ipBytes, ttl: from.ttl, id: from.counters.ipId });
}

/** The next port of a host's dynamic range. */
export function ephemeralPort(host: Host): number {
  const port = host.counters.port;
  host.counters.port = port === 65_535 ? FIRST_EPHEMERAL_PORT : port + 1;
  return port;
}

/** Seconds from a packet sent by the client to the answer, both seen at the client's end of the path. */
export function roundTripTime(client: Host, server: Host): number {
  return client.local && server.local ? 0.0004 : 0.024;
}

function madeUpMac(ip: Address): string {
  const tail = [...ipBytes(ip).slice(-4)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `02:00:${tail.join(":")}`;
}
