// Puts IP datagrams back together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5), within bounds.
//
// What arrived first stays: a later fragment fills only what is still missing, so no overlap can rewrite bytes that
// were already seen (RFC 1858, RFC 5722). Everything is kept in units of 8 bytes, as the offsets are.

import type { Packet } from "./packet.ts";

/** Largest datagram that the length field of IP can say, bytes. */
const MAXIMUM_DATAGRAM_BYTES = 65_535;
/** All unfinished datagrams together, bytes; the oldest is given up for a new one. Linux keeps 4 MiB for each version. */
export const MAXIMUM_FRAGMENT_BYTES = 16 * 1024 * 1024;
/** How long an unfinished datagram is waited for, seconds of packet time: what Linux does (net.ipv4.ipfrag_time). */
export const FRAGMENT_TIMEOUT = 30;
/** IP packets below this in front of others are `excessively_small_fragment`, bytes; Zeek's figure. */
const SMALLEST_USUAL_FRAGMENT = 64;
/** Room that a datagram starts with: two fragments of an Ethernet frame, bytes. */
const FIRST_ROOM = 4096;
/** What a datagram costs beside its bytes, so that a flood of tiny fragments is bounded too, bytes. */
const COST_OF_A_DATAGRAM = 512;

export interface Datagram {
  /** Payload of the datagram as far as it is known; bytes of IP options and the like are not kept. */
  bytes: Uint8Array;
  /** One flag for each 8 bytes: 1 when they have arrived. */
  arrived: Uint8Array;
  unitsArrived: number;
  /** One past the highest byte seen. */
  highest: number;
  /** Length of the payload once its last fragment has come, else -1. */
  length: number;
  /** Protocol number after the fragment header, from the first fragment. */
  protocol: number;
  /** Bytes of headers in front of the payload in the first fragment, without the IPv6 fragment header. */
  headerLength: number;
  timeToLive: number;
  /** Packet time of the fragment that came first, Unix seconds. */
  started: number;
}

export interface FragmentTable {
  /** Oldest first: a Map keeps the order of insertion. */
  readonly datagrams: Map<string, Datagram>;
  /** What the unfinished datagrams take, bytes. */
  bytes: number;
  fragments: number;
  reassembled: number;
  /** Unfinished datagrams given up because their time was over, or for want of room. */
  timedOut: number;
  evicted: number;
}

export function createFragmentTable(): FragmentTable {
  return { datagrams: new Map(), bytes: 0, fragments: 0, reassembled: 0, timedOut: 0, evicted: 0 };
}

/** One fragment, beside what the packet says of addresses and time. */
export interface Fragment {
  identification: number;
  /** Where its payload belongs in the datagram's, bytes. */
  position: number;
  /** Whether more fragments follow it. */
  more: boolean;
  /** Whether the sender forbade what has happened to it. */
  doNotFragment: boolean;
  /** The protocol of the payload. */
  protocol: number;
  headerLength: number;
  /** Payload: packet.bytes[start .. end). */
  start: number;
  end: number;
}

/**
 * Takes a fragment of the datagram that `packet` (addresses, version, tunnel, time) belongs to. Returns the datagram
 * when it is whole, which is then no longer in the table. `weird` is told Zeek's names for what is odd.
 */
export function addFragment(
  table: FragmentTable,
  packet: Packet,
  fragment: Fragment,
  weird: (name: string) => void,
): Datagram | undefined {
  table.fragments++;
  forgetOldest(table, packet.ts);
  const { position, more, start, end } = fragment;
  const upper = position + end - start;
  if (fragment.doNotFragment) weird("fragment_with_DF");
  if (more && fragment.headerLength + end - start < SMALLEST_USUAL_FRAGMENT) weird("excessively_small_fragment");
  if (fragment.headerLength + upper > MAXIMUM_DATAGRAM_BYTES) {
    // Ping of death: no stack accepts what ends beyond the largest datagram.
    weird("excessively_large_fragment");
    return undefined;
  }
  if (end === start || (more && (end - start) % 8 !== 0)) {
    // Only the last fragment may end between units, and none is empty; stacks refuse others.
    weird("fragment_size_inconsistency");
    return undefined;
  }

  const key = keyOf(packet, fragment.identification);
  let datagram = table.datagrams.get(key);
  if (datagram === undefined) {
    datagram = newDatagram(packet, fragment);
    table.datagrams.set(key, datagram);
    table.bytes += costOf(datagram);
  }
  if (
    datagram.length >= 0
      ? upper > datagram.length || (!more && upper !== datagram.length)
      : !more && upper < datagram.highest
  ) {
    weird("fragment_size_inconsistency");
    return undefined;
  }
  if (fragment.protocol !== datagram.protocol) weird("fragment_protocol_inconsistency");
  if (position === 0) {
    datagram.protocol = fragment.protocol;
    datagram.headerLength = fragment.headerLength;
    datagram.timeToLive = packet.timeToLive;
  }
  if (!more) datagram.length = upper;
  if (upper > datagram.highest) datagram.highest = upper;
  makeRoom(table, datagram, upper);
  fill(datagram, packet.bytes, fragment, weird);

  if (datagram.length < 0 || datagram.unitsArrived < (datagram.length + 7) >> 3) return undefined;
  table.datagrams.delete(key);
  table.bytes -= costOf(datagram);
  table.reassembled++;
  return datagram;
}

function keyOf(packet: Packet, identification: number): string {
  // Not the protocol: Zeek's `fragment_protocol_inconsistency` is one datagram that claims two.
  return `${packet.version} ${identification} ${packet.parent} ${packet.source0} ${packet.source1} ${packet.source2} ${packet.source3} ${packet.destination0} ${packet.destination1} ${packet.destination2} ${packet.destination3}`;
}

function newDatagram(packet: Packet, fragment: Fragment): Datagram {
  return {
    bytes: new Uint8Array(FIRST_ROOM),
    arrived: new Uint8Array(FIRST_ROOM >> 3),
    unitsArrived: 0,
    highest: 0,
    length: -1,
    protocol: fragment.protocol,
    headerLength: fragment.headerLength,
    timeToLive: packet.timeToLive,
    started: packet.ts,
  };
}

function costOf(datagram: Datagram): number {
  return datagram.bytes.length + datagram.arrived.length + COST_OF_A_DATAGRAM;
}

/** Gives up what is too old, and the oldest while there is not room for another datagram of the largest size. */
function forgetOldest(table: FragmentTable, now: number): void {
  for (const [key, datagram] of table.datagrams) {
    const late = now - datagram.started > FRAGMENT_TIMEOUT;
    if (!late && table.bytes < MAXIMUM_FRAGMENT_BYTES) return;
    table.datagrams.delete(key);
    table.bytes -= costOf(datagram);
    if (late) table.timedOut++;
    else table.evicted++;
  }
}

/** Grows a datagram's room in powers of two, up to the largest datagram. */
function makeRoom(table: FragmentTable, datagram: Datagram, bytes: number): void {
  if (bytes <= datagram.bytes.length) return;
  let room = datagram.bytes.length;
  while (room < bytes) room *= 2;
  const before = costOf(datagram);
  const grown = new Uint8Array(room);
  grown.set(datagram.bytes);
  const arrived = new Uint8Array(room >> 3);
  arrived.set(datagram.arrived);
  datagram.bytes = grown;
  datagram.arrived = arrived;
  table.bytes += costOf(datagram) - before;
}

/** Copies the units that are still missing, and says so when others came twice. */
function fill(datagram: Datagram, bytes: Uint8Array, fragment: Fragment, weird: (name: string) => void): void {
  const { position, start, end } = fragment;
  let overlaps = false;
  let differs = false;
  for (let from = start, to = position; from < end; from += 8, to += 8) {
    const unit = to >> 3;
    const length = Math.min(8, end - from);
    if (datagram.arrived[unit] === 0) {
      datagram.arrived[unit] = 1;
      datagram.unitsArrived++;
      for (let i = 0; i < length; i++) datagram.bytes[to + i] = bytes[from + i]!;
    } else {
      overlaps = true;
      for (let i = 0; i < length; i++) if (datagram.bytes[to + i] !== bytes[from + i]) differs = true;
    }
  }
  if (overlaps) weird(differs ? "fragment_inconsistency" : "fragment_overlap");
}
