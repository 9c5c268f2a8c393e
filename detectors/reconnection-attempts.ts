// A host that is refused and comes back at once, again and again: malware whose server has gone, or a worm at a telnet
// port, where even an unanswered knock says enough.

import { isEstablished } from "../agent/record/conn-state.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";

/** Destinations remembered for each profile and window; those tried longest ago go first. Own choice. */
export const DESTINATIONS_KEPT = 4096;

/** IANA's telnet, and the port where many small devices have it instead. */
const TELNET_PORTS: ReadonlySet<number> = new Set([23, 2323]);

interface Attempts {
  /** "address port": uids of the refused connections since the last report. */
  refused: Map<string, string[]>;
  /** Address: uids of the connections to telnet that did not come to be. */
  telnet: Map<string, string[]>;
}

export const reconnectionAttempts = defineDetector({
  name: "reconnection-attempts",
  summary: "A host that is refused and keeps coming back, as malware does when its server has gone",
  raises: {
    multiple_reconnection_attempts: {
      meaning:
        "A host was refused and came back at once, again and again. Malware whose server has been taken down does " +
        "that, and so do worms that try their luck at telnet.",
      threats: ["medium"],
      techniques: ["T1008", "T1110"],
      falsePositives:
        "A program set up for a server that is switched off or has moved: mail clients, printers, monitoring, " +
        "backups.",
      whatToDo:
        "Look at the address and port: if it is a service of yours that is down, repair it. If it is an unknown " +
        "address, find the program that wants to go there and remove it.",
    },
  },
  settings: {
    attempts: {
      value: 5,
      unit: "attempts",
      meaning: "refused connections to the same port of a host in one time window that are reported",
      minimum: 1,
    },
    telnet_attempts: {
      value: 4,
      unit: "attempts",
      meaning:
        "telnet connections (ports 23 and 2323) to a host that did not come to be, in one time window, that are reported",
      minimum: 1,
    },
  },
  windowMemory: (): Attempts => ({ refused: new Map(), telnet: new Map() }),
  on: {
    conn(record, context) {
      const { resp_h, resp_p, proto, uid, conn_state } = record;
      if (conn_state === "REJ") {
        const uids = counted(context.windowMemory.refused, `${resp_h} ${resp_p}`, uid, context.settings.attempts);
        if (uids !== undefined) tell(context, resp_h, uids, "refused each time");
      }
      if (proto === "tcp" && TELNET_PORTS.has(resp_p) && !isEstablished(record)) {
        const uids = counted(context.windowMemory.telnet, resp_h, uid, context.settings.telnet_attempts);
        if (uids !== undefined) tell(context, resp_h, uids, "by telnet, in vain");
      }
    },
  },
});

/** Counts an attempt; the uids of all attempts when they are enough, and then the count begins anew. */
function counted(attempts: Map<string, string[]>, key: string, uid: string, enough: number): string[] | undefined {
  const before = attempts.get(key);
  const uids = before === undefined ? [uid] : [...before, uid];
  if (uids.length < enough) {
    keep(attempts, key, uids, DESTINATIONS_KEPT);
    return undefined;
  }
  attempts.delete(key);
  return uids;
}

function tell(context: Context<unknown, undefined, Attempts>, host: string, uids: string[], how: string): void {
  const { profile } = context;
  context.raise({
    type: "multiple_reconnection_attempts",
    threat: "medium",
    confidence: 0.5,
    attacker: { direction: "src", kind: "ip", value: profile },
    victim: { direction: "dst", kind: "ip", value: host },
    uids,
    description: `Multiple reconnection attempts from ${profile} to ${host}: ${uids.length} connections, ${how}`,
    fold: host,
  });
}
