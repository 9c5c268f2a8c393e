// Connections announced by others (an FTP data channel, rsh's stderr): which protocol the next flow to an address and
// port will speak. Bounded, and forgotten after five minutes.

import { BoundedMap } from "../../profile/bounded-map.ts";
import type { FlowCounters } from "./counters.ts";

/** Seconds that an announcement holds: Zeek's ftp_data_expected / schedule_analyzer time-out of five minutes. */
const HELD = 300;
/** Announcements held at once; the oldest goes first. */
const MAXIMUM = 10_000;

export interface Expected {
  /** By "address port"; in the order of their making. */
  readonly byEnd: BoundedMap<string, { readonly protocol: string; readonly until: number }>;
  /** How many there are for each port, so that most flows need not make a key. */
  readonly ports: Uint16Array;
}

export function createExpected(): Expected {
  return { byEnd: new BoundedMap(MAXIMUM), ports: new Uint16Array(65536) };
}

/** Remembers an announcement. */
export function expectFlow(
  expected: Expected,
  counters: FlowCounters,
  respH: string,
  respP: number,
  protocol: string,
  now: number,
): void {
  if (!(respP >= 0 && respP < 65536)) return;
  const key = `${respH} ${respP}`;
  forget(expected, key, respP);
  if (expected.byEnd.size >= MAXIMUM) {
    const oldest = expected.byEnd.oldest()!;
    forget(expected, oldest, Number(oldest.slice(oldest.indexOf(" ") + 1)));
    counters.expectedForgotten++;
  }
  expected.byEnd.set(key, { protocol, until: now + HELD });
  expected.ports[respP]!++;
}

/** The protocol announced for this end, which is then no longer expected. */
export function takeExpected(expected: Expected, respH: string, respP: number, now: number): string | undefined {
  const key = `${respH} ${respP}`;
  const found = expected.byEnd.get(key);
  if (found === undefined) return undefined;
  forget(expected, key, respP);
  return found.until >= now ? found.protocol : undefined;
}

function forget(expected: Expected, key: string, port: number): void {
  if (expected.byEnd.delete(key)) expected.ports[port]!--;
}
