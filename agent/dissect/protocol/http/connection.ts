// What is known of one connection that speaks HTTP.

import type { Flow, Output } from "../../analyzer.ts";
import { type LineReader, newLineReader } from "../../lines.ts";
import type { Shared } from "../../shared.ts";
import type { Message } from "./framing.ts";
import { newTransactions, type Transactions } from "./transactions.ts";

/** A line longer than this comes in parts; of a header field the rest is left out. */
export const LINE_BYTES_LIMIT = 65536;

/** One side of it. */
export interface Side {
  readonly fromOrig: boolean;
  readonly lines: LineReader;
  /** A first line, a message, the body of an HTTP/0.9 reply, or nothing any more. */
  expects: "start" | "message" | "raw" | "nothing";
  message: Message | undefined;
  /** Bytes of a multipart's body behind its last boundary, to be passed over. */
  skip: number;
  version: string;
}

/** The connection: both sides, and what they have to know of each other. */
export interface Connection {
  readonly flow: Flow;
  readonly output: Output;
  readonly shared: Shared;
  readonly transactions: Transactions;
  readonly request: Side;
  readonly reply: Side;
  /** Methods of the requests without a reply. */
  readonly unanswered: string[];
  requests: number;
  files: number;
  keepAlive: boolean;
  closing: boolean;
  connect: boolean;
  code: number;
  upgradeConnection: boolean;
  upgradeProtocol: string;
  over: "no" | "tunnel" | "upgraded" | "violated";
}

/** A connection of which nothing was read yet. */
export function newConnection(flow: Flow, output: Output, shared: Shared): Connection {
  return {
    flow,
    output,
    shared,
    transactions: newTransactions(flow, output),
    request: newSide(true),
    reply: newSide(false),
    unanswered: [],
    requests: 0,
    files: 0,
    keepAlive: false,
    closing: false,
    connect: false,
    code: 0,
    upgradeConnection: false,
    upgradeProtocol: "",
    over: "no",
  };
}

function newSide(fromOrig: boolean): Side {
  return {
    fromOrig,
    lines: newLineReader(LINE_BYTES_LIMIT),
    expects: "start",
    message: undefined,
    skip: 0,
    version: "",
  };
}

/** Reports that a proxy was asked for a tunnel, once the proxy has granted it with `code`. */
export function announceTunnel(connection: Connection, code: number): void {
  const { flow, output, shared } = connection;
  if (code !== 200) {
    connection.connect = false;
    return;
  }
  if (!shared.isNewTunnel(`${flow.orig_h} ${flow.resp_h} ${flow.resp_p}`)) return;
  // As in Zeek, all connections of a client through one proxy are one tunnel, so the client's port is 0.
  output.emit({
    kind: "tunnel",
    ts: output.now,
    uid: flow.uid,
    orig_h: flow.orig_h,
    orig_p: 0,
    resp_h: flow.resp_h,
    resp_p: flow.resp_p,
    tunnel_type: "Tunnel::HTTP",
    action: "Tunnel::DISCOVER",
  });
}
