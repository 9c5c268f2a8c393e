// TLS servers that answer ten odd questions as a command-and-control server does (JARM, https://github.com/salesforce/jarm).
// Asking them is traffic of our own towards a suspect, so that it happens only where the user has switched it on, and only
// when something else about the server is listed.

import { defineDetector } from "./contract.ts";
import { type Contact, contactOf, host, listedBy, seen } from "./listed.ts";

/** How sure one is: a fingerprint belongs to a library and its settings. */
const CONFIDENCE = 0.7;

export const maliciousJarm = defineDetector({
  name: "malicious-jarm",
  summary: "A suspicious TLS server has the fingerprint of a command-and-control server",
  raises: {
    malicious_jarm: {
      meaning:
        "A server that was suspicious already answers TLS exactly as a command-and-control server of known malware " +
        "does. Only when look-ups of JARM are switched on: the server is then contacted. Told for both ends.",
      threats: ["low", "medium"],
      techniques: ["T1573.002"],
      falsePositives: "Other servers with the same library and settings.",
      whatToDo: "Find the program on your host that connected to the server.",
    },
  },
  settings: {},
  on: {
    ssl(record, context) {
      const { ja3, ja3s, resp_h, resp_p, server_name } = record;
      const { intel } = context;
      if (intel.count("jarm") === 0) return;
      const isSuspicious = intel.address(resp_h) !== undefined ||
        (server_name !== undefined && intel.domain(server_name) !== undefined) ||
        (ja3 !== undefined && intel.fingerprint("ja3", ja3) !== undefined) ||
        (ja3s !== undefined && (intel.fingerprint("ja3s", ja3s) ?? intel.fingerprint("ja3", ja3s)) !== undefined);
      if (!isSuspicious) return;
      context.ask({ ask: "jarm", ip: resp_h, port: resp_p, name: server_name }, contactOf(record));
    },
  },
  answered(note, { jarm }, context) {
    const match = jarm === undefined ? undefined : context.intel.fingerprint("jarm", jarm.toLowerCase());
    if (match === undefined) return;
    const contact = note as Contact;
    const { orig_h, orig_p, resp_h, resp_p } = contact;
    // D39: the ports are those of the connection, whatever the server's is.
    const both = {
      type: "malicious_jarm",
      confidence: CONFIDENCE * match.confidence,
      proto: "tcp",
      src_port: orig_p,
      dst_port: resp_p,
      ...seen(contact),
      description:
        `The TLS server ${resp_h} at port ${resp_p}/tcp that ${orig_h} connected to has the malicious JARM ` +
        `${jarm} ${listedBy(match)}`,
      fold: match.indicator,
    } as const;
    context.raise(
      { ...both, threat: "medium", attacker: host("dst", resp_h), victim: host("src", orig_h), profile: resp_h },
      { ...both, threat: "low", attacker: host("src", orig_h), victim: host("dst", resp_h) },
    );
  },
});
