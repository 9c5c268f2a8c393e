// What some flows have beside their record in the table: strings for the analyzers, the analyzers, bytes out of order.
// Most flows of a scan or a flood never need one. Fields are undefined until needed, because there may be many.

import type { Analyzer, Flow, Protocol } from "../analyzer.ts";
import type { FlowTable } from "./table.ts";

/** An analyzer at work. */
export interface Working {
  readonly protocol: Protocol;
  readonly analyzer: Analyzer;
  /** It wants more bytes. */
  wants: boolean;
  /** It threw, and is not spoken to again. */
  failed: boolean;
}

/** Bytes of one side that cannot be delivered yet. */
export interface Block {
  /** Relative sequence number of the first byte, and one past the last by the headers. */
  readonly start: number;
  readonly end: number;
  /** A copy; shorter than `end - start` when the capture was cut short, undefined when nobody wants the bytes. */
  readonly bytes: Uint8Array | undefined;
}

/** The blocks of one side, ordered and without overlap. */
export interface Blocks {
  readonly list: Block[];
  /** Memory of them, bytes. */
  bytes: number;
}

/** A piece of a stream kept while its protocol is being recognised. */
export interface Piece {
  readonly fromOrig: boolean;
  readonly bytes: Uint8Array;
}

/** Which protocols may still be the one of a flow, by place in the list of protocols, and the bytes seen so far. */
export interface Recognizing {
  /** Another protocol has handed the flow on: a protocol that was at work before may be so again. */
  readonly handedOn: boolean;
  candidatesOfOrig: readonly number[];
  candidatesOfResp: readonly number[];
  readonly pieces: Piece[];
  bytesOfOrig: number;
  bytesOfResp: number;
}

/** The flow as analyzers see it: the same object as Flow, writable for the flow table. */
export type WritableFlow = { -readonly [F in keyof Flow]: Flow[F] } & { readonly attached: Attached };

/** What hardly any flow has; by side. */
export interface Rare {
  gaps: [number, number];
  zeroWindows: [number, number];
  checksumErrors: [number, number];
  /** Relative sequence number of the last SYN, where it is not that of the first. */
  lastSyn: [number, number];
  missedBytes: number;
}

export interface Attached {
  /** Record number in the table; -1 once the flow is over. */
  flow: number;
  view: WritableFlow | undefined;
  /** Letters that do not fit into the record. */
  history: string;
  /** Words of `service`, in the order in which they were confirmed, as Zeek has them. */
  service: readonly string[] | undefined;
  /** Uids of the tunnels it came through, and handle of the last. */
  parents: string[] | undefined;
  lastParent: number;
  /** How often it has gone over to another tunnel. */
  tunnelChanges: number;
  analyzers: Working[] | undefined;
  recognizing: Recognizing | undefined;
  blocksOfOrig: Blocks | undefined;
  blocksOfResp: Blocks | undefined;
  rare: Rare | undefined;
  /** Seconds of silence after which a UDP flow is over; 0 for as any other. */
  idleTimeout: number;
  weirds: Set<string> | undefined;
  /** An analyzer has turned the flow round; the table follows when the packet is done. */
  flipped: boolean;
  /** An analyzer is handing its stream on: to whom (undefined for whoever recognises it) and from which byte. */
  upgrade: { readonly to: string | undefined; readonly from: number | undefined } | undefined;
}

/** What a flow has beside its record, made when it is first needed. */
export function attach(table: FlowTable, flow: number): Attached {
  const attached = table.attached[flow];
  if (attached !== undefined) return attached;
  return table.attached[flow] = {
    flow,
    view: undefined,
    history: "",
    service: undefined,
    parents: undefined,
    lastParent: -1,
    tunnelChanges: 0,
    analyzers: undefined,
    recognizing: undefined,
    blocksOfOrig: undefined,
    blocksOfResp: undefined,
    rare: undefined,
    idleTimeout: 0,
    weirds: undefined,
    flipped: false,
    upgrade: undefined,
  };
}

export function rareOf(table: FlowTable, flow: number): Rare {
  return attach(table, flow).rare ??= {
    gaps: [0, 0],
    zeroWindows: [0, 0],
    checksumErrors: [0, 0],
    lastSyn: [0, 0],
    missedBytes: 0,
  };
}
