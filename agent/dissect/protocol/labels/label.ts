// A label: a protocol that is only named in `service`. Its table entry says what either side begins with; one analyzer
// serves them all and is done as soon as the protocol is confirmed, which for a dialogue needs both sides.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../../analyzer.ts";
import type { Look } from "./look.ts";

export interface Label {
  /** The word in `service`. */
  readonly name: string;
  readonly transport: "tcp" | "udp";
  /** Where it is looked for first. */
  readonly ports: readonly number[];
  /** What its client says first. */
  readonly client: Look;
  /** What its server says first. */
  readonly server: Look;
  /** Which side's first bytes are so particular that they give it away on any port. */
  readonly telling: "client" | "server" | "both" | "neither";
  /** Whose word it takes to confirm it: both sides', or that of whoever speaks. */
  readonly confirmedBy: "both" | "either";
}

/** Bytes of one side that are kept while they are too few to judge. */
export const LONGEST_LOOK = 256;

/** The protocol for a label. */
export function labelProtocol(label: Label): Protocol {
  const { name, transport, ports } = label;
  return {
    name,
    transport,
    ports,
    recognise: (bytes, start, end, fromOrig) => recogniseLabel(label, bytes, start, end, fromOrig),
    analyze: (flow, output) => confirmLabel(label, flow, output),
  };
}

/** What a label's `recognise` says of the first bytes of one side. */
export function recogniseLabel(
  { client, server, telling }: Pick<Label, "client" | "server" | "telling">,
  bytes: Uint8Array,
  start: number,
  end: number,
  fromOrig: boolean,
): Recognition {
  if (start >= end) return "more";
  if (telling !== "both" && telling !== (fromOrig ? "client" : "server")) return "no";
  return (fromOrig ? client : server)(bytes, start, end);
}

/** Waits for the first bytes of both sides (or either) and adds the word to `service` when they are right. */
function confirmLabel(label: Label, flow: Flow, output: Output): Analyzer {
  const sides = [newFirstBytes(label.client), newFirstBytes(label.server)] as const;
  return {
    deliver(fromOrig, bytes, start, end) {
      const answer = judge(sides[fromOrig ? 0 : 1], bytes, start, end);
      // A datagram is whole: what is too short now stays too short.
      if (answer === "no" || (answer === "more" && label.transport === "udp")) return false;
      if (answer === "more") return true;
      if (label.confirmedBy === "both" && !(sides[0].answer === "yes" && sides[1].answer === "yes")) return true;
      output.service(flow, label.name);
      return false;
    },
    gap: () => false,
    finish() {},
  };
}

/** The first bytes of one side and what they are. */
export interface FirstBytes {
  readonly look: Look;
  answer: Recognition;
  kept: Uint8Array | undefined;
  length: number;
}

export function newFirstBytes(look: Look): FirstBytes {
  return { look, answer: "more", kept: undefined, length: 0 };
}

/** Judges the next bytes of a side together with those before; once judged, the answer stays. */
export function judge(side: FirstBytes, bytes: Uint8Array, start: number, end: number): Recognition {
  if (side.answer !== "more" || start >= end) return side.answer;
  if (side.kept === undefined) {
    side.answer = side.look(bytes, start, end);
    if (side.answer !== "more") return side.answer;
    side.kept = new Uint8Array(LONGEST_LOOK);
  }
  const size = Math.min(end - start, LONGEST_LOOK - side.length);
  side.kept.set(bytes.subarray(start, start + size), side.length);
  side.length += size;
  side.answer = side.look(side.kept, 0, side.length);
  if (side.answer === "more" && side.length === LONGEST_LOOK) side.answer = "no";
  return side.answer;
}
