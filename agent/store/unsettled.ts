// Main's copy of what the store's thread has been given and has not yet brought anywhere: should the thread fail, it goes
// into the journal, with all that is found after it.

import { findingOf } from "./findings.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { Found, RunProgress } from "./messages.ts";
import type { Writing } from "./store.ts";

export interface Unsettled {
  add(one: Found[number]): void;
  /** So many that were added, the first ones, are stored or in the journal, or were given up. */
  settled(findings: number): void;
  /** The thread has failed: what is not settled goes to the journal, and at each `flush` what came since. */
  failed(): void;
  flush(): void;
  /** Once the thread has failed: writings in the journal, and those that were lost because it cannot be written. */
  inJournal(): number;
  lost(): number;
}

/** Findings that are held, of those that the thread has, and of those that the journal does not take. As the thread does. */
const HELD_FINDINGS = 10_000;

/** Begins with what the store had of the run; `path` is that of the journal. */
export function createUnsettled(run: string, before: RunProgress, path: string): Unsettled {
  const last = { ...before };
  let held: Writing[] = [];
  /** How many were settled, or are held no longer. */
  let gone = 0;
  let journal: Journal | undefined;
  let hasFailed = false;
  let lost = 0;

  function flush(): void {
    if (!hasFailed || held.length === 0) return;
    try {
      journal ??= openJournal(path);
      held.splice(0, journal.add(held));
    } catch { /* it cannot be read: what is in it stays there */ }
    limit();
  }
  function limit(): void {
    const tooMany = Math.max(0, held.length - HELD_FINDINGS);
    held.splice(0, tooMany);
    gone += tooMany;
    if (hasFailed) lost += tooMany;
  }

  return {
    add(one) {
      held.push(findingOf(run, last, one));
      limit();
    },
    settled(findings) {
      if (findings <= gone) return;
      held = held.slice(findings - gone);
      gone = findings;
    },
    failed() {
      hasFailed = true;
      flush();
    },
    flush,
    inJournal: () => journal?.length ?? 0,
    lost: () => lost + (hasFailed ? held.length : 0),
  };
}
