// summary.json: what went in, what came out, and everything that was dropped on the way, in numbers.

import { isoTime, plainText } from "./text.ts";

/** What a run knows when it is over. Counters are by name; all of them end up in the summary. */
export interface SummaryInput {
  version: string;
  input: {
    /** The path as the user gave it. */
    path: string;
    /** What it is: "pcap", "pcapng", … */
    kind: string;
    /** Bytes of the file; undefined where there is no file. */
    size: number | undefined;
    /** One sentence about damage; undefined for sound input. */
    damage: string | undefined;
  };
  /** Packet times of the first and last packet, Unix seconds; NaN without packets. */
  first: number;
  last: number;
  /** Wall time of the run, seconds. */
  runSeconds: number;
  /** The run was taken up after an interruption: times of the clock on the wall, Unix seconds, and records judged again. */
  takenUp?: { began: number; ended: number; records: number } | undefined;
  packets: number;
  /** Bytes of the packets on the wire. */
  bytes: number;
  /** Records by kind. */
  records: Readonly<Record<string, number>>;
  /** What was dropped, forgotten or could not be read, by cause. */
  drops: Readonly<Record<string, number>>;
  profiles: number;
  evidence: {
    by_type: Readonly<Record<string, number>>;
    by_level: Readonly<Record<string, number>>;
  };
  /** Requests to services, by service; those that failed; questions not asked for want of quota; answers remembered. */
  lookups: Summary["lookups"];
  /** What peers were asked, answered, told and left out; undefined without them. */
  peers?: Readonly<Record<string, number>> | undefined;
  /** What the user's whitelist did. */
  whitelist: Summary["whitelist"];
  alerts: number;
  profiles_with_alerts: number;
  detectors: readonly {
    name: string;
    failures: number;
    firstFailure: string | undefined;
    atRest: boolean;
    hung: boolean;
  }[];
  /** Files written, relative to the output directory. */
  files: readonly string[];
}

/** The content of summary.json. Only `run` differs between two runs over the same input with the same settings. */
export interface Summary {
  version: string;
  input: { path: string; kind: string; size: number | null; damage: string | null };
  traffic: {
    /** ISO 8601; null without packets. */
    first_packet: string | null;
    last_packet: string | null;
    /** Seconds between them. */
    duration: number;
    packets: number;
    bytes: number;
  };
  records: { total: number; by_kind: Record<string, number> };
  /** What was dropped, forgotten or could not be read; the names say what is counted. */
  drops: { by_cause: Record<string, number> };
  profiles: { total: number; with_alerts: number };
  evidence: { total: number; by_type: Record<string, number>; by_level: Record<string, number> };
  /** What peers were asked, answered, told and left out; only in runs with peers. */
  peers?: Record<string, number>;
  /** Requests to services outside, by service. */
  lookups: {
    asked: Partial<Record<string, number>>;
    failed: Partial<Record<string, number>>;
    skipped: number;
    remembered: number;
  };
  /** The user's whitelist: its entries, places in it that cannot be used, evidence marked and records not judged. */
  whitelist: { entries: number; mistakes: number; evidence: number; records: number };
  alerts: number;
  /** Every detector that did not get through the run unharmed. */
  unhealthy_detectors: {
    name: string;
    failures: number;
    first_failure: string | null;
    state: "running" | "at rest" | "hung";
  }[];
  files: string[];
  run: {
    /** Wall time, seconds. */
    seconds: number;
    packets_per_second: number;
    /**
     * Only of a run that was taken up: when it began, and when it was interrupted, ISO 8601; how many records were judged
     * again. Traffic, records and drops are counted since; profiles, evidence and alerts are those of the whole run.
     */
    taken_up?: { began: string; interrupted: string; records: number };
  };
}

/** The summary of a run. */
export function summaryOf(run: SummaryInput): Summary {
  const { input } = run;
  const hasPackets = Number.isFinite(run.first) && Number.isFinite(run.last);
  return {
    version: run.version,
    input: {
      path: plainText(input.path),
      kind: input.kind,
      size: input.size ?? null,
      damage: input.damage === undefined ? null : plainText(input.damage),
    },
    traffic: {
      first_packet: hasPackets ? isoTime(run.first) : null,
      last_packet: hasPackets ? isoTime(run.last) : null,
      duration: hasPackets ? rounded(run.last - run.first, 1e6) : 0,
      packets: run.packets,
      bytes: run.bytes,
    },
    records: { total: sum(run.records), by_kind: sorted(run.records) },
    drops: { by_cause: sorted(run.drops) },
    profiles: { total: run.profiles, with_alerts: run.profiles_with_alerts },
    evidence: {
      total: sum(run.evidence.by_type),
      by_type: sorted(run.evidence.by_type),
      by_level: { ...run.evidence.by_level },
    },
    lookups: { ...run.lookups },
    ...run.peers === undefined ? {} : { peers: sorted(run.peers) },
    whitelist: { ...run.whitelist },
    alerts: run.alerts,
    unhealthy_detectors: run.detectors
      .filter(({ failures, atRest, hung }) => failures > 0 || atRest || hung)
      .map(({ name, failures, firstFailure, atRest, hung }) => ({
        name,
        failures,
        first_failure: firstFailure === undefined ? null : plainText(firstFailure),
        state: hung ? "hung" : atRest ? "at rest" : "running",
      })),
    files: [...run.files],
    run: {
      seconds: rounded(run.runSeconds, 1e3),
      packets_per_second: run.runSeconds > 0 ? Math.round(run.packets / run.runSeconds) : 0,
      ...run.takenUp === undefined ? {} : {
        taken_up: {
          began: isoTime(run.takenUp.began),
          interrupted: isoTime(run.takenUp.ended),
          records: run.takenUp.records,
        },
      },
    },
  };
}

/** Counters in the order of their names, so that it does not matter who counted first. */
function sorted(counters: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sum(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((total, count) => total + count, 0);
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
