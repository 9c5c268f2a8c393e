// Reverse look-ups of many addresses within two seconds: a scanner that wants to know the names of the hosts around it
// before it picks one (nmap does so by default).

import { defineDetector } from "./contract.ts";

/**
 * The reverse name of one IPv4 host (RFC 1035 section 3.5). What services ask of a network in the same domain, such as
 * "lb._dns-sd._udp.0.1.168.192.in-addr.arpa" (RFC 6763 section 11), is about no host.
 */
const HOST = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\.in-addr\.arpa$/;

export const arpaScan = defineDetector({
  name: "arpa-scan",
  summary: "A host looks up the names of many addresses within seconds, as scanners do",
  raises: {
    dns_arpa_scan: {
      meaning:
        "A host looked up the names of many addresses within two seconds, as scanners do to pick the interesting " +
        "ones.",
      threats: ["medium"],
      techniques: ["T1018", "T1590.002"],
      falsePositives: "Log analysis, mail servers and monitoring that resolve addresses in bulk.",
      whatToDo:
        "See whether the host is one that writes logs or monitors. If it is a workstation, look for scans from it " +
        "in the same hour.",
    },
  },
  settings: {
    hosts: {
      value: 10,
      unit: "hosts",
      meaning: "different hosts looked up within the period to be reported",
      minimum: 2,
    },
    period: { value: 2, unit: "seconds", meaning: "period within which they are counted", minimum: 0 },
  },
  // Look-ups of the last seconds, fewer than the threshold; `newest` is the latest of all.
  memory: () => ({ asked: new Map<string, { ts: number; uid: string }>(), newest: -Infinity }),
  on: {
    dns(record, context) {
      const { query, ts, uid, orig_h } = record;
      if (query === undefined || !query.endsWith("arpa") || !HOST.test(query)) return;
      const { memory, settings } = context;
      const { asked } = memory;
      asked.set(query, { ts, uid });
      memory.newest = Math.max(memory.newest, ts);
      for (const [name, seen] of asked) if (memory.newest - seen.ts > settings.period) asked.delete(name);
      if (asked.size < settings.hosts) return;
      const uids = [...asked.values()].map((seen) => seen.uid);
      asked.clear();
      context.raise({
        type: "dns_arpa_scan",
        threat: "medium",
        confidence: 0.7,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        uids,
        description: `performing a DNS ARPA scan: ${orig_h} looked up the names of ${settings.hosts} hosts within ` +
          `${settings.period} seconds, as scanners do before they pick a target`,
      });
    },
  },
});
