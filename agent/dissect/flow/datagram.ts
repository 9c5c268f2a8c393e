// Which analyzers get the datagrams of a UDP flow. As with TCP, protocols of the responder's port begin at once; all
// others look at the first few datagrams, each by itself.

import { attach, type Attached } from "./attached.ts";
import { deliverTo, startAnalyzer, startAnnouncedOrByPort } from "./content.ts";
import type { Flows } from "./flows.ts";
import { CONTENT_IGNORED, FLAGS, FLOW_WORDS, LOOKED_AT_MASK, LOOKED_AT_SHIFT, type Side } from "./layout.ts";

/** Datagrams that are looked at: the first question and answer, and one more of each. */
const DATAGRAMS_LOOKED_AT = 4;

const STUN_HEADER = 20;
const STUN_COOKIE = [0x21, 0x12, 0xa4, 0x42];

/** Gives one datagram to whoever wants it. */
export function deliverDatagram(
  flows: Flows,
  flow: number,
  side: Side,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { table } = flows;
  const at = flow * FLOW_WORDS + FLAGS;
  const lookedAt = (table.words[at]! >>> LOOKED_AT_SHIFT) & LOOKED_AT_MASK;
  const fromOrig = side === 0;
  let attached = table.attached[flow];
  // While an analyzer is content nothing is counted: what is at work already must not be started again.
  if (lookedAt === 0 && attached?.analyzers === undefined) {
    startAnnouncedOrByPort(flows, flow, "udp");
    attached = table.attached[flow];
  }
  let wanted = false;
  for (const working of attached?.analyzers ?? []) {
    if (working.wants && deliverTo(flows, attached!, working, fromOrig, bytes, start, end)) wanted = true;
  }
  if (wanted && attached?.service !== undefined) return;
  // STUN only finds the way for what comes then: calls, mostly, whose DTLS may follow after many of these.
  if (isStun(bytes, start, end)) return;
  if (lookedAt < DATAGRAMS_LOOKED_AT) {
    table.words[at] = (table.words[at]! & ~(LOOKED_AT_MASK << LOOKED_AT_SHIFT)) | ((lookedAt + 1) << LOOKED_AT_SHIFT);
    recognise(flows, flow, attached, fromOrig, bytes, start, end);
  } else if (!wanted) table.words[at]! |= CONTENT_IGNORED;
}

/** Whether this is STUN (RFC 8489 section 5): two zero bits, and the cookie behind type and length. */
function isStun(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= STUN_HEADER && bytes[start]! < 0x40 &&
    STUN_COOKIE.every((byte, i) => bytes[start + 4 + i] === byte);
}

/** Shows a datagram to every protocol not at work yet, until one knows it. */
function recognise(
  flows: Flows,
  flow: number,
  attached: Attached | undefined,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { all, udp } = flows.protocols;
  for (const place of udp) {
    const protocol = all[place]!;
    if (attached?.analyzers?.some((working) => working.protocol === protocol)) continue;
    let answer: string;
    try {
      answer = protocol.recognise(bytes, start, end, fromOrig);
    } catch {
      flows.counters.analyzersFailed++;
      continue;
    }
    if (answer !== "yes") continue;
    const own = attach(flows.table, flow);
    const working = startAnalyzer(flows, own, protocol);
    if (working !== undefined) deliverTo(flows, own, working, fromOrig, bytes, start, end);
    return;
  }
}
