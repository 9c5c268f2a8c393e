// Connections from and to addresses that lists of threat intelligence name, alone or in a network.

import { isIgnored } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import {
  ANY_LEVEL,
  type Connection,
  host,
  type JudgeContact,
  listedBy,
  lookAgain,
  lookAtConnection,
  newLookBack,
  ownLevel,
  seen,
} from "./listed.ts";
import { towards } from "./words.ts";

export const blacklistedIp = defineDetector({
  name: "blacklisted-ip",
  summary: "A connection from or to an address that threat intelligence lists as malicious",
  raises: {
    threat_intelligence_from_blacklisted_ip: {
      meaning:
        "A host on the Internet that lists call malicious connected to one of yours: most such hosts scan, guess " +
        "passwords or send spam. The level is that of the list.",
      threats: ANY_LEVEL,
      techniques: ["T1595"],
      falsePositives:
        "Lists are late: the address may have got another owner. Research scanners are often listed, too.",
      whatToDo:
        "See whether the service that it reached is meant for the Internet, and whether it logged in. Block the " +
        "address if it has no business with you.",
    },
    threat_intelligence_to_blacklisted_ip: {
      meaning:
        "One of your hosts connected to an address that lists call malicious, as malware does when it calls its " +
        "master. Told for both ends: at the list's level for the address, and one step lower for your host where a " +
        "list says no more than medium.",
      threats: ANY_LEVEL,
      techniques: ["T1071"],
      falsePositives: "Servers that many customers share, content networks, an address with a new owner, Tor.",
      whatToDo:
        "Ask what the list says about the address (`smartshield intel lookup ADDRESS`), and find the program on " +
        "your host that connected. With `smartshield intel remove ADDRESS` it is not told again.",
    },
  },
  settings: {},
  memory: newLookBack<Connection>,
  on: {
    conn(record, context) {
      // Only the middle of it was captured, and not even who began it.
      if (record.conn_state === "OTH") return;
      lookAtConnection(record, context, judge);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
});

const judge: JudgeContact<Connection> = (contact, context) => {
  const { orig_h, resp_h, resp_p, proto } = contact;
  const from = isIgnored(orig_h) ? undefined : context.intel.address(orig_h);
  if (from !== undefined) {
    context.raise({
      type: "threat_intelligence_from_blacklisted_ip",
      threat: from.level,
      confidence: from.confidence,
      attacker: host("src", orig_h),
      victim: host("dst", resp_h),
      ...endsOf(contact),
      description: `Connection from the blacklisted address ${orig_h} ${listedBy(from)} to ${resp_h}` +
        towards(resp_p ?? 0, proto),
      fold: from.indicator,
    });
  }
  // Whoever answers a ping says nothing about itself.
  const to = isIgnored(resp_h) || proto === "icmp" ? undefined : context.intel.address(resp_h);
  if (to !== undefined) {
    const description = `Connection from ${orig_h} to the blacklisted address ${resp_h} ${listedBy(to)}` +
      towards(resp_p ?? 0, proto);
    const both = {
      type: "threat_intelligence_to_blacklisted_ip",
      confidence: to.confidence,
      ...endsOf(contact),
      description,
      fold: to.indicator,
    } as const;
    context.raise(
      { ...both, threat: to.level, attacker: host("dst", resp_h), victim: host("src", orig_h), profile: resp_h },
      { ...both, threat: ownLevel(to.level), attacker: host("src", orig_h), victim: host("dst", resp_h) },
    );
  }
  return from !== undefined || to !== undefined;
};

function endsOf(contact: Connection) {
  const { proto, orig_p, resp_p } = contact;
  return { proto, src_port: orig_p, dst_port: resp_p, ...seen(contact) };
}
