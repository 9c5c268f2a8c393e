// Hosts from the Internet that connect to ours and that a service calls malicious when it is asked: the lists at hand are
// looked up by blacklisted-ip.ts. Nobody is asked offline, or where no such service is switched on.

import { isGlobal } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import { type Contact, contactOf, host, seen } from "./listed.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";
import { levelOfShare } from "./verdicts.ts";
import { towards } from "./words.ts";

/** How sure one is of what one service says of an address, which may have got another owner. */
const CONFIDENCE = 0.7;

interface Visit extends Contact {
  proto: string;
}

export const listedVisitor = defineDetector({
  name: "listed-visitor",
  summary: "A host on the Internet that a service calls malicious connects to one of ours",
  raises: {
    threat_intelligence_from_blacklisted_ip: {
      meaning: "A host on the Internet connected to one of yours, and a service that was asked about it (Spamhaus, " +
        "VirusTotal) calls it malicious: most such hosts scan, guess passwords or send spam.",
      threats: ["low", "medium", "high", "critical"],
      techniques: ["T1595"],
      falsePositives: "The address may have got another owner. Research scanners are often listed, too.",
      whatToDo:
        "See whether the service that it reached is meant for the Internet, and whether it logged in. Block the " +
        "address if it has no business with you.",
    },
  },
  settings: {},
  windowMemory: () => ({ asked: false }),
  on: {
    conn(record, context) {
      const { orig_h, resp_h, proto } = record;
      if (!isGlobal(orig_h) || isGlobal(resp_h) || context.windowMemory.asked) return;
      // What the lists at hand name, they tell.
      if (context.intel.address(orig_h) !== undefined) return;
      context.windowMemory.asked = true;
      context.ask({ ask: "address", ip: orig_h }, { ...contactOf(record), proto } satisfies Visit);
    },
  },
  answered(note, { verdicts }, context) {
    const visit = note as Visit;
    const { orig_h, orig_p, resp_h, resp_p, proto } = visit;
    const bad = verdicts.filter(({ says }) => says === "malicious");
    if (bad.length === 0) return;
    const shares = bad.map(({ share }) => share).filter((share) => share !== undefined);
    const words = bad.map(({ service, words }) => `${service}: ${words}`).join("; ");
    context.raise({
      type: "threat_intelligence_from_blacklisted_ip",
      threat: levelOfShare(shares.length === 0 ? undefined : Math.max(...shares), "medium"),
      confidence: CONFIDENCE,
      attacker: host("src", orig_h),
      victim: host("dst", resp_h),
      proto,
      src_port: orig_p,
      dst_port: resp_p,
      ...seen(visit),
      description:
        `Connection from the blacklisted address ${orig_h} (known to ${cut(words, TEXT_LENGTH)}) to ${resp_h}` +
        towards(resp_p ?? 0, proto),
      fold: "asked",
    });
  },
});
