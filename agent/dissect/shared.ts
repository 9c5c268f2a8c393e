// What the flows of one run have in common: settings, software already reported, files fetched in pieces, tunnels already
// seen. Made once for a run and given to the protocols that need it; everything in it is bounded.

import { BoundedMap } from "../profile/bounded-map.ts";
import { DEFAULT_FILE_SETTINGS, type FileSettings } from "./files/file.ts";
import { newRangeFiles, type RangeFiles } from "./files/ranges.ts";
import { type DataChannels, newDataChannels } from "./protocol/ftp/data-channels.ts";
import { newSoftwareRegister, type SoftwareRegister } from "./software.ts";

/** Tunnels through proxies that are remembered; beyond this the oldest is forgotten and would be reported again. */
export const TUNNELS_LIMIT = 10_000;

export interface Shared {
  readonly fileSettings: FileSettings;
  readonly software: SoftwareRegister;
  readonly ranges: RangeFiles;
  readonly dataChannels: DataChannels;
  /** Whether this tunnel was not seen before. */
  isNewTunnel(key: string): boolean;
}

/** What one run starts with. */
export function newShared(fileSettings: FileSettings = DEFAULT_FILE_SETTINGS): Shared {
  const tunnels = new BoundedMap<string, true>(TUNNELS_LIMIT);
  return {
    fileSettings,
    software: newSoftwareRegister(),
    ranges: newRangeFiles(fileSettings),
    dataChannels: newDataChannels(),
    isNewTunnel(key) {
      if (tunnels.has(key)) return false;
      tunnels.set(key, true);
      return true;
    },
  };
}
