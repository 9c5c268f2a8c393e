// The way of a run to detectors elsewhere.

import type { Configuration } from "../../config/schema.ts";
import { sensorName } from "../keeping.ts";
import { type Fleet, openFleet } from "../fleet/sensor/client.ts";
import { readFleetPlace } from "../fleet/thread.ts";

const MEBIBYTE = 2 ** 20;
/** Windows stay open for one width after their end: what is older than two has no open window. */
const WIDTHS_KEPT = 2;

/**
 * Opens it: the fleet is where the store is.
 * @throws {InputError} when there is none, or when it cannot be used.
 */
export async function openFleetOf(
  { store, fleet }: Configuration,
  { input, run, stays, windowWidth }: {
    readonly input: string;
    /** Id of a run that may go on after a restart. */
    readonly run: string | undefined;
    readonly stays: boolean;
    readonly windowWidth: number;
  },
): Promise<Fleet> {
  return await openFleet({
    place: readFleetPlace(store.place, "sensor"),
    sensor: sensorName(store),
    input,
    run,
    lease: fleet.lease * 1000,
    keep: {
      bytes: fleet.keep_mebibytes * MEBIBYTE,
      seconds: stays ? WIDTHS_KEPT * windowWidth : Infinity,
      givesUp: stays,
    },
  });
}
