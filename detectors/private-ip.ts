// Traffic between private addresses: mostly ordinary, but an intruder who moves on inside the network does just this.

import { isPrivate } from "../agent/record/address.ts";
import { isEstablished } from "../agent/record/conn-state.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";
import { defineDetector } from "./contract.ts";
import { isForEverybody } from "./everybody.ts";
import { towards } from "./words.ts";

/** What every host asks of its gateway: DNS (53), DHCP (67, 68). */
const GATEWAY_PORTS: ReadonlySet<number> = new Set([53, 67, 68]);

export const privateIp = defineDetector({
  name: "private-ip",
  summary: "A host talks to a private address: inside the network, where intruders move on",
  raises: {
    connection_to_private_ip: {
      meaning:
        "A host talked to a private address. Most traffic of an office does; it is recorded because an intruder " +
        "who moves from host to host leaves just these lines.",
      threats: ["info"],
      techniques: ["T1021"],
      falsePositives: "Nearly all of it: printers, file servers, name servers, the router.",
      whatToDo:
        "Nothing by itself. When a host is suspected for other reasons, read these lines to see whom else it has " +
        "talked to.",
    },
  },
  settings: {},
  on: {
    conn(record, context) {
      const { orig_h, resp_h, orig_p, resp_p, proto } = record;
      if (!isPrivate(resp_h) || !isPrivate(orig_h) || isForEverybody(record)) return;
      // A scanner's knocks are told as a scan.
      if (isServedByGateway(record, context.network) || context.marked("port_scanner") && !isEstablished(record)) {
        return;
      }
      context.raise({
        type: "connection_to_private_ip",
        threat: "info",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto,
        src_port: orig_p,
        dst_port: resp_p,
        description: `Connecting to private IP: ${resp_h}${
          towards(resp_p, proto)
        }, from ${orig_h}: inside the network, where intruders move on`,
        fold: proto,
      });
    },
  },
});

function isServedByGateway({ proto, resp_h, resp_p }: RecordOf<"conn">, network: NetworkPicture): boolean {
  return proto === "udp" && GATEWAY_PORTS.has(resp_p) && network.gateway.ip === resp_h;
}
