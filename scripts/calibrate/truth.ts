// What is true of each host in each window, beside what the scorers said.

import { windowEnd, windowStart } from "../../agent/profile/window.ts";
import { type Hearing, WINDOW_WIDTH } from "./hear.ts";
import type { LabelledInput, Truth } from "./inputs.ts";
import { type Verdicts, windowKey } from "./judge.ts";

/** A window of which is known whether the host was malicious. */
export interface JudgedWindow {
  host: string;
  window: number;
  malicious: boolean;
  /** A malicious window in which the host did enough to be told from background noise: see `SEEN`. */
  seen: boolean;
  /** Score of the graded scorer; Infinity where one finding was conclusive. */
  graded: number;
  /** Whether the reference alerted, for each of its thresholds. */
  reference: boolean[];
}

export interface Judged {
  input: LabelledInput;
  windows: JudgedWindow[];
}

/** Malicious connections in a window from which on a host can be expected to be found. Own choice: what is a port scan, too. */
export const SEEN = 10;

/** The windows of an input of which the truth is known. */
export function judgedWindows(truth: Truth, { windows, origin }: Hearing, verdicts: Verdicts): JudgedWindow[] {
  const clock = { origin, width: WINDOW_WIDTH };
  const judged: JudgedWindow[] = [];
  const counts = new Map(windows.map((window) => [windowKey(window.host, window.window), window]));
  // A host may have evidence (ARP, DHCP) and no connection.
  for (const key of verdicts.graded.keys()) {
    const [host, window] = key.split(" ") as [string, string];
    if (!counts.has(key)) {
      counts.set(key, { host, window: Number(window), connections: 0, malicious: 0, benign: 0 });
    }
  }
  for (const [key, { host, window, malicious, benign }] of counts) {
    const known = truth.by === "labels"
      ? malicious > 0 ? true : benign > 0 ? false : undefined
      : isMalicious(truth, host, windowStart(clock, window), windowEnd(clock, window));
    if (known === undefined) continue;
    judged.push({
      host,
      window,
      malicious: known,
      seen: known && (truth.by === "hosts" || malicious >= SEEN),
      graded: verdicts.graded.get(key) ?? 0,
      reference: verdicts.reference.map((alerted) => alerted.has(key)),
    });
  }
  return judged;
}

/** Undefined when nothing is known of the host in that window. */
function isMalicious(
  { malicious, othersInnocent }: Exclude<Truth, { by: "labels" }>,
  host: string,
  start: number,
  end: number,
): boolean | undefined {
  const entries = malicious.filter((entry) => entry.host === host);
  if (entries.length === 0) return othersInnocent ? false : undefined;
  // A window in which it has not begun, or has ended, is neither.
  return entries.some(({ from = -Infinity, to = Infinity }) => from < end && to >= start) ? true : undefined;
}
