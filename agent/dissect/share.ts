// Several dissectors on one busy interface: the kernel shares its flows out among them. The first one leads: the others
// hand it their records, and it alone knows profiles and detectors. Both ends of that are here.
//
// A flow is always one dissector's. What one flow says about another is lost when they are two dissectors': a data
// connection that an FTP session has announced is not named after it then.

import type { AnyRecord } from "../record/schema.ts";
import { createIntake, type IntakeCounters } from "../source/interface/intake.ts";
import { countingLeaks, createLeakSearch, type LeakSearch } from "./leaks/search.ts";
import type { DissectorCounters, DissectorSettings } from "./dissector.ts";
import { createSuccession } from "./succession.ts";

/** Messages with records that may wait at the leader; beyond them the share waits, and its packets with it. */
const MESSAGES_IN_FLIGHT = 8;

/** What a share hands to the leader, as JSON text: a record with the time at which it was written. */
interface Handed {
  readonly records: readonly (readonly [record: AnyRecord, writtenAt: number])[];
  /** The newest time it has seen, Unix seconds; absent before the first packet. */
  readonly clock?: number;
  /** The clock was set back since its last message, to this time. */
  readonly setBack?: number;
  /** Packets and their bytes on the wire since its last message, and the times of the first and the last of them. */
  readonly packets: number;
  readonly bytes: number;
  readonly first?: number;
  readonly last?: number;
  /** At its end. */
  readonly end?: ShareReport;
}

/** What a share counted from beginning to end. */
export interface ShareReport {
  readonly dissector: DissectorCounters;
  readonly intake: IntakeCounters;
}

/**
 * Makes this thread a share: dissects what comes in through `receptions`, for the leader at the other end of `leader`.
 * `toLeaks` leads to the thread that looks for leaks, if there is one; the search through it is returned.
 */
export function serveShare(
  settings: DissectorSettings,
  leader: MessagePort,
  toLeaks: MessagePort | undefined,
  receptions: readonly MessagePort[],
): LeakSearch | undefined {
  let records: [AnyRecord, number][] = [];
  let clock = -Infinity;
  let packets = 0;
  let bytes = 0;
  let first = NaN;
  let last = NaN;
  let setBack: number | undefined;
  let inFlight = 0;
  let acknowledged: (() => void) | undefined;
  const leaks = toLeaks === undefined
    ? undefined
    : createLeakSearch(toLeaks, (record) => void records.push([record, clock]));
  const dissectors = createSuccession({
    settings,
    emit: (record, now) => void records.push([record, now]),
    leaks: leaks?.scan,
  });

  function hand(end?: ShareReport): void {
    const handed: Handed = {
      records,
      ...(Number.isFinite(clock) ? { clock } : {}),
      packets,
      bytes,
      ...(setBack === undefined ? {} : { setBack }),
      ...(packets === 0 ? {} : { first, last }),
      ...(end === undefined ? {} : { end }),
    };
    leader.postMessage(JSON.stringify(handed));
    inFlight++;
    records = [];
    packets = bytes = 0;
    setBack = undefined;
  }

  leader.onmessage = () => {
    inFlight--;
    acknowledged?.();
  };
  const intake = createIntake(receptions, {
    packet(buffer, offset, captured, onWire, ts, linkType) {
      if (packets++ === 0) first = ts;
      bytes += onWire;
      last = ts;
      clock = Math.max(clock, ts);
      dissectors.current.frame(buffer, offset, captured, onWire, ts, linkType);
    },
    clock(now) {
      clock = Math.max(clock, now);
      dissectors.current.advance(now);
    },
    setBack(now) {
      dissectors.next();
      hand();
      clock = setBack = now;
    },
    async taken() {
      leaks?.collect();
      leaks?.scanInTime(dissectors.current, clock);
      hand();
      while (inFlight >= MESSAGES_IN_FLIGHT) await new Promise<void>((resolve) => acknowledged = resolve);
      acknowledged = undefined;
    },
    async end() {
      dissectors.current.finish();
      await leaks?.finish(dissectors.current);
      hand({ dissector: countingLeaks(dissectors.counters(), leaks), intake: intake.counters() });
    },
  });
  return leaks;
}

export interface ShareEvents {
  /** A share has seen so many packets, with so many bytes on the wire; times in Unix seconds. */
  packets(count: number, bytes: number, first: number, last: number): void;
  record(record: AnyRecord, writtenAt: number): void;
  /** The clock was set back. */
  setBack(now: number): void;
  /** A message was worked off; the share goes on when the promise is kept. */
  taken(): Promise<void>;
}

/** The leader's view of its shares. */
export interface Shares {
  /** The time that all of them have reached, Unix seconds: nothing older is still to come from any. */
  clock(): number;
  /** Resolves when all of them are over. */
  readonly over: Promise<readonly ShareReport[]>;
}

/** Takes records from the shares at the other ends of `ports`. */
export function leadShares(ports: readonly MessagePort[], events: ShareEvents): Shares {
  const clocks = ports.map(() => -Infinity);
  const ends = ports.map((port, index) =>
    new Promise<ShareReport>((resolve) => {
      let working: Promise<void> = Promise.resolve();
      const take = async (text: string): Promise<void> => {
        const handed = JSON.parse(text) as Handed;
        const { packets, bytes, first, last, setBack } = handed;
        if (setBack !== undefined) events.setBack(setBack);
        if (first !== undefined && last !== undefined) events.packets(packets, bytes, first, last);
        for (const [record, writtenAt] of handed.records) events.record(record, writtenAt);
        clocks[index] = handed.end === undefined ? handed.clock ?? -Infinity : Infinity;
        await events.taken();
        port.postMessage("taken");
        if (handed.end !== undefined) resolve(handed.end);
      };
      port.onmessage = ({ data }: MessageEvent<string>) => {
        working = working.then(() => take(data));
      };
    })
  );
  return { clock: () => Math.min(...clocks), over: Promise.all(ends) };
}
