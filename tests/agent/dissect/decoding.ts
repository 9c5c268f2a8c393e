// Decodes frames and notes everything the decoder hands on, with addresses and payload as text.

import { createDecoder, decodeFrame, type Decoder, decodeTunnelled } from "../../../agent/dissect/decode.ts";
import type { Packet } from "../../../agent/dissect/packet.ts";
import {
  emptyTunnelledPacket,
  findInUdpTunnel,
  PACKET_INSIDE,
  udpTunnelOnPort,
} from "../../../agent/dissect/tunnel.ts";

export interface Seen {
  /** "10.0.0.1 > 10.0.0.2", or with the eight groups of IPv6 in hexadecimal. */
  readonly ends: string;
  readonly protocol: number;
  /** "02:00:00:00:00:01 > 02:00:00:00:00:02"; empty without link addresses. */
  readonly macs: string;
  readonly vlan: number;
  readonly innerVlan: number;
  readonly timeToLive: number;
  readonly ipLength: number;
  /** What was captured of the IP payload. */
  readonly data: Uint8Array;
  /** Length of the IP payload by its header. */
  readonly length: number;
  readonly depth: number;
  readonly parent: number;
}

export interface Decoding {
  readonly packets: Seen[];
  /** "request 10.0.0.1 (mac) for 10.0.0.2 (mac) from mac to mac". */
  readonly arps: string[];
  readonly weirds: string[];
  /** "Tunnel::GRE 10.0.0.1 > 10.0.0.2"; the handle given back is the index. */
  readonly tunnels: string[];
  readonly decoder: Decoder;
  frame(bytes: Uint8Array, options?: { linkType?: number; ts?: number; originalLength?: number }): void;
}

/** A decoder whose findings can be looked at. With `udpTunnels`, what tunnels over UDP carry is decoded too. */
export function decoding(options: { udpTunnels?: boolean } = {}): Decoding {
  const packets: Seen[] = [];
  const arps: string[] = [];
  const weirds: string[] = [];
  const tunnels: string[] = [];
  const decoder = createDecoder({
    packet(packet) {
      packets.push(look(packet));
      if (options.udpTunnels) openUdpTunnel(decoder, packet);
    },
    arp(arp) {
      const operation = arp.operation === 1 ? "request" : arp.operation === 2 ? "reply" : `operation ${arp.operation}`;
      const sender = `${ipv4Text(arp.senderAddress)} (${macText(arp.senderMacHigh, arp.senderMacLow)})`;
      const target = `${ipv4Text(arp.targetAddress)} (${macText(arp.targetMacHigh, arp.targetMacLow)})`;
      const source = macText(arp.sourceMacHigh, arp.sourceMacLow);
      const destination = macText(arp.destinationMacHigh, arp.destinationMacLow);
      arps.push(`${operation} ${sender} for ${target} from ${source} to ${destination}`);
    },
    weird(name, addl, packet) {
      weirds.push([name, addl, packet === undefined ? "" : endsOf(packet)].filter((part) => part !== "").join(" "));
    },
    tunnel: (type, outer) => tunnels.push(`${type} ${endsOf(outer)}`) - 1,
  });
  return {
    packets,
    arps,
    weirds,
    tunnels,
    decoder,
    frame(bytes, { linkType = 1, ts = 1_700_000_000, originalLength = bytes.length } = {}) {
      // In the middle of a larger buffer, as captures are read: what lies around it is not the frame's.
      const buffer = new Uint8Array(bytes.length + 64).fill(0xa5);
      buffer.set(bytes, 32);
      decodeFrame(decoder, buffer, 32, bytes.length, originalLength, ts, linkType);
    },
  };
}

const inside = emptyTunnelledPacket();

function openUdpTunnel(decoder: Decoder, packet: Packet): void {
  if (packet.protocol !== 17 || packet.end - packet.offset < 8) return;
  const { bytes, offset } = packet;
  const tunnel = udpTunnelOnPort((bytes[offset + 2]! << 8) | bytes[offset + 3]!);
  const wireEnd = offset + packet.length;
  if (findInUdpTunnel(tunnel, packet, offset + 8, packet.end, wireEnd, inside, decoder.sink) !== PACKET_INSIDE) return;
  decodeTunnelled(decoder, packet, inside, 1000 + packet.depth);
}

function look(packet: Packet): Seen {
  const source = macText(packet.sourceMacHigh, packet.sourceMacLow);
  const destination = macText(packet.destinationMacHigh, packet.destinationMacLow);
  return {
    ends: endsOf(packet),
    protocol: packet.protocol,
    macs: source === "" && destination === "" ? "" : `${source} > ${destination}`,
    vlan: packet.vlan,
    innerVlan: packet.innerVlan,
    timeToLive: packet.timeToLive,
    ipLength: packet.ipLength,
    data: packet.bytes.slice(packet.offset, packet.end),
    length: packet.length,
    depth: packet.depth,
    parent: packet.parent,
  };
}

function endsOf(packet: Packet): string {
  const source = addressText(packet.source0, packet.source1, packet.source2, packet.source3);
  return `${source} > ${
    addressText(packet.destination0, packet.destination1, packet.destination2, packet.destination3)
  }`;
}

function addressText(...words: readonly [number, number, number, number]): string {
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return ipv4Text(words[3]);
  return words.map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`).join(":");
}

function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

function macText(high: number, low: number): string {
  if (high < 0) return "";
  return [high >> 16, high >> 8, high, low >> 16, low >> 8, low]
    .map((byte) => (byte & 0xff).toString(16).padStart(2, "0")).join(":");
}
