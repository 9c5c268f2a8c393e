// The store: what the agent knows, where it outlives the agent and others can read it. One interface, several homes.
// Everything in it is plain data; times are Unix seconds of the traffic unless a name says otherwise.

import type { Alert, Evidence, EvidenceType } from "../evidence/evidence.ts";
import type { AnyRecord, Kind } from "../record/schema.ts";

/** One run of one sensor. */
export interface StoredRun {
  /** Unique among all runs of all sensors. */
  readonly id: string;
  /** Who watched. */
  readonly sensor: string;
  readonly version: string;
  /** What was read, as the user named it, and what that is ("pcap", "live capture", …). */
  readonly input: string;
  readonly kind: string;
  /** Wall time of the start and the end, Unix seconds; undefined while it goes on. */
  readonly began: number;
  readonly ended: number | undefined;
  /** Width of its time windows in seconds, Infinity for one over all; and where the first begins, NaN before any traffic. */
  readonly windowWidth: number;
  readonly origin: number;
  /** The content of summary.json; undefined while it goes on. */
  readonly summary: unknown;
}

/** A record with its place. */
export interface StoredRecord {
  readonly run: string;
  /** Place in the stream: 1, 2, 3, … */
  readonly ordinal: number;
  /** Whose behaviour it shows; undefined when nobody's. */
  readonly profile: string | undefined;
  readonly window: number;
  readonly record: AnyRecord;
}

export interface StoredEvidence {
  readonly run: string;
  /** Order in which evidence came: 1, 2, 3, …; told again, it keeps its place. */
  readonly ordinal: number;
  readonly evidence: Evidence;
}

export interface StoredAlert {
  readonly run: string;
  readonly ordinal: number;
  readonly alert: Alert;
}

/** What is known of a host over all runs. */
export interface StoredHost {
  readonly ip: string;
  readonly hostname: string | undefined;
  readonly mac: string | undefined;
  /** Its first and last record. */
  readonly first: number;
  readonly last: number;
  /** Connections that it opened, and bytes that it sent in them. */
  readonly connections: number;
  readonly bytes: number;
  /** Evidence about what it did, and alerts. */
  readonly evidence: number;
  readonly alerts: number;
}

/** What a host's records add to what is known of it. */
export type HostChange = Omit<StoredHost, "evidence" | "alerts">;

/** What is written at once: all of it, or nothing. */
export interface Writing {
  readonly run: string;
  readonly records?: readonly StoredRecord[];
  readonly evidence?: readonly StoredEvidence[];
  readonly alerts?: readonly StoredAlert[];
  readonly hosts?: readonly HostChange[];
  /** Small things that have to outlive a run, by name: JSON. Undefined takes one away. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** What may be asked for; undefined does not narrow. */
export interface Selection {
  readonly run?: string | undefined;
  readonly profile?: string | undefined;
  readonly window?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most so many, the newest. */
  readonly limit: number;
}

export interface EvidenceSelection extends Selection {
  readonly type?: EvidenceType | undefined;
}

export interface RecordSelection extends Selection {
  readonly kind?: Kind | undefined;
  readonly uid?: string | undefined;
}

/** Evidence and alerts are kept so many times as long as records. */
export const EVIDENCE_KEPT = 10;

/** Limits on what is kept. */
export interface Retention {
  /** Records older than this many seconds before the newest go; Infinity keeps all. Evidence and alerts stay ten times as long. */
  readonly seconds: number;
  /** Bytes that the home may have; beyond them the oldest records go. */
  readonly bytes: number;
}

/** One home of the store. Methods throw a `StoreError` when the home cannot be used. */
export interface Store {
  /** Begins a run, or says what became of it. */
  putRun(run: StoredRun): Promise<void>;
  write(writing: Writing): Promise<void>;
  runs(): Promise<StoredRun[]>;
  /** By the last time they were seen, newest first. */
  hosts(selection: Selection): Promise<StoredHost[]>;
  host(ip: string): Promise<StoredHost | undefined>;
  /** In the order of their times. */
  records(selection: RecordSelection): Promise<StoredRecord[]>;
  evidence(selection: EvidenceSelection): Promise<StoredEvidence[]>;
  alerts(selection: Selection): Promise<StoredAlert[]>;
  /**
   * One alert or piece of evidence by its id, or the beginning of it when that is enough. The same traffic analysed twice
   * has the same ids: that of the newest run is meant, or of the run that is named.
   */
  alert(id: string): Promise<StoredAlert | undefined>;
  oneEvidence(id: string, run?: string): Promise<StoredEvidence | undefined>;
  state(name: string): Promise<unknown>;
  /** Forgets what is too old or too much; the number of records that went. */
  retain(retention: Retention): Promise<number>;
  close(): Promise<void>;
}

/** The home cannot be used: one sentence that says what and why. */
export class StoreError extends Error {
  override name = "StoreError";
}
