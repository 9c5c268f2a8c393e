// Where a store is, as users say it.

import { join } from "node:path";
import { InputError } from "../errors.ts";

/** A home of the store and how to get there. */
export interface Place {
  readonly kind: "sqlite";
  /** The file. */
  readonly path: string;
}

/** Name of an SQLite store in its directory. */
export const STORE_FILE = "store.sqlite";

/**
 * Reads a place: the path of an SQLite file, or of a directory with one.
 * @throws {InputError} when it is none.
 */
export function readPlace(text: string): Place {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined) {
    throw new InputError(`The store ${text} is of no kind that is known: name an SQLite file (store.place).`);
  }
  return { kind: "sqlite", path: isDirectory(text) ? join(text, STORE_FILE) : text };
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
