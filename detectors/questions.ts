// Questions of detectors to the world outside: which wait for an answer, who asked, and what was answered before.

import { type Answer, type Asked, lifetimeOf, type Question, questionKey } from "../agent/intel/enrich/question.ts";
import { BoundedMap } from "../agent/profile/bounded-map.ts";

/** Who asked, and where in the stream; what `answered` is called with. Plain data. */
export interface Asking {
  detector: number;
  profile: string;
  window: number;
  note: unknown;
  /** Time and uids of the record in hand when it was asked: what is found then is about it. */
  time: number;
  uids: readonly string[];
}

export interface Questions {
  /** The answer, if there is one already; otherwise the question is noted and, the first time, sent. */
  ask(question: Question, asking: Asking): Answer | undefined;
  /** Whether somebody answers questions of a kind, or did in an earlier run. */
  mayAnswer(kind: Asked): boolean;
  /** What is known of an address; where nothing is, somebody is asked, so that it is known when it matters again. */
  address(ip: string): Answer | undefined;
  /** Takes answers, and questions that nobody could answer; they count from the next `due` on. */
  take(answers: readonly Answer[], unanswered: readonly Question[]): void;
  /** Those who asked and are to be told now, in the order in which the answers came and each was asked. */
  due(): { asking: Asking; answer: Answer }[];
  /** Questions to be sent, asked since the last call. */
  toSend(): Question[];
  /** Times that somebody asked those who would answer, and was never answered. */
  unanswered(): number;
}

// Bounds on what is remembered; the oldest goes first. Own choices: at a few questions a minute, hours.
const ANSWERS_REMEMBERED = 16_384;
const QUESTIONS_WAITING = 4096;
const ASKING_PER_QUESTION = 64;

export interface QuestionOptions {
  /** Kinds of questions that somebody answers; none offline. */
  asked: readonly Asked[];
  /** What is remembered from earlier runs. */
  answers: readonly Answer[];
  /** Stream time is the time of day: answers grow old in it. */
  live: boolean;
}

/** Questions of one engine. `now` gives the stream time. */
export function createQuestions({ asked, answers, live }: QuestionOptions, now: () => number): Questions {
  const known = new BoundedMap<string, { answer: Answer; at: number }>(ANSWERS_REMEMBERED);
  const waiting = new BoundedMap<string, Asking[]>(QUESTIONS_WAITING);
  let arrived: { answers: Answer[]; unanswered: Question[] } = { answers: [], unanswered: [] };
  let outgoing: Question[] = [];
  let refused = 0;
  const answerable = new Set([...asked, ...answers.map(({ question }) => question.ask)]);
  // They count from the beginning, which stream time does not know yet.
  for (const answer of answers) known.set(questionKey(answer.question), { answer, at: Infinity });

  function answerTo(key: string): Answer | undefined {
    const found = known.get(key);
    if (found === undefined) return undefined;
    if (found.at === Infinity) found.at = now();
    // One from the time to come is from before the clock was set back.
    const age = now() - found.at;
    return live && (age < 0 || age > lifetimeOf(found.answer)) ? undefined : found.answer;
  }

  return {
    ask(question, asking) {
      const key = questionKey(question);
      const answer = answerTo(key);
      if (answer !== undefined || !asked.includes(question.ask)) return answer;
      if (!waiting.has(key)) outgoing.push(question);
      const list = waiting.use(key, () => []);
      if (list.length < ASKING_PER_QUESTION) list.push(asking);
      else refused++;
      return undefined;
    },
    mayAnswer: (kind) => answerable.has(kind),
    address(ip) {
      const question = { ask: "address", ip } as const;
      const key = questionKey(question);
      const answer = answerTo(key);
      if (answer === undefined && asked.includes("address") && !waiting.has(key)) {
        outgoing.push(question);
        waiting.set(key, []);
      }
      return answer;
    },
    take(answers, unanswered) {
      for (const answer of answers) arrived.answers.push(answer);
      for (const question of unanswered) arrived.unanswered.push(question);
    },
    due() {
      const due: { asking: Asking; answer: Answer }[] = [];
      for (const answer of arrived.answers) {
        const key = questionKey(answer.question);
        answerable.add(answer.question.ask);
        known.set(key, { answer, at: now() });
        for (const asking of waiting.get(key) ?? []) due.push({ asking, answer });
        waiting.delete(key);
      }
      // They may be asked again.
      for (const question of arrived.unanswered) {
        const key = questionKey(question);
        refused += waiting.get(key)?.length ?? 0;
        waiting.delete(key);
      }
      arrived = { answers: [], unanswered: [] };
      return due;
    },
    toSend() {
      const questions = outgoing;
      outgoing = [];
      return questions;
    },
    unanswered() {
      let sum = refused + waiting.dropped;
      for (const [, list] of waiting.entries()) sum += list.length;
      return sum;
    },
  };
}
