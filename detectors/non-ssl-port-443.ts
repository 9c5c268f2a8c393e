// Port 443 without TLS: what malware uses to get through firewalls that let web traffic pass.

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

const PORT = 443;
const SERVICE = "ssl";

export const nonSslPort443 = defineDetector({
  name: "non-ssl-port-443",
  summary: "A connection to port 443 that does not speak TLS: hidden where firewalls let web traffic pass",
  raises: {
    non_ssl_port_443_connection: {
      meaning:
        "A connection to port 443 in which nobody spoke TLS, while nothing else between the two did for minutes " +
        "before and after. Firewalls let port 443 pass and most inspection looks away, so malware uses it for its " +
        "own protocol.",
      threats: ["info", "medium"],
      techniques: ["T1571", "T1095"],
      falsePositives:
        "VPNs and messengers that use port 443 for protocols of their own, connections whose beginning the " +
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
  context.raise({
    type: "non_ssl_port_443_connection",
    threat: whole ? "medium" : "info",
    confidence: confidenceIn(doubt),
    attacker: { direction: "src", kind: "ip", value: profile },
    victim: { direction: "dst", kind: "ip", value: resp_h },
    timestamp: ts,
    uids: [uid],
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    description: `non-SSL established connection to port 443. destination IP: ${resp_h}, ${bytes} bytes exchanged ` +
      `with ${profile}${reservation(doubt)}`,
    fold: resp_h,
  });
}
