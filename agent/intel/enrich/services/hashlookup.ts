// CIRCL hashlookup: files that are known, most of them from operating systems and programs, some as malicious
// (https://hashlookup.circl.lu/).

import { askJson } from "../http.ts";
import { hostOf, memberOf, numberOf, type ServiceDefinition, textOf, wordsOf } from "../service.ts";

const ADDRESS = "https://hashlookup.circl.lu/";

export const HASHLOOKUP: ServiceDefinition = {
  name: "hashlookup",
  perMinute: 60,
  hosts: (settings) => [hostOf(settings.addresses?.hashlookup ?? ADDRESS)],
  answers: (question) => question.ask === "file",
  async ask(question, settings) {
    if (question.ask !== "file") return {};
    const { md5, sha1, sha256 } = question;
    const hash = sha256 !== undefined ? `sha256/${sha256}` : sha1 !== undefined ? `sha1/${sha1}` : `md5/${md5}`;
    const answer = await askJson({
      method: "GET",
      url: `${settings.addresses?.hashlookup ?? ADDRESS}lookup/${hash}`,
    }, settings.timeout);
    if (answer === undefined) return { verdicts: [{ service: "hashlookup", says: "unknown", words: "" }] };
    const lists = memberOf(answer, "KnownMalicious");
    const trust = numberOf(answer, "hashlookup:trust");
    const share = trust === undefined ? {} : { share: Math.min(1, Math.max(0, (100 - trust) / 100)) };
    return {
      verdicts: [
        lists === undefined || lists === "" || (Array.isArray(lists) && lists.length === 0)
          ? { service: "hashlookup", says: "known", words: wordsOf(textOf(answer, "FileName")), ...share }
          : { service: "hashlookup", says: "malicious", words: wordsOf(lists), ...share },
      ],
    };
  },
};
