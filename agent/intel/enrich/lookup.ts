// Asks the services: each question all that can answer it, each service within its quota, and puts what they say into one
// answer. Runs in the look-up thread.

import { LookupFailure } from "./http.ts";
import { type Answer, type Question, questionKey, type Service } from "./question.ts";
import { createQuota, type Quota } from "./quota.ts";
import type { LookupSettings, Part, ServiceDefinition } from "./service.ts";

/** An answer, and who has been asked for it and answered: others may be asked later. */
export interface Asked {
  answer: Answer;
  services: Service[];
}

export interface LookupCounts {
  /** Requests, by service. */
  asked: Partial<Record<Service, number>>;
  failed: Partial<Record<Service, number>>;
  /** Questions that a service was not asked because its quota was used up, or too many waited. */
  skipped: number;
}

export interface Lookup {
  /** Resolves when all services have answered or it has taken too long; undefined when none said anything. */
  ask(question: Question): Promise<Asked | undefined>;
  /** So many sensors share the limits of a service. */
  divide(service: Service, among: number): void;
  counts(): LookupCounts;
}

export interface LookupOptions {
  services: readonly ServiceDefinition[];
  settings: LookupSettings;
  /** Requests a minute and a day, where they are not the services' own. */
  perMinute: Partial<Record<Service, number>>;
  perDay: Partial<Record<Service, number>>;
  /** Told once for each kind of trouble with a service; one sentence. */
  warn: (sentence: string) => void;
}

/** Questions of one service that wait; more are not asked. Own choice: with 4 a minute, an hour. */
const WAITING_PER_SERVICE = 256;
/** Milliseconds after which an answer goes out with what has come: a detector has better things to do than to wait. */
const PATIENCE = 30_000;

interface Line {
  readonly service: ServiceDefinition;
  readonly quota: Quota;
  readonly waiting: { question: Question; done: (part: Part | undefined) => void }[];
  isWorking: boolean;
  readonly told: Set<string>;
}

/** Look-ups with these services. */
export function createLookup(options: LookupOptions): Lookup {
  const { settings, warn } = options;
  const counts: LookupCounts = { asked: {}, failed: {}, skipped: 0 };
  const lines = options.services.map((service): Line => ({
    service,
    quota: createQuota(
      options.perMinute[service.name] ?? service.perMinute,
      options.perDay[service.name] ?? service.perDay,
    ),
    waiting: [],
    isWorking: false,
    told: new Set(),
  }));
  /** Questions under way: asked twice, answered once. */
  const underWay = new Map<string, Promise<Asked | undefined>>();

  /** Works off what waits for a service, one question after the other. */
  async function work(line: Line): Promise<void> {
    const { service, quota, waiting } = line;
    const { name } = service;
    line.isWorking = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const pause = quota.wait(performance.now());
      if (pause === Infinity) {
        counts.skipped++;
        next.done(undefined);
        continue;
      }
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      quota.spend(performance.now());
      counts.asked[name] = (counts.asked[name] ?? 0) + 1;
      try {
        next.done(await service.ask(next.question, settings));
        quota.succeeded();
      } catch (error) {
        counts.failed[name] = (counts.failed[name] ?? 0) + 1;
        const failure = error instanceof LookupFailure ? error : new LookupFailure(String(error), "failed");
        quota.failed(failure, performance.now());
        if (!line.told.has(failure.kind)) {
          line.told.add(failure.kind);
          const after = quota.isClosed ? "; it is not asked any more" : "; it is asked again later";
          warn(`Look-up ${name}: ${failure.message}${after}.`);
        }
        next.done(undefined);
      }
    }
    line.isWorking = false;
  }

  function askService(line: Line, question: Question): Promise<Part | undefined> {
    if (line.quota.isClosed || line.waiting.length >= WAITING_PER_SERVICE) {
      counts.skipped++;
      return Promise.resolve(undefined);
    }
    return new Promise((done) => {
      line.waiting.push({ question, done });
      if (!line.isWorking) void work(line);
    });
  }

  async function askAll(question: Question): Promise<Asked | undefined> {
    const asked = lines.filter(({ service }) => service.answers(question));
    const parts = new Map<Service, Part>();
    const all = Promise.all(asked.map(async (line) => {
      const part = await askService(line, question);
      if (part !== undefined) parts.set(line.service.name, part);
    }));
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([all, new Promise((resolve) => timer = setTimeout(resolve, PATIENCE))]);
    clearTimeout(timer);
    if (parts.size === 0) return undefined;
    // In the order of the services, whoever was first.
    const services = asked.map(({ service }) => service.name).filter((name) => parts.has(name));
    const verdicts = services.flatMap((name) => parts.get(name)!.verdicts ?? []);
    const answer: Answer = { question, ...Object.assign({}, ...services.map((name) => parts.get(name))), verdicts };
    return { answer, services };
  }

  return {
    ask(question) {
      const key = questionKey(question);
      let asked = underWay.get(key);
      if (asked === undefined) {
        asked = askAll(question).finally(() => underWay.delete(key));
        underWay.set(key, asked);
      }
      return asked;
    },
    divide: (service, among) => lines.find((line) => line.service.name === service)?.quota.divide(among),
    counts: () => counts,
  };
}
