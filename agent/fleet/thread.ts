// Starts a thread that may contact the fleet's Redis, and nothing else.

import { InputError } from "../errors.ts";
import { hostAndPort, NOT_PERMITTED, readPlace, type RedisPlace } from "../store/place.ts";

/**
 * The Redis of a fleet.
 * @throws {InputError} when the place is none.
 */
export function readFleetPlace(text: string, command: string): RedisPlace {
  const place = text === "" || text === "none" ? undefined : readPlace(text);
  if (place?.kind === "redis") return place;
  throw new InputError(
    `smartshield ${command} needs a Redis that all of a fleet can reach: --store redis://HOST (docs/fleet.md).`,
  );
}

/**
 * Starts the thread.
 * @throws {InputError} when this executable may not contact the place.
 */
export function startFleetThread(url: URL, name: string, place: RedisPlace): Worker {
  const sockets = place.addresses.flatMap((one) => "socket" in one ? one.socket : []);
  const net = place.addresses.flatMap((one) => "socket" in one ? [] : hostAndPort(one));
  try {
    return new Worker(url, {
      type: "module",
      name,
      deno: { permissions: { read: sockets, write: sockets, net } },
    });
  } catch {
    throw new InputError(`The store ${place.where} cannot be used: ${NOT_PERMITTED}.`);
  }
}
