// What the threads of a run are asked for, what they tell, and how they are fed.

import type { DetectorHealth } from "../../detectors/engine.ts";
import type { DissectorSettings } from "../dissect/dissector.ts";
import type { RuleFile } from "../dissect/leaks/messages.ts";
import type { DissectorReport, InputProgress, TapeUse } from "../dissect/messages.ts";
import type { Evidence, Repeat } from "../evidence/evidence.ts";
import type { Whitelist } from "../evidence/whitelist/whitelist.ts";
import type { Fleet } from "../fleet/sensor/client.ts";
import type { Answer, Asked, Question } from "../intel/enrich/question.ts";
import type { IntelImages } from "../intel/intel.ts";
import type { RouterOptions } from "../profile/router.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { FileEnd, FileMark, InputStream, SaidFormat } from "../source/input.ts";
import type { FilePrograms } from "../source/interface/file-filter.ts";
import type { CaptureCounts, CaptureSettings } from "../source/interface/messages.ts";

/** How far the stream has come. */
export interface Progress extends InputProgress {
  /** Stream time, Unix seconds. */
  clock: number;
}

export interface ThreadOptions {
  /** What is read: one stream for a file, several for a folder of logs. */
  streams: readonly InputStream[];
  /** What the user says it is. */
  said?: SaidFormat | undefined;
  /** The input is still being written: its streams are told as they come up. */
  grows?: boolean;
  /** Filters for captures, by link type. */
  filter?: FilePrograms | undefined;
  /** Interfaces that are watched instead of an input, and how. */
  interfaces?: {
    names: readonly string[];
    settings: CaptureSettings;
    /** Dissectors that share the flows of each interface; 1 or more. */
    dissectors: number;
  } | undefined;
  router: RouterOptions;
  dissector: DissectorSettings;
  /** Settings by detector name. */
  detectors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Names of the detectors in the order of their list: what a pulse's number means. */
  detectorNames: readonly string[];
  disabled: readonly string[];
  windowWidth: number;
  live: boolean;
  /** Tell every repeat of evidence, for scorers that want each. */
  repeats?: boolean;
  /** The user's whitelists, if any. */
  whitelist?: Whitelist | undefined;
  /** What is known from outside, as shared memory. */
  intel?: IntelImages | undefined;
  /** Who answers questions to the world outside: `ask` is missing when only what is remembered is answered. */
  lookups?: {
    /** Kinds of questions that somebody answers. */
    asked: readonly Asked[];
    remembered(): readonly Answer[];
    ask?: ((questions: readonly Question[]) => void) | undefined;
  } | undefined;
  /** Leaks are looked for. */
  leaks?: {
    /** Reads the engine: most runs never need it. */
    engine(): Promise<Uint8Array<ArrayBuffer>>;
    /** Rules beside the built-in ones. */
    rules: readonly RuleFile[];
    /** Seconds that rules may take for one batch. */
    hangSeconds: number;
    /** Entry module of the thread. */
    url?: URL;
  } | undefined;
  /** The way of records to the store, if they are kept. */
  store?: {
    readonly port: MessagePort;
    /** Kept when nobody is at the other end any more: how many of the records that went there have been accounted for. */
    readonly failed: Promise<number>;
  } | undefined;
  /** The way of records to the tape, if the run can be taken up later, and what is to be taken up. */
  tape?: { readonly port: MessagePort; readonly failed: Promise<void>; readonly use: TapeUse } | undefined;
  /** Hand on the records themselves, for logs. */
  keepRecords: boolean;
  /** Tell the hosts that appear, each once in so many seconds. */
  tellHosts?: number | undefined;
  /** Seconds after which a detector that has not come back is taken to hang. */
  hangSeconds: number;
  /** Detectors run elsewhere, and there are as many partitions as the router has workers. */
  fleet?: Fleet | undefined;
  /** Entry module of the detector workers. */
  detectorUrl?: URL;
}

/** What main hears, always in stream order. */
export interface ThreadEvents {
  evidence(evidence: Evidence, clock: number): void;
  /** Evidence that came again; where that is told as well, before it. */
  repeat?(repeat: Repeat, clock: number): void;
  records(records: readonly AnyRecord[]): void;
  /** Hosts that appeared in the traffic, where they are to be told. */
  hosts?(addresses: readonly string[]): void;
  /** What the system knows of our network, at the start and when it changes: our gateway. */
  gateway?(ip: string): void;
  progress(progress: Progress): void;
  /**
   * What was on the tape has passed, and what comes in follows: since when the wire is watched again, if something may have
   * been missed; Unix seconds.
   */
  live?(): number | undefined;
  /** All evidence came that the records on the tape lead to; what comes from now on comes for the first time. */
  replayed?(records: number, hosts: number): void;
  /** Something the user must know; one sentence. */
  warning(sentence: string): void;
}

/** What was counted by the threads over the whole run. */
export interface ThreadReport extends DissectorReport {
  health: DetectorHealth[];
  /** Detectors that hung and were switched off. */
  hung: string[];
  engines: Record<string, number>[];
  /** Shares of batches that nobody judged in time, where detectors run elsewhere. */
  sharesNotJudged: number;
  /** What the kernel counted of each interface that was watched. */
  captured: readonly CaptureCounts[];
}

export interface Threads {
  /** Unix seconds of the first record; NaN before it. */
  origin(): number;
  /** Stream time up to which all was judged, and what was found was told; -Infinity before any. */
  judgedClock(): number;
  /** A buffer to fill from `HEADROOM_BYTES` on, as soon as one is free. */
  buffer(): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the dissector `length` bytes of a stream that were read into the buffer. */
  push(stream: number, buffer: Uint8Array<ArrayBuffer>, length: number): void;
  /** Takes a buffer back that was not needed. */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void;
  /** The current file of a stream is over. */
  fileOver(stream: number, end?: FileEnd): void;
  /** Of an input that grows: the file that a stream goes on with, or that a new stream of the next number begins with. */
  next(stream: number, file: string, mark?: FileMark): void;
  /** A stream that grows has no more for now. */
  pause(stream: number): void;
  /** What came with the first so many pieces waits no longer for streams that are paused. */
  release(pieces: number): void;
  /** The input is silent: stream time goes on by so many seconds. */
  tick(seconds: number): void;
  /** The stream whose bytes are wanted next, -1 when nothing more is; answered when all that was given has been read. */
  wants(): Promise<number>;
  /** These whitelists count from now on. */
  whitelist(now: Whitelist): void;
  /** Newer intelligence counts from each detector worker's next batch on. */
  useIntel(intel: IntelImages): void;
  /** Hands answers, and questions that nobody could answer, to the detectors, which hear of them at their next batch. */
  answer(answers: readonly Answer[], unanswered: readonly Question[]): void;
  /** Resolves when all that was handed over so far was read and judged, or a thread has failed. */
  judged(): Promise<void>;
  /** Settings by detector name, and names of detectors that are switched off, from now on. */
  configure(settings: ThreadOptions["detectors"], disabled: readonly string[]): void;
  /** The filter of what is captured from now on. */
  filter(expression: string | undefined): void;
  /** Rejected when a thread fails; kept when all is over. */
  readonly failed: Promise<void>;
  /** The input is over: resolves when every record was judged and all evidence delivered. */
  finish(): Promise<ThreadReport>;
  /** What was counted by now. */
  soFar(): Promise<ThreadReport>;
  stop(): Promise<void>;
}
