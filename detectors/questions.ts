// Questions of detectors to the world outside: which wait for an answer, who asked, and what was answered before.

import { type Answer, type Question, questionKey } from "../agent/intel/enrich/question.ts";
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
  /** What is known of an address; where nothing is, somebody is asked, so that it is known when it matters again. */
  address(ip: string): Answer | undefined;
  /** Takes answers; they count from the next `due` on. */
  take(answers: readonly Answer[]): void;
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

/** Questions of one engine. `online`: whether anybody will answer; `answers`: what is remembered from earlier runs. */
export function createQuestions(online: boolean, answers: readonly Answer[]): Questions {
  const known = new BoundedMap<string, Answer>(ANSWERS_REMEMBERED);
  const waiting = new BoundedMap<string, Asking[]>(QUESTIONS_WAITING);
  let arrived: Answer[] = [];
  let outgoing: Question[] = [];
  let refused = 0;
  for (const answer of answers) known.set(questionKey(answer.question), answer);

  return {
    ask(question, asking) {
      const key = questionKey(question);
      const answer = known.get(key);
      if (answer !== undefined) return answer;
      if (!online) return undefined;
      if (!waiting.has(key)) outgoing.push(question);
      const list = waiting.use(key, () => []);
      if (list.length < ASKING_PER_QUESTION) list.push(asking);
      else refused++;
      return undefined;
    },
    address(ip) {
      const question = { ask: "address", ip } as const;
      const key = questionKey(question);
      const answer = known.get(key);
      if (answer === undefined && online && !waiting.has(key)) {
        outgoing.push(question);
        waiting.set(key, []);
      }
      return answer;
    },
    take: (more) => void arrived.push(...more),
    due() {
      const due: { asking: Asking; answer: Answer }[] = [];
      for (const answer of arrived) {
        const key = questionKey(answer.question);
        known.set(key, answer);
        for (const asking of waiting.get(key) ?? []) due.push({ asking, answer });
        waiting.delete(key);
      }
      arrived = [];
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
