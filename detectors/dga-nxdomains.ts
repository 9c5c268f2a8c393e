// Many different names that do not exist, asked for by one host: malware that generates names by the day and tries one
// after another until its master has registered one (a domain generation algorithm). Told at 10, 15, 20 ... names.
//
// What is made up is the part that can be registered. Any number of names under one domain that exists is something else:
// a mail server that looks senders up in block lists, or a search domain that a resolver tries behind every name.

import { defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { showUid, UIDS_SHOWN } from "./shown.ts";

/** RFC 1035 section 4.1.1, named by RFC 2136. */
const NXDOMAIN = 3;

/** Names remembered in one window; those asked for longest ago go first. Own choice. */
const NAMES_KEPT = 4096;

/** Names at which it is certain. */
const NAMES_FOR_CERTAINTY = 100;

export const dgaNxdomains = defineDetector({
  name: "dga-nxdomains",
  summary: "A host asks for many different names that do not exist, as malware with generated names does",
  raises: {
    dga_nxdomains: {
      meaning: "A host asked for many different names that do not exist. Malware makes up names by the date until it " +
        "finds the one its master has registered today.",
      threats: ["high"],
      techniques: ["T1568.002"],
      falsePositives:
        "A browser that probes for a captive portal with random names, mail servers that check block lists, a " +
        "wrong search domain, security tools.",
      whatToDo:
        "Look at the names: random letters mean malware. Then take the host off the network and scan it; the few " +
        "such names that did resolve lead to the master.",
    },
  },
  settings: {
    names: {
      value: 10,
      unit: "names",
      meaning: "different names without an answer in one time window to be reported",
      minimum: 1,
    },
    names_under_one_domain: {
      value: 3,
      unit: "names",
      meaning: "names under one registered domain that count at most: block lists and search domains have any number",
      minimum: 1,
    },
    step: { value: 5, unit: "names", meaning: "further names after which it is reported again", minimum: 1 },
  },
  windowMemory: () => ({
    names: new Map<string, true>(),
    domains: new Map<string, number>(),
    count: 0,
    uids: [] as string[],
  }),
  on: {
    dns(record, context) {
      const { query, rcode, rcode_name, orig_h, uid } = record;
      if (query === undefined || !(rcode === NXDOMAIN || rcode_name?.includes("NXDOMAIN") === true)) return;
      // Letter case says nothing (RFC 4343); some resolvers mix it on purpose.
      const name = query.toLowerCase();
      if (name.endsWith(".arpa") || name.endsWith(".local")) return;
      // Nobody can register a name without a domain: browsers ask for such to learn whether their resolver lies.
      if (!name.includes(".")) return;
      const { settings, windowMemory: failed } = context;
      const known = failed.names.has(name);
      keep(failed.names, name, true, NAMES_KEPT);
      if (known) return;
      const domain = registeredDomain(name);
      const under = (failed.domains.get(domain) ?? 0) + 1;
      keep(failed.domains, domain, under, NAMES_KEPT);
      if (under > settings.names_under_one_domain) return;
      failed.count++;
      showUid(failed.uids, uid);
      const beyond = failed.count - settings.names;
      if (beyond < 0 || beyond % settings.step !== 0) return;
      context.raise({
        type: "dga_nxdomains",
        threat: "high",
        confidence: Math.min(1, Math.round(failed.count / NAMES_FOR_CERTAINTY * 100) / 100),
        attacker: { direction: "src", kind: "ip", value: orig_h },
        uids: failed.count <= UIDS_SHOWN ? [...failed.uids] : [...failed.uids, uid],
        description: `possible DGA: ${orig_h} asked for ${failed.count} different names that do not exist, ` +
          `as malware does that looks for its master under generated names`,
      });
    },
  },
});

/** Longest label that registries of countries use below their own ("co.uk", "com.br"). */
const REGISTRY_LABEL = 3;

/** The part of a name that somebody registered, near enough: the last two labels, or three below "co.uk" and its like. */
function registeredDomain(name: string): string {
  const labels = name.split(".");
  const [second = "", top = ""] = labels.slice(-2);
  return labels.slice(top.length === 2 && second.length <= REGISTRY_LABEL ? -3 : -2).join(".");
}
