// What is wrong with an input as a whole, in one sentence.

import { InputError } from "../errors.ts";
import { describeCaptureEnd } from "./capture.ts";
import type { InputEnd } from "./input.ts";
import { describeWarning } from "./warnings.ts";

/**
 * What is wrong with an input of which some was read, as a sentence without its full stop; undefined for a sound one.
 * @throws {InputError} when nothing could be read at all.
 */
export function damageOf(name: string, end: InputEnd): string | undefined {
  const { capture, captureFile, unreadable, counters, untold, warnings } = end;
  const damage = capture === undefined ? undefined : describeCaptureEnd(captureFile, capture);
  if (capture?.kind === "unreadable") throw new InputError(`${damage}.`);
  const [first] = unreadable;
  if (first !== undefined && capture === undefined && counters.read === 0) {
    throw new InputError(`${first.file} cannot be analysed: ${first.reason}.`);
  }
  if (damage !== undefined) return damage;
  if (first !== undefined) return `${first.file} was left out: ${first.reason}`;
  const cut = warnings.find(({ isEnd }) => isEnd);
  if (cut !== undefined) return describeWarning(cut);
  if (untold > 0) return `${name} is damaged in more ways than can be told`;
  return undefined;
}
