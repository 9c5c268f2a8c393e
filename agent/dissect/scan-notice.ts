// Notices of ICMP scans: one source asks many hosts whether they are there, what time it is or which address mask they
// use. For each source and kind the hosts asked are counted; every fifth new one makes a notice, in the words of the Zeek
// script that the detectors know.

import { BoundedMap } from "../profile/bounded-map.ts";
import type { AnyRecord } from "../record/schema.ts";
import { addressText } from "./flow/addresses.ts";
import type { Packet } from "./packet.ts";

/** New hosts per notice. */
const STEP = 5;
/** Hosts after which the count of a source starts anew. */
const MAXIMUM_HOSTS = 255;
/** Sources remembered; the one first seen goes first. */
const MAXIMUM_SOURCES = 10_000;
/** Seconds for which Zeek suppresses an equal notice, as it stands in the record. */
const SUPPRESS_FOR = 3600;
/** Not a host: a source of 255.255.255.255 is somebody's mistake. */
const BROADCAST = "255.255.255.255";

const ADDRESS = 0;
const TIMESTAMP = 1;
const MASK = 2;
const KINDS = [
  { note: "ICMP::ICMPAddressScan", words: "ICMP address scan" },
  { note: "ICMP::TimestampScan", words: "ICMP timestamp scan" },
  { note: "ICMP::AddressMaskScan", words: "ICMP address mask scan" },
] as const;

const ICMP = 1;
const ICMPV6_ECHO_REQUEST = 128;

/** Which scan a message of ICMP (RFC 792, 950) or ICMPv6 may belong to; -1 for none. */
function kindOf(protocol: number, type: number): number {
  if (protocol !== ICMP) return type === ICMPV6_ECHO_REQUEST ? ADDRESS : -1;
  switch (type) {
    case 8:
      return ADDRESS;
    case 13:
    case 14:
      return TIMESTAMP;
    case 17:
    case 18:
      return MASK;
  }
  return -1;
}

/** By source: the hosts it has asked, by kind. */
export type ScanNotices = BoundedMap<
  string,
  [Set<string> | undefined, Set<string> | undefined, Set<string> | undefined]
>;

export function createScanNotices(): ScanNotices {
  return new BoundedMap(MAXIMUM_SOURCES);
}

/** Looks at the first packet of an ICMP flow's side. */
export function noteIcmp(
  notices: ScanNotices,
  packet: Packet,
  type: number,
  now: number,
  emit: (record: AnyRecord) => void,
): void {
  const kind = kindOf(packet.protocol, type);
  if (kind < 0) return;
  const { version } = packet;
  const source = addressText([packet.source0, packet.source1, packet.source2, packet.source3], 0, version);
  if (source === BROADCAST) return;
  const peer = addressText(
    [packet.destination0, packet.destination1, packet.destination2, packet.destination3],
    0,
    version,
  );
  let kinds = notices.get(source);
  if (kinds === undefined) notices.set(source, kinds = [undefined, undefined, undefined]);
  const hosts = kinds[kind] ??= new Set();
  if (hosts.has(peer)) return;
  hosts.add(peer);
  const count = hosts.size;
  if (count % STEP !== 0) return;
  const { note, words } = KINDS[kind]!;
  emit({
    kind: "notice",
    ts: now,
    note,
    msg: `${source} performed ${words} on ${count} hosts`,
    src: source,
    n: count,
    actions: ["Notice::ACTION_LOG"],
    suppress_for: SUPPRESS_FOR,
  });
  if (count >= MAXIMUM_HOSTS) kinds[kind] = undefined;
}
