// Which analyzers get the bytes of a flow, and giving them. Protocols of the responder's port are asked to analyse from
// the first byte on, as Zeek does; meanwhile all others look at the first bytes of each side until one knows them or
// none does. Analyzers may not throw; one that does is counted and dropped.

import { isPrivate } from "../../record/address.ts";
import type { Protocol } from "../analyzer.ts";
import { attach, type Attached, type Working } from "./attached.ts";
import { responderPort, viewOf } from "./connection.ts";
import { takeExpected } from "./expected.ts";
import { PIECE_BYTES, type Pieces } from "../leaks/pieces.ts";
import type { Flows } from "./flows.ts";
import {
  BYTES,
  CONTENT_IGNORED,
  FLAGS,
  FLOW_DOUBLES,
  FLOW_WORDS,
  type Side,
  TUNNEL_CONFIRMED,
  TUNNEL_DISCOVERED,
} from "./layout.ts";
import { releaseBlocks } from "./blocks.ts";
import { continueRecognition, startRecognition, stopRecognition } from "./recognition.ts";
import { weirdOfFlow } from "./weird.ts";

/**
 * Bytes of a flow after which nothing more of it is looked at for leaks alone. Own choice: a side that says little must not
 * have all that the other says put together.
 */
const LOOKED_AT_BYTES = 4 * PIECE_BYTES;

/** Gives the next bytes of one side of a TCP flow to whoever wants them. */
export function deliverContent(
  flows: Flows,
  flow: number,
  side: Side,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { table, pieces } = flows;
  if (pieces !== undefined) lookAt(flows, pieces, flow, side, bytes, start, end);
  if ((table.words[flow * FLOW_WORDS + FLAGS]! & CONTENT_IGNORED) !== 0) return;
  let attached = table.attached[flow];
  if (attached === undefined || (attached.analyzers === undefined && attached.recognizing === undefined)) {
    attached = attach(table, flow);
    startContent(flows, attached);
  }
  const fromOrig = (side === 0) !== attached.flipped;
  let wanted = false;
  const { analyzers, recognizing } = attached;
  if (analyzers !== undefined) {
    // One that joins while the bytes are given out has been given them already.
    const working = analyzers.length;
    for (let i = 0; i < working; i++) {
      const analyzer = analyzers[i]!;
      if (analyzer.wants && deliverTo(flows, attached, analyzer, fromOrig, bytes, start, end)) wanted = true;
    }
  }
  // Not if it began only now, when an analyzer handed these bytes on.
  if (recognizing !== undefined && recognizing === attached.recognizing) {
    const known = continueRecognition(flows, attached, fromOrig, bytes, start, end);
    if (known >= 0) startWithPieces(flows, attached, known, fromOrig, bytes, start, end);
  }
  if (!wanted) ignoreContentIfUnwanted(flows, attached);
}

/** Keeps the beginning of a side to look for leaks in it. */
function lookAt(
  flows: Flows,
  pieces: Pieces,
  flow: number,
  side: Side,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const key = 2 * flow + side;
  if (pieces.add(key, bytes, start, end)) return;
  const view = viewOf(flows.table, flow);
  const fromOrig = (side === 0) !== view.attached.flipped;
  const ours = fromOrig || isPrivate(view.resp_h);
  const { uid, orig_h, orig_p, resp_h, resp_p, proto } = view;
  pieces.begin(
    key,
    ours ? () => ({ uid, orig_h, orig_p, resp_h, resp_p, proto, fromOrig, fuid: undefined }) : undefined,
  );
  pieces.add(key, bytes, start, end);
}

/** The first content of a flow: whoever was announced for it or has its port begins, everybody else looks at it. */
function startContent(flows: Flows, attached: Attached): void {
  if (!startAnnouncedOrByPort(flows, attached.flow, "tcp")) startRecognition(attached, flows.protocols.tcp, false);
  attached.analyzers ??= [];
}

/** Starts the protocol that was announced for the flow, or those of its port; whether it was an announced one. */
export function startAnnouncedOrByPort(flows: Flows, flow: number, transport: "tcp" | "udp"): boolean {
  const { table, protocols, expected } = flows;
  const port = responderPort(table, flow);
  if (expected.ports[port] !== 0) {
    const view = viewOf(table, flow);
    const name = takeExpected(expected, view.resp_h, view.resp_p, flows.now);
    const place = name === undefined ? undefined : protocols.byName.get(`${transport} ${name}`);
    // As in Zeek, an announced protocol is the only one.
    if (place !== undefined && startAnalyzer(flows, view.attached, protocols.all[place]!) !== undefined) return true;
  }
  const places = (transport === "tcp" ? protocols.tcpByPort : protocols.udpByPort).get(port);
  if (places !== undefined) {
    const attached = attach(table, flow);
    for (const place of places) startAnalyzer(flows, attached, protocols.all[place]!);
  }
  return false;
}

/** Makes a flow's analyzer of a protocol; undefined if it failed or there are too many. */
export function startAnalyzer(flows: Flows, attached: Attached, protocol: Protocol): Working | undefined {
  const { counters } = flows;
  if (counters.analyzersAlive >= flows.settings.maximumAnalyzers) {
    counters.analyzersRefused++;
    return undefined;
  }
  flows.output.now = flows.now;
  try {
    const analyzer = protocol.analyze(viewOf(flows.table, attached.flow), flows.output);
    const working = { protocol, analyzer, wants: true, failed: false };
    (attached.analyzers ??= []).push(working);
    counters.analyzersAlive++;
    if (protocol.idleTimeout !== undefined && protocol.transport === "udp") attached.idleTimeout = protocol.idleTimeout;
    return working;
  } catch {
    failed(flows, attached, protocol);
    return undefined;
  }
}

function startWithPieces(
  flows: Flows,
  attached: Attached,
  place: number,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const protocol = flows.protocols.all[place]!;
  const { pieces, handedOn } = stopRecognition(flows, attached)!;
  // Its port had it begin already.
  if (!handedOn && attached.analyzers?.some((working) => working.protocol === protocol)) return;
  const working = startAnalyzer(flows, attached, protocol);
  if (working === undefined) return;
  for (const piece of pieces) {
    if (working.wants) deliverTo(flows, attached, working, piece.fromOrig, piece.bytes, 0, piece.bytes.length);
  }
  if (working.wants) deliverTo(flows, attached, working, fromOrig, bytes, start, end);
}

/** Gives bytes to one analyzer, and to the one it hands them on to; whether somebody wants more. */
export function deliverTo(
  flows: Flows,
  attached: Attached,
  working: Working,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  flows.output.now = flows.now;
  try {
    working.wants = working.analyzer.deliver(fromOrig, bytes, start, end);
  } catch {
    drop(flows, attached, working);
  }
  const { upgrade } = attached;
  if (upgrade === undefined) return working.wants;
  attached.upgrade = undefined;
  working.wants = false;
  return handOn(flows, attached, upgrade.to, fromOrig, bytes, upgrade.from === undefined ? end : upgrade.from, end);
}

/** Lets another protocol take over, from `start` on. */
function handOn(
  flows: Flows,
  attached: Attached,
  to: string | undefined,
  fromOrig: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  stopRecognition(flows, attached);
  const from = Math.min(Math.max(start, 0), end);
  const place = to === undefined ? undefined : flows.protocols.byName.get(`tcp ${to}`);
  if (place === undefined) {
    startRecognition(attached, flows.protocols.tcp, true);
    if (from === end) return true;
    const known = continueRecognition(flows, attached, fromOrig, bytes, from, end);
    if (known >= 0) startWithPieces(flows, attached, known, fromOrig, bytes, from, end);
    return true;
  }
  const next = startAnalyzer(flows, attached, flows.protocols.all[place]!);
  if (next === undefined) return false;
  return from === end || deliverTo(flows, attached, next, fromOrig, bytes, from, end);
}

/** Tells the analyzers that bytes of one side are missing for good. */
export function tellGap(flows: Flows, flow: number, side: Side, length: number): void {
  const attached = flows.table.attached[flow];
  if (attached === undefined || length <= 0) return;
  // Who has not been recognised before a gap will not be after it.
  stopRecognition(flows, attached);
  const fromOrig = (side === 0) !== attached.flipped;
  flows.output.now = flows.now;
  for (const working of attached.analyzers ?? []) {
    if (!working.wants) continue;
    try {
      working.wants = working.analyzer.gap?.(fromOrig, length) ?? false;
    } catch {
      drop(flows, attached, working);
    }
  }
  ignoreContentIfUnwanted(flows, attached);
}

/** Tells the analyzers that one side has sent all it had. */
export function tellEnd(flows: Flows, flow: number, side: Side): void {
  const attached = flows.table.attached[flow];
  if (attached?.analyzers === undefined) return;
  const fromOrig = (side === 0) !== attached.flipped;
  flows.output.now = flows.now;
  for (const working of attached.analyzers) {
    if (!working.wants) continue;
    try {
      working.analyzer.endOfSide?.(fromOrig);
    } catch {
      drop(flows, attached, working);
    }
  }
}

/** The flow is over: the analyzers finish, and whatever was kept for them is let go. */
export function releaseContent(flows: Flows, flow: number): void {
  flows.pieces?.end(2 * flow);
  flows.pieces?.end(2 * flow + 1);
  const attached = flows.table.attached[flow];
  if (attached === undefined) return;
  stopRecognition(flows, attached);
  for (const blocks of [attached.blocksOfOrig, attached.blocksOfResp]) {
    if (blocks !== undefined) releaseBlocks(flows.counters, blocks);
  }
  attached.blocksOfOrig = attached.blocksOfResp = undefined;
  for (const { protocol, analyzer, failed: alreadyFailed } of attached.analyzers ?? []) {
    flows.counters.analyzersAlive--;
    if (alreadyFailed) continue;
    try {
      analyzer.finish();
    } catch {
      failed(flows, attached, protocol);
    }
  }
  attached.analyzers = undefined;
}

function drop(flows: Flows, attached: Attached, working: Working): void {
  // It stays in the list, so that recognition does not begin it anew.
  working.wants = false;
  working.failed = true;
  attached.upgrade = undefined;
  failed(flows, attached, working.protocol);
}

function failed(flows: Flows, attached: Attached, protocol: Protocol): void {
  flows.counters.analyzersFailed++;
  weirdOfFlow(flows, attached.flow, "analyzer_failed", protocol.name);
}

/** Whether what comes next in a flow is still looked at for leaks. */
function mayStillLeak({ table, pieces }: Flows, flow: number): boolean {
  if (pieces === undefined || !(pieces.wants(2 * flow) || pieces.wants(2 * flow + 1))) return false;
  const at = flow * FLOW_DOUBLES + BYTES;
  return table.doubles[at]! + table.doubles[at + 1]! < LOOKED_AT_BYTES;
}

function ignoreContentIfUnwanted(flows: Flows, attached: Attached): void {
  const { table } = flows;
  if (attached.recognizing !== undefined || attached.analyzers?.some(({ wants }) => wants)) return;
  if (mayStillLeak(flows, attached.flow)) return;
  const at = attached.flow * FLOW_WORDS + FLAGS;
  table.words[at]! |= CONTENT_IGNORED;
  const keeps = attached.view !== undefined || attached.history !== "" || attached.parents !== undefined ||
    attached.rare !== undefined || attached.blocksOfOrig !== undefined || attached.blocksOfResp !== undefined ||
    (table.words[at]! & (TUNNEL_CONFIRMED | TUNNEL_DISCOVERED)) !== 0;
  if (!keeps) table.attached[attached.flow] = undefined;
}
