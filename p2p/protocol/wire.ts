// /smartshield/1 on the wire: every message as a frame, numbers with the most significant byte first.
//
//   frame      length (2 bytes: of all that follows), type (1), sequence (4), body
//   hello      minor version (1), kinds of indicators as bits (1)
//   request    number (4), indicator
//   answer     number (4), judgement
//   report     indicator, judgement        blame: the same
//   retract    indicator
//   goodbye    nothing
//   judgement  score (2: times 65535), confidence (2: the same), age in seconds (4)
//   indicator  kind (1), length (2), then 4 or 16 bytes of an address, text, or the bytes of a hash
//
// The sequence grows by one with each message of a direction, from 1 on. A body may be longer than known here: what later
// minor versions add comes at its end. So may types from 128 on be unknown.

import { formatIPv4, formatIPv6, parseAddress } from "../../agent/record/address-text.ts";
import { type Indicator, INDICATOR_KINDS, LONGEST_URL, readIndicator } from "../indicator.ts";
import { type Judgement, type Malformed, type Message, type MessageType, type Unknown } from "./message.ts";

const TYPES: Readonly<Record<MessageType, number>> = {
  hello: 1,
  request: 2,
  answer: 3,
  report: 4,
  blame: 5,
  retract: 6,
  goodbye: 7,
};
const NAMES = new Map(Object.entries(TYPES).map(([name, number]) => [number, name as MessageType]));
/** Types from here on may be unknown. */
const IGNORABLE = 0x80;

/** Bytes before the body: length, type, sequence. */
const HEADER_BYTES = 7;
const JUDGEMENT_BYTES = 8;
/** Bytes of the longest message: a report of the longest URL. A frame that says it is longer is hostile. */
export const LONGEST_FRAME = HEADER_BYTES + 3 + LONGEST_URL + JUDGEMENT_BYTES + 64;
/** Scores and confidences are sixteen-bit fractions. */
const ONE = 0xffff;
const MAXIMUM_U32 = 0xffffffff;

const words = new Uint32Array(4);
const ascii = new TextEncoder();

function indicatorBytes({ kind, value }: Indicator): Uint8Array {
  if (kind === "hash") {
    return Uint8Array.from({ length: value.length / 2 }, (_, at) => parseInt(value.slice(2 * at, 2 * at + 2), 16));
  }
  if (kind !== "ip") return ascii.encode(value);
  const family = parseAddress(value, words);
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < bytes.length / 4; word++) view.setUint32(4 * word, words[word]!);
  return bytes;
}

/** The frame of a message. `sequence` is its number in this direction. */
export function encode(message: Message, sequence: number): Uint8Array<ArrayBuffer> {
  const indicator = "indicator" in message ? indicatorBytes(message.indicator) : undefined;
  const length = HEADER_BYTES +
    (message.type === "hello" ? 2 : 0) +
    ("request" in message ? 4 : 0) +
    (indicator === undefined ? 0 : 3 + indicator.length) +
    ("judgement" in message ? JUDGEMENT_BYTES : 0);
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, length - 2);
  view.setUint8(2, TYPES[message.type]);
  view.setUint32(3, sequence);
  let at = HEADER_BYTES;
  if (message.type === "hello") {
    view.setUint8(at, message.version);
    view.setUint8(at + 1, message.kinds.reduce((bits, kind) => bits | 1 << INDICATOR_KINDS.indexOf(kind), 0));
  }
  if ("request" in message) {
    view.setUint32(at, message.request);
    at += 4;
  }
  if ("indicator" in message) {
    view.setUint8(at, INDICATOR_KINDS.indexOf(message.indicator.kind));
    view.setUint16(at + 1, indicator!.length);
    frame.set(indicator!, at + 3);
    at += 3 + indicator!.length;
  }
  if ("judgement" in message) {
    const { score, confidence, age } = message.judgement;
    view.setUint16(at, fraction(score));
    view.setUint16(at + 2, fraction(confidence));
    view.setUint32(at + 4, Math.min(MAXIMUM_U32, Math.max(0, Math.round(age))));
  }
  return frame;
}

function fraction(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value || 0)) * ONE);
}

export interface Decoded {
  readonly sequence: number;
  readonly message: Message | Malformed | Unknown;
}

/** Reads one whole frame, `bytes[from .. to)` with its length before it. Never throws. */
export function decode(bytes: Uint8Array, from: number, to: number): Decoded {
  if (to - from < HEADER_BYTES) return { sequence: 0, message: malformed("a message without a head") };
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from);
  return { sequence: view.getUint32(3), message: decodeBody(bytes, from, view) };
}

function malformed(problem: string): Malformed {
  return { type: "malformed", problem };
}

function decodeBody(bytes: Uint8Array, from: number, view: DataView): Message | Malformed | Unknown {
  const number = view.getUint8(2);
  const type = NAMES.get(number);
  if (type === undefined) {
    return number >= IGNORABLE ? { type: "unknown" } : malformed(`a message of the unknown type ${number}`);
  }
  const cut = malformed(`a ${type} that is cut off`);
  let at = HEADER_BYTES;
  const room = (count: number): boolean => at + count <= view.byteLength;
  switch (type) {
    case "hello": {
      if (!room(2)) return cut;
      const bits = view.getUint8(at + 1);
      return {
        type,
        version: view.getUint8(at),
        kinds: INDICATOR_KINDS.filter((_, kind) => (bits & 1 << kind) !== 0),
      };
    }
    case "goodbye":
      return { type };
    case "answer": {
      if (!room(4 + JUDGEMENT_BYTES)) return cut;
      return { type, request: view.getUint32(at), judgement: judgementAt(view, at + 4) };
    }
    case "request":
    case "report":
    case "blame":
    case "retract": {
      let request = 0;
      if (type === "request") {
        if (!room(4)) return cut;
        request = view.getUint32(at);
        at += 4;
      }
      if (!room(3)) return cut;
      const length = view.getUint16(at + 1);
      if (!room(3 + length)) return cut;
      const start = from + at + 3;
      const indicator = indicatorAt(view.getUint8(at), bytes, start, start + length);
      if (indicator === undefined) return malformed(`a ${type} about nothing that there is`);
      at += 3 + length;
      if (type === "request") return { type, request, indicator };
      if (type === "retract") return { type, indicator };
      return room(JUDGEMENT_BYTES) ? { type, indicator, judgement: judgementAt(view, at) } : cut;
    }
  }
}

function judgementAt(view: DataView, at: number): Judgement {
  return { score: view.getUint16(at) / ONE, confidence: view.getUint16(at + 2) / ONE, age: view.getUint32(at + 4) };
}

function indicatorAt(kindNumber: number, bytes: Uint8Array, from: number, to: number): Indicator | undefined {
  const kind = INDICATOR_KINDS[kindNumber];
  if (kind === undefined) return undefined;
  if (kind === "ip") {
    if (to - from !== 4 && to - from !== 16) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from);
    for (let word = 0; word < view.byteLength / 4; word++) words[word] = view.getUint32(4 * word);
    return readIndicator(kind, to - from === 4 ? formatIPv4(words[0]!) : formatIPv6(words));
  }
  let text = "";
  for (let at = from; at < to; at++) {
    text += kind === "hash" ? bytes[at]!.toString(16).padStart(2, "0") : String.fromCharCode(bytes[at]!);
  }
  return readIndicator(kind, text);
}
