// Names in domains that hardly exist yet: phishing and malware use domains while nobody knows them. How old a domain is has
// to be asked for outside; offline, or where nobody answers, nothing is told.

import type { Answer } from "../agent/intel/enrich/question.ts";
import { isAddress, isIgnored } from "../agent/record/address.ts";
import type { Finding } from "../agent/evidence/evidence.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keepNew } from "./keep.ts";
import { isLocalQuestion } from "./local-names.ts";
import { cut, NAME_LENGTH } from "./shown.ts";

const SECONDS_IN_A_DAY = 86_400;

/** Names asked about for each profile and window, the oldest go, and addresses told of for each name. Own choices. */
const NAMES_KEPT = 512;
const ADDRESSES_TOLD = 8;

/** A question to the DNS that waits for the age of its domain. Plain data. */
interface Asked {
  ts: number;
  name: string;
  client: string;
  addresses: string[];
}

export const youngDomain = defineDetector({
  name: "young-domain",
  summary: "A host asks for a name in a domain that was registered only recently",
  raises: {
    young_domain: {
      meaning:
        "A host asked for a name in a domain that was registered only days or weeks before. Domains for phishing " +
        "and for malware are used while nobody knows them yet, and dropped soon after. It is told of the host " +
        "(info) and of the addresses behind the name (low).",
      threats: ["info", "low"],
      techniques: ["T1583.001", "T1568"],
      falsePositives: "New projects, campaigns and shops; a company that has just changed its name.",
      whatToDo:
        "Look the domain up (who registered it, what it shows) before anybody types a password there. If mails " +
        "brought people to it, warn them; if a program asked for it, scan the host.",
    },
  },
  settings: {
    days: {
      value: 60,
      unit: "days",
      meaning: "domains registered less than this before the question are young",
      minimum: 1,
    },
  },
  windowMemory: () => new Map<string, true>(),
  on: {
    dns(record, context) {
      const { query, answers = [], ts, orig_h } = record;
      if (!context.mayAnswer("domain")) return;
      // Without an answer there is nobody behind the name yet, and who asks for made-up names asks for very many.
      if (query === undefined || answers.length === 0 || isLocalQuestion(record) || !query.includes(".")) return;
      const name = query.toLowerCase();
      if (context.windowMemory.has(name)) return;
      keepNew(context.windowMemory, name, true, NAMES_KEPT);
      const addresses = answers.filter((answer) => isAddress(answer) && !isIgnored(answer)).slice(0, ADDRESSES_TOLD);
      context.ask({ ask: "domain", domain: name }, { ts, name, client: orig_h, addresses } satisfies Asked);
    },
  },
  answered: (note, answer, context) => judge(note as Asked, answer, context),
});

function judge(
  { ts, name, client, addresses }: Asked,
  { registered }: Answer,
  context: Context<{ days: number }, undefined, Map<string, true>>,
): void {
  if (registered === undefined) return;
  const age = (ts - registered.at) / SECONDS_IN_A_DAY;
  // Registered after the traffic: another domain had the name then, of which nothing is known.
  if (age < 0 || age >= context.settings.days) return;
  const days = Math.floor(age);
  const domain = cut(registered.domain, NAME_LENGTH);
  const common = {
    type: "young_domain",
    confidence: 1,
    timestamp: ts,
    description: `Young domain: ${client} asked for ${cut(name, NAME_LENGTH)}; ${domain} was registered ` +
      `${days === 0 ? "less than a day" : days === 1 ? "1 day" : `${days} days`} before, as domains for phishing and ` +
      `malware often are`,
    fold: domain,
  } as const;
  context.raise(
    ...addresses.map((ip): Finding => ({
      ...common,
      threat: "low",
      attacker: { direction: "dst", kind: "ip", value: ip },
      profile: ip,
    })),
    {
      ...common,
      threat: "info",
      attacker: { direction: "src", kind: "ip", value: client },
      victim: { direction: "dst", kind: "domain", value: cut(name, NAME_LENGTH) },
    },
  );
}
