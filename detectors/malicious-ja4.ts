// TLS and QUIC clients that speak as known malware does, by JA4 (https://github.com/FoxIO-LLC/ja4), which unlike JA3 stays
// the same when a program mixes up the order of what it offers.

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
  seen,
} from "./listed.ts";

interface Handshake extends Contact {
  ja4: string;
  proto: string;
}

export const maliciousJa4 = defineDetector({
  name: "malicious-ja4",
  summary: "A TLS or QUIC client that speaks as known malware does",
  raises: {
    malicious_ja4: {
      meaning: "A program on one of your hosts opens TLS or QUIC connections exactly as known malware does. The " +
        "fingerprint says which library and settings it uses, not which program it is.",
      threats: ANY_LEVEL,
      techniques: ["T1573.002"],
      falsePositives: "Programs built with the same library and settings.",
      whatToDo: "Find the program behind the connection (its port, its server). Look at what else the host did.",
    },
  },
  settings: {},
  memory: newLookBack<Handshake>,
  on: {
    ssl: (record, context) => judgeHello(record, "tcp", context),
    quic: (record, context) => judgeHello(record, "udp", context),
  },
  intelArrived: (context) => lookAgain(context, judge),
});

function judgeHello(
  record: { ja4?: string | undefined } & Parameters<typeof contactOf>[0],
  proto: string,
  context: Parameters<JudgeContact<Handshake>>[1],
): void {
  const { ja4, resp_h } = record;
  if (ja4 === undefined || ja4 === "") return;
  look(`${ja4} ${resp_h}`, { ...contactOf(record), ja4, proto }, context, judge);
}

const judge: JudgeContact<Handshake> = (handshake, context) => {
  const { orig_h, orig_p, resp_h, resp_p, ja4, proto } = handshake;
  const match = context.intel.fingerprint("ja4", ja4);
  if (match === undefined) return false;
  context.raise({
    type: "malicious_ja4",
    threat: match.level,
    confidence: match.confidence,
    attacker: host("src", orig_h),
    victim: host("dst", resp_h),
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(handshake),
    description: `${orig_h} opens ${proto === "udp" ? "QUIC" : "TLS"} to ${resp_h} with the malicious JA4 ${ja4} ` +
      listedBy(match),
    fold: match.indicator,
  });
  return true;
};
