// Writes records as Suricata would have written the same traffic: what eve.json can carry of them, and nothing else.

import type { AnyRecord, RecordOf } from "../../../../agent/record/schema.ts";

type Event = Record<string, unknown>;

const FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10;

/** TCP flags that both sides have sent in a connection of this state of Zeek's, with an answer. */
const FLAGS: Readonly<Record<string, readonly [forth: number, back: number]>> = {
  S0: [SYN, 0],
  REJ: [SYN, RST | ACK],
  RSTOS0: [SYN | RST, 0],
  SH: [SYN | FIN, 0],
  S1: [SYN | ACK, SYN | ACK],
  S2: [SYN | ACK | FIN, SYN | ACK],
  S3: [SYN | ACK, SYN | ACK | FIN],
  SF: [SYN | ACK | FIN, SYN | ACK | FIN],
  RSTO: [SYN | ACK | RST, SYN | ACK],
  RSTR: [SYN | ACK, SYN | ACK | RST],
};

const written = (seconds: number): string => {
  const micros = Math.round(seconds * 1e6);
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}.${
    String(micros % 1_000_000).padStart(6, "0")
  }+0000`;
};

const hex = (flags: number): string => flags.toString(16).padStart(2, "0");

/** The time at which each event is written, and the event. */
type Timed = readonly [at: number, event: Event];

function common(
  type: string,
  at: number,
  record: { uid: string; orig_h: string; orig_p: number; resp_h: string; resp_p: number },
  proto: string,
): Event {
  const isIcmp = proto === "icmp";
  return {
    timestamp: written(at),
    flow_id: record.uid,
    event_type: type,
    src_ip: record.orig_h,
    ...(isIcmp ? { icmp_type: record.orig_p, icmp_code: record.resp_p } : { src_port: record.orig_p }),
    dest_ip: record.resp_h,
    ...(isIcmp ? {} : { dest_port: record.resp_p }),
    proto: isIcmp ? (record.orig_h.includes(":") ? "IPv6-ICMP" : "ICMP") : proto.toUpperCase(),
  };
}

const SERVICES: Readonly<Record<string, string>> = { ssl: "tls", krb: "krb5" };

function flow(record: RecordOf<"conn">): Timed[] {
  const { ts, duration = 0, proto, service, conn_state, orig_pkts = 0, resp_pkts = 0 } = record;
  const [forth, back] = FLAGS[conn_state] ?? [ACK, resp_pkts > 0 ? ACK : 0];
  const app = service?.split(",")[0];
  return [[ts + duration, {
    ...common("flow", ts + duration, record, proto),
    app_proto: app === undefined ? "failed" : SERVICES[app] ?? app,
    flow: {
      pkts_toserver: orig_pkts,
      pkts_toclient: resp_pkts,
      bytes_toserver: (record.orig_ip_bytes ?? 0) + 14 * orig_pkts,
      bytes_toclient: (record.resp_ip_bytes ?? 0) + 14 * resp_pkts,
      start: written(ts),
      end: written(ts + duration),
      age: Math.round(duration),
      state: conn_state === "S0" ? "new" : "closed",
    },
    ...(proto === "tcp" ? { tcp: { tcp_flags_ts: hex(forth), tcp_flags_tc: hex(back) } } : {}),
    ether: { src_macs: [record.orig_l2_addr], dest_macs: [record.resp_l2_addr] },
  }]];
}

function dns(record: RecordOf<"dns">): Timed[] {
  const { ts, rtt, query, qtype_name, trans_id, rcode_name, answers } = record;
  const question = { id: trans_id, rrname: query, rrtype: qtype_name };
  const events: Timed[] = [[ts, { ...common("dns", ts, record, record.proto), dns: { type: "query", ...question } }]];
  if (rcode_name === undefined) return events;
  const at = ts + (rtt ?? 0);
  const type = (answer: string) =>
    /^[\d.]+$/.test(answer) ? "A" : answer.includes(":") ? "AAAA" : qtype_name === "TXT" ? "TXT" : "CNAME";
  events.push([at, {
    ...common("dns", at, record, record.proto),
    dns: {
      version: 2,
      type: "answer",
      ...question,
      rcode: rcode_name,
      aa: record.AA,
      rd: record.RD,
      ra: record.RA,
      answers: answers?.map((answer, i) => ({
        rrname: query,
        rrtype: type(answer),
        ttl: record.TTLs?.[i],
        rdata: answer.replace(/^TXT \d+ /, ""),
      })),
    },
  }]);
  return events;
}

function http(record: RecordOf<"http">): Timed[] {
  return [[record.ts, {
    ...common("http", record.ts, record, "tcp"),
    tx_id: record.trans_depth - 1,
    http: {
      hostname: record.host,
      url: record.uri,
      http_user_agent: record.user_agent,
      http_content_type: record.resp_mime_types?.[0],
      http_refer: record.referrer,
      http_method: record.method,
      protocol: record.version === undefined ? undefined : `HTTP/${record.version}`,
      status: record.status_code,
      length: record.response_body_len,
      request_body_len: record.request_body_len,
    },
  }]];
}

function tls(record: RecordOf<"ssl">): Timed[] {
  const name = (text: string | undefined) =>
    text?.split(/(?<!\\),/).reverse().map((part) => part.replaceAll("\\,", ",")).join(", ");
  return [[record.ts, {
    ...common("tls", record.ts, record, "tcp"),
    tls: {
      sni: record.server_name,
      version: record.version?.replace(/^TLSv(\d)(\d)$/, "TLS $1.$2"),
      subject: name(record.subject),
      issuerdn: name(record.issuer),
      fingerprint: record.cert_chain_fps?.[0],
      session_resumed: record.resumed,
      ja3: record.ja3 === undefined ? undefined : { hash: record.ja3 },
      ja3s: record.ja3s === undefined ? undefined : { hash: record.ja3s },
      ja4: record.ja4,
    },
  }]];
}

function ssh(record: RecordOf<"ssh">): Timed[] {
  const side = (banner: string | undefined) => {
    const found = /^SSH-([^-]+)-(.*)$/.exec(banner ?? "");
    return found === null ? undefined : { proto_version: found[1], software_version: found[2] };
  };
  return [[record.ts, {
    ...common("ssh", record.ts, record, "tcp"),
    ssh: { client: side(record.client), server: side(record.server) },
  }]];
}

function dhcp(record: RecordOf<"dhcp">): Timed[] {
  const ends = { uid: record.uids?.[0] ?? "1", orig_h: "0.0.0.0", orig_p: 68, resp_h: "255.255.255.255", resp_p: 67 };
  const said = { id: 1, client_mac: record.mac, hostname: record.host_name, requested_ip: record.requested_addr };
  return (record.msg_types ?? []).map((type): Timed => {
    const isReply = type === "OFFER" || type === "ACK" || type === "NAK";
    const event = common("dhcp", record.ts, ends, "udp");
    if (isReply && record.server_addr !== undefined) event["src_ip"] = record.server_addr;
    return [record.ts, {
      ...event,
      dhcp: {
        ...said,
        type: isReply ? "reply" : "request",
        dhcp_type: type.toLowerCase(),
        ...(isReply ? { assigned_ip: record.assigned_addr, lease_time: record.lease_time } : {}),
        client_ip: record.client_addr,
      },
    }];
  });
}

function arp(record: RecordOf<"arp">): Timed[] {
  return [[record.ts, {
    timestamp: written(record.ts),
    event_type: "arp",
    arp: {
      opcode: record.operation,
      src_mac: record.orig_hw,
      src_ip: record.orig_h,
      dest_mac: record.resp_hw,
      dest_ip: record.resp_h,
    },
  }]];
}

function eventsOf(record: AnyRecord): Timed[] {
  switch (record.kind) {
    case "conn":
      return flow(record);
    case "dns":
      return dns(record);
    case "http":
      return http(record);
    case "ssl":
      return tls(record);
    case "ssh":
      return ssh(record);
    case "dhcp":
      return dhcp(record);
    case "arp":
      return arp(record);
    default:
      return [];
  }
}

/** The text of eve.json, in the order of writing. */
export function eveJson(records: readonly AnyRecord[]): string {
  return records.flatMap(eventsOf).sort(([a], [b]) => a - b).map(([, event]) => `${JSON.stringify(event)}\n`).join("");
}
