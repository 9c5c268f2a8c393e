// The state directory: what outlives a run and belongs to no result, such as keys, what is known of peers, and the socket
// by which a running agent is spoken to.

import { join } from "node:path";
import { InputError, systemReason } from "./errors.ts";
import { ownedByOthers } from "./owner.ts";

/** Nobody but the owner looks in: there are keys in it. */
const DIRECTORY_MODE = 0o700;

/**
 * Its path: what the configuration says, else smartshield in the user's state directory (XDG Base Directory Specification).
 * @throws {InputError} when there is none.
 */
export function stateDirectory(configured: string): string {
  if (configured !== "") return configured;
  const home = Deno.env.get("HOME") ?? "";
  const state = Deno.env.get("XDG_STATE_HOME") || (home === "" ? "" : join(home, ".local/state"));
  if (state === "") {
    throw new InputError("There is no HOME to keep the state in; set state.directory in the configuration.");
  }
  return join(state, "smartshield");
}

/** Its path, or undefined where there is no home: for what does without. */
export function knownStateDirectory(configured: string): string | undefined {
  try {
    return stateDirectory(configured);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * Makes the directory, or a folder in it, if it is not there.
 * @throws {InputError} when that cannot be.
 */
export function makeStateDirectory(path: string): string {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    const reason = error instanceof Deno.errors.AlreadyExists ? "it is a file" : systemReason(error);
    throw new InputError(
      `The state directory ${path} cannot be used: ${reason}; set state.directory in the configuration.`,
    );
  }
  const danger = ownedByOthers(path);
  if (danger === undefined) return path;
  throw new InputError(
    `The state directory ${path} ${danger}; give it to root, or set state.directory in the configuration.`,
  );
}
