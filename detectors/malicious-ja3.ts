// TLS programs that speak as known malware does: JA3 is how a client opens the conversation, JA3S how a server answers it
// (https://github.com/salesforce/ja3). The lists of the field hold both in one.

import { defineDetector } from "./contract.ts";
import {
  ANY_LEVEL,
  type Contact,
  contactOf,
  host,
  type JudgeContact,
  listedBy,
  look,
  lookAgain,
  newLookBack,
  ownLevel,
  seen,
} from "./listed.ts";

interface Handshake extends Contact {
  ja3: string | undefined;
  ja3s: string | undefined;
}

export const maliciousJa3 = defineDetector({
  name: "malicious-ja3",
  summary: "A TLS client or server that speaks as known malware does",
  raises: {
    malicious_ja3: {
      meaning:
        "A program on one of your hosts opens TLS connections exactly as known malware does. The fingerprint says " +
        "which library and settings it uses, not which program it is.",
      threats: ANY_LEVEL,
      techniques: ["T1573.002"],
      falsePositives: "Programs built with the same library: old Windows programs and Java share many fingerprints.",
      whatToDo: "Find the program behind the connection (its port, its server). Look at what else the host did.",
    },
    malicious_ja3s: {
      meaning:
        "A TLS server answers exactly as a command-and-control server of known malware does. Told for both ends: " +
        "at the list's level for the server, lower for your host.",
      threats: ANY_LEVEL,
      techniques: ["T1573.002"],
      falsePositives: "Servers with the same library and settings, which is less rare than for clients.",
      whatToDo: "Look up the server's address and name. Look at what else your host did.",
    },
  },
  settings: {},
  memory: newLookBack<Handshake>,
  on: {
    ssl(record, context) {
      const { ja3, ja3s, resp_h } = record;
      if (ja3 === undefined && ja3s === undefined) return;
      look(`${ja3} ${ja3s} ${resp_h}`, { ...contactOf(record), ja3, ja3s }, context, judge);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

const judge: JudgeContact<Handshake> = (handshake, context) => {
  const { orig_h, orig_p, resp_h, resp_p, ja3, ja3s } = handshake;
  const { intel } = context;
  const ends = { proto: "tcp", src_port: orig_p, dst_port: resp_p, ...seen(handshake) } as const;
  const client = ja3 === undefined || ja3 === "" ? undefined : intel.fingerprint("ja3", ja3);
  if (client !== undefined) {
    context.raise({
      type: "malicious_ja3",
      threat: client.level,
      confidence: client.confidence,
      attacker: host("src", orig_h),
      victim: host("dst", resp_h),
      ...ends,
      description: `${orig_h} opens TLS to ${resp_h} with the malicious JA3 ${ja3} ${listedBy(client)}`,
      fold: client.indicator,
    });
  }
  const server = ja3s === undefined || ja3s === ""
    ? undefined
    : intel.fingerprint("ja3s", ja3s) ?? intel.fingerprint("ja3", ja3s);
  if (server !== undefined) {
    const both = {
      type: "malicious_ja3s",
      confidence: server.confidence,
      ...ends,
      description: `The TLS server ${resp_h} that ${orig_h} connected to may be a command-and-control server: it ` +
        `answers with the malicious JA3S ${ja3s} ${listedBy(server)}`,
      fold: server.indicator,
    } as const;
    context.raise(
      { ...both, threat: server.level, attacker: host("dst", resp_h), victim: host("src", orig_h), profile: resp_h },
      { ...both, threat: ownLevel(server.level), attacker: host("src", orig_h), victim: host("dst", resp_h) },
    );
  }
  return client !== undefined || server !== undefined;
};
