// Requests for the front page of a search engine over plain HTTP that carry nothing, again and again: malware that looks
// whether it has a way to the Internet.

import { defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";

/** What browsers put before a name. */
const WWW = "www.";

/** Sites counted of one profile in one window; there are not many in the settings. */
const SITES_KEPT = 64;

export const emptyConnections = defineDetector({
  name: "empty-connections",
  summary: "A host keeps asking a well-known site for nothing, as malware does to test its way to the Internet",
  raises: {
    empty_connections: {
      meaning: "A host asked a well-known site for its front page over plain HTTP, several times, and sent nothing. " +
        "Malware does that to see whether it has a way to the Internet; browsers have used HTTPS for these sites " +
        "for years.",
      threats: ["medium"],
      techniques: ["T1016", "T1071.001"],
      falsePositives: "Monitoring, captive-portal checks of old devices, scripts that test the line.",
      whatToDo: "See which program asks. A script of yours can be whitelisted; if nobody knows it, scan the host.",
    },
  },
  settings: {
    requests: {
      value: 4,
      unit: "requests",
      meaning: "empty requests of one host for the same site in one time window to be reported",
      minimum: 1,
      maximum: 100,
    },
    sites: {
      value: ["bing.com", "google.com", "yandex.com", "yahoo.com", "duckduckgo.com", "gmail.com"],
      unit: "",
      meaning: "sites whose front page malware asks for, with and without www.",
    },
  },
  /** Uids of the empty requests since the last report, by site. */
  windowMemory: () => new Map<string, string[]>(),
  on: {
    http(record, context) {
      const { uri, host, request_body_len, orig_h, resp_h, resp_p, orig_p, uid } = record;
      if (uri !== "/" || host === undefined || request_body_len !== 0) return;
      const { settings, windowMemory: asked } = context;
      const name = host.toLowerCase();
      const site = name.startsWith(WWW) ? name.slice(WWW.length) : name;
      if (!settings.sites.includes(site)) return;
      const uids = [...asked.get(site) ?? [], uid];
      if (uids.length < settings.requests) {
        keep(asked, site, uids, SITES_KEPT);
        return;
      }
      asked.delete(site);
      context.raise({
        type: "empty_connections",
        threat: "medium",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        uids,
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description:
          `Multiple empty HTTP connections to ${site}: ${orig_h} asked ${uids.length} times for its front page ` +
          `and sent nothing, as malware does to see whether it has a way to the Internet`,
        fold: site,
      });
    },
  },
});
