// The control socket of a run: there in live runs. A run that shares nothing can do without it.

import { InputError } from "../errors.ts";
import { type ControlServer, serveControl, type Topic } from "./server.ts";

/**
 * Opens the control socket in the state directory that `directory` gives.
 * @throws {InputError} when it cannot be opened and `needed` is set; otherwise that is only noted.
 */
export async function openControl(
  directory: () => string,
  topics: Readonly<Record<string, Topic>>,
  { needed, note }: { readonly needed: boolean; readonly note: (sentence: string) => void },
): Promise<ControlServer | undefined> {
  try {
    return await serveControl(directory(), topics, note);
  } catch (error) {
    if (needed || !(error instanceof InputError)) throw error;
    note(error.message);
    return undefined;
  }
}
