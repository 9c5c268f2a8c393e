// DNS answers that lead to a listed address or go through a listed name (CNAME), whatever the name that was asked for:
// harmless names are made to lead there when a site or its DNS was taken over.

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

/** How sure one is of a name below a listed domain. */
const CONFIDENCE_OF_CHILD = 0.7;
/** Answers of one record that are looked up: a name has few addresses, and a chain of names is short. */
const ANSWERS_LOOKED_UP = 32;

interface Answered extends Contact {
  query: string;
  answer: string;
  proto: string;
}

export const blacklistedDnsAnswer = defineDetector({
  name: "blacklisted-dns-answer",
  summary: "The DNS answers with an address or a name that threat intelligence lists as malicious",
  raises: {
    threat_intelligence_blacklisted_dns_answer: {
      meaning: "The DNS told one of your hosts that a name leads to an address, or through another name, that lists " +
        "call malicious. The host will probably connect next. Where it is an address it is told for both ends.",
      threats: ANY_LEVEL,
      techniques: ["T1071.004"],
      falsePositives: "Servers that many names share; blocking resolvers that answer with an address of their own.",
      whatToDo: "Look at the name that was asked for, and whether the host connected to the address.",
    },
  },
  settings: {},
  memory: newLookBack<Answered>,
  on: {
    dns(record, context) {
      const { query, answers, proto } = record;
      if (query === undefined || answers === undefined) return;
      for (const answer of answers.slice(0, ANSWERS_LOOKED_UP)) {
        if (answer === "" || answer.startsWith("TXT ")) continue;
        look(`${query} ${answer}`, { ...contactOf(record), query, answer, proto }, context, judge);
      }
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

const judge: JudgeContact<Answered> = (answered, context) => {
  const { query, answer, orig_h, orig_p, resp_p, proto } = answered;
  const isIp = isAddress(answer);
  const match = isIp ? isIgnored(answer) ? undefined : context.intel.address(answer) : context.intel.domain(answer);
  if (match === undefined) return false;
  const shown = cut(query, NAME_LENGTH);
  const both = {
    type: "threat_intelligence_blacklisted_dns_answer",
    threat: match.level,
    confidence: match.confidence * (isIp || match.exact ? 1 : CONFIDENCE_OF_CHILD),
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(answered),
    description: isIp
      ? `The DNS answered ${orig_h}, who asked for ${shown}, with the blacklisted address ${answer} ${listedBy(match)}`
      : `The DNS led ${orig_h}, who asked for ${shown}, through the blacklisted name ${cut(answer, NAME_LENGTH)} ` +
        listedBy(match),
    fold: match.indicator,
  } as const;
  if (isIp) {
    context.raise(
      { ...both, attacker: host("dst", answer), victim: host("src", orig_h), profile: answer },
      { ...both, attacker: host("src", orig_h), victim: host("dst", answer) },
    );
  } else {
    const victim = { direction: "dst", kind: "domain", value: shown } as const;
    context.raise({ ...both, attacker: host("src", orig_h), victim });
  }
  return true;
};
