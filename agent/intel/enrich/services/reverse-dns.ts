// Reverse DNS: the name of an address, as whoever runs the address says it.

import { isGlobal } from "../../../record/address.ts";
import { canonicalAddress } from "../../../record/address-text.ts";
import { canonicalDomain } from "../../domain.ts";
import { resolve, reversed, serverName } from "../dns.ts";
import type { ServiceDefinition } from "../service.ts";

export const REVERSE_DNS: ServiceDefinition = {
  name: "reverse_dns",
  perMinute: 60,
  hosts: ({ dns }) => [serverName(dns)],
  answers: (question) => question.ask === "address" && isGlobal(question.ip),
  async ask(question, settings) {
    const address = question.ask === "address" ? reversed(question.ip) : undefined;
    if (address === undefined) return {};
    const zone = address.family === 4 ? "in-addr.arpa" : "ip6.arpa";
    const names = (await resolve(`${address.labels}.${zone}`, "PTR", settings))
      .map((name) => canonicalDomain(name)).filter((name) => name !== undefined);
    // Some servers answer with the address itself.
    const hostname = names.sort().find((name) => canonicalAddress(name) === undefined);
    return hostname === undefined ? {} : { hostname };
  },
};
