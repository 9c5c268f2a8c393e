// Opens the home of a store, whichever kind it is.

import type { Place } from "./place.ts";
import { openRedis } from "./redis/home.ts";
import { openSqlite } from "./sqlite/home.ts";
import type { Store } from "./store.ts";

export interface OpenOptions {
  /** Only to read: what is not there is not made. */
  readonly readOnly?: boolean;
}

/**
 * Opens the store at a place.
 * @throws {StoreError} when it cannot be used now.
 */
export async function openStore(place: Place, options: OpenOptions = {}): Promise<Store> {
  return place.kind === "sqlite" ? openSqlite(place.path, options) : await openRedis(place, options);
}
