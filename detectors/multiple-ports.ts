// Several connections to one host at ports where nothing usual is found: two programs that understand each other beside
// all that is known. Judged from both ends: the client that finds such ports, and the host that has them open.

import { isEstablished } from "../agent/record/conn-state.ts";
import { isKnownPort } from "../agent/intel/tables/services.ts";
import { defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";

// Own choices, for each profile and window; what was used longest ago goes first.
export const HOSTS_KEPT = 1024;
export const PORTS_KEPT = 256;

/** Ports written out in the sentence; more make nobody wiser. */
const PORTS_TOLD = 20;

interface Connected {
  /** Uid of the latest connection, by port. */
  ports: Map<number, string>;
  /** The most ports that were reported. */
  reported: number;
}

export const multiplePorts = defineDetector({
  name: "multiple-ports",
  summary: "Connections to several ports of one host where no usual service is found",
  raises: {
    connection_to_multiple_ports: {
      meaning: "Connections to several unusual ports of one host, none of them a known service: two programs that " +
        "understand each other beside all that is known, such as the several channels of a remote-control tool.",
      threats: ["info"],
      techniques: ["T1571"],
      falsePositives: "Passive FTP, media servers, clusters and games that use a range of ports.",
      whatToDo: "Find out what the server is. If it is outside and unknown, look at the program on your host that " +
        "connects to it.",
    },
  },
  settings: {
    ports: {
      value: 2,
      unit: "ports",
      meaning:
        "ports without a usual service on one host, in one time window, that are reported; each further one is too",
      minimum: 2,
      maximum: PORTS_KEPT,
    },
  },
  roles: ["client", "server"],
  /** By the other host. */
  windowMemory: (): { client: Map<string, Connected>; server: Map<string, Connected> } => ({
    client: new Map(),
    server: new Map(),
  }),
  on: {
    conn(record, context) {
      const { orig_h, resp_h, resp_p, proto, service, uid } = record;
      if (proto !== "tcp" || service !== undefined && service !== "") return;
      if (isKnownPort(resp_p, proto) || !isEstablished(record)) return;
      const { role } = context;
      const other = role === "client" ? resp_h : orig_h;
      const hosts = context.windowMemory[role];
      const connected = hosts.get(other) ?? { ports: new Map(), reported: 0 };
      keep(hosts, other, connected, HOSTS_KEPT);
      keep(connected.ports, resp_p, uid, PORTS_KEPT);
      const count = connected.ports.size;
      if (count < context.settings.ports || count <= connected.reported) return;
      connected.reported = count;
      const client = { direction: "src", kind: "ip", value: orig_h } as const;
      const server = { direction: "dst", kind: "ip", value: resp_h } as const;
      const ports = portList([...connected.ports.keys()]);
      context.raise({
        type: "connection_to_multiple_ports",
        threat: "info",
        confidence: 0.5,
        attacker: role === "client" ? client : server,
        victim: role === "client" ? server : client,
        uids: [...connected.ports.values()],
        proto,
        description: role === "client"
          ? `Connection to multiple ports ${ports} of ${resp_h} from ${orig_h}; no usual service is found there`
          : `Connection to multiple ports ${ports} of ${resp_h} by ${orig_h}; ${resp_h} has unusual services open`,
        fold: `${role} ${resp_h} ${orig_h}`,
      });
    },
  },
});

function portList(ports: number[]): string {
  const told = ports.sort((a, b) => a - b).slice(0, PORTS_TOLD).join(", ");
  return ports.length > PORTS_TOLD ? `${told} and ${ports.length - PORTS_TOLD} more` : told;
}
