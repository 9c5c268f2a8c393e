// What a run says: to its log, and what the user should know on the terminal as well.

import type { Output } from "../export/output-directory.ts";
import type { Console } from "../ui/console.ts";
import type { Note } from "./held-back.ts";

export interface Voice {
  /** A sentence for the log, with the time on the clock on the wall. */
  log(sentence: string): void;
  /** One that the user should know. */
  warn(sentence: string): void;
  /** One that the user should know unless it is usual. */
  readonly note: Note;
}

export function createVoice({ runLog }: Pick<Output, "runLog">, console: Pick<Console, "warning">): Voice {
  const log = (sentence: string): void => runLog.line(`${new Date().toISOString()} ${sentence}`);
  const warn = (sentence: string): void => {
    console.warning(sentence);
    log(sentence);
  };
  return { log, warn, note: (sentence, isUsual) => (isUsual ? log : warn)(sentence) };
}
