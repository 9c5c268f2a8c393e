// Connections to addresses that no name led to. People and their programs use names; malware often carries the addresses
// of its masters with it. So do peer-to-peer programs and well-known organisations, the latter of which are left out.

import { isIgnored } from "../agent/record/address.ts";
import { isKnownResolver } from "../agent/intel/tables/doh-resolvers.ts";
import { organisationsOf } from "../agent/intel/tables/organisations.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { defineDetector } from "./contract.ts";
import { isForEverybody } from "./everybody.ts";
import { keep } from "./keep.ts";

/** Connections of one profile that wait at once; beyond them none is judged until some are decided. Own choice. */
const CONNECTIONS_WAITING = 1024;

/** Resolvers over HTTPS remembered of one profile; nobody uses more than a few. */
const RESOLVERS_KEPT = 16;

/** How sure one is, and how sure while the run is young: names resolved before it began may still be in use. */
const CONFIDENCE = 0.8;
const CONFIDENCE_WHILE_YOUNG = 0.1;

/** A connection that waits for its name. */
type Waiting = Pick<RecordOf<"conn">, "ts" | "uid" | "orig_p" | "resp_h" | "resp_p" | "proto">;

export const connectionWithoutDns = defineDetector({
  name: "connection-without-dns",
  summary: "A host connects to an address that no name led to, as malware does that carries addresses with it",
  raises: {
    connection_without_dns: {
      meaning: "A host connected to an address that no name had led to. People and their programs use names; malware " +
        "often carries the addresses of its masters with it.",
      threats: ["info"],
      techniques: ["T1071", "T1095"],
      falsePositives:
        "Peer-to-peer programs, games, VPNs, time servers, names resolved before the capture began or over an " +
        "encrypted way.",
      whatToDo:
        "Nothing by itself. With other findings about the same address, look up whose it is and which program " +
        "went there.",
    },
  },
  settings: {
    wait: {
      value: 15,
      unit: "seconds",
      meaning: "how long the DNS record of a connection may come after the connection's own",
      minimum: 1,
    },
    resolved_within: {
      value: 86_400,
      unit: "seconds",
      meaning: "a name that resolved to the address this long before still counts",
      minimum: 0,
    },
    live_grace: {
      value: 1800,
      unit: "seconds",
      meaning: "on live traffic, time after the start in which connections are not judged",
      minimum: 0,
    },
    live_young: {
      value: 18_000,
      unit: "seconds",
      meaning: "on live traffic, time after the start in which findings are unsure (confidence 0.1)",
      minimum: 0,
    },
  },
  memory: () => ({ waiting: 0, resolvers: undefined as Map<string, true> | undefined }),
  on: {
    ssl(record, { memory }) {
      if (record.is_DoH !== true && !isKnownResolver(record.server_name, record.resp_h, record.resp_p)) return;
      memory.resolvers ??= new Map();
      keep(memory.resolvers, record.resp_h, true, RESOLVERS_KEPT);
    },
    conn(record, context) {
      const { ts, uid, orig_p, resp_h, resp_p, proto, service, local_resp } = record;
      if (service === "dns" || proto === "icmp" || isIgnored(resp_h) || local_resp === true) return;
      const { memory, settings, network, now, started } = context;
      if (network.isDhcpServer(resp_h) || isForEverybody(record)) return;
      if (context.live && now - started < settings.live_grace) return;
      if (isResolved(resp_h, ts - settings.resolved_within, network)) return;
      if (memory.waiting >= CONNECTIONS_WAITING) return;
      memory.waiting++;
      const waiting: Waiting = { ts, uid, orig_p, resp_h, resp_p, proto };
      context.after(settings.wait, waiting);
    },
  },
  timer(note, context) {
    const { ts, uid, orig_p, resp_h, resp_p, proto } = note as Waiting;
    const { memory, settings, network, profile } = context;
    memory.waiting--;
    // In flows alone (a lone conn.log, NetFlow) no names can be seen, and every connection would be without.
    if (!network.seesContent || isResolved(resp_h, ts - settings.resolved_within, network)) return;
    if (memory.resolvers?.has(resp_h) === true || isWellKnown(resp_h, network)) return;
    const young = context.live && ts - context.started < settings.live_young;
    context.raise({
      type: "connection_without_dns",
      threat: "info",
      confidence: young ? CONFIDENCE_WHILE_YOUNG : CONFIDENCE,
      attacker: { direction: "src", kind: "ip", value: profile },
      victim: { direction: "dst", kind: "ip", value: resp_h },
      timestamp: ts,
      uids: [uid],
      proto,
      src_port: orig_p,
      dst_port: resp_p,
      description: `Connection without DNS resolution: ${profile} connected to ${resp_h} (port ${resp_p}/${proto}), ` +
        `an address that no name led to in the last ${Math.round(settings.resolved_within / 3600)} hours`,
      fold: proto,
    });
  },
});

/** Whether any host's question was answered with the address since `since`. */
function isResolved(ip: string, since: number, network: NetworkPicture): boolean {
  const resolution = network.resolution(ip);
  return resolution !== undefined && resolution.last >= since;
}

/** Whether the address belongs to a well-known organisation, by itself or by a name that TLS clients asked for there. */
function isWellKnown(ip: string, network: NetworkPicture): boolean {
  return organisationsOf({ ip }).length > 0 ||
    network.serverNames(ip).some((domain) => organisationsOf({ domain }).length > 0);
}
