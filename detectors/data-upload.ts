// Much data that leaves for one host, at once or piece by piece: a backup, or a theft.

import { isLinkLocal, isMulticast, isReserved } from "../agent/record/address.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep, keepNew } from "./keep.ts";

// Own choices, for each profile and window. Destinations written to longest ago go first; of one that many connections
// write to, the first are shown.
export const DESTINATIONS_KEPT = 4096;
export const UIDS_KEPT = 100;
/** Connections noted before they are summed up by destination. */
export const CONNECTIONS_NOTED = 1024;

const BYTES_IN_MB = 1_000_000;

/**
 * What a profile has sent in a window. While all together is less than one destination would be reported for, connections
 * are only noted: most hosts never send as much, and to look each up among the destinations costs more than twice as much.
 */
interface Uploads {
  total: number;
  /** Destination, bytes and uid of each connection, one after the other. */
  noted: (string | number)[];
  /** Once they are summed up. */
  byDestination: Map<string, Sent> | undefined;
}

interface Sent {
  bytes: number;
  uids: string[];
  reported: boolean;
}

/** Own choice: ten thousand such connections make half a gigabyte. */
const BYTES_THAT_COUNT = 50_000;

export const dataUpload = defineDetector({
  name: "data-upload",
  summary: "Much data sent to one host, in one connection or in all of a time window",
  raises: {
    data_upload: {
      meaning:
        "Much data went from one host of yours to one destination. That is a backup, a large upload, or somebody " +
        "carrying data away. The finding is told on both ends: the destination is the suspicious one (high), the " +
        "host that sent may be a victim (info).",
      threats: ["info", "high"],
      techniques: ["T1048", "T1567"],
      falsePositives:
        "Cloud backups, photo synchronisation, video calls of many hours, uploads of large files to places you " +
        "know.",
      whatToDo:
        "Look at who owns the destination and ask the user of the host. If nobody knows, cut the connection, keep " +
        "the host as it is for investigation, and find out which files were read in that time.",
    },
  },
  settings: {
    connection_megabytes: {
      value: 100,
      unit: "MB (1,000,000 bytes)",
      meaning: "a single connection that sends as much or more is reported",
      minimum: 1,
    },
    window_megabytes: {
      value: 500,
      unit: "MB (1,000,000 bytes)",
      meaning: "all connections to one host that together send as much or more in one time window are reported, once",
      minimum: 1,
    },
  },
  windowMemory: (): Uploads => ({ total: 0, noted: [], byDestination: undefined }),
  on: {
    conn(record, context) {
      const { resp_h, orig_bytes, uid } = record;
      if (orig_bytes === undefined || orig_bytes === 0) return;
      const { settings, windowMemory } = context;
      if (orig_bytes >= settings.connection_megabytes * BYTES_IN_MB) {
        tell(context, resp_h, orig_bytes, [uid], "in one connection");
      }
      const enough = settings.window_megabytes * BYTES_IN_MB;
      const { noted } = windowMemory;
      windowMemory.total += orig_bytes;
      if (windowMemory.byDestination === undefined) {
        if (windowMemory.total < enough && noted.length < FIELDS_NOTED * CONNECTIONS_NOTED) {
          noted.push(resp_h, orig_bytes, uid);
          return;
        }
        windowMemory.byDestination = summedUp(noted);
        windowMemory.noted = [];
      }
      const sent = add(windowMemory.byDestination, resp_h, orig_bytes, uid);
      if (sent.reported || sent.bytes < enough) return;
      sent.reported = true;
      tell(context, resp_h, sent.bytes, [...sent.uids, uid], "in this time window");
      sent.uids = [];
    },
  },
});

const FIELDS_NOTED = 3;

function summedUp(noted: Uploads["noted"]): Map<string, Sent> {
  const byDestination = new Map<string, Sent>();
  for (let at = 0; at < noted.length; at += FIELDS_NOTED) {
    add(byDestination, noted[at] as string, noted[at + 1] as number, noted[at + 2] as string);
  }
  return byDestination;
}

function add(byDestination: Map<string, Sent>, to: string, bytes: number, uid: string): Sent {
  const known = byDestination.get(to);
  if (known === undefined) {
    const sent = { bytes, uids: [uid], reported: false };
    keepNew(byDestination, to, sent, DESTINATIONS_KEPT);
    return sent;
  }
  // Little adds little: only who sends something to speak of keeps a place among the newest.
  if (bytes >= BYTES_THAT_COUNT) keep(byDestination, to, known, DESTINATIONS_KEPT);
  if (known.reported) return known;
  known.bytes += bytes;
  if (known.uids.length < UIDS_KEPT) known.uids.push(uid);
  return known;
}

/** Tells it on both ends; not of destinations that are no host, nor of the gateway, through which all goes. */
function tell(
  context: Context<unknown, undefined, Uploads>,
  to: string,
  bytes: number,
  uids: string[],
  how: string,
): void {
  if (to === context.network.gateway.ip || isMulticast(to) || isLinkLocal(to) || isReserved(to)) return;
  const from = context.profile;
  const common = {
    type: "data_upload",
    confidence: 0.6,
    uids,
    description: `Large data upload. ${from} sent ${Math.floor(bytes / BYTES_IN_MB)} MB to ${to} ${how}`,
  } as const;
  context.raise(
    { ...common, threat: "info", attacker: { direction: "src", kind: "ip", value: from } },
    { ...common, threat: "high", attacker: { direction: "dst", kind: "ip", value: to }, profile: to },
  );
}
