// A flow event as a connection. Suricata counts whole packets, link headers included; what of it is payload is reckoned. It has
// no history.

import type { RecordOf } from "../../record/schema.ts";
import { connectionOf, countOf, type Event, partOf, textOf, timeOf } from "./event.ts";

/** What Suricata calls protocols that Zeek calls otherwise. Those it could not tell have no name. */
const SERVICES: Readonly<Record<string, string | undefined>> = {
  tls: "ssl",
  krb5: "krb",
  "ftp-data": "ftp-data",
  http1: "http",
  dcerpc: "dce_rpc",
  failed: undefined,
  unknown: undefined,
};

/** The service that Suricata's name of a protocol stands for. */
export function serviceOf(appProto: string | undefined): string | undefined {
  return appProto !== undefined && Object.hasOwn(SERVICES, appProto) ? SERVICES[appProto] : appProto;
}

/** The connection of a `flow` event. */
export function connectionOfFlow(event: Event): RecordOf<"conn"> {
  const { object, part, proto } = event;
  const start = timeOf(part["start"]) ?? event.seen;
  const end = timeOf(part["end"]);
  const duration = end === undefined ? countOf(part["age"]) : Math.round(Math.max(0, end - start) * 1e6) / 1e6;
  const appProto = textOf(event, object["app_proto"]);
  const ether = partOf(object, "ether");
  const vlans = object["vlan"];
  const [vlan, innerVlan] = Array.isArray(vlans) ? vlans : [vlans];
  const isIPv6 = event.srcIp.includes(":");
  const [origPkts, respPkts] = [countOf(part["pkts_toserver"]), countOf(part["pkts_toclient"])];
  const [origWire, respWire] = [countOf(part["bytes_toserver"]), countOf(part["bytes_toclient"])];
  return {
    kind: "conn",
    ...connectionOf(event),
    ts: start,
    proto,
    service: serviceOf(appProto),
    duration,
    orig_bytes: payloadOf(origWire, origPkts, proto, isIPv6),
    resp_bytes: payloadOf(respWire, respPkts, proto, isIPv6),
    conn_state: stateOf(event),
    orig_pkts: origPkts,
    orig_ip_bytes: withoutFrames(origWire, origPkts),
    resp_pkts: respPkts,
    resp_ip_bytes: withoutFrames(respWire, respPkts),
    orig_l2_addr: firstText(event, ether["src_macs"] ?? ether["src_mac"]),
    resp_l2_addr: firstText(event, ether["dest_macs"] ?? ether["dest_mac"]),
    vlan: countOf(vlan),
    inner_vlan: countOf(innerVlan),
    community_id: textOf(event, object["community_id"]),
  };
}

/** Bytes of an Ethernet header (IEEE 802.3), of IP headers without options (RFC 791, RFC 8200), of UDP's (RFC 768). */
const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const UDP = 8;
/** Of TCP's with the timestamps that most systems send (RFC 9293, RFC 7323), and what a SYN has besides. */
const TCP = 32;
const SYN_OPTIONS = 8;

/** Bytes of IP packets, from those of frames. */
export function withoutFrames(bytes: number | undefined, packets = 0): number | undefined {
  return bytes === undefined ? undefined : Math.max(0, bytes - ETHERNET * packets);
}

/**
 * Bytes of payload in so many bytes of packets: what is left without the headers that such packets usually have. Rather too
 * few than too many: a connection over which nothing was said must not look as if something had been.
 */
export function payloadOf(
  bytes: number | undefined,
  packets: number | undefined,
  proto: string,
  isIPv6: boolean,
): number | undefined {
  if (bytes === undefined || packets === undefined || packets === 0) return bytes;
  const header = ETHERNET + (isIPv6 ? IPV6 : IPV4) + (proto === "tcp" ? TCP : UDP);
  return Math.max(0, bytes - header * packets - (proto === "tcp" ? SYN_OPTIONS : 0));
}

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;

/**
 * Zeek's word for how the connection went. Suricata's own (new, established, closed, bypassed) says when it stopped to look
 * rather than what happened: a refused connection and a finished one are both "closed". What both ends have sent tells them
 * apart: the TCP flags of each direction, or whether there was an answer. Without those, its own word is kept.
 */
function stateOf(event: Event): string {
  const { object, part, proto } = event;
  const word = textOf(event, part["state"]) ?? "";
  const answers = countOf(part["pkts_toclient"]);
  if (proto === "icmp") return "OTH";
  if (proto !== "tcp") return answers === undefined ? word : answers > 0 ? "SF" : "S0";
  const tcp = partOf(object, "tcp");
  const forth = flagsOf(tcp["tcp_flags_ts"]);
  const back = flagsOf(tcp["tcp_flags_tc"]);
  if (forth === undefined || back === undefined) return word;
  if ((forth & SYN) === 0) return "OTH";
  if (back === 0) return (forth & RST) !== 0 ? "RSTOS0" : (forth & FIN) !== 0 ? "SH" : "S0";
  if ((back & SYN) === 0) return (back & RST) !== 0 ? "REJ" : "OTH";
  const ends = ((forth & FIN) === 0 ? 0 : 1) + ((back & FIN) === 0 ? 0 : 2);
  if (ends === 3) return "SF";
  if ((forth & RST) !== 0) return "RSTO";
  if ((back & RST) !== 0) return "RSTR";
  return ["S1", "S2", "S3"][ends]!;
}

/** "1b": the flags of all segments of one direction; undefined when they are not told. */
function flagsOf(value: unknown): number | undefined {
  const flags = typeof value === "string" ? Number.parseInt(value, 16) : NaN;
  return Number.isNaN(flags) ? undefined : flags;
}

function firstText(event: Event, value: unknown): string | undefined {
  return textOf(event, Array.isArray(value) ? value[0] : value);
}
