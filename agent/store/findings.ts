// Findings on their way into the store: gathered into writings, and those that no store would have left out.

import type { Found, RunProgress } from "./messages.ts";
import { type Store, type StoredRun, type StoredWindow, StoreError, type Writing } from "./store.ts";

/** Findings that are brought from the journal at once. */
const BRING_AT_ONCE = 256;

/** Whether the home is there and will not have what was to be written. */
export function isRefused(error: unknown): boolean {
  return error instanceof StoreError && error.isRefusal;
}

/** The next finding of a run as a writing; `last` are the ordinals of those before, and count it. */
export function findingOf(run: string, last: RunProgress, one: Found[number]): Writing {
  if ("alert" in one) return { run, alerts: [{ run, ordinal: ++last.alerts, alert: one.alert }] };
  if ("block" in one) return { run, blocks: [one.block] };
  const { evidence, standing } = one;
  const { profile, window, timestamp } = evidence;
  return {
    run,
    evidence: [{ run, ordinal: ++last.evidence, evidence }],
    ...standing === undefined ? {} : { windows: [{ run, profile, window, timestamp, ...standing }] },
  };
}

/** Findings of a run as one writing. */
export function together(run: string, findings: readonly Writing[]): Writing {
  return {
    run,
    evidence: findings.flatMap((one) => one.evidence ?? []),
    alerts: findings.flatMap((one) => one.alerts ?? []),
    windows: newestWindows(findings),
    blocks: findings.flatMap((one) => one.blocks ?? []),
  };
}

/** Of each window the newest standing: they come with every piece of evidence. */
function newestWindows(findings: readonly Writing[]): StoredWindow[] {
  const windows = new Map<string, StoredWindow>();
  for (const window of findings.flatMap((one) => one.windows ?? [])) {
    windows.set(`${window.profile} ${window.window}`, window);
  }
  return [...windows.values()];
}

/**
 * Writes findings of a run, one by one if not together; how many the home would not have.
 * @throws {StoreError} when it cannot be written at all.
 */
export async function writeFindings(to: Store, run: string, findings: readonly Writing[]): Promise<number> {
  try {
    await to.write(together(run, findings));
    return 0;
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (findings.length <= 1) return findings.length;
  }
  let refused = 0;
  for (const one of findings) refused += await writeFindings(to, run, [one]);
  return refused;
}

/**
 * Writes what has waited in a journal, also of earlier runs, which are like `run` where the home does not know them; how
 * many findings it would not have.
 * @throws {StoreError} when it cannot be written at all.
 */
export async function bringFindings(to: Store, run: StoredRun, waited: readonly Writing[]): Promise<number> {
  const runs = new Set((await to.runs()).map(({ id }) => id));
  let refused = 0;
  for (let at = 0; at < waited.length;) {
    const { run: of } = waited[at]!;
    let end = at;
    while (end < waited.length && end - at < BRING_AT_ONCE && waited[end]!.run === of) end++;
    // A server may have been started again empty since an earlier run of ours.
    if (!runs.has(of)) await to.putRun({ ...run, id: of });
    runs.add(of);
    refused += await writeFindings(to, of, waited.slice(at, end));
    at = end;
  }
  return refused;
}
