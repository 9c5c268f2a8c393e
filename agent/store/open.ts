// Opens the home of a store, whichever kind it is.

import type { Place } from "./place.ts";
import { openSqlite } from "./sqlite/home.ts";
import type { Store } from "./store.ts";

export interface OpenOptions {
  /** Only to read: what is not there is not made. */
  readonly readOnly?: boolean;
  /** Before that, an older file to which nobody writes is brought up to date. */
  readonly bringUpToDate?: boolean;
}

/**
 * Opens the store at a place.
 * @throws {StoreError} when it cannot be used now.
 */
export async function openStore(place: Place, options: OpenOptions = {}): Promise<Store> {
  if (place.kind === "sqlite") return openSqlite(place.path, options);
  // Hundreds of modules, which cost every start a tenth of its time: only for those who use them.
  const { openRedis } = await import("./redis/home.ts");
  return await openRedis(place, options);
}
