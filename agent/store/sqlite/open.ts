// Opens the SQLite file: makes it, brings older tables up to date, and says in one sentence why it cannot be used.

import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";
import { migrate } from "./migrate.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

/** Milliseconds to wait for somebody else who writes. */
const BUSY_MILLISECONDS = 5000;
/** Memory for pages. The indexes of the newest hours fit into it. */
const CACHE_KIBIBYTES = 32_768;
/** Pages (4 KiB) of the WAL that make it worth being brought into the file: what changes again and again is written once. */
const WAL_PAGES = 8192;
/** Bytes that the WAL keeps on the disk after somebody who read for long made it grow. */
const WAL_LIMIT = 64 * 2 ** 20;
/** What was found is for the owner and the group of the results, as their other files are. */
const FILE_MODE = 0o640;

export interface SqliteOptions {
  /** Only to read: the file must be there, and nobody is kept from writing. */
  readonly readOnly?: boolean;
  /** Before that, older tables are brought up to date, if nobody writes to the file and it may be written. */
  readonly bringUpToDate?: boolean;
}

/**
 * Opens the database.
 * @throws {StoreError} when that is not possible.
 */
export function openDatabase(path: string, { readOnly = false, bringUpToDate = false }: SqliteOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (!readOnly) Deno.openSync(path, { create: true, append: true, mode: FILE_MODE }).close();
  } catch { /* SQLite says why */ }
  try {
    database = new DatabaseSync(path, { readOnly });
    database.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`);
    const number = (pragma: string): number => Number(Object.values(database!.prepare(`PRAGMA ${pragma}`).get()!)[0]);
    const version = number("user_version");
    if (version > MIGRATIONS.length) {
      throw new StoreError(
        `The store ${path} was written by a newer smartshield (its tables are version ${version}, this one knows ${MIGRATIONS.length}): use that one.`,
      );
    }
    const isEmpty = number("schema_version") === 0;
    if (!isEmpty && number("application_id") !== APPLICATION_ID) {
      throw new StoreError(`${path} is a database of another program: name another file.`);
    }
    if (readOnly) {
      if (version < MIGRATIONS.length) {
        if (bringUpToDate && isAtRest(database) && isRenewed(path)) {
          database.close();
          return openDatabase(path, { readOnly });
        }
        throw new StoreError(
          `The store ${path} is of an older version: it is brought up to date by the next run into it.`,
        );
      }
      return database;
    }
    // In this order: once there is a header, as after the change to WAL, free pages could no longer be given back.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    // Nothing is lost when the program is killed; a power cut may cost the last transactions, never the file.
    database.exec(
      `PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA wal_autocheckpoint = ${WAL_PAGES};
       PRAGMA journal_size_limit = ${WAL_LIMIT}`,
    );
    if (version < MIGRATIONS.length) migrate(database, () => number("user_version"));
    return database;
  } catch (error) {
    database?.close();
    throw storeError(path, error);
  }
}

/** Whether nobody writes to the file: who did and came to an end left it out of WAL mode. */
function isAtRest(database: DatabaseSync): boolean {
  return database.prepare("PRAGMA journal_mode").get()?.["journal_mode"] === "delete";
}

/** Brings older tables up to date; false where that cannot be. */
function isRenewed(path: string): boolean {
  try {
    closeDatabase(openDatabase(path, {}), {});
    return true;
  } catch {
    return false;
  }
}

/**
 * Closes it. Who was the last leaves a file that can be read where nothing may be written, as one in WAL mode cannot
 * (https://sqlite.org/wal.html#read_only_databases); the next run brings it back to that.
 */
export function closeDatabase(database: DatabaseSync, { readOnly = false }: SqliteOptions): void {
  try {
    if (!readOnly) {
      database.exec("PRAGMA optimize; PRAGMA busy_timeout = 0");
      database.exec("PRAGMA journal_mode = DELETE");
    }
  } catch { /* somebody else has it open */ }
  database.close();
}

/** Primary result codes of SQLite that are about a value, not about the file (https://sqlite.org/rescode.html). */
const REFUSALS = Object.values({ TOOBIG: 18, CONSTRAINT: 19, MISMATCH: 20, RANGE: 25 });

/** Whether there is something wrong with what was to be written. */
function isRefusal(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? error instanceof TypeError : REFUSALS.includes(errcode & 0xff);
}

/** The sentence for what SQLite says. */
export function storeError(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const why = /disk is full/i.test(said)
    ? "the disk is full"
    : /readonly|unable to open|permission/i.test(said)
    ? "it cannot be opened or written there"
    : /malformed|not a database/i.test(said)
    ? "it is damaged, or no SQLite file"
    : /too big/i.test(said)
    ? "a value is too long"
    : /locked|busy/i.test(said)
    ? "another program holds it"
    : said;
  return new StoreError(`The store ${path} cannot be used: ${why}.`, isRefusal(error));
}
