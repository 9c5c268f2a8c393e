// What can be asked of the world outside, and what it answers. Plain data; the same for detectors, threads and services.

/** A question about something seen in the traffic. Which services are asked is the user's choice (docs/privacy.md). */
export type Question =
  /** Since when a registered domain exists. `domain` may be any name in it. */
  | { readonly ask: "domain"; readonly domain: string }
  /** Whether a URL is known to be malicious. */
  | { readonly ask: "url"; readonly url: string }
  /** Whether a file is known; hashes in lower-case hexadecimal, at least one. */
  | {
    readonly ask: "file";
    readonly md5?: string | undefined;
    readonly sha1?: string | undefined;
    readonly sha256?: string | undefined;
  }
  /** The name of an address, and whether it is on a block list. */
  | { readonly ask: "address"; readonly ip: string }
  /** The JARM fingerprint of a TLS server: it is contacted ten times. `name`: what the client asked it for. */
  | { readonly ask: "jarm"; readonly ip: string; readonly port: number; readonly name?: string | undefined };

/** The services, each with a switch of its own. */
export const SERVICES = ["reverse_dns", "rdap", "urlhaus", "hashlookup", "spamhaus", "virustotal", "jarm"] as const;
export type Service = typeof SERVICES[number];

/** A kind of question. */
export type Asked = Question["ask"];

/** What each service may be asked. */
export const ASKED_OF: Readonly<Record<Service, readonly Asked[]>> = {
  reverse_dns: ["address"],
  rdap: ["domain"],
  urlhaus: ["url", "file"],
  hashlookup: ["file"],
  spamhaus: ["address"],
  virustotal: ["url", "file", "address"],
  jarm: ["jarm"],
};

/** Seconds in an hour and a day. */
const HOUR = 3600;
const DAY = 24 * HOUR;

/** How long answers are worth something. Own choices: when a domain was registered does not change, what is malicious does. */
const LIFETIMES: Readonly<Record<Asked, number>> = {
  domain: 30 * DAY,
  file: 7 * DAY,
  url: DAY,
  address: DAY,
  jarm: DAY,
};
/** Nobody knew it: that may be different soon. */
const UNKNOWN_LIFETIME = 6 * HOUR;

/** Seconds for which an answer is worth something. */
export function lifetimeOf({ question, verdicts, hostname, registered, jarm }: Answer): number {
  const isEmpty = verdicts.every(({ says }) => says === "unknown") && (hostname ?? registered ?? jarm) === undefined;
  return isEmpty ? UNKNOWN_LIFETIME : LIFETIMES[question.ask];
}

/** What one service says of a URL, file or address. */
export interface Verdict {
  readonly service: Service;
  /** `known`: it knows it as harmless. */
  readonly says: "malicious" | "known" | "unknown";
  /** What it calls it: a family, tags, a list; for people, one line. */
  readonly words: string;
  /** Share of those asked who call it malicious, or of mistrust, 0..1; undefined where the service has no such number. */
  readonly share?: number | undefined;
}

/** The answer to a question: what every service said that was asked and answered. */
export interface Answer {
  readonly question: Question;
  /** Of a URL, file or address. */
  readonly verdicts: readonly Verdict[];
  /** The name of an address, by reverse DNS. */
  readonly hostname?: string | undefined;
  /** The registered domain, when it was registered (Unix seconds), and by which registrar. */
  readonly registered?:
    | { readonly domain: string; readonly at: number; readonly registrar?: string | undefined }
    | undefined;
  /** Of a TLS server: 62 hexadecimal digits; all 0 when it did not speak TLS. */
  readonly jarm?: string | undefined;
}

/** One text for a question: two questions with the same are the same. */
export function questionKey(question: Question): string {
  switch (question.ask) {
    case "domain":
      return `domain ${question.domain}`;
    case "url":
      return `url ${question.url}`;
    case "file":
      return `file ${question.md5 ?? ""} ${question.sha1 ?? ""} ${question.sha256 ?? ""}`;
    case "address":
      return `address ${question.ip}`;
    case "jarm":
      return `jarm ${question.ip} ${question.port} ${question.name ?? ""}`;
  }
}
