// Warnings about input: one for every kind of damage in every file, with the place where it was first met and how often
// it was met. So a file with a million broken lines makes one sentence.

/** Files and kinds of damage told apart; whatever comes later is only counted. */
const MAXIMUM_WARNINGS = 100;

/** One kind of damage in one file. Plain data. */
export interface InputWarning {
  file: string;
  /** Where it was first met: number of the line from 1, or byte of the (unpacked) file from 0. */
  at: number;
  unit: "line" | "byte";
  /** What is wrong there, as the middle of a sentence: "is no JSON". */
  reason: string;
  /** How often, 1 or more. */
  count: number;
  /** The file is not read beyond it. */
  isEnd: boolean;
}

export interface Warnings {
  /** Counts damage. `reason` is one of a fixed set of texts, never a piece of the input. */
  warn(file: string, unit: "line" | "byte", at: number, reason: string): void;
  /** The same for damage at which the reading of the file ends, though more of it was to come. */
  damage(file: string, unit: "line" | "byte", at: number, reason: string): void;
  /** All warnings, in the order in which they first came. */
  list(): readonly InputWarning[];
  /** Damage that is not in the list, because the list was full. */
  untold(): number;
}

/** An empty list of warnings; `onFirst` is told each that is new. */
export function createWarnings(onFirst?: (warning: InputWarning) => void): Warnings {
  const byPlace = new Map<string, InputWarning>();
  let untold = 0;

  function note(file: string, unit: "line" | "byte", at: number, reason: string, isEnd: boolean): void {
    const key = `${file}\0${reason}`;
    const known = byPlace.get(key);
    if (known !== undefined) known.count++;
    else if (byPlace.size < MAXIMUM_WARNINGS) {
      const warning = { file, at, unit, reason, count: 1, isEnd };
      byPlace.set(key, warning);
      onFirst?.(warning);
    } else untold++;
  }

  return {
    warn: (file, unit, at, reason) => note(file, unit, at, reason, false),
    damage: (file, unit, at, reason) => note(file, unit, at, reason, true),
    list: () => [...byPlace.values()],
    untold: () => untold,
  };
}

/** One sentence without a full stop: "conn.log, line 12: is no JSON (and 34 more lines)". */
export function describeWarning({ file, at, unit, reason, count }: InputWarning): string {
  const others = count - 1;
  const more = others === 0 ? "" : ` (and ${others.toLocaleString("en-GB")} more like it)`;
  return `${file}, ${unit} ${at.toLocaleString("en-GB")}: ${reason}${more}`;
}
