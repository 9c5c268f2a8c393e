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
/**
 * Fragments are kept in pages, taken only where something has arrived: one small fragment that claims to stand at the
 * end of a large datagram must not cost a large one. A page holds this many bytes and a flag for each unit of 8.
 */
const PAGE_BITS = 11;
const PAGE_BYTES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_BYTES - 1;
const PAGE_WITH_FLAGS_BYTES = PAGE_BYTES + (PAGE_BYTES >> 3);
/** What a datagram costs beside its bytes, so that a flood of tiny fragments is bounded too, bytes. */
const COST_OF_A_DATAGRAM = 512;

/** What the fragments of one datagram have brought so far. */
export interface Datagram {
  /** Payload, and which units of it have arrived; a page is missing where nothing has. */
  readonly pages: (Uint8Array | undefined)[];
  /** What it takes of the table's bytes. */
  cost: number;
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
    table.bytes += datagram.cost;
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
  fill(table, datagram, packet.bytes, fragment, weird);

  if (datagram.length < 0 || datagram.unitsArrived < (datagram.length + 7) >> 3) return undefined;
  table.datagrams.delete(key);
  table.bytes -= datagram.cost;
  table.reassembled++;
  return datagram;
}

function keyOf(packet: Packet, identification: number): string {
  // Not the protocol: Zeek's `fragment_protocol_inconsistency` is one datagram that claims two.
  return `${packet.version} ${identification} ${packet.parent} ${packet.source0} ${packet.source1} ${packet.source2} ${packet.source3} ${packet.destination0} ${packet.destination1} ${packet.destination2} ${packet.destination3}`;
}

function newDatagram(packet: Packet, fragment: Fragment): Datagram {
  return {
    pages: [],
    cost: COST_OF_A_DATAGRAM,
    unitsArrived: 0,
    highest: 0,
    length: -1,
    protocol: fragment.protocol,
    headerLength: fragment.headerLength,
    timeToLive: packet.timeToLive,
    started: packet.ts,
  };
}

/** Gives up what is too old, and the oldest while the bound is reached. */
function forgetOldest(table: FragmentTable, now: number): void {
  for (const [key, datagram] of table.datagrams) {
    const late = now - datagram.started > FRAGMENT_TIMEOUT;
    if (!late && table.bytes < MAXIMUM_FRAGMENT_BYTES) return;
    table.datagrams.delete(key);
    table.bytes -= datagram.cost;
    if (late) table.timedOut++;
    else table.evicted++;
  }
}

/** Copies the units that are still missing, and says so when others came twice. */
function fill(
  table: FragmentTable,
  datagram: Datagram,
  bytes: Uint8Array,
  fragment: Fragment,
  weird: (name: string) => void,
): void {
  const { position, start, end } = fragment;
  let overlaps = false;
  let differs = false;
  for (let from = start, to = position; from < end; from += 8, to += 8) {
    const page = pageOf(table, datagram, to >> PAGE_BITS);
    const at = to & PAGE_MASK;
    const flag = PAGE_BYTES + (at >> 3);
    const length = Math.min(8, end - from);
    if (page[flag] === 0) {
      page[flag] = 1;
      datagram.unitsArrived++;
      for (let i = 0; i < length; i++) page[at + i] = bytes[from + i]!;
    } else {
      overlaps = true;
      for (let i = 0; i < length; i++) if (page[at + i] !== bytes[from + i]) differs = true;
    }
  }
  if (overlaps) weird(differs ? "fragment_inconsistency" : "fragment_overlap");
}

function pageOf(table: FragmentTable, datagram: Datagram, number: number): Uint8Array {
  const known = datagram.pages[number];
  if (known !== undefined) return known;
  const page = new Uint8Array(PAGE_WITH_FLAGS_BYTES);
  datagram.pages[number] = page;
  datagram.cost += PAGE_WITH_FLAGS_BYTES;
  table.bytes += PAGE_WITH_FLAGS_BYTES;
  return page;
}

/** The payload of a whole datagram in one piece. */
export function joinDatagram(datagram: Datagram): Uint8Array {
  const bytes = new Uint8Array(datagram.length);
  datagram.pages.forEach((page, number) => {
    const start = number << PAGE_BITS;
    if (page !== undefined) bytes.set(page.subarray(0, Math.min(PAGE_BYTES, datagram.length - start)), start);
  });
  return bytes;
}
