// What a service is: which questions it answers, whom it contacts, and how. One file each in services/.

import type { Answer, Question, Service } from "./question.ts";

/** What the look-up thread is told; plain data. */
export interface LookupSettings {
  /** Seconds after which a service has not answered. */
  timeout: number;
  /** The DNS server, which is asked by reverse DNS and Spamhaus. */
  dns: { ip: string; port: number };
  /** Keys by service; never told to anybody but that service. */
  keys: Partial<Record<Service, string>>;
  /** Where services are; for tests, and for mirrors of one's own. Else the services' own addresses. */
  addresses?: Partial<Record<Service, string>>;
  /** RDAP servers of top-level domains, beside the well-known ones: "https://rdap.example/" by "tld". */
  rdap: Readonly<Record<string, string>>;
}

/** What one service adds to an answer. */
export type Part = Partial<Omit<Answer, "question">>;

export interface ServiceDefinition {
  readonly name: Service;
  /** Hosts that it contacts, as net permissions name them: "host:port"; "any" for one that goes to what was seen. */
  hosts(settings: LookupSettings): readonly string[] | "any";
  answers(question: Question): boolean;
  /** How often it is asked, by default: what it allows, or what is polite. Requests a minute. */
  readonly perMinute: number;
  /** Requests a day, where it has such a limit. */
  readonly perDay?: number;
  /**
   * Asks.
   * @throws {LookupFailure} when there is no answer.
   */
  ask(question: Question, settings: LookupSettings): Promise<Part>;
}

/** "host:port" of a URL. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === "" ? (protocol === "http:" ? "80" : "443") : port}`;
}

/** A member of a JSON object that should be a text. */
export function textOf(value: unknown, ...path: readonly string[]): string | undefined {
  const found = memberOf(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** A member of a JSON object that should be a number, also where it is written as a text. */
export function numberOf(value: unknown, ...path: readonly string[]): number | undefined {
  const found = memberOf(value, ...path);
  const number = typeof found === "string" && found.trim() !== "" ? Number(found) : found;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** Characters of what a service calls something. Own choice: half a line. */
const LONGEST_WORDS = 120;

/** Words for people: one line, without what terminals would obey, cut. */
export function wordsOf(...parts: readonly unknown[]): string {
  const words = parts.flat().filter((part) => typeof part === "string" && part !== "").join(", ");
  // deno-lint-ignore no-control-regex
  const plain = words.replace(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g, " ");
  return plain.length > LONGEST_WORDS ? `${plain.slice(0, LONGEST_WORDS - 1)}…` : plain;
}
