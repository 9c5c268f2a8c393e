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

/** A record of the run that is written. */
export type NewRecord = Omit<StoredRecord, "run">;

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

/** Who writes to the store, and when it was heard of. */
export interface StoredSensor {
  readonly name: string;
  readonly version: string;
  /** What it watches or read last, and in which run. */
  readonly input: string;
  readonly run: string;
  /** Wall time, Unix seconds, by the clock of the store: first and last heard of. */
  readonly first: number;
  readonly last: number;
}

/** What a sensor knows of a host over all its runs: the same address elsewhere may be another host. */
export interface StoredHost {
  readonly sensor: string;
  readonly ip: string;
  readonly hostname: string | undefined;
  readonly mac: string | undefined;
  /** Its first and last record. */
  readonly first: number;
  readonly last: number;
  /** Connections that it opened, and bytes that it sent in them. */
  readonly connections: number;
  readonly bytes: number;
  /** Evidence about what it did, and alerts, without updates of alerts. */
  readonly evidence: number;
  readonly alerts: number;
}

/** What a host's records add to what is known of it. */
export type HostChange = Omit<StoredHost, "sensor" | "evidence" | "alerts">;

/** What a host's doings in a time window have come to. */
export interface StoredWindow {
  readonly run: string;
  readonly profile: string;
  readonly window: number;
  /** Traffic time of the newest evidence in it. */
  readonly timestamp: number;
  /** In the scorer's own measure, and what makes an alert. */
  readonly score: number;
  readonly threshold: number;
}

/** What a sensor knows of another agent on its local network. */
export interface StoredPeer {
  readonly sensor: string;
  /** Its id in the peer network. */
  readonly peer: string;
  readonly address: string;
  /** How much its word weighs, 0..1. */
  readonly trust: number;
  readonly connected: boolean;
  /** Wall time, Unix seconds: connected since then, or heard of last. */
  readonly since: number;
}

/** What a sensor's peers together say of a host. */
export interface StoredOpinion {
  readonly sensor: string;
  readonly ip: string;
  /** 0 harmless, 0.5 undecided, 1 attacker; and how sure they are, 0..1. */
  readonly score: number;
  readonly confidence: number;
  /** Machines that said anything. */
  readonly voices: number;
  /** Wall time, Unix seconds. */
  readonly at: number;
}

/** What a service outside answered. */
export interface StoredAnswer {
  /** The question as one text, such as "address 192.0.2.7" (`questionKey`). */
  readonly question: string;
  /** Wall time, Unix seconds: when it was given, and until when it is worth something. */
  readonly at: number;
  readonly until: number;
  /** The answer and who gave it: JSON. */
  readonly data: unknown;
}

/** By which means a host can be kept from the network: a rule of the firewall, or its neighbours' ARP tables. */
export const BLOCK_MEANS = ["firewall", "arp"] as const;
export type BlockMeans = typeof BLOCK_MEANS[number];

/** That a sensor keeps a host from the network, or did last. Times are the clock's: Unix seconds. */
export interface StoredBlock {
  readonly sensor: string;
  /** Who is blocked. */
  readonly ip: string;
  readonly means: readonly BlockMeans[];
  /** Id of the alert that it is for; undefined when peers blamed it. */
  readonly alert: string | undefined;
  readonly since: number;
  /** When it is to end; undefined: never by itself. */
  readonly until: number | undefined;
  /** When it was ended; undefined while it stands, also beyond `until`. */
  readonly ended: number | undefined;
  /** How often this sensor has blocked it, this time included. */
  readonly times: number;
  /** When this was told, which orders it: what is older never replaces what is newer. */
  readonly told: number;
}

/** What is written at once: all of it, or nothing. */
export interface Writing {
  readonly run: string;
  readonly records?: readonly NewRecord[];
  readonly evidence?: readonly StoredEvidence[];
  readonly alerts?: readonly StoredAlert[];
  readonly hosts?: readonly HostChange[];
  readonly windows?: readonly StoredWindow[];
  /** All peers of this sensor: who is not among them any more is forgotten. */
  readonly peers?: readonly Omit<StoredPeer, "sensor">[];
  readonly opinions?: readonly Omit<StoredOpinion, "sensor">[];
  readonly answers?: readonly StoredAnswer[];
  readonly blocks?: readonly Omit<StoredBlock, "sensor">[];
  /** Small things that have to outlive a run, by name: JSON. Undefined takes one away. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** What may be asked for; undefined does not narrow. */
export interface Selection {
  readonly run?: string | undefined;
  readonly sensor?: string | undefined;
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

/** Seconds for which opinions of peers are kept. Own choice: who was asked a week ago is asked again. */
export const OPINIONS_KEPT = 7 * 86_400;

/** Limits on what is kept. */
export interface Retention {
  /** Records older than this many seconds before the newest go; Infinity keeps all. Evidence and alerts stay ten times as long. */
  readonly seconds: number;
  /** From which time on ages are counted, if it is before the newest record (`countedFrom`). */
  readonly from?: number | undefined;
  /** Bytes that the home may have; beyond them the oldest records go. */
  readonly bytes: number;
  /** About how many records may go at once; unless it is set, all that must. */
  readonly most?: number | undefined;
}

/** One home of the store. Methods throw a `StoreError` when the home cannot be used. */
export interface Store {
  /** Unix seconds by the clock of the home, by which sensors are heard of: that of the server, where there is one. */
  now(): Promise<number>;
  /** Begins a run, or says that it goes on, or what became of it: its sensor is heard of. */
  putRun(run: StoredRun): Promise<void>;
  write(writing: Writing): Promise<void>;
  runs(): Promise<StoredRun[]>;
  /** By name. */
  sensors(): Promise<StoredSensor[]>;
  /** By the last time they were seen, newest first; one row for each sensor that saw it. */
  hosts(selection: Selection): Promise<StoredHost[]>;
  /** In the order of their times. */
  windows(selection: Selection): Promise<StoredWindow[]>;
  peers(): Promise<StoredPeer[]>;
  opinions(ip: string): Promise<StoredOpinion[]>;
  /** First those that stand, then those that ended last; `from` and `to`: those that stood some time between. */
  blocks(selection: Pick<Selection, "sensor" | "profile" | "from" | "to" | "limit">): Promise<StoredBlock[]>;
  /** The answer to a question, if it is still worth something. */
  answer(question: string): Promise<StoredAnswer | undefined>;
  /** In the order of their times. */
  records(selection: RecordSelection): Promise<StoredRecord[]>;
  evidence(selection: EvidenceSelection): Promise<StoredEvidence[]>;
  alerts(selection: Selection): Promise<StoredAlert[]>;
  /**
   * One alert or piece of evidence by its id, or the beginning of it when that is enough. The same traffic analysed twice
   * has the same ids, and so may have two sensors: that of the newest run is meant, or of the run or sensor that is named.
   */
  alert(id: string, of?: Pick<Selection, "run" | "sensor">): Promise<StoredAlert | undefined>;
  oneEvidence(id: string, of?: Pick<Selection, "run" | "sensor">): Promise<StoredEvidence | undefined>;
  state(name: string): Promise<unknown>;
  /** Forgets what is too old or too much, but no block that stands; the number of records that went. */
  retain(retention: Retention): Promise<number>;
  close(): Promise<void>;
}

/** The home cannot be used: one sentence that says what and why. */
export class StoreError extends Error {
  override name = "StoreError";
  /** `isRefusal`: the home is there, but will not have what was to be written. */
  constructor(message: string, readonly isRefusal = false) {
    super(message);
  }
}
