// TLS servers that show a certificate of known malware, by its SHA-1: what abuse.ch collects of botnets' servers.

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

interface Showing extends Contact {
  sha1: string;
  /** Who showed the certificate; mostly the server. */
  shower: string;
  other: string;
}

export const maliciousSslCert = defineDetector({
  name: "malicious-ssl-cert",
  summary: "A TLS server shows a certificate that known malware uses",
  raises: {
    malicious_ssl_cert: {
      meaning:
        "A server showed a certificate that is known from servers of malware. Certificates are hardly ever shared, " +
        "so this is good evidence. Told for both ends: at the list's level for the server; for your host lower where " +
        "the list says no more than medium.",
      threats: ANY_LEVEL,
      techniques: ["T1573.002", "T1587.003"],
      falsePositives: "Certificates that come with a product, the same in every copy of it.",
      whatToDo: "Cut the host off and examine it: something on it talks to a server of malware.",
    },
  },
  settings: {},
  memory: newLookBack<Showing>,
  on: {
    files(record, context) {
      const { orig_h, resp_h, source, sha1, is_orig } = record;
      if (sha1 === undefined || orig_h === undefined || resp_h === undefined) return;
      if (!(source ?? "").toUpperCase().includes("SSL")) return;
      const [shower, other] = is_orig === true ? [orig_h, resp_h] : [resp_h, orig_h];
      const ends = contactOf({ ...record, orig_h, resp_h });
      look(`${sha1} ${shower}`, { ...ends, sha1: sha1.toLowerCase(), shower, other }, context, judge);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

const judge: JudgeContact<Showing> = (showing, context) => {
  const { orig_p, resp_p, sha1, shower, other, orig_h } = showing;
  const match = context.intel.certificate(sha1);
  if (match === undefined) return false;
  const both = {
    type: "malicious_ssl_cert",
    confidence: match.confidence,
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(showing),
    description: `${shower} showed ${other} the malicious certificate ${sha1} ${listedBy(match)}`,
    fold: match.indicator,
  } as const;
  const [side, otherSide] = shower === orig_h ? ["src", "dst"] as const : ["dst", "src"] as const;
  context.raise(
    { ...both, threat: match.level, attacker: host(side, shower), victim: host(otherSide, other), profile: shower },
    {
      ...both,
      threat: ownLevel(match.level),
      attacker: host(otherSide, other),
      victim: host(side, shower),
      profile: other,
    },
  );
  return true;
};
