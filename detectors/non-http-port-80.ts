// Port 80 without HTTP: what malware uses to get through firewalls that let web traffic pass.

import { defineDetector } from "./contract.ts";
import {
  confidenceIn,
  createServiceMemory,
  decide,
  type Doubt,
  listen,
  reservation,
  type ServiceContext,
  serviceSettings,
} from "./missing-service.ts";

const PORT = 80;
const SERVICE = "http";

export const nonHttpPort80 = defineDetector({
  name: "non-http-port-80",
  summary: "A connection to port 80 that does not speak HTTP: hidden where firewalls let web traffic pass",
  raises: {
    non_http_port_80_connection: {
      meaning:
        "A connection to port 80 in which nobody spoke HTTP, while nothing else between the two did for minutes " +
        "before and after. Firewalls let port 80 pass, so malware uses it for its own protocol.",
      threats: ["info", "low", "medium"],
      techniques: ["T1571", "T1095"],
      falsePositives:
        "Chat and streaming programs that use port 80 to get out, a proxy, a connection whose beginning the " +
        "capture missed.",
      whatToDo:
        "Find the program that made the connection and look up the address. If it cannot be explained, block the " +
        "address and scan the host.",
    },
  },
  settings: serviceSettings,
  memory: createServiceMemory,
  on: {
    conn: (record, context) => listen(record, PORT, SERVICE, context, judge),
  },
  timer: (note, context) => decide(note, context, judge),
});

function judge(doubt: Doubt, context: ServiceContext): void {
  const { ts, uid, resp_h, orig_p, resp_p, bytes, whole } = doubt;
  const { profile } = context;
  const source = { direction: "src", kind: "ip", value: profile } as const;
  const destination = { direction: "dst", kind: "ip", value: resp_h } as const;
  const common = {
    type: "non_http_port_80_connection",
    confidence: confidenceIn(doubt),
    timestamp: ts,
    uids: [uid],
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    fold: resp_h,
  } as const;
  context.raise(
    {
      ...common,
      threat: whole ? "low" : "info",
      attacker: source,
      victim: destination,
      description: `non-HTTP established connection to port 80. destination IP: ${resp_h}, ${bytes} bytes exchanged ` +
        `with ${profile}${reservation(doubt)}`,
    },
    {
      ...common,
      threat: whole ? "medium" : "info",
      attacker: destination,
      victim: source,
      profile: resp_h,
      description: `non-HTTP established connection to port 80. source IP: ${profile}, ${bytes} bytes exchanged ` +
        `with ${resp_h}${reservation(doubt)}`,
    },
  );
}
