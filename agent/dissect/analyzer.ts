// The contract between the flow table and the protocols: a protocol recognises its first bytes and then turns the
// bytes of a flow into records. One file (or folder) in protocol/ per protocol, listed in protocol/index.ts.

import type { AnyRecord, Kind, RecordOf } from "../record/schema.ts";
import type { Pieces } from "./leaks/pieces.ts";

/** The flow an analyzer works for. Plain data, filled by the flow table; `orig` is who opened it, as Zeek sees it. */
export interface Flow {
  readonly uid: string;
  readonly orig_h: string;
  readonly orig_p: number;
  readonly resp_h: string;
  readonly resp_p: number;
  readonly proto: "tcp" | "udp" | "icmp";
  /** Unix seconds of its first packet. */
  readonly start: number;
  /** Both ends' Ethernet addresses ("aa:bb:cc:dd:ee:ff") where known. */
  readonly orig_l2_addr: string | undefined;
  readonly resp_l2_addr: string | undefined;
}

/** Where an analyzer puts what it learnt. */
export interface Output {
  /** Packet time, Unix seconds: of the bytes in hand, or of the moment that ended the flow. */
  now: number;
  /** Where files go that are to be looked at for leaks; undefined when nobody looks. */
  readonly pieces?: Pieces | undefined;
  /** Hands on a finished record. */
  emit(record: AnyRecord): void;
  /** Hands on a `weird` record about this flow: Zeek's name for the oddity, and more about it. Counted; repeated names per flow are folded. */
  weird(flow: Flow, name: string, addl?: string): void;
  /** Adds a word to the flow's `service` ("http", "ssl", …), once the protocol is confirmed as Zeek does it. */
  service(flow: Flow, name: string): void;
  /** Takes a word back out of `service`, when the protocol turned out to be violated. */
  notService(flow: Flow, name: string): void;
  /** Announces that this 5-tuple side will soon be opened for a protocol (FTP data, rsh stderr). Bounded and forgotten after 5 minutes. */
  expect(respH: string, respP: number, protocol: string): void;
  /**
   * Hands the rest of this TCP flow to another protocol (STARTTLS, AUTH TLS, CONNECT, SOCKS, a database's SSL request).
   * `protocol` is its name, or undefined for whatever recognition then finds. `from` is where in the bytes in hand the
   * new protocol's first byte stands; without it, it starts with the next delivery. The caller is given no more bytes of
   * either side; its `finish` is still called once, when the flow ends. Only to be called from within `deliver`.
   */
  upgrade(flow: Flow, protocol: string | undefined, from?: number): void;
  /**
   * Says that the flow was seen from the wrong side: the first message was an answer (DNS does this, as in Zeek). The
   * flow table swaps both ends of `flow`; from the next delivery on, `fromOrig` is meant in the new sense. What was
   * counted so far stays with its side, as Zeek has it: a first packet from the server counts for the client.
   */
  flip(flow: Flow): void;
}

/** What recognition says of the bytes seen so far. */
export type Recognition = "yes" | "no" | "more";

/** Reads the bytes of one flow. Must never throw, never keep a reference to `bytes` beyond the call, and bound all it keeps. */
export interface Analyzer {
  /**
   * TCP: the next bytes of one side, in order, exactly once. UDP: one datagram payload. `bytes[start..end)` only.
   * Returns false when it wants no more bytes of this flow (encrypted from here on, or not this protocol after all).
   */
  deliver(fromOrig: boolean, bytes: Uint8Array, start: number, end: number): boolean;
  /** TCP: `length` bytes of one side are missing for good. Returns false when the analyzer gives up. */
  gap?(fromOrig: boolean, length: number): boolean;
  /** TCP: one side has sent its FIN. */
  endOfSide?(fromOrig: boolean): void;
  /** The flow is over (closed, timed out or the input ended): emit what is pending. Called exactly once. */
  finish(): void;
}

/** One protocol as the flow table knows it. */
export interface Protocol {
  /** The word in `service`, and the key for `expect`. */
  readonly name: string;
  readonly transport: "tcp" | "udp";
  /**
   * Ports on which this protocol is tried first and, as Zeek does, analysed even before it is recognised.
   * On all other ports it is chosen by `recognise` alone.
   */
  readonly ports: readonly number[];
  /** UDP: seconds of silence after which a flow of this protocol is over, where that is sooner than for any flow (DNS). */
  readonly idleTimeout?: number;
  /**
   * Looks at the first bytes of one side (TCP: the stream so far, up to 1,024 bytes; UDP: one datagram). Cheap, no allocation.
   * "yes" only for bytes that hardly anything else would send.
   */
  recognise(bytes: Uint8Array, start: number, end: number, fromOrig: boolean): Recognition;
  /** A new analyzer for one flow. */
  analyze(flow: Flow, output: Output): Analyzer;
}

/** The five fields that every record of a connection starts with. */
export function connectionFields(
  flow: Flow,
  ts: number,
): Pick<RecordOf<"conn">, "ts" | "uid" | "orig_h" | "orig_p" | "resp_h" | "resp_p"> {
  return { ts, uid: flow.uid, orig_h: flow.orig_h, orig_p: flow.orig_p, resp_h: flow.resp_h, resp_p: flow.resp_p };
}

export type { AnyRecord, Kind, RecordOf };
