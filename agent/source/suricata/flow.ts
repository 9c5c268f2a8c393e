// A flow event as a connection. Suricata counts whole packets, link headers included, and knows no payload bytes: its bytes
// stand for both. It has no history; its state is one of new, established, closed, bypassed.

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
  const origBytes = countOf(part["bytes_toserver"]);
  const respBytes = countOf(part["bytes_toclient"]);
  return {
    kind: "conn",
    ...connectionOf(event),
    ts: start,
    proto,
    service: serviceOf(appProto),
    duration,
    orig_bytes: origBytes,
    resp_bytes: respBytes,
    conn_state: textOf(event, part["state"]) ?? "",
    orig_pkts: countOf(part["pkts_toserver"]),
    orig_ip_bytes: origBytes,
    resp_pkts: countOf(part["pkts_toclient"]),
    resp_ip_bytes: respBytes,
    orig_l2_addr: firstText(event, ether["src_macs"] ?? ether["src_mac"]),
    resp_l2_addr: firstText(event, ether["dest_macs"] ?? ether["dest_mac"]),
    vlan: countOf(vlan),
    inner_vlan: countOf(innerVlan),
    community_id: textOf(event, object["community_id"]),
  };
}

function firstText(event: Event, value: unknown): string | undefined {
  return textOf(event, Array.isArray(value) ? value[0] : value);
}
