// What an examination of the machine finds: one line each, with what to do about it.

export interface Finding {
  /** `bad`: it will not work. `warning`: it will work, but not as well as it could. */
  readonly state: "good" | "warning" | "bad";
  /** What was looked at. */
  readonly subject: string;
  /** What it is like; a sentence without its full stop. */
  readonly finding: string;
  /** What to do; undefined where nothing is to be done. */
  readonly advice?: string;
}

const MARKS = { good: "ok  ", warning: "note", bad: "BAD " } as const;

/** The finding as a line. */
export function findingLine({ state, subject, finding, advice }: Finding): string {
  return `${MARKS[state]}  ${subject}: ${finding}${advice === undefined ? "" : `. ${advice}`}.`;
}
