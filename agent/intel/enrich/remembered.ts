// Answers that are remembered from run to run, each as long as it is worth something. Kept in one file of JSON lines.

import { type Answer, lifetimeOf, type Question, questionKey, type Service } from "./question.ts";
import { readRemembered } from "./sound.ts";

/** An answer, when it was given (Unix seconds), and by whom. */
export interface Remembered {
  readonly answer: Answer;
  readonly at: number;
  readonly services: readonly Service[];
}

/** Answers kept; about 500 bytes each. Own choice. */
const ANSWERS = 16_384;

export interface RememberedAnswers {
  /** The answer, if it is still good and these services have had their say. */
  find(question: Question, services: readonly Service[], now: number): Answer | undefined;
  add(remembered: Remembered): void;
  /** All that are good now, the oldest first. */
  good(now: number): readonly Answer[];
  /** The text of the file. */
  text(now: number): string;
}

/** Answers from the text of their file; lines that cannot be read are left out. */
export function rememberAnswers(text = ""): RememberedAnswers {
  /** The one given longest ago first. */
  const answers = new Map<string, Remembered>();

  function add(remembered: Remembered): void {
    const key = questionKey(remembered.answer.question);
    answers.delete(key);
    answers.set(key, remembered);
    for (const oldest of answers.keys()) {
      if (answers.size <= ANSWERS) break;
      answers.delete(oldest);
    }
  }

  for (const line of text.split("\n")) {
    const read = readLine(line);
    if (read !== undefined) add(read);
  }

  function isGood({ answer, at }: Remembered, now: number): boolean {
    return at <= now && now - at < lifetimeOf(answer);
  }

  function goodOnes(now: number): Remembered[] {
    return [...answers.values()].filter((each) => isGood(each, now));
  }

  return {
    find(question, services, now) {
      const found = answers.get(questionKey(question));
      if (found === undefined || !isGood(found, now)) return undefined;
      return services.every((service) => found.services.includes(service)) ? found.answer : undefined;
    },
    add,
    good: (now) => goodOnes(now).map(({ answer }) => answer),
    text: (now) => goodOnes(now).map((each) => `${JSON.stringify(each)}\n`).join(""),
  };
}

function readLine(line: string): Remembered | undefined {
  if (line === "") return undefined;
  try {
    const read = JSON.parse(line) as Remembered;
    return readRemembered(read, questionKey(read.answer.question));
  } catch {
    return undefined;
  }
}
