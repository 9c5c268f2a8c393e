// What a flow says in the end: its `conn` record; and before that, the view of it that analyzers are given.

import type { RecordOf } from "../../record/schema.ts";
import { contentId } from "../../record/uid.ts";
import { addressText, isLocal, macText } from "./addresses.ts";
import { attach, type Attached, type WritableFlow } from "./attached.ts";
import { communityId } from "./community-id.ts";
import { historyOf } from "./history.ts";
import {
  ADDRESS_A,
  ADDRESS_B,
  BYTES,
  FLAGS,
  FLOW_BYTES,
  FLOW_DOUBLES,
  FLOW_WORDS,
  HAS_MAC,
  IP_BYTES,
  IPV6,
  LAST,
  MAC_HIGH,
  MAC_LOW,
  MAC_MIDDLE,
  ORIGINATOR,
  ORIGINATOR_IS_B,
  PACKETS,
  PORTS,
  PROTOCOL,
  RESPONDER,
  SEEN,
  START,
  STATE,
  VLANS,
} from "./layout.ts";
import { payloadBytes } from "./sequence.ts";
import type { FlowTable } from "./table.ts";
import { tcpConnState } from "./tcp-state.ts";

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const MICROSECONDS = 1e6;

/** The addresses and ports of a flow, by role. */
interface Ends {
  orig_h: string;
  orig_p: number;
  resp_h: string;
  resp_p: number;
}

/** The responder's port of a flow, without making anything. */
export function responderPort(table: FlowTable, flow: number): number {
  const at = flow * FLOW_WORDS;
  const ports = table.words[at + PORTS]!;
  return (table.words[at + FLAGS]! & ORIGINATOR_IS_B) !== 0 ? ports >>> 16 : ports & 0xffff;
}

function endsOf(table: FlowTable, flow: number): Ends {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  const flags = words[at + FLAGS]!;
  const version = (flags & IPV6) === 0 ? 4 : 6;
  const a = addressText(words, at + ADDRESS_A, version);
  const b = addressText(words, at + ADDRESS_B, version);
  const portA = words[at + PORTS]! >>> 16;
  const portB = words[at + PORTS]! & 0xffff;
  return (flags & ORIGINATOR_IS_B) === 0
    ? { orig_h: a, orig_p: portA, resp_h: b, resp_p: portB }
    : { orig_h: b, orig_p: portB, resp_h: a, resp_p: portA };
}

const key = new Uint32Array(PORTS + 1 - ADDRESS_A);

/** The uid of a flow: of its key, its start and the tunnels it was in when this is first asked. */
function uidOf(table: FlowTable, flow: number, attached: Attached | undefined): string {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  // The key, not the roles: turning a flow round must not change who it is.
  for (let i = 0; i < key.length; i++) key[i] = words[at + ADDRESS_A + i]!;
  const protocol = table.octets[flow * FLOW_BYTES + PROTOCOL]!;
  return contentId("C", key, protocol, table.doubles[flow * FLOW_DOUBLES + START]!, attached?.parents?.[0] ?? "");
}

function protoOf(protocol: number): "tcp" | "udp" | "icmp" | "unknown_transport" {
  switch (protocol) {
    case TCP:
      return "tcp";
    case UDP:
      return "udp";
    case ICMP:
    case ICMPV6:
      return "icmp";
  }
  return "unknown_transport";
}

/** The flow as analyzers see it; made once. */
export function viewOf(table: FlowTable, flow: number): WritableFlow {
  const attached = attach(table, flow);
  if (attached.view !== undefined) return attached.view;
  const proto = protoOf(table.octets[flow * FLOW_BYTES + PROTOCOL]!);
  const macs = macsOf(table, flow);
  const { orig_h, orig_p, resp_h, resp_p } = endsOf(table, flow);
  return attached.view = {
    uid: uidOf(table, flow, attached),
    orig_h,
    orig_p,
    resp_h,
    resp_p,
    proto: proto === "unknown_transport" ? "icmp" : proto,
    start: table.doubles[flow * FLOW_DOUBLES + START]!,
    orig_l2_addr: macs?.[ORIGINATOR],
    resp_l2_addr: macs?.[RESPONDER],
    attached,
  };
}

function macsOf(table: FlowTable, flow: number): [string, string] | undefined {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  if ((words[at + FLAGS]! & HAS_MAC) === 0) return undefined;
  const high = words[at + MAC_HIGH]!;
  const middle = words[at + MAC_MIDDLE]!;
  const low = words[at + MAC_LOW]!;
  return [
    macText(high >>> 8, ((high & 0xff) << 16) | (middle >>> 16)),
    macText(((middle & 0xffff) << 8) | (low >>> 24), low & 0xffffff),
  ];
}

/** Unix seconds as whole microseconds, cut off; but what stands for a whole number of them is that number. */
function wholeMicroseconds(time: number): number {
  const seconds = Math.floor(time);
  const nearest = Math.round((time - seconds) * MICROSECONDS);
  const isWhole = seconds + nearest / MICROSECONDS === time;
  return seconds * MICROSECONDS + (isWhole ? nearest : Math.floor((time - seconds) * MICROSECONDS));
}

function connState(table: FlowTable, flow: number, sizes: readonly [number, number], history: string): string {
  const at = flow * FLOW_BYTES;
  const protocol = table.octets[at + PROTOCOL]!;
  if (protocol === TCP) {
    return tcpConnState({ states: [table.octets[at + STATE]!, table.octets[at + STATE + 1]!], sizes, history });
  }
  if (protocol !== UDP) return "OTH";
  const flags = table.words[flow * FLOW_WORDS + FLAGS]!;
  const resp = (flags & (SEEN << RESPONDER)) !== 0;
  if ((flags & SEEN) !== 0) return resp ? "SF" : "S0";
  return resp ? "SHR" : "OTH";
}

/** The `conn` record of a flow as it stands; with `logDetails` also what only logs show. */
export function connectionRecord(table: FlowTable, flow: number, logDetails: boolean): RecordOf<"conn"> {
  const { words, doubles, octets } = table;
  const word = flow * FLOW_WORDS;
  const double = flow * FLOW_DOUBLES;
  const attached = table.attached[flow];
  const protocol = octets[flow * FLOW_BYTES + PROTOCOL]!;
  const flags = words[word + FLAGS]!;
  const origAt = word + ((flags & ORIGINATOR_IS_B) === 0 ? ADDRESS_A : ADDRESS_B);
  const respAt = word + ((flags & ORIGINATOR_IS_B) === 0 ? ADDRESS_B : ADDRESS_A);
  const start = doubles[double + START]!;
  // Zeek reads captures in whole microseconds.
  const duration = wholeMicroseconds(doubles[double + LAST]!) - wholeMicroseconds(start);
  const sizes: [number, number] = protocol === TCP
    ? [payloadBytes(table, flow, ORIGINATOR), payloadBytes(table, flow, RESPONDER)]
    : [doubles[double + BYTES]!, doubles[double + BYTES + 1]!];
  const history = historyOf(table, flow);
  const view = attached?.view;
  const macs = view === undefined ? macsOf(table, flow) : undefined;
  const ends = view ?? endsOf(table, flow);
  const vlans = words[word + VLANS]!;
  const lasted = duration > 0;
  return {
    kind: "conn",
    ts: start,
    uid: view?.uid ?? uidOf(table, flow, attached),
    orig_h: ends.orig_h,
    orig_p: ends.orig_p,
    resp_h: ends.resp_h,
    resp_p: ends.resp_p,
    proto: protoOf(protocol),
    service: attached?.service === undefined || attached.service.length === 0 ? undefined : attached.service.join(","),
    duration: lasted ? duration / MICROSECONDS : undefined,
    orig_bytes: lasted ? sizes[ORIGINATOR] : undefined,
    resp_bytes: lasted ? sizes[RESPONDER] : undefined,
    conn_state: connState(table, flow, sizes, history),
    local_orig: isLocal(words, origAt),
    local_resp: isLocal(words, respAt),
    missed_bytes: attached?.rare?.missedBytes ?? 0,
    history: history === "" ? undefined : history,
    orig_pkts: words[word + PACKETS]!,
    orig_ip_bytes: doubles[double + IP_BYTES]!,
    resp_pkts: words[word + PACKETS + 1]!,
    resp_ip_bytes: doubles[double + IP_BYTES + 1]!,
    tunnel_parents: attached?.parents,
    ip_proto: protocol,
    orig_l2_addr: view === undefined ? macs?.[ORIGINATOR] : view.orig_l2_addr,
    resp_l2_addr: view === undefined ? macs?.[RESPONDER] : view.resp_l2_addr,
    vlan: vlans >>> 16 === 0 ? undefined : (vlans >>> 16) - 1,
    inner_vlan: (vlans & 0xffff) === 0 ? undefined : (vlans & 0xffff) - 1,
    community_id: logDetails ? communityId(table, flow) : undefined,
  };
}
