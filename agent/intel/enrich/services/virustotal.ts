// VirusTotal, version 3 of its interface: what some 90 scanners say of a file, a URL or an address
// (https://docs.virustotal.com/reference/overview). Needs a key; the free one allows 4 questions a minute and 500 a day.

import { Buffer } from "node:buffer";
import { isGlobal } from "../../../record/address.ts";
import type { Question } from "../question.ts";
import { askJson, LookupFailure } from "../http.ts";
import { hostOf, memberOf, numberOf, type ServiceDefinition, textOf, wordsOf } from "../service.ts";

const ADDRESS = "https://www.virustotal.com/api/v3/";

/** Scanners that must agree: single ones are wrong often. Own choice, as analysts do. */
const SCANNERS = 3;

export const VIRUSTOTAL: ServiceDefinition = {
  name: "virustotal",
  perMinute: 4,
  perDay: 500,
  hosts: (settings) => [hostOf(settings.addresses?.virustotal ?? ADDRESS)],
  answers: (question) => pathOf(question) !== undefined,
  async ask(question, settings) {
    const key = settings.keys.virustotal;
    if (key === undefined) throw new LookupFailure("VirusTotal needs a key: enrichment.virustotal_key_file", "refused");
    const answer = await askJson({
      method: "GET",
      url: `${settings.addresses?.virustotal ?? ADDRESS}${pathOf(question)}`,
      headers: { "x-apikey": key },
    }, settings.timeout);
    if (answer === undefined) return { verdicts: [{ service: "virustotal", says: "unknown", words: "" }] };
    const counts = memberOf(answer, "data", "attributes", "last_analysis_stats");
    const count = (name: string): number => numberOf(counts, name) ?? 0;
    const malicious = count("malicious");
    const asked = malicious + count("suspicious") + count("harmless") + count("undetected");
    const label = textOf(answer, "data", "attributes", "popular_threat_classification", "suggested_threat_label");
    return {
      verdicts: [{
        service: "virustotal",
        says: malicious >= SCANNERS ? "malicious" : "unknown",
        words: wordsOf(label, `${malicious} of ${asked} scanners`),
        ...asked === 0 ? {} : { share: malicious / asked },
      }],
    };
  },
};

function pathOf(question: Question): string | undefined {
  switch (question.ask) {
    case "file": {
      const hash = question.sha256 ?? question.sha1 ?? question.md5;
      return hash === undefined ? undefined : `files/${hash}`;
    }
    case "url":
      return `urls/${Buffer.from(question.url).toString("base64url")}`;
    case "address":
      return isGlobal(question.ip) ? `ip_addresses/${question.ip}` : undefined;
    default:
      return undefined;
  }
}
