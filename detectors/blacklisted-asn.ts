// Connections and DNS answers that lead into an autonomous system that lists call malicious: a provider that rents to
// criminals and looks away. Needs a database of AS numbers.

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

/** How sure one is: most hosts of such a provider may still be harmless. */
const CONFIDENCE = 0.8;

interface Meeting extends Contact {
  /** The address that is looked up. */
  ip: string;
  proto: string;
  /** With a DNS answer: the name asked for. */
  query: string | undefined;
}

export const blacklistedAsn = defineDetector({
  name: "blacklisted-asn",
  summary: "A connection or a DNS answer leads into an autonomous system that threat intelligence lists",
  raises: {
    threat_intelligence_blacklisted_asn: {
      meaning:
        "An address lies in the network of a provider that lists call malicious, either because one of your hosts " +
        "had a connection with it, or because the DNS answered with it. Told for both ends.",
      threats: ANY_LEVEL,
      techniques: ["T1071"],
      falsePositives: "Such providers have ordinary customers, too.",
      whatToDo: "Look at what else the host did with this address. An AS number is taken off with " +
        "`smartshield intel remove AS64496`.",
    },
  },
  settings: {},
  memory: newLookBack<Meeting>,
  on: {
    conn(record, context) {
      if (!isNeeded(context) || record.conn_state === "OTH") return;
      for (const ip of [record.orig_h, record.resp_h]) {
        if (isIgnored(ip) || (ip === record.resp_h && record.proto === "icmp")) continue;
        look(ip, { ...contactOf(record), ip, proto: record.proto, query: undefined }, context, judge);
      }
    },
    dns(record, context) {
      if (!isNeeded(context)) return;
      for (const ip of record.answers ?? []) {
        if (!isAddress(ip) || isIgnored(ip)) continue;
        look(`dns ${ip}`, { ...contactOf(record), ip, proto: record.proto, query: record.query ?? "" }, context, judge);
      }
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

/** Whether any AS number is listed, or may be. */
function isNeeded({ intel }: { intel: { mayChange: boolean; count(kind: "asn"): number } }): boolean {
  return intel.mayChange || intel.count("asn") > 0;
}

const judge: JudgeContact<Meeting> = (contact, context) => {
  const { ip, orig_h, orig_p, resp_h, resp_p, proto, query } = contact;
  const system = context.intel.asnOf(ip);
  const match = system === undefined ? undefined : context.intel.asn(system.number);
  if (match === undefined) return false;
  const at = `AS${system!.number}${system!.organisation === "" ? "" : ` (${system!.organisation})`} ${listedBy(match)}`;
  const other = ip === orig_h ? resp_h : orig_h;
  const both = {
    type: "threat_intelligence_blacklisted_asn",
    threat: match.level,
    confidence: CONFIDENCE * match.confidence,
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(contact),
    description: query !== undefined
      ? `DNS answer ${ip} for ${cut(query, NAME_LENGTH)} to ${orig_h} in the blacklisted ${at}`
      : ip === orig_h
      ? `Connection to ${resp_h} from ${ip} in the blacklisted ${at}`
      : `Connection from ${orig_h} to ${ip} in the blacklisted ${at}`,
    fold: `${query === undefined ? "" : "dns "}${system!.number}`,
  } as const;
  // The one that did it is the profile in hand: the client, or the listed host itself when it came to us.
  if (ip === orig_h) {
    context.raise(
      { ...both, attacker: host("src", ip), victim: host("dst", other) },
      { ...both, attacker: host("dst", ip), victim: host("src", other), profile: other },
    );
  } else {
    context.raise(
      { ...both, attacker: host("src", other), victim: host("dst", ip) },
      { ...both, attacker: host("dst", ip), victim: host("src", other), profile: ip },
    );
  }
  return true;
};
