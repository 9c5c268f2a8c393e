// Names that lists of threat intelligence call malicious, alone or by way of a domain above them: asked for in the DNS, of
// a web server or in TLS. And the addresses that the DNS answered with, which from then on are known to belong to them.

import { isAddress, isIgnored } from "../agent/record/address.ts";
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
import { cut, NAME_LENGTH } from "./shown.ts";

/** How sure one is of a name below a listed domain, which may be somebody else's. */
const CONFIDENCE_OF_CHILD = 0.7;
/** Answers of one record that are told: a round robin has any number. */
const ANSWERS_TOLD = 8;

interface Naming extends Contact {
  name: string;
  /** What the host did with the name. */
  did: "asked the DNS for" | "requested a page of" | "spoke TLS with";
  /** With a DNS record: the addresses that it was told. */
  answers: readonly string[] | undefined;
  proto: string;
}

export const blacklistedDomain = defineDetector({
  name: "blacklisted-domain",
  summary: "A host asks for, or talks to, a name that threat intelligence lists as malicious",
  raises: {
    threat_intelligence_blacklisted_domain: {
      meaning: "One of your hosts asked for a name that lists call malicious, or talked to it: phishing, malware, or " +
        "its master, depending on the list; lists of advertisers are only informational. The sentence says whether the " +
        "name itself is listed or a domain above it, which is less sure.",
      threats: ANY_LEVEL,
      techniques: ["T1071.001"],
      falsePositives: "Hosting domains of which only some pages were bad, names that were cleaned up since, mail and " +
        "security programs that look names up to judge them.",
      whatToDo: "Ask what the list says (`smartshield intel lookup NAME`), and what on the host asked for it. With " +
        "`smartshield intel remove NAME` it is not told again.",
    },
    threat_intelligence_answer_of_blacklisted_query: {
      meaning: "The DNS answered the question for a listed name with this address. It is told so that whatever else " +
        "talks to the address is seen in this light.",
      threats: ANY_LEVEL,
      techniques: ["T1071.004"],
      falsePositives: "Sinkholes and parking pages; a server that many names share.",
      whatToDo: "See who else connected to the address.",
    },
  },
  settings: {},
  memory: newLookBack<Naming>,
  on: {
    dns(record, context) {
      const { query, answers, proto } = record;
      if (query === undefined) return;
      const addresses = answers?.filter((answer) => isAddress(answer) && !isIgnored(answer));
      judgeName({ ...contactOf(record), name: query, did: "asked the DNS for", answers: addresses, proto }, context);
    },
    http(record, context) {
      if (record.host === undefined) return;
      // The port may stand behind the name.
      const name = record.host.split(":", 1)[0]!;
      judgeName({ ...contactOf(record), name, did: "requested a page of", answers: undefined, proto: "tcp" }, context);
    },
    ssl: (record, context) => judgeTls(record, "tcp", context),
    quic: (record, context) => judgeTls(record, "udp", context),
  },
  intelArrived: (context) => lookAgain(context, judge),
});

type NamingContext = Parameters<JudgeContact<Naming>>[1];

function judgeTls(
  record: { server_name?: string | undefined } & Parameters<typeof contactOf>[0],
  proto: string,
  context: NamingContext,
): void {
  if (record.server_name === undefined) return;
  judgeName(
    { ...contactOf(record), name: record.server_name, did: "spoke TLS with", answers: undefined, proto },
    context,
  );
}

function judgeName(naming: Naming, context: NamingContext): void {
  // Names that nobody outside gives out.
  if (naming.name.endsWith(".arpa") || naming.name.endsWith(".local")) return;
  look(`${naming.did} ${naming.name}`, naming, context, judge);
}

const judge: JudgeContact<Naming> = (naming, context) => {
  const { name, did, answers, orig_h, orig_p, resp_p, proto } = naming;
  const match = context.intel.domain(name);
  if (match === undefined) return false;
  const confidence = match.confidence * (match.exact ? 1 : CONFIDENCE_OF_CHILD);
  const shown = cut(name, NAME_LENGTH);
  const both = {
    threat: match.level,
    confidence,
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(naming),
    fold: match.indicator,
  } as const;
  const type = "threat_intelligence_blacklisted_domain";
  const description = `${orig_h} ${did} the blacklisted domain ${shown} ${listedBy(match)}`;
  const own = {
    ...both,
    type,
    attacker: host("src", orig_h),
    victim: { direction: "dst", kind: "domain", value: shown },
    description,
  } as const;
  const address = answers?.[0] ?? context.network.addressesOf(name.toLowerCase())[0];
  if (address === undefined) context.raise(own);
  else {
    const attacker = { direction: "dst", kind: "domain", value: shown } as const;
    context.raise(own, { ...both, type, attacker, victim: host("src", orig_h), profile: address, description });
  }
  for (const answer of answers?.slice(0, ANSWERS_TOLD) ?? []) {
    const told = {
      ...both,
      type: "threat_intelligence_answer_of_blacklisted_query",
      description: `The DNS answered ${orig_h}, who asked for the blacklisted domain ${shown} ${listedBy(match)}, ` +
        `with ${answer}`,
      fold: `${match.indicator} ${answer}`,
    } as const;
    context.raise(
      { ...told, attacker: host("dst", answer), victim: host("src", orig_h), profile: answer },
      { ...told, attacker: host("src", orig_h) },
    );
  }
  return true;
};
