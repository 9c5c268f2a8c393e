// A name on the Internet that resolves to a private address: a resolver that blocks it, a name served differently inside
// a company, or DNS rebinding, with which a web page reaches into the network of whoever looks at it.

import { isPrivate } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import { isLocalQuestion } from "./local-names.ts";
import { cut, NAME_LENGTH } from "./shown.ts";
import { lastLabels } from "./words.ts";

export const invalidDnsResolution = defineDetector({
  name: "invalid-dns-resolution",
  summary: "A name resolves to a private address, as in DNS rebinding or behind a blocking resolver",
  raises: {
    invalid_dns_resolution: {
      meaning: "A name of the Internet resolved to a private address. Filters answer so, and companies for their own " +
        "services; an attacker does it to make a browser reach into the network behind the firewall (DNS " +
        "rebinding).",
      threats: ["info"],
      techniques: ["T1557", "T1071.004"],
      falsePositives: "Blocking name servers, split DNS in companies, test domains, router pages.",
      whatToDo:
        "If you know the name, nothing. If not, and several hosts were sent to one inner address by it, have the " +
        "name server drop private answers (its option is called rebind protection).",
    },
  },
  settings: {},
  on: {
    dns(record, context) {
      const { query, answers, orig_h } = record;
      if (query === undefined || answers === undefined || isLocalQuestion(record)) return;
      for (const answer of answers) {
        if (!isPrivate(answer)) continue;
        const name = cut(query, NAME_LENGTH);
        context.raise({
          type: "invalid_dns_resolution",
          threat: "info",
          confidence: 0.8,
          attacker: { direction: "src", kind: "ip", value: orig_h },
          victim: { direction: "dst", kind: "domain", value: name },
          description:
            `invalid DNS resolution: ${orig_h} asked for ${name} and was told the private address ${answer}, ` +
            `which cannot be a host on the Internet`,
          fold: lastLabels(name),
        });
      }
    },
  },
});
