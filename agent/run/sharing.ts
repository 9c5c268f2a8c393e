// Whether a run shares with the other sensors of its Redis what it knows from outside.

import type { Configuration } from "../../config/schema.ts";
import type { Keeping } from "../keeping.ts";
import { serviceKeyHashes } from "../lookup-settings.ts";
import { type Sharing, startSharing } from "../sharing/client.ts";

/**
 * Starts sharing for a run that stays and whose store is a Redis; undefined for all others.
 * @throws {InputError} when the server may not be contacted.
 */
export function openSharing(
  { intel, enrichment }: Configuration,
  keeping: Keeping | undefined,
  { stays, offline }: { readonly stays: boolean; readonly offline: boolean },
  warning: (sentence: string) => void,
): Sharing | undefined {
  if (!stays || !intel.share || keeping?.place.kind !== "redis") return undefined;
  const serviceKeys = offline ? {} : serviceKeyHashes(enrichment);
  return startSharing({ place: keeping.place, sensor: keeping.sensor, serviceKeys }, warning);
}
