// The way into the decoder: one frame of a capture in, IP packets and ARP out, through every link type, fragment and
// tunnel on the way.

import { type Decoder, emptyDecoder, malformed, MAXIMUM_TUNNEL_DEPTH, type PacketSink } from "./decoder.ts";
import { decodeLink } from "./link.ts";
import type { Packet } from "./packet.ts";
import { emptyTunnelledPacket, findTunnelledPacket, NO_TUNNEL, PACKET_INSIDE, type TunnelledPacket } from "./tunnel.ts";

export type { ArpPacket, DecodeCounts, Decoder, PacketSink, TunnelType } from "./decoder.ts";
export { MAXIMUM_TUNNEL_DEPTH } from "./decoder.ts";

/** A decoder that gives what it finds to `sink`. It remembers nothing but fragments, and those within bounds. */
export function createDecoder(sink: PacketSink): Decoder {
  return emptyDecoder(sink, openTunnel);
}

/**
 * Decodes one frame: `bytes[offset .. offset + capturedLength)`, `originalLength` bytes long on the wire, seen at `ts`
 * (Unix seconds) on a link of type `linkType` (https://www.tcpdump.org/linktypes.html). Never throws on any bytes.
 */
export function decodeFrame(
  decoder: Decoder,
  bytes: Uint8Array,
  offset: number,
  capturedLength: number,
  originalLength: number,
  ts: number,
  linkType: number,
): void {
  decoder.counts.frames++;
  const packet = decoder.packets[0]!;
  packet.bytes = bytes;
  packet.ts = ts;
  packet.linkType = linkType;
  packet.depth = 0;
  packet.parent = -1;
  const end = offset + capturedLength;
  decodeLink(decoder, packet, linkType, offset, end, originalLength > capturedLength ? offset + originalLength : end);
}

/**
 * Decodes the packet that `inner` describes inside `outer`; what comes out has `depth` one more and `parent`. For
 * tunnels over UDP the flow table calls this while it handles `outer`, with the handle of the flow that carries it.
 * Returns false, after a `weird`, when that would be one tunnel too many.
 */
export function decodeTunnelled(decoder: Decoder, outer: Packet, inner: TunnelledPacket, parent: number): boolean {
  const depth = outer.depth + 1;
  if (depth > MAXIMUM_TUNNEL_DEPTH) {
    malformed(decoder, "exceeded_tunnel_max_depth", outer);
    return false;
  }
  const packet = decoder.packets[depth]!;
  packet.bytes = outer.bytes;
  packet.ts = outer.ts;
  packet.linkType = outer.linkType;
  packet.depth = depth;
  packet.parent = parent;
  // `inner` may be filled again while the packet inside is decoded: a tunnel in a tunnel.
  const { linkType, start, end, wireEnd } = inner;
  decodeLink(decoder, packet, linkType, start, end, wireEnd);
  return true;
}

const inside = emptyTunnelledPacket();

function openTunnel(decoder: Decoder, outer: Packet): void {
  const found = findTunnelledPacket(outer, inside, decoder.sink);
  if (found === NO_TUNNEL) decoder.counts.malformed++;
  if (found !== PACKET_INSIDE) return;
  const parent = decoder.sink.tunnel(inside.type, outer);
  if (parent >= 0) decodeTunnelled(decoder, outer, inside, parent);
}
