// Connections that stay open unusually long: a tunnel, a remote shell or a bot that keeps its line open, though most are
// harmless (chat, push messages).

import { isMulticast } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import { towards } from "./words.ts";

/** A connection of a day is as long as we can be sure of. */
const SECONDS_FOR_CERTAINTY = 86_400;

export const longConnection = defineDetector({
  name: "long-connection",
  summary: "A connection that stays open unusually long, as tunnels and remote shells do",
  raises: {
    long_connection: {
      meaning:
        "A connection stayed open much longer than a page or a download needs. Remote shells, tunnels and bots " +
        "that wait for orders look like this; so do many honest programs, so it counts little alone.",
      threats: ["low"],
      techniques: ["T1571", "T1572"],
      falsePositives:
        "Chat, push messages, SSH and VPN sessions, video calls, databases, remote desktops and streaming.",
      whatToDo:
        "See which program holds the connection and whether the other end is known to you. An address that nobody " +
        "can explain, together with other findings of this host, is worth a look at the machine.",
    },
  },
  settings: {
    duration: {
      value: 1500,
      unit: "seconds",
      meaning: "connections longer than this are reported",
      minimum: 0,
    },
  },
  on: {
    conn(record, context) {
      const { duration, orig_h, resp_h, orig_p, resp_p, proto } = record;
      if (duration === undefined || duration <= context.settings.duration) return;
      if (isMulticast(resp_h) || isMulticast(orig_h)) return;
      context.raise({
        type: "long_connection",
        threat: "low",
        confidence: Math.min(1, Math.round(duration / SECONDS_FOR_CERTAINTY * 100) / 100),
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto,
        src_port: orig_p,
        dst_port: resp_p,
        description: `Long Connection. ${orig_h} stayed connected to ${resp_h}${towards(resp_p, proto)} for ` +
          `${Math.floor(duration / 60)} minutes, as tunnels and remote shells do`,
        fold: `${resp_h}${towards(resp_p, proto)}`,
      });
    },
  },
});
