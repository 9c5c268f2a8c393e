// What the lists of threat intelligence on this machine say of a host: as they are, none is made for it.

import type { Configuration } from "../../config/schema.ts";
import { InputError } from "../errors.ts";
import { lookUp, matchLines } from "../intel/answer.ts";
import { openTable, TableError } from "../intel/table/read.ts";
import { openShelf } from "../intel/update/shelf.ts";
import { knownStateDirectory } from "../state-directory.ts";

/** Indented lines; none where it is not listed, or there is no table. */
export function listedLines(ip: string, { state }: Configuration): string[] {
  const directory = knownStateDirectory(state.directory);
  const bytes = directory === undefined ? undefined : openShelf(directory).table();
  if (bytes === undefined) return [];
  try {
    const table = openTable(bytes, { check: true });
    return lookUp(table, ip, undefined).flatMap((match) => matchLines(ip, match)).map((line) => `  ${line}`);
  } catch (error) {
    // Lists hold public addresses alone.
    if (error instanceof TableError || error instanceof InputError) return [];
    throw error;
  }
}
