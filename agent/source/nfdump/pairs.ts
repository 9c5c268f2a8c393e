// Exporters tell every direction of a conversation as a flow of its own, and a long one in pieces. Here they become one
// connection: flows wait a while for what belongs to them.

import type { RecordOf } from "../../record/schema.ts";
import { contentId } from "../../record/uid.ts";
import { protoNameOf } from "../protocol-numbers.ts";
import type { RecordHandler } from "../record-reader.ts";
import type { NfFlow } from "./flow.ts";
import { beganIt, FIN, RST, type Side, stateOf, SYN } from "./state.ts";

/**
 * Seconds between the pieces of one conversation: exporters end a flow that is silent for so long (their inactive timeout,
 * usually 15 to 60 s).
 */
const SILENCE = 60;
/**
 * Seconds that a flow waits for its next piece to end. Exporters tell of a flow that goes on once in their active timeout,
 * which is 60 to 600 s where it is short enough to hide a long connection; and a little for the other direction.
 */
const WAITING_TIME = 660;
/** Flows that wait at the same time; more push out the oldest. */
const MAXIMUM_WAITING = 100_000;

const ICMP = 1;
const TCP = 6;
const ICMPV6 = 58;

/** Types of echo requests and replies (RFC 792, RFC 4443), which are one conversation. */
const ECHO_REQUEST: Readonly<Record<number, number>> = { [ICMP]: 8, [ICMPV6]: 128 };
const ECHO_REPLY: Readonly<Record<number, number>> = { [ICMP]: 0, [ICMPV6]: 129 };

interface Direction extends Side {
  first: number;
  mac: string | undefined;
}

interface Waiting {
  /** The first flow that came, from whose source `forth` goes. */
  flow: NfFlow;
  forth: Direction;
  back: Direction;
  first: number;
  last: number;
}

export interface FlowPairs {
  take(flow: NfFlow): void;
  /** The input is over: all that wait are handed on. */
  end(): void;
}

/** Puts flows together and gives the connections to `onRecord`. */
export function createFlowPairs(onRecord: RecordHandler): FlowPairs {
  /** In the order in which their last pieces came. */
  const waiting = new Map<string, Waiting>();
  let now = -Infinity;

  function release(until: number, room: number): void {
    for (const [key, pair] of waiting) {
      if (pair.last > until && waiting.size <= room) return;
      waiting.delete(key);
      onRecord(connectionOf(pair), pair.last);
    }
  }

  return {
    take(flow) {
      now = Math.max(now, flow.last);
      release(now - WAITING_TIME, MAXIMUM_WAITING);
      for (const reversed of [false, true]) {
        const key = keyOf(flow, reversed);
        const pair = waiting.get(key);
        if (pair === undefined) continue;
        // Whoever is active goes to the end of the line.
        waiting.delete(key);
        if (flow.first - pair.last > SILENCE && !isStillOpen(pair, flow)) {
          onRecord(connectionOf(pair), pair.last);
          continue;
        }
        waiting.set(key, pair);
        if (reversed) add(pair, flow, pair.back, pair.forth);
        else add(pair, flow, pair.forth, pair.back);
        return;
      }
      const pair = { flow, forth: silent(), back: silent(), first: flow.first, last: flow.last };
      add(pair, flow, pair.forth, pair.back);
      waiting.set(keyOf(flow, false), pair);
    },
    end: () => release(Infinity, 0),
  };
}

/** Whether a flow of TCP goes on, however long it was silent: nobody closed it, and nobody opens it anew. */
function isStillOpen({ forth, back }: Waiting, { flags, protocol }: NfFlow): boolean {
  return protocol === TCP && flags !== 0 && (flags & SYN) === 0 && ((forth.flags | back.flags) & (FIN | RST)) === 0;
}

function silent(): Direction {
  return { flags: 0, packets: 0, first: Infinity, bytes: 0, mac: undefined };
}

/** Adds a flow to a pair; `own` is the direction that the flow goes. */
function add(pair: Waiting, flow: NfFlow, own: Direction, other: Direction): void {
  pair.first = Math.min(pair.first, flow.first);
  pair.last = Math.max(pair.last, flow.last);
  own.flags |= flow.flags;
  own.packets += flow.packets;
  own.bytes += flow.bytes;
  own.first = Math.min(own.first, flow.first);
  own.mac ??= flow.srcMac;
  other.packets += flow.outPackets;
  other.bytes += flow.outBytes;
  other.mac ??= flow.dstMac;
}

/** What the flows of one conversation have in common, seen from the source of `flow` or from its destination. */
function keyOf(flow: NfFlow, reversed: boolean): string {
  const { protocol, src, dst } = flow;
  let { srcPort, dstPort } = flow;
  if (protocol === ICMP || protocol === ICMPV6) {
    const type = dstPort >> 8;
    const isEcho = type === ECHO_REQUEST[protocol] || type === ECHO_REPLY[protocol];
    srcPort = dstPort = isEcho ? -1 : dstPort;
    // Only an echo has an answer; other messages the other way are another matter.
    if (reversed && !isEcho) return "";
  }
  return reversed
    ? `${protocol} ${dst} ${dstPort} ${src} ${srcPort}`
    : `${protocol} ${src} ${srcPort} ${dst} ${dstPort}`;
}

/** Ports below this are those of servers (RFC 6335 section 6, "system ports"). */
const FIRST_USER_PORT = 1024;

function isFromServer({ srcPort, dstPort }: Pick<NfFlow, "srcPort" | "dstPort">): boolean {
  return srcPort > 0 && srcPort < FIRST_USER_PORT && dstPort >= FIRST_USER_PORT;
}

/** Whether the conversation was begun by the destination of the first flow that came. */
function isReversed({ flow, forth, back }: Waiting): boolean {
  if (flow.protocol === ICMP || flow.protocol === ICMPV6) return flow.dstPort >> 8 === ECHO_REPLY[flow.protocol];
  if (back.first === Infinity) return back.packets === 0 && (forth.flags & SYN) === 0 && isFromServer(flow);
  if (beganIt(forth) !== beganIt(back)) return beganIt(back);
  // Neither was seen to begin it: the first that was seen may be any of it.
  if (flow.protocol === TCP && ((forth.flags | back.flags) & SYN) === 0) {
    if (isFromServer(flow)) return true;
    if (isFromServer({ srcPort: flow.dstPort, dstPort: flow.srcPort })) return false;
  }
  if (forth.first !== back.first) return back.first < forth.first;
  // Both at the same millisecond: servers have the lower port.
  return flow.dstPort > flow.srcPort;
}

function connectionOf(pair: Waiting): RecordOf<"conn"> {
  const { flow } = pair;
  const reversed = isReversed(pair);
  const [orig, resp] = reversed ? [pair.back, pair.forth] : [pair.forth, pair.back];
  let [origPort, respPort] = reversed ? [flow.dstPort, flow.srcPort] : [flow.srcPort, flow.dstPort];
  if (flow.protocol === ICMP || flow.protocol === ICMPV6) {
    origPort = reversed ? ECHO_REQUEST[flow.protocol]! : flow.dstPort >> 8;
    respPort = flow.dstPort & 0xff;
  }
  const [origH, respH] = reversed ? [flow.dst, flow.src] : [flow.src, flow.dst];
  return {
    kind: "conn",
    ts: pair.first,
    uid: contentId("C", pair.first, origH, origPort, respH, respPort, flow.protocol),
    orig_h: origH,
    orig_p: origPort,
    resp_h: respH,
    resp_p: respPort,
    proto: protoNameOf(flow.protocol),
    duration: Math.round(Math.max(0, pair.last - pair.first) * 1e3) / 1e3,
    orig_bytes: orig.bytes,
    resp_bytes: resp.bytes,
    conn_state: stateOf(flow.protocol, orig, resp),
    orig_pkts: orig.packets,
    orig_ip_bytes: orig.bytes,
    resp_pkts: resp.packets,
    resp_ip_bytes: resp.bytes,
    ip_proto: flow.protocol,
    orig_l2_addr: orig.mac,
    resp_l2_addr: resp.mac,
    vlan: flow.vlan,
  };
}
