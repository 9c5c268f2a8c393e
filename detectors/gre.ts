// GRE tunnels (RFC 2784): traffic inside other traffic, which gets past filters that look at the outside only; and the
// first sight of one, with which somebody may only be looking for hosts that would open such a tunnel.

import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/** Zeek's names. */
const GRE = "Tunnel::GRE";
const DISCOVER = "Tunnel::DISCOVER";

export const gre = defineDetector({
  name: "gre",
  summary: "Traffic is carried in a GRE tunnel, past filters that only look at its outside",
  raises: ["gre_tunnel", "gre_scan"],
  techniques: ["T1572"],
  settings: {},
  on: {
    tunnel(record, context) {
      const { tunnel_type, action, orig_h, resp_h } = record;
      if (tunnel_type !== GRE) return;
      const scan = action === DISCOVER;
      context.raise({
        type: scan ? "gre_scan" : "gre_tunnel",
        threat: "low",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        description: scan
          ? `GRE scan: ${orig_h} sent the first GRE packets to ${resp_h}, which opens a tunnel or looks for one`
          : `GRE tunnel from ${orig_h} to ${resp_h} (${cut(action, TEXT_LENGTH)}), which hides the traffic inside`,
      });
    },
  },
});
