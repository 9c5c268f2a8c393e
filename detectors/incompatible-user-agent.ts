// User agents that cannot be true: the program says that it runs on a system that the maker of the network card does not
// sell. Malware copies the agent of a common browser without looking where it runs.

import { macVendor } from "../agent/intel/tables/mac-vendors.ts";
import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH, URL_LENGTH } from "./shown.ts";
import { isSafari, systemOf, systemOfMaker } from "./user-agent.ts";

/**
 * Half sure: virtual machines, adapters and docks of another maker, and computers that share their network look the same.
 * The field says 1, which makes one odd agent as good as proof.
 */
const CONFIDENCE = 0.5;

/** What was judged last, as most requests repeat it. */
interface Judged {
  agent: string;
  mac: string;
  vendor: string | undefined;
  claim: string | undefined;
}

export const incompatibleUserAgent = defineDetector({
  name: "incompatible-user-agent",
  summary: "A program claims to run on a system that the maker of the network card does not sell",
  raises: {
    incompatible_user_agent: {
      meaning:
        "A program claimed in its requests to run on a system that the maker of the network card does not sell, " +
        "such as Windows on a phone of Apple's. Malware copies the name of a common browser without looking where " +
        "it runs.",
      threats: ["high"],
      techniques: ["T1036.005", "T1071.001"],
      falsePositives:
        "Virtual machines, a computer that shares its network with others, adapters and docks of another maker, " +
        "browsers told to pose as another one.",
      whatToDo:
        "Find out what the device is. If it is what its card says, look for the program that makes these requests " +
        "(the agent in the finding helps) and scan it.",
    },
  },
  settings: {},
  memory: (): Judged => ({ agent: "", mac: "", vendor: undefined, claim: undefined }),
  on: {
    http(record, context) {
      const { user_agent, host = record.resp_h, uri = "", orig_p, resp_p } = record;
      if (user_agent === undefined) return;
      const { memory, profile, network } = context;
      const mac = network.macOf(profile);
      if (mac === undefined || mac === network.gateway.mac) return;
      if (memory.agent !== user_agent || memory.mac !== mac) {
        memory.agent = user_agent;
        memory.mac = mac;
        memory.vendor = macVendor(mac);
        memory.claim = memory.vendor === undefined ? undefined : falseClaim(user_agent, memory.vendor);
      }
      const { claim, vendor } = memory;
      if (claim === undefined) return;
      context.raise({
        type: "incompatible_user_agent",
        threat: "high",
        confidence: CONFIDENCE,
        attacker: { direction: "src", kind: "ip", value: profile },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description:
          `Incompatible user agent: ${profile} says that it runs ${claim} ("${cut(user_agent, TEXT_LENGTH)}", ` +
          `to ${cut(host + uri, URL_LENGTH)}), but its network card is made by ${vendor}`,
        fold: claim,
      });
    },
  },
});

/** What the agent claims although the maker's devices do not run it; undefined when that may be true. */
function falseClaim(agent: string, vendor: string): string | undefined {
  const maker = systemOfMaker(vendor);
  if (isSafari(agent) && maker !== "Apple") return "Apple's Safari";
  const system = systemOf(agent);
  if (maker === undefined || system === undefined || system === maker) return undefined;
  // Linux runs on everybody's devices; Google sells Chromebooks, too.
  if (system === "Linux" || system === "Chrome OS") return undefined;
  return system;
}
