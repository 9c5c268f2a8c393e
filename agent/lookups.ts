// Questions of detectors to the world outside, seen from main: what is remembered is answered at once, the rest goes to the
// look-up threads, which alone have net permission, and only for the hosts of the services that are switched on. Offline
// there is no such thread.

import { join } from "node:path";
import type { FromLookup, ToLookup } from "./intel/enrich/messages.ts";
import type { LookupCounts } from "./intel/enrich/lookup.ts";
import {
  type Answer,
  type Asked,
  ASKED_OF,
  lifetimeOf,
  type Question,
  questionKey,
  type Service,
  SERVICES,
} from "./intel/enrich/question.ts";
import { rememberAnswers, type Remembered } from "./intel/enrich/remembered.ts";
import type { LookupSettings } from "./intel/enrich/service.ts";
import { readRemembered } from "./intel/enrich/sound.ts";
import { SERVICE_DEFINITIONS } from "./intel/enrich/services/index.ts";
import { type EnrichmentSettings, servicesOn } from "./intel/enrich/settings.ts";
import { InputError, systemReason } from "./errors.ts";
import { lookupSettings } from "./lookup-settings.ts";
import type { Sharing } from "./sharing/client.ts";
import type { StoredAnswer } from "./store/store.ts";
import { LOOKUP_URL } from "./thread-urls.ts";

export interface LookupOptions {
  settings: EnrichmentSettings;
  /** Nobody is contacted. */
  offline: boolean;
  /** The state directory, where answers are remembered; undefined where there is none. */
  state: string | undefined;
  /** What sensors of one Redis share: asked before anybody outside is. */
  sharing?: Pick<Sharing, "find" | "hearHolders"> | undefined;
  /** Services' addresses other than their own; for tests. */
  addresses?: LookupSettings["addresses"];
}

export interface LookupEvents {
  /** Answers, for the detectors, and questions that nobody could answer. */
  answers(answers: readonly Answer[], unanswered: readonly Question[]): void;
  /** An answer that is worth keeping for others. */
  answered?(remembered: Remembered): void;
  warning(sentence: string): void;
}

export interface Lookups {
  /** Kinds of questions that somebody answers; none offline. */
  readonly asked: readonly Asked[];
  /** What was answered in earlier runs and still counts. */
  remembered(): readonly Answer[];
  /** Undefined when nobody may be asked. */
  readonly ask: ((questions: readonly Question[]) => void) | undefined;
  /** Resolves when no question is open, or after so many seconds. */
  settled(seconds: number): Promise<void>;
  counts(): Omit<LookupCounts, "skipped"> & { skipped: number; remembered: number };
  /** Keeps what was answered for later runs, and ends the threads. */
  close(): void;
}

/** Its name in the state directory. */
const FILE = "lookups.jsonl";
/** Longer files are none of ours: 16,384 answers have some 10 MB. */
const LONGEST_FILE = 64 * 1024 * 1024;
/** Milliseconds between two writings of the file while a run goes on. */
const SAVE_INTERVAL = 600_000;
/** Milliseconds between two looks at whether questions are open. */
const SETTLE_INTERVAL = 50;

const now = (): number => Date.now() / 1000;

/**
 * Opens the look-ups of a run.
 * @throws {InputError} when a setting cannot be used.
 */
export function openLookups(options: LookupOptions, events: LookupEvents): Lookups {
  const { settings, offline, state, sharing } = options;
  const services = servicesOn(settings);
  const file = state === undefined || services.length === 0 ? undefined : join(state, FILE);
  const answers = rememberAnswers(file === undefined ? "" : textOf(file));
  const counts = { asked: {}, failed: {}, skipped: 0, remembered: 0 } as ReturnType<Lookups["counts"]>;
  const open = new Map<number, { readonly question: Question; readonly worker: Worker }>();
  const threads: { services: Service[]; worker: Worker }[] = [];
  let last = 0;
  const mayAsk = !offline && services.length > 0;

  if (mayAsk) {
    const lookup = lookupSettings(settings, options.addresses);
    // JARM goes wherever suspicious servers are: it has a thread of its own, so that the others go to their hosts only.
    const named = services.filter((name) => name !== "jarm");
    for (const some of [named, services.filter((name) => name === "jarm")]) {
      if (some.length > 0) threads.push({ services: some, worker: startThread(some, lookup) });
    }
  }

  function startThread(some: Service[], lookup: LookupSettings): Worker {
    const net = netOf(some, lookup);
    const forbidden = net === "inherit" ? [] : net.filter((host) => !mayContact(host));
    if (forbidden.length > 0 || (net === "inherit" && !mayContact(undefined))) {
      const whom = net === "inherit" ? "any server, which JARM needs" : forbidden.join(" or ");
      throw new InputError(`This executable may not contact ${whom}; docs/permissions.md says what to do.`);
    }
    const worker = new Worker(LOOKUP_URL, {
      type: "module",
      name: `look-up ${some.join(" ")}`,
      deno: { permissions: { net } },
    });
    worker.onmessage = ({ data }: MessageEvent<FromLookup>) => {
      if (data.say === "warning") return events.warning(data.sentence);
      const question = open.get(data.number)?.question;
      open.delete(data.number);
      Object.assign(counts.asked, data.counts.asked);
      Object.assign(counts.failed, data.counts.failed);
      counts.skipped = data.counts.skipped;
      if (question === undefined) return;
      if (data.asked === undefined) return events.answers([], [question]);
      const { answer, services } = data.asked;
      const remembered = { answer, services, at: now() };
      answers.add(remembered);
      events.answered?.(remembered);
      events.answers([answer], []);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      events.warning(
        `Look-ups by ${some.join(", ")} failed and are not made any more: ${event.message}. Please report this.`,
      );
      worker.terminate();
      threads.splice(threads.findIndex((one) => one.worker === worker), 1);
      const lost = [...open].filter(([, one]) => one.worker === worker);
      for (const [number] of lost) open.delete(number);
      events.answers([], lost.map(([, { question }]) => question));
    };
    worker.postMessage(
      {
        say: "start",
        services: some,
        settings: lookup,
        perMinute: Object.fromEntries(some.map((name) => [name, settings[`${name}_per_minute`]])),
        perDay: { virustotal: settings.virustotal_per_day },
      } satisfies ToLookup,
    );
    return worker;
  }

  function ask(questions: readonly Question[]): void {
    const known: Answer[] = [];
    const unanswerable: Question[] = [];
    const underWay = new Set([...open.values()].map(({ question }) => questionKey(question)));
    for (const question of questions) {
      // Several workers may ask the same.
      if (underWay.has(questionKey(question))) continue;
      const able = SERVICE_DEFINITIONS.filter((each) => services.includes(each.name) && each.answers(question))
        .map(({ name }) => name);
      const thread = threads.find((each) => each.services.some((name) => able.includes(name)));
      const answer = answers.find(question, able, now());
      if (thread === undefined) unanswerable.push(question);
      else if (answer !== undefined) {
        counts.remembered++;
        known.push(answer);
      } else {
        open.set(++last, { question, worker: thread.worker });
        if (sharing === undefined) askService(last, question, thread.worker);
        else void askSensors(sharing, last, question, able, thread.worker);
      }
    }
    if (known.length + unanswerable.length > 0) events.answers(known, unanswerable);
  }

  function askService(number: number, question: Question, worker: Worker): void {
    worker.postMessage({ say: "ask", questions: [{ number, question }] } satisfies ToLookup);
  }

  /** What another sensor was told need not be asked again. */
  async function askSensors(
    { find }: Pick<Sharing, "find">,
    number: number,
    question: Question,
    able: readonly Service[],
    worker: Worker,
  ): Promise<void> {
    const key = questionKey(question);
    const found = readRemembered((await find(key))?.data, key);
    if (found !== undefined) answers.add(found);
    // The run is over, or the thread has failed meanwhile.
    if (!open.has(number)) return;
    const answer = found === undefined ? undefined : answers.find(question, able, now());
    if (answer === undefined) return askService(number, question, worker);
    counts.remembered++;
    open.delete(number);
    events.answers([answer], []);
  }
  sharing?.hearHolders((service, among) => {
    const named = SERVICES.find((one) => one === service);
    const thread = threads.find((one) => named !== undefined && one.services.includes(named));
    thread?.worker.postMessage({ say: "divide", service: named!, among } satisfies ToLookup);
  });

  function save(): void {
    if (file === undefined || !mayAsk) return;
    try {
      Deno.writeTextFileSync(`${file}.new`, answers.text(now()), { mode: 0o600 });
      Deno.renameSync(`${file}.new`, file);
    } catch (error) {
      events.warning(`The answers to look-ups cannot be kept in ${file}: ${systemReason(error)}.`);
    }
  }
  const saving = mayAsk ? setInterval(save, SAVE_INTERVAL) : undefined;

  return {
    asked: mayAsk ? [...new Set(services.flatMap((name) => ASKED_OF[name]))] : [],
    remembered: () => answers.good(now()),
    ask: mayAsk ? ask : undefined,
    async settled(seconds) {
      const until = performance.now() + seconds * 1000;
      while (open.size > 0 && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL));
      }
    },
    counts: () => counts,
    close() {
      clearInterval(saving);
      save();
      for (const { worker } of threads) worker.terminate();
      threads.length = 0;
      open.clear();
    },
  };
}

/** An answer as the store keeps it. */
export function storedAnswer(remembered: Remembered): StoredAnswer {
  const { answer, at, services } = remembered;
  return {
    question: questionKey(answer.question),
    at,
    until: at + lifetimeOf(answer),
    data: { answer, services, at },
  };
}

/** Hosts that the services contact, for the permission of their thread. */
function netOf(services: readonly Service[], settings: LookupSettings): string[] | "inherit" {
  const hosts = SERVICE_DEFINITIONS.filter(({ name }) => services.includes(name)).map(({ hosts }) => hosts(settings));
  return hosts.includes("any") ? "inherit" : [...new Set(hosts.flat())];
}

/** Whether the program may contact a host ("name:port"), or, with undefined, any. */
function mayContact(host: string | undefined): boolean {
  const wanted = host === undefined ? { name: "net" } as const : { name: "net", host } as const;
  return Deno.permissions.querySync(wanted).state === "granted";
}

function textOf(file: string): string {
  try {
    return Deno.statSync(file).size > LONGEST_FILE ? "" : Deno.readTextFileSync(file);
  } catch {
    return "";
  }
}
