// How an SSH login ended, as far as can be told from outside.

import type { RecordOf } from "../agent/record/schema.ts";

/** True: somebody logged in. False: all attempts failed. Undefined: it cannot be told. */
export function loginOutcome(record: RecordOf<"ssh">): boolean | undefined {
  // Logs that were converted on the way may hold the words instead of a boolean.
  const outcome: unknown = record.auth_success;
  if (typeof outcome === "boolean") return outcome;
  if (typeof outcome !== "string") return undefined;
  const word = outcome.toLowerCase();
  if (word === "true" || word === "t") return true;
  return word === "false" || word === "f" ? false : undefined;
}
