// Traffic from or to port 0: no application can ask for that port, so somebody made the packets by hand, to probe a
// firewall or to recognise the operating system behind it.

import { isMulticast } from "../agent/record/address.ts";
import type { Party } from "../agent/evidence/evidence.ts";
import { defineDetector } from "./contract.ts";

/** Protocols whose packets carry ports. For the others the port fields hold types, codes or nothing. */
const PROTOCOLS_WITH_PORTS: ReadonlySet<string> = new Set(["tcp", "udp", "sctp", "dccp"]);

export const port0 = defineDetector({
  name: "port-0",
  summary: "Traffic from or to port 0, which no program uses: hand-made packets",
  raises: {
    port_0_connection: {
      meaning:
        "Packets to or from port 0, which no program can use: somebody made them by hand, to see how a firewall " +
        "or a system reacts to them.",
      threats: ["high"],
      techniques: ["T1046", "T1205"],
      falsePositives:
        "Broken network equipment, and exports (NetFlow) that write 0 for fragments, whose ports they cannot see.",
      whatToDo:
        "If the odd side is one of your hosts, look for scanning tools on it. If it is outside, block the address " +
        "or ignore it; make sure that the firewall drops port 0.",
    },
  },
  settings: {},
  on: {
    conn(record, context) {
      const { orig_h, orig_p, resp_h, resp_p, proto } = record;
      if (orig_p !== 0 && resp_p !== 0) return;
      if (!PROTOCOLS_WITH_PORTS.has(proto) || isMulticast(resp_h)) return;
      // Whoever has port 0 is the odd one; when that is the other host, the finding warns of it.
      const odd = orig_p === 0;
      const source: Party = { direction: "src", kind: "ip", value: orig_h };
      const destination: Party = { direction: "dst", kind: "ip", value: resp_h };
      context.raise({
        type: "port_0_connection",
        threat: "high",
        confidence: 0.8,
        attacker: odd ? source : destination,
        victim: odd ? destination : source,
        proto,
        src_port: orig_p,
        dst_port: resp_p,
        description: `Connection on port 0 from ${endpoint(orig_h, orig_p)} to ${endpoint(resp_h, resp_p)}`,
        fold: proto,
      });
    },
  },
});

/** "10.0.0.1:80", "[2001:db8::1]:80" (RFC 5952 section 6). */
function endpoint(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
