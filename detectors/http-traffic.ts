// HTTP without encryption: whoever sits on the way reads it and can change it. No attack by itself, but worth knowing.

import { defineDetector } from "./contract.ts";

export const httpTraffic = defineDetector({
  name: "http-traffic",
  summary: "A host speaks HTTP without encryption, which anybody on the way can read and change",
  raises: {
    http_traffic: {
      meaning:
        "A host spoke HTTP without encryption: whoever is on the way can read it, passwords included, and change " +
        "it.",
      threats: ["info"],
      techniques: ["T1071.001", "T1040"],
      falsePositives: "Updates that are signed, captive portals, devices in the house without TLS.",
      whatToDo: "Nothing urgent. If passwords go this way, switch the service to HTTPS.",
    },
  },
  settings: {},
  on: {
    http(record, context) {
      const { orig_h, orig_p, resp_h, resp_p } = record;
      context.raise({
        type: "http_traffic",
        threat: "info",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description:
          `Unencrypted HTTP traffic from ${orig_h} to ${resp_h} (port ${resp_p}), which anybody on the way ` +
          `can read and change`,
        fold: String(resp_p),
      });
    },
  },
});
