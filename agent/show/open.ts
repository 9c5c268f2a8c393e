// Finds and opens the store that `smartshield show` reads.

import { join } from "node:path";
import type { Configuration } from "../../config/schema.ts";
import { InputError, systemReason } from "../errors.ts";
import { NOWHERE } from "../keeping.ts";
import { stateDirectory } from "../state-directory.ts";
import { openStore } from "../store/open.ts";
import { readPlace } from "../store/place.ts";
import { type Store, StoreError } from "../store/store.ts";

/**
 * Opens the store that was named, else the one that the configuration names, else that of the state directory. A
 * directory stands for the store in it.
 * @throws {InputError} when there is none, or when it cannot be read.
 */
export async function openShown(named: string | undefined, configuration: Configuration): Promise<Store> {
  const { place } = configuration.store;
  const text = named ?? (place === "" || place === NOWHERE ? stateDirectory(configuration.state.directory) : place);
  const at = readPlace(text);
  if (at.kind === "sqlite") mustBeThere(at.path, text);
  try {
    return await openStore(at, { readOnly: true, bringUpToDate: true });
  } catch (error) {
    if (error instanceof StoreError) throw new InputError(error.message);
    throw error;
  }
}

function mustBeThere(file: string, named: string): void {
  try {
    Deno.statSync(file);
  } catch (error) {
    throw new InputError(
      error instanceof Deno.errors.NotFound
        ? isOutput(named)
          ? `${named} holds results, but no store: what that run found is in the store that it was given, or, as it watched or followed something, in that of the state directory (smartshield show without --store).`
          : `There is no store at ${named}: name the output directory of a run, or another store, with --store.`
        : `The store ${named} cannot be read: ${systemReason(error)}.`,
    );
  }
}

/** Whether it is an output directory of a run. */
function isOutput(path: string): boolean {
  try {
    return Deno.statSync(join(path, "run.log")).isFile;
  } catch {
    return false;
  }
}
