// URLhaus of abuse.ch: URLs that spread malware, and the files found there (https://urlhaus-api.abuse.ch/).

import type { Verdict } from "../question.ts";
import { askJson, LookupFailure } from "../http.ts";
import { hostOf, memberOf, numberOf, type ServiceDefinition, textOf, wordsOf } from "../service.ts";

const ADDRESS = "https://urlhaus-api.abuse.ch/v1/";

export const URLHAUS: ServiceDefinition = {
  name: "urlhaus",
  perMinute: 30,
  hosts: (settings) => [hostOf(settings.addresses?.urlhaus ?? ADDRESS)],
  answers: (question) =>
    question.ask === "url" || (question.ask === "file" && (question.md5 ?? question.sha256) !== undefined),
  async ask(question, settings) {
    const isUrl = question.ask === "url";
    const form: Record<string, string> = isUrl
      ? { url: question.url }
      : question.ask === "file" && question.sha256 !== undefined
      ? { sha256_hash: question.sha256 }
      : question.ask === "file" && question.md5 !== undefined
      ? { md5_hash: question.md5 }
      : {};
    const key = settings.keys.urlhaus;
    const answer = await askJson({
      method: "POST",
      url: `${settings.addresses?.urlhaus ?? ADDRESS}${isUrl ? "url" : "payload"}/`,
      headers: key === undefined ? {} : { "Auth-Key": key },
      form,
    }, settings.timeout);
    const status = textOf(answer, "query_status") ?? "no_results";
    if (status === "no_results") return { verdicts: [{ service: "urlhaus", says: "unknown", words: "" }] };
    if (status !== "ok") throw new LookupFailure(`URLhaus cannot answer: ${wordsOf(status)}`, "failed");
    return { verdicts: [isUrl ? urlVerdict(answer) : fileVerdict(answer)] };
  },
};

/** Of a URL: the threat, the tags, and what was found there last. */
function urlVerdict(answer: unknown): Verdict {
  const payloads = memberOf(answer, "payloads");
  const newest = Array.isArray(payloads) ? payloads[0] : undefined;
  return {
    service: "urlhaus",
    says: "malicious",
    words: wordsOf(
      textOf(answer, "threat"),
      textOf(answer, "url_status"),
      memberOf(answer, "tags") ?? [],
      textOf(newest, "signature"),
      textOf(newest, "file_type"),
    ),
    ...shareOf(numberOf(newest, "virustotal", "percent")),
  };
}

/** Of a file: its family and type. */
function fileVerdict(answer: unknown): Verdict {
  return {
    service: "urlhaus",
    says: "malicious",
    words: wordsOf(textOf(answer, "signature"), textOf(answer, "file_type")),
    ...shareOf(numberOf(answer, "virustotal", "percent")),
  };
}

function shareOf(percent: number | undefined): { share?: number } {
  return percent === undefined ? {} : { share: Math.min(1, Math.max(0, percent / 100)) };
}
