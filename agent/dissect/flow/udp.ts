// One UDP datagram: its flow, its bytes, the protocol it may belong to, and the packet inside when it is a tunnel.

import { decodeTunnelled } from "../decode.ts";
import type { Packet } from "../packet.ts";
import {
  findInUdpTunnel,
  isConfirmedByBothSides,
  isGtp,
  NO_TUNNEL,
  PACKET_INSIDE,
  recogniseUdpTunnel,
  SIGNALLING,
  type TunnelledPacket,
  type UdpTunnel,
  udpTunnelOnPort,
} from "../tunnel.ts";
import { attach, rareOf } from "./attached.ts";
import { isValidChecksum } from "./checksum.ts";
import { responderPort } from "./connection.ts";
import { deliverDatagram } from "./datagram.ts";
import { finishFlip } from "./flip.ts";
import { addParent, type Flows, liveFlow, openFlow, UDP } from "./flows.ts";
import {
  addLetter,
  addLetterOnce,
  earnsLetter,
  LETTER_C,
  LETTER_D,
  LETTER_X,
  SEEN_DATA,
  SEEN_UNKNOWN,
} from "./history.ts";
import {
  BYTES,
  CONTENT_IGNORED,
  FLAGS,
  FLOW_DOUBLES,
  FLOW_WORDS,
  IP_BYTES,
  LAST,
  ORIGINATOR,
  PACKETS,
  SEEN,
  type Side,
  TUNNEL_CONFIRMED,
  TUNNEL_DISCOVERED,
  TUNNEL_MASK,
  TUNNEL_SHIFT,
  TUNNEL_SPOKEN,
} from "./layout.ts";
import { isLikelyUdpServer } from "./server-ports.ts";
import { setKey } from "./table.ts";
import { sideOfSource } from "./tcp.ts";
import { isGtpFlow, tunnelService } from "./tunnels.ts";
import { weirdOfFlow, weirdOfPacket } from "./weird.ts";

const HEADER = 8;
const BROADCAST = 0xffffffff;

const inner: TunnelledPacket = { type: "Tunnel::IP", linkType: 0, start: 0, end: 0, wireEnd: 0 };

/** Takes one UDP packet. */
export function takeUdp(flows: Flows, packet: Packet): void {
  const { bytes, offset, end, length } = packet;
  const { table } = flows;
  if (length < HEADER) return weirdOfPacket(flows, packet, "truncated_header", "");
  if (end - offset < HEADER) return weirdOfPacket(flows, packet, "internally_truncated_header", "");
  const sourcePort = (bytes[offset]! << 8) | bytes[offset + 1]!;
  const destinationPort = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  setKey(table, packet, sourcePort, destinationPort, UDP, false);
  let flow = liveFlow(flows, packet.ts);
  if (flow < 0) flow = open(flows, packet, sourcePort, destinationPort);
  else if (packet.depth > 0) addParent(flows, flow, packet.parent);
  const side = sideOfSource(table, flow);
  if (flows.settings.validateChecksums && !isValidChecksum(packet)) return badChecksum(flows, flow, side);

  const payloadLength = Math.max(((bytes[offset + 4]! << 8) | bytes[offset + 5]!) - HEADER, 0);
  if (payloadLength !== length - HEADER) weirdOfFlow(flows, flow, "UDP_datagram_length_mismatch");
  const start = offset + HEADER;
  const payloadEnd = Math.min(end, start + length - HEADER);
  const word = flow * FLOW_WORDS;
  const double = flow * FLOW_DOUBLES;
  const { words, doubles } = table;
  if (packet.ts > doubles[double + LAST]!) doubles[double + LAST] = packet.ts;
  addLetterOnce(table, flow, side, SEEN_DATA, LETTER_D);
  words[word + FLAGS]! |= SEEN << side;
  doubles[double + BYTES + side]! += payloadLength;

  const flags = words[word + FLAGS]!;
  const tunnel = ((flags >>> TUNNEL_SHIFT) & TUNNEL_MASK) as UdpTunnel;
  if (tunnel === 0 && (flags & CONTENT_IGNORED) === 0 && payloadEnd > start) {
    deliverDatagram(flows, flow, side, bytes, start, payloadEnd);
    const attached = table.attached[flow];
    // Before the packet is counted, as in Zeek: it stays with the side that had sent it until then.
    if (attached !== undefined && attached.flipped) finishFlip(flows, attached);
  }
  words[word + PACKETS + side]!++;
  doubles[double + IP_BYTES + side]! += packet.ipLength;
  if (tunnel !== 0) openTunnel(flows, flow, side, tunnel, packet, start, payloadEnd, start + length - HEADER);
}

function open(flows: Flows, packet: Packet, sourcePort: number, destinationPort: number): number {
  const flip = isLikelyUdpServer(sourcePort) && !isLikelyUdpServer(destinationPort) &&
    !(packet.version === 4 && packet.destination3 === BROADCAST);
  const flow = openFlow(flows, packet, flip);
  const { table } = flows;
  const start = packet.offset + HEADER;
  let tunnel = udpTunnelOnPort(responderPort(table, flow)) || recogniseUdpTunnel(packet.bytes, start, packet.end);
  if (isGtp(tunnel) && isGtpFlow(flows, packet.parent)) tunnel = 0;
  table.words[flow * FLOW_WORDS + FLAGS]! |= tunnel << TUNNEL_SHIFT;
  return flow;
}

/** Last, because the flows of what is inside may move the table, and even end this flow. */
function openTunnel(
  flows: Flows,
  flow: number,
  side: Side,
  tunnel: UdpTunnel,
  packet: Packet,
  start: number,
  end: number,
  wireEnd: number,
): void {
  const { table, decoder } = flows;
  const at = flow * FLOW_WORDS + FLAGS;
  const found = findInUdpTunnel(tunnel, packet, start, end, wireEnd, inner, decoder.sink);
  if (found === NO_TUNNEL) {
    // As in Zeek, a flow that was never seen to be the tunnel its port promised may still be something else.
    if ((table.words[at]! & (TUNNEL_CONFIRMED | TUNNEL_DISCOVERED)) === 0) {
      table.words[at]! &= ~(TUNNEL_MASK << TUNNEL_SHIFT);
    }
    return;
  }
  if (found === SIGNALLING) return;
  table.words[at]! |= TUNNEL_SPOKEN << side;
  const enough = isConfirmedByBothSides(tunnel) ? TUNNEL_SPOKEN | (TUNNEL_SPOKEN << 1) : 0;
  if ((table.words[at]! & TUNNEL_CONFIRMED) === 0 && (table.words[at]! & enough) === enough) {
    table.words[at]! |= TUNNEL_CONFIRMED;
    const attached = attach(table, flow);
    attached.service = [...attached.service ?? [], tunnelService(tunnel)];
  }
  if (found !== PACKET_INSIDE || decodeTunnelled(decoder, packet, inner, flow)) return;
  addLetterOnce(table, flow, ORIGINATOR, SEEN_UNKNOWN, LETTER_X);
}

function badChecksum(flows: Flows, flow: number, side: Side): void {
  flows.counters.badChecksums++;
  weirdOfFlow(flows, flow, "bad_UDP_checksum");
  const { checksumErrors } = rareOf(flows.table, flow);
  if (earnsLetter(++checksumErrors[side])) addLetter(flows.table, flow, side, LETTER_C);
}
