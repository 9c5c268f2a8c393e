// What main, the capture thread and the dissector say to each other about live packets. Plain data.

import type { BlockSource } from "./blocks.ts";
import type { Program } from "./bpf.ts";
import type { SystemPicture } from "./system.ts";

/** One reception: an interface, and the dissector that takes its packets. */
export interface Reception {
  readonly interface: string;
  /** Receptions of the same interface with the same group share its flows. */
  readonly fanoutGroup: number | undefined;
}

export interface CaptureSettings {
  /** Hear what is meant for other hosts too. */
  readonly promiscuous: boolean;
  /** Memory shared with the kernel for each reception, mebibytes. */
  readonly ringMebibytes: number;
  /** Memory for packets that the dissector has no time for yet, for each reception, mebibytes; only used when needed. */
  readonly queueMebibytes: number;
  /** A filter (pcap-filter(7)); without one, all packets. */
  readonly filter: string | undefined;
}

/** Main to the capture thread. `start` comes with one port per reception; at its other end is the dissector. */
export type ToCapture =
  | { say: "start"; receptions: readonly Reception[]; settings: CaptureSettings }
  /** Another filter from now on. */
  | { say: "filter"; filter: string | undefined }
  /** No more packets; what has come in is still handed over. */
  | { say: "stop" };

/** Packets of one reception since its start. */
export interface CaptureCounts {
  /** What the kernel offered, dropped packets included. */
  packets: number;
  /** What came while the ring was full: lost. */
  drops: number;
}

export type InterfaceState = "receiving" | "down" | "gone";

/** The capture thread to main. */
export type FromCapture =
  /** `reception` is its place in the list of the start. */
  | { say: "state"; reception: number; interface: string; state: InterfaceState }
  | { say: "counts"; counts: readonly CaptureCounts[] }
  /** What the system knows of its network: at the start and whenever it changes. */
  | { say: "system"; picture: SystemPicture }
  /** A new filter is in force, or is not: `problem` says why. */
  | { say: "filter"; filter: string | undefined; problem: string | undefined }
  /** Something the user must know; one sentence. */
  | { say: "warning"; sentence: string }
  /** Nothing can be captured at all; one sentence that says what helps. */
  | { say: "refused"; sentence: string }
  /** All is handed over, the ports are told their end. */
  | { say: "stopped"; counts: readonly CaptureCounts[] };

/** The capture thread to the dissector, one port per reception. */
export type ToIntake =
  /** What the blocks after this are, and the filter that the kernel could not apply for us. */
  | { say: "source"; source: BlockSource; filter: Program | undefined }
  /** Blocks one after the other in `buffer[0 .. length)`. The buffer is to be sent back. */
  | { say: "blocks"; buffer: ArrayBuffer; length: number }
  /** The wire is silent: nothing older than this, Unix seconds, is still to come. */
  | { say: "clock"; now: number }
  | { say: "end" };

/** The dissector to the capture thread: a buffer is free again. */
export interface FromIntake {
  say: "spent";
  buffer: ArrayBuffer;
}
