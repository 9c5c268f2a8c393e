// The letters of a connection's `history` (https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html):
// upper case for the originator, lower case for the responder.

import { FLOW_BYTES, FLOW_WORDS, HISTORY, HISTORY_LENGTH, HISTORY_OCTETS, HISTORY_SEEN, type Side } from "./layout.ts";
import { attach } from "./attached.ts";
import type { FlowTable } from "./table.ts";

/** Letters kept. S, H, F and R may come again without end; a hundred letters tell as much as more would. */
const MAXIMUM_LETTERS = 100;
/** "The second instance represents that the event was seen (at least) 10 times; the third, 100 times". */
const SCALE = 10;

// Bits of the letters that are remembered; S and H share one.
export const SEEN_SYN = 1 << 0;
export const SEEN_FIN = 1 << 1;
export const SEEN_RST = 1 << 2;
export const SEEN_DATA = 1 << 3;
export const SEEN_ACK = 1 << 4;
export const SEEN_FIN_RST = 1 << 5;
export const SEEN_MULTIPLE = 1 << 6;
export const SEEN_UNKNOWN = 1 << 7;
const RESPONDER_SHIFT = 16;
const LOWER_CASE = 0x20;

// Letters, in the originator's case.
export const LETTER_S = 0x53;
export const LETTER_H = 0x48;
export const LETTER_A = 0x41;
export const LETTER_D = 0x44;
export const LETTER_F = 0x46;
export const LETTER_R = 0x52;
export const LETTER_C = 0x43;
export const LETTER_G = 0x47;
export const LETTER_I = 0x49;
export const LETTER_T = 0x54;
export const LETTER_W = 0x57;
export const LETTER_Q = 0x51;
export const LETTER_X = 0x58;
const FLIPPED = 0x5e;

/** Adds a letter for one side. */
export function addLetter(table: FlowTable, flow: number, side: Side, letter: number): void {
  append(table, flow, side === 0 ? letter : letter | LOWER_CASE);
}

/** Adds the mark of a flow turned round. */
export function addFlip(table: FlowTable, flow: number): void {
  append(table, flow, FLIPPED);
}

function append(table: FlowTable, flow: number, code: number): void {
  const { octets } = table;
  const at = flow * FLOW_BYTES;
  const length = octets[at + HISTORY_LENGTH]!;
  if (length >= MAXIMUM_LETTERS) return;
  octets[at + HISTORY_LENGTH] = length + 1;
  if (length < HISTORY_OCTETS) octets[at + HISTORY + length] = code;
  else attach(table, flow).history += String.fromCharCode(code);
}

/** Adds a letter the first time its bit is met on that side; false when it had been met before. */
export function addLetterOnce(table: FlowTable, flow: number, side: Side, bit: number, letter: number): boolean {
  const at = flow * FLOW_WORDS + HISTORY_SEEN;
  const mask = side === 0 ? bit : bit << RESPONDER_SHIFT;
  if ((table.words[at]! & mask) !== 0) return false;
  table.words[at]! |= mask;
  addLetter(table, flow, side, letter);
  return true;
}

/** Whether the event number `count` (from 1) earns one more letter. */
export function earnsLetter(count: number): boolean {
  if (count === 1) return true;
  if (count % SCALE !== 0) return false;
  let rest = count;
  while (rest % SCALE === 0) rest /= SCALE;
  return rest === 1;
}

/** The history as text, "" when there is none. */
export function historyOf(table: FlowTable, flow: number): string {
  const { octets } = table;
  const at = flow * FLOW_BYTES;
  const length = Math.min(octets[at + HISTORY_LENGTH]!, HISTORY_OCTETS);
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(octets[at + HISTORY + i]!);
  const beside = table.attached[flow];
  return beside === undefined ? text : text + beside.history;
}
