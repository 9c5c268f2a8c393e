// Connections to hosts at which traffic of the Tor network comes out. Using Tor is no attack, but worth knowing in a network
// where nobody should.

import { isIgnored } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import { type Connection, host, type JudgeContact, lookAgain, lookAtConnection, newLookBack, seen } from "./listed.ts";
import { towards } from "./words.ts";

export const torExitNode = defineDetector({
  name: "tor-exit-node",
  summary: "A host connects to an exit of the Tor network",
  raises: {
    tor_exit_node: {
      meaning:
        "One of your hosts connected to an address at which traffic of the Tor network comes out. Malware hides " +
        "its master behind Tor; so do people who want to be left alone.",
      threats: ["info"],
      techniques: ["T1090.003"],
      falsePositives: "Tor Browser; a web server that happens to run on the same host as an exit.",
      whatToDo: "Nothing, unless nobody in your network should use Tor: then ask the user of the host.",
    },
  },
  settings: {},
  memory: newLookBack<Connection>,
  on: {
    conn(record, context) {
      if (isIgnored(record.resp_h)) return;
      lookAtConnection(record, context, judge);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

const judge: JudgeContact<Connection> = (contact, context) => {
  const { orig_h, orig_p, resp_h, resp_p, proto } = contact;
  if (context.intel.torExit(resp_h) === undefined) return false;
  context.raise({
    type: "tor_exit_node",
    threat: "info",
    confidence: 1,
    attacker: host("dst", resp_h),
    victim: host("src", orig_h),
    profile: orig_h,
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(contact),
    description: `Connection from ${orig_h} to ${resp_h}${towards(resp_p ?? 0, proto)}, an exit of the Tor network`,
    fold: "tor",
  });
  return true;
};
