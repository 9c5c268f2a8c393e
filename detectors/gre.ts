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
  raises: {
    gre_tunnel: {
      meaning: "Traffic was carried inside a GRE tunnel, so filters that look at the outside see neither the real " +
        "addresses nor the ports.",
      threats: ["low"],
      techniques: ["T1572"],
      falsePositives: "Tunnels of your own between sites, PPTP, mirrored traffic (ERSPAN) of switches and clouds.",
      whatToDo:
        "If you know both ends, whitelist them. If not, find out who set up the tunnel and block protocol 47 at " +
        "the border.",
    },
    gre_scan: {
      meaning: "A host sent a first GRE packet to another: it opens a tunnel or looks for hosts that would accept one.",
      threats: ["low"],
      techniques: ["T1046", "T1572"],
      falsePositives: "The beginning of a tunnel of your own.",
      whatToDo: "If the source is outside and unknown, make sure that no router of yours accepts GRE from it; block " +
        "protocol 47 at the border.",
    },
  },
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
        fold: scan ? "" : resp_h,
      });
    },
  },
});
