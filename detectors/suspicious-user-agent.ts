// User agents of known malware, and texts in them that attack whoever logs them (Log4Shell's "jndi").

import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH, URL_LENGTH } from "./shown.ts";

/** What parts the products in a user agent (RFC 9110 section 10.1.5), dashes and points in their names included. */
const BETWEEN_WORDS = /[^a-z0-9]+/;

/** A user agent is read this far, characters; real ones are a tenth of it. */
const AGENT_LENGTH = 4096;

export const suspiciousUserAgent = defineDetector({
  name: "suspicious-user-agent",
  summary: "A host names itself as known malware does, or sends an attack in its user agent",
  raises: {
    suspicious_user_agent: {
      meaning: "A program named itself as known malware does, or sent an attack on log servers in its name (jndi, " +
        "Log4Shell).",
      threats: ["high"],
      techniques: ["T1071.001", "T1190"],
      falsePositives: "Tests of your own, and programs whose name happens to contain one of the words.",
      whatToDo:
        "If the host is yours, find the program that made the request and scan the host. If the request came from " +
        "outside to a server of yours, make sure that Log4j and the server are up to date, and look for " +
        "connections that the server opened afterwards.",
    },
  },
  settings: {
    fragments: {
      value: ["httpsend", "chm_msdn", "jndi", "tesseract"],
      unit: "",
      meaning: "user agents that contain one of these, in any letter case, are reported",
    },
    words: {
      value: ["pb"],
      unit: "",
      meaning:
        "user agents with one of these as a whole word are reported; inside others (as in GPBrowser) it is harmless",
    },
  },
  on: {
    http(record, context) {
      const { user_agent, host = record.resp_h, uri = "", orig_p, resp_p } = record;
      if (user_agent === undefined) return;
      const { fragments, words } = context.settings;
      const agent = user_agent.slice(0, AGENT_LENGTH).toLowerCase();
      const found = fragments.find((fragment) => agent.includes(fragment.toLowerCase())) ??
        words.find((word) => agent.includes(word.toLowerCase()) && hasWord(agent, word.toLowerCase()));
      if (found === undefined) return;
      context.raise({
        type: "suspicious_user_agent",
        threat: "high",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: context.profile },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description: `Suspicious user-agent: "${cut(user_agent, TEXT_LENGTH)}" from ${context.profile} to ` +
          `${cut(host + uri, URL_LENGTH)}; it contains ${found}, as known malware or attacks do`,
        fold: `${found} ${cut(host, TEXT_LENGTH)}`,
      });
    },
  },
});

function hasWord(agent: string, word: string): boolean {
  return agent.split(BETWEEN_WORDS).includes(word);
}
