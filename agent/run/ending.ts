// The end of a run: what was read is judged to its end; but who has asked for the end does not wait for ever.

import { type Interruption, within } from "../signals.ts";
import type { ThreadReport, Threads } from "../threads.ts";

/** Seconds for the orderly end after Ctrl+C; whoever asks for the end has it within 5. */
const ENDING_SECONDS = 4;

/** Ends the threads' work; what they have counted, by the end or by the time at which the end was cut short. */
export async function endOf(
  threads: Threads,
  interruption: Interruption,
  warn: (sentence: string) => void,
): Promise<ThreadReport> {
  // Asked before the end begins, after which the dissector has no time for questions.
  const soFar = threads.soFar();
  const whole = threads.finish();
  const cut = (): void => warn("The end took too long and was cut short: what was read last is not all judged.");
  const hurried = interruption.heard.then(() => within(ENDING_SECONDS, whole, soFar, cut));
  for (const unheeded of [soFar, hurried]) unheeded.catch(() => {});
  return await Promise.race([whole, hurried]);
}
