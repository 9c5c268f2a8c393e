// The table of flows alive: records of fixed size in one buffer (layout.ts) and an open-addressing index over their
// keys. No object and no string is made for a flow here.
//
// The key is both ends in canonical order (the lower address and port first), so that both directions find the same
// record with one look-up. The hash is seeded with a constant, because the same input must give the same output; who
// knows it can make keys collide. That is bounded, not prevented: no key may stand more than MAXIMUM_PROBES places
// from home; a flow that would is let in only after the one in its home place was ended.

import { ADDRESS_A, ADDRESS_B, FLAGS, FLOW_BYTES, FLOW_WORDS, NEXT, ONE_WAY, PORTS, PROTOCOL } from "./layout.ts";
import type { Packet } from "../packet.ts";
import type { Attached } from "./attached.ts";

/** Records of a new table; it doubles when they are used up. */
const FIRST_CAPACITY = 4096;
/** Places a key may be away from home. With the index at most half full, a few dozen happen by chance in 10^9 flows. */
const MAXIMUM_PROBES = 128;
const HASH_SEED = 0x2545f491;

export interface FlowTable {
  doubles: Float64Array;
  words: Uint32Array;
  octets: Uint8Array;
  /** Record number + 1 by hash; 0 is empty. Twice as many places as records, a power of two. */
  index: Int32Array;
  mask: number;
  capacity: number;
  readonly maximum: number;
  alive: number;
  peak: number;
  /** Records ever used; those given back are listed from `free`. */
  used: number;
  free: number;
  /** What some flows have beside their record. */
  attached: (Attached | undefined)[];
  /** The key looked for last, in canonical order. */
  readonly key: Uint32Array;
  keyProtocol: number;
  keyOneWay: number;
  keyHash: number;
  /** Whether the source of the packet is end B of the key. */
  sourceIsB: boolean;
}

const NONE = -1;
const KEY_PORTS = 8;

export function createFlowTable(maximum: number): FlowTable {
  const capacity = Math.min(FIRST_CAPACITY, maximum);
  const buffer = new ArrayBuffer(capacity * FLOW_BYTES);
  const places = indexPlaces(capacity);
  return {
    doubles: new Float64Array(buffer),
    words: new Uint32Array(buffer),
    octets: new Uint8Array(buffer),
    index: new Int32Array(places),
    mask: places - 1,
    capacity,
    maximum,
    alive: 0,
    peak: 0,
    used: 0,
    free: NONE,
    attached: Array.from({ length: capacity }, () => undefined),
    key: new Uint32Array(9),
    keyProtocol: 0,
    keyOneWay: 0,
    keyHash: 0,
    sourceIsB: false,
  };
}

function indexPlaces(capacity: number): number {
  let places = 2;
  while (places < capacity * 2) places *= 2;
  return places;
}

/** Sets the key of a packet. A one-way key keeps its direction: A is the source. */
export function setKey(
  table: FlowTable,
  packet: Packet,
  sourcePort: number,
  destinationPort: number,
  protocol: number,
  oneWay: boolean,
): void {
  const { key } = table;
  let order = packet.source3 - packet.destination3;
  if (packet.version !== 4) {
    order = packet.source0 - packet.destination0 || packet.source1 - packet.destination1 ||
      packet.source2 - packet.destination2 || order;
  }
  const swapped = !oneWay && (order > 0 || (order === 0 && sourcePort > destinationPort));
  if (swapped) {
    key[0] = packet.destination0;
    key[1] = packet.destination1;
    key[2] = packet.destination2;
    key[3] = packet.destination3;
    key[4] = packet.source0;
    key[5] = packet.source1;
    key[6] = packet.source2;
    key[7] = packet.source3;
    key[KEY_PORTS] = (destinationPort << 16) | sourcePort;
  } else {
    key[0] = packet.source0;
    key[1] = packet.source1;
    key[2] = packet.source2;
    key[3] = packet.source3;
    key[4] = packet.destination0;
    key[5] = packet.destination1;
    key[6] = packet.destination2;
    key[7] = packet.destination3;
    key[KEY_PORTS] = (sourcePort << 16) | destinationPort;
  }
  table.sourceIsB = swapped;
  table.keyProtocol = protocol;
  table.keyOneWay = oneWay ? ONE_WAY : 0;
  table.keyHash = hashOf(key, 0, protocol);
}

/** Mixes the nine words of a key and the protocol; steps and constants of MurmurHash3 (Appleby, public domain). */
function hashOf(words: Uint32Array, at: number, protocol: number): number {
  let hash = HASH_SEED ^ protocol;
  // IPv4 addresses are mapped: three of their four words are the same for all.
  if (words[at + 2] !== 0xffff || words[at] !== 0) {
    hash = mix(mix(mix(hash, words[at]!), words[at + 1]!), words[at + 2]!);
    hash = mix(mix(mix(hash, words[at + 4]!), words[at + 5]!), words[at + 6]!);
  }
  hash = mix(mix(mix(hash, words[at + 3]!), words[at + 7]!), words[at + KEY_PORTS]!);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
  return Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64 | 0;
}

/** The record with the key set last, or -1. */
export function findFlow(table: FlowTable): number {
  const { index, mask, words, key } = table;
  const ports = key[KEY_PORTS]!;
  const home = table.keyHash & mask;
  for (let probes = 0; probes < MAXIMUM_PROBES; probes++) {
    const flow = index[(home + probes) & mask]! - 1;
    if (flow < 0) return NONE;
    const at = flow * FLOW_WORDS;
    if (
      words[at + PORTS] === ports && words[at + ADDRESS_A + 3] === key[3] && words[at + ADDRESS_B + 3] === key[7] &&
      sameRest(table, flow, at)
    ) return flow;
  }
  return NONE;
}

function sameRest(table: FlowTable, flow: number, at: number): boolean {
  const { words, key } = table;
  return table.octets[flow * FLOW_BYTES + PROTOCOL] === table.keyProtocol &&
    (words[at + FLAGS]! & ONE_WAY) === table.keyOneWay &&
    words[at + ADDRESS_A] === key[0] && words[at + ADDRESS_A + 1] === key[1] && words[at + ADDRESS_A + 2] === key[2] &&
    words[at + ADDRESS_B] === key[4] && words[at + ADDRESS_B + 1] === key[5] && words[at + ADDRESS_B + 2] === key[6];
}

/** Whether a further record needs another flow to end first. */
export function isFull(table: FlowTable): boolean {
  return table.alive >= table.maximum;
}

/** The flow in the home place of the key set last, when the key would stand too far from it; -1 when there is room. */
export function crowdedBy(table: FlowTable): number {
  const { index, mask } = table;
  const home = table.keyHash & mask;
  for (let probes = 0; probes < MAXIMUM_PROBES; probes++) {
    if (index[(home + probes) & mask] === 0) return NONE;
  }
  return index[home]! - 1;
}

/** A cleared record with the key set last. The table must not be full. */
export function addFlow(table: FlowTable): number {
  let flow = table.free;
  if (flow >= 0) table.free = table.words[flow * FLOW_WORDS + NEXT]! | 0;
  else {
    if (table.used === table.capacity) grow(table);
    flow = table.used++;
  }
  const { words, key } = table;
  const at = flow * FLOW_WORDS;
  words.fill(0, at, at + FLOW_WORDS);
  for (let i = 0; i < 8; i++) words[at + ADDRESS_A + i] = key[i]!;
  words[at + PORTS] = key[KEY_PORTS]!;
  words[at + FLAGS] = table.keyOneWay | (table.sourceIsB ? 1 : 0);
  table.octets[flow * FLOW_BYTES + PROTOCOL] = table.keyProtocol;
  insert(table, flow, table.keyHash);
  if (++table.alive > table.peak) table.peak = table.alive;
  return flow;
}

function insert(table: FlowTable, flow: number, hash: number): void {
  const { index, mask } = table;
  let place = hash & mask;
  while (index[place] !== 0) place = (place + 1) & mask;
  index[place] = flow + 1;
}

function homeOf(table: FlowTable, flow: number): number {
  return hashOf(table.words, flow * FLOW_WORDS + ADDRESS_A, table.octets[flow * FLOW_BYTES + PROTOCOL]!) & table.mask;
}

/** Takes a record out and gives it back. Its timer must have been taken out before. */
export function removeFlow(table: FlowTable, flow: number): void {
  const { index, mask } = table;
  let hole = homeOf(table, flow);
  while (index[hole] !== flow + 1) hole = (hole + 1) & mask;
  // Move up those that had to stand behind, so that no search ends too early (Knuth, TAOCP 3, 6.4, algorithm R).
  for (let place = (hole + 1) & mask; index[place] !== 0; place = (place + 1) & mask) {
    const fromHole = (place - hole) & mask;
    if (fromHole >= MAXIMUM_PROBES) break;
    const home = homeOf(table, index[place]! - 1);
    if (((place - home) & mask) >= fromHole) {
      index[hole] = index[place]!;
      hole = place;
    }
  }
  index[hole] = 0;
  table.attached[flow] = undefined;
  table.words[flow * FLOW_WORDS + NEXT] = table.free;
  table.free = flow;
  table.alive--;
}

function grow(table: FlowTable): void {
  const capacity = Math.min(table.capacity * 2, table.maximum);
  const buffer = new ArrayBuffer(capacity * FLOW_BYTES);
  const octets = new Uint8Array(buffer);
  octets.set(table.octets);
  table.octets = octets;
  table.words = new Uint32Array(buffer);
  table.doubles = new Float64Array(buffer);
  for (let flow = table.capacity; flow < capacity; flow++) table.attached.push(undefined);
  table.capacity = capacity;
  const places = indexPlaces(capacity);
  if (places === table.index.length) return;
  const old = table.index;
  table.index = new Int32Array(places);
  table.mask = places - 1;
  // From an empty place on and in their order, so that no key comes to stand farther from home than before.
  const empty = old.indexOf(0);
  for (let i = 1; i < old.length; i++) {
    const flow = old[(empty + i) & (old.length - 1)]! - 1;
    if (flow >= 0) insert(table, flow, homeOf(table, flow));
  }
}

/** Bytes of the buffers, for the counters. */
export function tableBytes(table: FlowTable): number {
  return table.capacity * (FLOW_BYTES + 8) + table.index.byteLength;
}
