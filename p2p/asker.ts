// Asks peers what they think of indicators, and knows when all have answered or time is up. Nobody waits for it: answers
// stream in, and what has come by the deadline counts.

import { BoundedMap } from "../agent/profile/bounded-map.ts";
import { type Indicator, indicatorKey } from "./indicator.ts";
import { createTokenBucket } from "./protocol/token-bucket.ts";

export interface AskerEvents {
  /** Peers that could be asked, the most trusted first. */
  peers(): readonly string[];
  /** False when the peer cannot be asked now. */
  send(peer: string, request: number, indicator: Indicator): boolean;
  /** All have answered, or the time is up. */
  done(outcome: Outcome): void;
}

export interface Outcome {
  readonly indicator: Indicator;
  readonly asked: number;
  readonly answered: number;
  /** Those who are still here and said nothing. */
  readonly silent: readonly string[];
  /** Seconds from the question to the last answer that was waited for. */
  readonly took: number;
}

export interface Asker {
  /**
   * Asks all peers, unless that was done within the last hour; `again` asks all the same. `now` in seconds.
   * @returns whether a question goes out, whose end will be told.
   */
  ask(indicator: Indicator, now: number, again?: boolean): boolean;
  /** Asks a peer that came later what the others were asked lately. */
  welcome(peer: string, now: number): void;
  /** A peer's answer: what it is about, or undefined when it was not asked that. */
  answered(peer: string, request: number, now: number): Indicator | undefined;
  /** A peer that went answers no more. */
  gone(peer: string): void;
  /** To be called some twenty times a second. */
  tick(now: number): void;
  counters(): { asked: number; answered: number; shed: number; waiting: number };
}

/** Seconds for which answers are waited for (the field's documents). */
export const PATIENCE = 3;
/** Seconds before the same is asked again: one default time window, as in the field. */
const ASKED_AGAIN_AFTER = 3600;
/** Questions a second, and at once: well under what a peer takes (protocol/session.ts). */
const QUESTIONS_PER_SECOND = 300;
const QUESTIONS_AT_ONCE = 600;
/** Questions that wait for their turn: a scan of a /20 network. Beyond it they are shed and counted. */
const WAITING = 4096;
/** Questions that are out: what can be asked within the patience, and the first burst. */
const OUT = PATIENCE * QUESTIONS_PER_SECOND + QUESTIONS_AT_ONCE;
/** Peers asked about one indicator. Own choice: more voices change no answer, but cost everybody. */
const PEERS_ASKED = 50;
/** Indicators of which it is remembered that they were asked about. */
const REMEMBERED = 65_536;
/** Questions put to a peer that comes later. */
const WELCOME_QUESTIONS = 256;

interface Question {
  readonly indicator: Indicator;
  readonly waitingFor: Set<string>;
  readonly asked: number;
  answered: number;
  readonly began: number;
  /** When the newest answer came. */
  last: number;
}

export function createAsker(events: AskerEvents): Asker {
  const asked = new BoundedMap<string, { indicator: Indicator; at: number }>(REMEMBERED);
  /** In the order in which they were asked, so in the order of their deadlines. */
  const out = new Map<number, Question>();
  let waiting: { indicator: Indicator; only: string | undefined }[] = [];
  const bucket = createTokenBucket(QUESTIONS_PER_SECOND, QUESTIONS_AT_ONCE);
  const counters = { asked: 0, answered: 0, shed: 0 };
  let last = 0;

  function finish(request: number, question: Question): void {
    out.delete(request);
    const { indicator, asked, answered, waitingFor, began, last } = question;
    events.done({ indicator, asked, answered, silent: [...waitingFor], took: last - began });
  }

  function put(indicator: Indicator, only: string | undefined, now: number): void {
    const request = last = (last + 1) >>> 0;
    const waitingFor = new Set<string>();
    for (const peer of only === undefined ? events.peers() : [only]) {
      if (waitingFor.size >= PEERS_ASKED) break;
      if (events.send(peer, request, indicator)) waitingFor.add(peer);
    }
    counters.asked++;
    const question: Question = { indicator, waitingFor, asked: waitingFor.size, answered: 0, began: now, last: now };
    if (question.asked > 0) out.set(request, question);
    else if (only === undefined) finish(request, question);
  }

  function queue(indicator: Indicator, only: string | undefined, now: number): boolean {
    if (waiting.length === 0 && out.size < OUT && bucket.take(now)) put(indicator, only, now);
    else if (waiting.length < WAITING) waiting.push({ indicator, only });
    else {
      counters.shed++;
      return false;
    }
    return true;
  }

  return {
    ask(indicator, now, again = false) {
      const key = indicatorKey(indicator);
      const before = asked.get(key);
      if (!again && before !== undefined && now - before.at < ASKED_AGAIN_AFTER) return false;
      asked.set(key, { indicator, at: now });
      return queue(indicator, undefined, now);
    },
    welcome(peer, now) {
      let questions = 0;
      for (const [, { indicator, at }] of asked.entries()) {
        if (now - at > ASKED_AGAIN_AFTER || questions++ >= WELCOME_QUESTIONS) break;
        queue(indicator, peer, now);
      }
    },
    answered(peer, request, now) {
      const question = out.get(request);
      if (question === undefined || !question.waitingFor.delete(peer)) return undefined;
      question.answered++;
      question.last = now;
      counters.answered++;
      if (question.waitingFor.size === 0) queueMicrotask(() => out.has(request) && finish(request, question));
      return question.indicator;
    },
    gone(peer) {
      for (const [request, question] of out) {
        if (question.waitingFor.delete(peer) && question.waitingFor.size === 0) finish(request, question);
      }
      waiting = waiting.filter(({ only }) => only !== peer);
    },
    tick(now) {
      for (const [request, question] of out) {
        if (question.began + PATIENCE > now) break;
        finish(request, question);
      }
      let sent = 0;
      while (sent < waiting.length && out.size < OUT && bucket.take(now)) {
        const { indicator, only } = waiting[sent++]!;
        put(indicator, only, now);
      }
      if (sent > 0) waiting = waiting.slice(sent);
    },
    counters: () => ({ ...counters, waiting: waiting.length + out.size }),
  };
}
