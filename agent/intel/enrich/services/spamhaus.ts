// Spamhaus ZEN: whether an address is on one of Spamhaus's block lists, asked by DNS
// (https://docs.spamhaus.com/datasets/docs/source/70-access-methods/data-query-service/040-dqs-queries.html).

import { isGlobal } from "../../../record/address.ts";
import { resolve, reversed, serverName } from "../dns.ts";
import { LookupFailure } from "../http.ts";
import type { ServiceDefinition } from "../service.ts";

/** The public zone. */
const ZONE = "zen.spamhaus.org";

/** What the answers mean ("Return Codes"). */
const LISTS: Readonly<Record<string, string>> = {
  "127.0.0.2": "SBL (spam sources)",
  "127.0.0.3": "CSS (spam sources, found automatically)",
  "127.0.0.4": "XBL (hijacked or infected hosts)",
  "127.0.0.5": "XBL (hijacked or infected hosts)",
  "127.0.0.6": "XBL (hijacked or infected hosts)",
  "127.0.0.7": "XBL (hijacked or infected hosts)",
  "127.0.0.9": "DROP (networks run by criminals)",
};

/** Lists of addresses from which no mail should come (dial-up lines): nearly every home is on them. */
const POLICY_LISTS = ["127.0.0.10", "127.0.0.11"];

/** Answers that tell of a mistake in asking. */
const ERRORS: Readonly<Record<string, string>> = {
  "127.255.255.252": "does not know the zone",
  "127.255.255.254": "does not answer public DNS servers: name a server of your own in enrichment.dns_server",
  "127.255.255.255": "was asked too often",
};

export const SPAMHAUS: ServiceDefinition = {
  name: "spamhaus",
  perMinute: 60,
  hosts: ({ dns }) => [serverName(dns)],
  answers: (question) => question.ask === "address" && isGlobal(question.ip),
  async ask(question, settings) {
    const address = question.ask === "address" ? reversed(question.ip) : undefined;
    if (address === undefined) return {};
    const codes = await resolve(`${address.labels}.${settings.addresses?.spamhaus ?? ZONE}`, "A", settings);
    const mistake = codes.map((code) => ERRORS[code]).find((text) => text !== undefined);
    if (mistake !== undefined) {
      throw new LookupFailure(`Spamhaus ${mistake}`, codes.includes("127.255.255.255") ? "limited" : "refused");
    }
    const lists = [...new Set(codes.sort().map((code) => LISTS[code]).filter((text) => text !== undefined))];
    if (lists.length > 0) return { verdicts: [{ service: "spamhaus", says: "malicious", words: lists.join(", ") }] };
    // A resolver that answers every question with an address of its own (captive portals do) says nothing.
    if (codes.some((code) => !POLICY_LISTS.includes(code))) {
      throw new LookupFailure("the DNS server answers for Spamhaus with addresses of its own", "failed");
    }
    return { verdicts: [{ service: "spamhaus", says: "unknown", words: "" }] };
  },
};
