// TXT answers that look like noise: encrypted or compressed data, which malware carries in DNS because every network lets
// DNS through. Keys of mail servers (DKIM) look the same.

import { isMulticast } from "../agent/record/address.ts";
import type { Finding } from "../agent/evidence/evidence.ts";
import { defineDetector } from "./contract.ts";
import { cut, NAME_LENGTH, TEXT_LENGTH } from "./shown.ts";
import { lastLabels } from "./words.ts";

/** How answers of this type begin, as Zeek writes them. */
const TXT = "TXT ";

export const highEntropyTxt = defineDetector({
  name: "high-entropy-txt",
  summary: "A DNS TXT answer looks like encrypted data: commands or stolen data carried in DNS",
  raises: {
    high_entropy_dns_answer: {
      meaning:
        "A TXT answer of the DNS looked like noise, as encrypted data does. Malware fetches its orders that way, " +
        "because every network lets DNS through. It is told of the name server (medium) and of the host that " +
        "asked (low).",
      threats: ["low", "medium"],
      techniques: ["T1071.004", "T1132"],
      falsePositives: "Keys for mail (DKIM), verification codes of big providers, licences of security software.",
      whatToDo:
        "Look at the name that was asked for: `_domainkey` and well-known companies are harmless. A name that " +
        "nobody knows, asked for again and again, is a channel: block it and look at the host.",
    },
  },
  settings: {
    entropy: {
      value: 5,
      unit: "bits per character",
      meaning: "TXT answers of this entropy or more are reported",
      minimum: 0,
    },
  },
  on: {
    dns(record, context) {
      const { query = "", answers, orig_h, resp_h } = record;
      if (answers === undefined || isMulticast(orig_h)) return;
      for (const answer of answers) {
        if (!answer.startsWith(TXT)) continue;
        const entropy = entropyOf(answer);
        if (entropy < context.settings.entropy) continue;
        const name = cut(query, NAME_LENGTH);
        // A multicast group (mDNS) is nobody's address: there only the host that speaks can be told of.
        const announced = isMulticast(resp_h);
        const exchange = announced ? `${orig_h} told ${resp_h} about ${name}` : `${orig_h} asked ${resp_h} for ${name}`;
        const say = (direction: "src" | "dst", ip: string): Finding => ({
          type: "high_entropy_dns_answer",
          threat: direction === "src" ? "low" : "medium",
          confidence: 0.6,
          attacker: { direction, kind: "ip", value: ip },
          profile: ip,
          description:
            `DNS TXT answer with high entropy (${entropy.toFixed(2)} bits per character), as encrypted data has: ` +
            `${exchange}, answer "${cut(answer, TEXT_LENGTH)}"`,
          fold: lastLabels(name),
        });
        if (announced) context.raise(say("src", orig_h));
        else context.raise(say("dst", resp_h), say("src", orig_h));
      }
    },
  },
});

/** Shannon entropy in bits per character: 0 for one letter repeated, 6 for random base64. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  let length = 0;
  for (const character of text) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
    length++;
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= count / length * Math.log2(count / length);
  return entropy;
}
