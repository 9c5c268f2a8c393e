// What is wrong with an input as a whole, in one sentence.

import { InputError } from "../errors.ts";
import { describeCaptureEnd } from "./capture.ts";
import type { InputEnd } from "./input.ts";

/**
 * What is wrong with an input of which some was read, as a sentence without its full stop; undefined for a sound one.
 * @throws {InputError} when nothing could be read at all.
 */
export function damageOf(name: string, { capture, unreadable, counters, untold }: InputEnd): string | undefined {
  const damage = capture === undefined ? undefined : describeCaptureEnd(name, capture);
  if (capture?.kind === "unreadable") throw new InputError(`${damage}.`);
  const [first] = unreadable;
  if (first !== undefined && capture === undefined && counters.read === 0) {
    throw new InputError(`${first.file} cannot be analysed: ${first.reason}.`);
  }
  if (first !== undefined) return `${first.file} was left out: ${first.reason}`;
  if (untold > 0) return `${name} is damaged in more ways than can be told`;
  return damage;
}
