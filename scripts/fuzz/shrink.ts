// Finds few frames that still show a fault: halves are left out, then quarters, as long as what is left fails the same way.

import type { Frame } from "./chapter.ts";
import { type Fault, runAlone } from "./run.ts";

/** Runs spent on it. */
const ATTEMPTS = 400;

/** The fewest frames found for which the same fault happens; undefined when it takes more than these frames. */
export function shrink(frames: readonly Frame[], fault: Fault): Frame[] | undefined {
  let kept = frames.slice(0, fault.frame + 1);
  let attempts = 0;
  const stillFails = (candidate: readonly Frame[]): boolean => {
    attempts++;
    const found = runAlone(candidate).fault;
    return found !== undefined && found.kind === fault.kind && place(found.what) === place(fault.what);
  };
  if (!stillFails(kept)) return undefined;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < kept.length && attempts < ATTEMPTS;) {
      const candidate = kept.toSpliced(at, size);
      if (stillFails(candidate)) kept = candidate;
      else at += size;
    }
  }
  return kept;
}

/** What makes two faults the same: the message without its numbers, and for exceptions the place in the code. */
function place(what: string): string {
  return what.split("\n").slice(0, 2).join(" ").replace(/: .*?( at |$)/, "$1");
}
