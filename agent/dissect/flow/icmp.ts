// One ICMP packet: flows of requests and their answers, type and type of the answer standing for ports, as in Zeek;
// messages without an answer are flows of one direction, with type and code.

import type { Packet } from "../packet.ts";
import type { ScanNotices } from "../scan-notice.ts";
import { noteIcmp } from "../scan-notice.ts";
import { isValidChecksum } from "./checksum.ts";
import { addParent, type Flows, ICMP, liveFlow, openFlow } from "./flows.ts";
import { BYTES, FLAGS, FLOW_DOUBLES, FLOW_WORDS, IP_BYTES, LAST, PACKETS, SEEN } from "./layout.ts";
import { setKey } from "./table.ts";
import { sideOfSource } from "./tcp.ts";
import { weirdOfFlow, weirdOfPacket } from "./weird.ts";

const HEADER = 8;
const NO_ANSWER = -1;

/** Type of the message that answers, or is answered by, one of this type (RFC 792, 950, 1256); by type. */
const ANSWERS_V4 = answers([[8, 0], [13, 14], [15, 16], [10, 9], [17, 18]]);
/** The same for ICMPv6 (RFC 4443, 4861, 2710, 4620, 6275). */
const ANSWERS_V6 = answers([[128, 129], [130, 131], [133, 134], [135, 136], [139, 140], [144, 145]]);

function answers(pairs: readonly (readonly [number, number])[]): Int16Array {
  const table = new Int16Array(256).fill(NO_ANSWER);
  for (const [question, answer] of pairs) {
    table[question] = answer;
    table[answer] = question;
  }
  return table;
}

/** Takes one ICMP or ICMPv6 packet. */
export function takeIcmp(flows: Flows, notices: ScanNotices, packet: Packet): void {
  const { bytes, offset, end, length, protocol } = packet;
  const { table } = flows;
  if (length < HEADER) return weirdOfPacket(flows, packet, "truncated_header", "");
  if (end - offset < HEADER) return weirdOfPacket(flows, packet, "internally_truncated_header", "");
  const type = bytes[offset]!;
  const answer = (protocol === ICMP ? ANSWERS_V4 : ANSWERS_V6)[type]!;
  const oneWay = answer === NO_ANSWER;
  setKey(table, packet, type, oneWay ? bytes[offset + 1]! : answer, protocol, oneWay);
  let flow = liveFlow(flows, packet.ts);
  if (flow < 0) flow = openFlow(flows, packet, false);
  else if (packet.depth > 0) addParent(flows, flow, packet.parent);
  if (flows.settings.validateChecksums && !isValidChecksum(packet)) {
    flows.counters.badChecksums++;
    return weirdOfFlow(flows, flow, "bad_ICMP_checksum");
  }
  const side = sideOfSource(table, flow);
  const word = flow * FLOW_WORDS;
  const double = flow * FLOW_DOUBLES;
  const { words, doubles } = table;
  if (packet.ts > doubles[double + LAST]!) doubles[double + LAST] = packet.ts;
  words[word + FLAGS]! |= SEEN << side;
  doubles[double + BYTES + side]! += length - HEADER;
  doubles[double + IP_BYTES + side]! += packet.ipLength;
  // A source and a peer new to each other are a new flow, so only first packets can be news.
  if (words[word + PACKETS + side]!++ === 0) noteIcmp(notices, packet, type, flows.now, flows.emit);
}
