// One TCP packet: which connection it belongs to, and what it counts for. What it does there is in tcp-sequence.ts. The
// behaviour is Zeek's, down to the names of what is weird.

import type { Packet } from "../packet.ts";
import { rareOf } from "./attached.ts";
import { isValidChecksum } from "./checksum.ts";
import { addParent, endFlow, type Flows, liveFlow, openFlow, TCP } from "./flows.ts";
import { addLetter, earnsLetter, LETTER_C } from "./history.ts";
import { FLAGS, FLOW_DOUBLES, FLOW_WORDS, IP_BYTES, ORIGINATOR_IS_B, PACKETS, type Side } from "./layout.ts";
import { isLikelyTcpServer } from "./server-ports.ts";
import { type FlowTable, setKey } from "./table.ts";
import { isReused } from "./tcp-reuse.ts";
import { ACK, emptySegment, SYN } from "./tcp-segment.ts";
import { takeSegment } from "./tcp-sequence.ts";
import { weirdOfFlow, weirdOfPacket } from "./weird.ts";

const MINIMUM_HEADER = 20;
const BROADCAST = 0xffffffff;

const segment = emptySegment();

/** Takes one TCP packet. */
export function takeTcp(flows: Flows, packet: Packet): void {
  const { bytes, offset, end, length } = packet;
  const { table } = flows;
  if (length < MINIMUM_HEADER) return weirdOfPacket(flows, packet, "truncated_header", "");
  if (end - offset < MINIMUM_HEADER) return weirdOfPacket(flows, packet, "internally_truncated_header", "");

  const sourcePort = (bytes[offset]! << 8) | bytes[offset + 1]!;
  const destinationPort = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  const flags = bytes[offset + 13]!;
  const sequence = word(bytes, offset + 4);
  setKey(table, packet, sourcePort, destinationPort, TCP, false);
  let flow = liveFlow(flows, packet.ts);
  if (flow >= 0 && (flags & SYN) !== 0 && isReused(flows, flow, flags, sequence)) {
    endFlow(flows, flow);
    flow = -1;
  }
  if (flow < 0) flow = openFlow(flows, packet, startsAtServer(flags, sourcePort, destinationPort, packet));
  else if (packet.depth > 0) addParent(flows, flow, packet.parent);

  const headerLength = (bytes[offset + 12]! >>> 4) * 4;
  if (headerLength < MINIMUM_HEADER) return weirdOfFlow(flows, flow, "bad_TCP_header_len");
  if (headerLength > length) return weirdOfFlow(flows, flow, "truncated_header");
  const side = sideOfSource(table, flow);
  if (flows.settings.validateChecksums && !isValidChecksum(packet)) return badChecksum(flows, flow, side);

  segment.ts = packet.ts;
  segment.flags = flags;
  segment.sequence = sequence;
  segment.acknowledgement = word(bytes, offset + 8);
  segment.window = (bytes[offset + 14]! << 8) | bytes[offset + 15]!;
  segment.length = length - headerLength;
  // Of captures that keep only the headers the options may be cut off, which tell nothing here. (Zeek passes these over.)
  const sender = takeSegment(flows, flow, side, segment, bytes, Math.min(offset + headerLength, end), end);
  table.words[flow * FLOW_WORDS + PACKETS + sender]!++;
  table.doubles[flow * FLOW_DOUBLES + IP_BYTES + sender]! += packet.ipLength;
}

function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

/** The side of the flow that is the source of the packet whose key was set last. */
export function sideOfSource(table: FlowTable, flow: number): Side {
  return ((table.words[flow * FLOW_WORDS + FLAGS]! & ORIGINATOR_IS_B) !== 0) === table.sourceIsB ? 0 : 1;
}

/** Whether the sender of the first packet seen is rather the server: no SYN has opened this, and the port says so. */
function startsAtServer(flags: number, sourcePort: number, destinationPort: number, packet: Packet): boolean {
  if ((flags & (SYN | ACK)) === SYN || !isLikelyTcpServer(sourcePort)) return false;
  if (packet.version === 4 && packet.destination3 === BROADCAST) return false;
  if (!isLikelyTcpServer(destinationPort)) return true;
  // Both are plausible. Not for a SYN+ACK, so as not to hide stealth scans.
  return (flags & SYN) === 0 && sourcePort < destinationPort;
}

function badChecksum(flows: Flows, flow: number, side: Side): void {
  flows.counters.badChecksums++;
  weirdOfFlow(flows, flow, "bad_TCP_checksum");
  const { checksumErrors } = rareOf(flows.table, flow);
  if (earnsLetter(++checksumErrors[side])) addLetter(flows.table, flow, side, LETTER_C);
}
