// Lets a protocol listen to one flow that a test speaks, and keeps all it says about it.

import type { Analyzer, AnyRecord, Flow, Output, Protocol } from "../../../../agent/dissect/analyzer.ts";
import type { Random } from "../../../craft/random.ts";

/** Unix seconds at which the flows of the tests start: 2024-05-01 12:00:00 UTC. */
export const START = 1_714_564_800;

export interface Heard {
  readonly flow: Flow;
  readonly records: AnyRecord[];
  /** "name" or "name: more about it". */
  readonly weirds: string[];
  readonly services: string[];
  readonly expected: string[];
  /** Names of protocols that the flow was handed to; "" for whatever recognition finds. */
  readonly upgrades: { protocol: string; from: number | undefined }[];
  /** Whether the analyzer still wants bytes. */
  readonly wanting: boolean;
  /** What the client says, `after` seconds from the start. */
  client(bytes: Uint8Array, after?: number): Heard;
  /** What the server says. */
  server(bytes: Uint8Array, after?: number): Heard;
  /** Bytes of one side that are missing for good. */
  gap(fromOrig: boolean, length: number): Heard;
  /** Ends the flow. */
  end(after?: number): Heard;
}

/** Starts a flow from 10.0.0.5:40000 to 10.0.0.1 on the protocol's first port, unless `over` says otherwise. */
export function listen(protocol: Protocol, over: Partial<Flow> = {}): Heard {
  const flow = {
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: protocol.ports[0] ?? 4_711,
    proto: protocol.transport,
    start: START,
    orig_l2_addr: undefined,
    resp_l2_addr: undefined,
    ...over,
  };
  const records: AnyRecord[] = [];
  const weirds: string[] = [];
  const services: string[] = [];
  const expected: string[] = [];
  const upgrades: { protocol: string; from: number | undefined }[] = [];
  let turned = false;
  let wanting = true;
  const output: Output = {
    now: START,
    emit: (record) => void records.push(record),
    weird: (_, name, addl) => void weirds.push(addl === undefined ? name : `${name}: ${addl}`),
    service: (_, name) => void services.push(name),
    notService: (_, name) => {
      const at = services.indexOf(name);
      if (at >= 0) services.splice(at, 1);
    },
    expect: (host, port, name) => void expected.push(`${host}:${port} ${name}`),
    upgrade: (_, name, from) => void upgrades.push({ protocol: name ?? "", from }),
    flip: () => {
      [flow.orig_h, flow.resp_h] = [flow.resp_h, flow.orig_h];
      [flow.orig_p, flow.resp_p] = [flow.resp_p, flow.orig_p];
      turned = !turned;
    },
  };
  const analyzer: Analyzer = protocol.analyze(flow, output);
  const say = (fromClient: boolean, bytes: Uint8Array, after: number): Heard => {
    output.now = START + after;
    // Bytes never start at the beginning of their array in real life.
    const padded = new Uint8Array(bytes.length + 7);
    padded.set(bytes, 3);
    if (wanting) wanting = analyzer.deliver(fromClient !== turned, padded, 3, 3 + bytes.length);
    return heard;
  };
  const heard: Heard = {
    flow,
    records,
    weirds,
    services,
    expected,
    upgrades,
    get wanting() {
      return wanting;
    },
    client: (bytes, after = 0) => say(true, bytes, after),
    server: (bytes, after = 0) => say(false, bytes, after),
    gap: (fromOrig, length) => {
      if (wanting) wanting = analyzer.gap?.(fromOrig, length) ?? true;
      return heard;
    },
    end: (after = 60) => {
      output.now = START + after;
      analyzer.finish();
      return heard;
    },
  };
  return heard;
}

/** A copy with one to six bytes changed, and now and then cut off or grown: a message as an attacker might send it. */
export function damaged(bytes: Uint8Array, { fraction, below, pick }: Random): Uint8Array {
  const length = fraction() < 0.3 ? below(bytes.length + 8) : bytes.length;
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  if (length === 0) return copy;
  const changes = 1 + below(6);
  for (let i = 0; i < changes; i++) {
    copy[below(length)] = fraction() < 0.5 ? pick([0x00, 0xff, 0x7f, 0x80, 0xc0]) : below(256);
  }
  return copy;
}
