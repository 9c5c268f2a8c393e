// User agents of different systems at one host: several devices behind one address, or a program that lies.

import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";
import { type SystemFamily, systemOf } from "./user-agent.ts";

/** The first agent of the profile that named a system. */
interface Agents {
  first: { agent: string; system: SystemFamily } | undefined;
}

export const multipleUserAgent = defineDetector({
  name: "multiple-user-agent",
  summary: "Programs on one host say that they run on different systems",
  raises: {
    multiple_user_agent: {
      meaning: "Programs on one host said that they run on different systems, such as Windows and Android. Either " +
        "several devices share the address, or one of the programs lies.",
      threats: ["info"],
      techniques: ["T1036", "T1071.001"],
      falsePositives:
        "A router or access point with many devices behind it, virtual machines, phone simulators, browsers that " +
        "ask for the desktop page.",
      whatToDo: "Nothing for an access point. For a single computer, look at the program with the odd agent.",
    },
  },
  settings: {},
  memory: (): Agents => ({ first: undefined }),
  on: {
    http(record, context) {
      const { user_agent, orig_p, resp_p } = record;
      const { memory, profile } = context;
      if (user_agent === undefined || user_agent === memory.first?.agent) return;
      const system = systemOf(user_agent);
      if (system === undefined) return;
      const { first } = memory;
      if (first === undefined) {
        memory.first = { agent: user_agent, system };
        return;
      }
      if (system === first.system) return;
      context.raise({
        type: "multiple_user_agent",
        threat: "info",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: profile },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description: `Multiple user agents of different systems: ${profile} said to run ${first.system} ` +
          `("${cut(first.agent, TEXT_LENGTH)}") and now ${system} ("${
            cut(user_agent, TEXT_LENGTH)
          }"); either several ` +
          `devices share the address or one of the programs lies`,
        fold: system,
      });
    },
  },
});
