// Frames in, records out: the decoder gives packets to the flow table, the flow table gives bytes to the analyzers, and
// everybody's records leave here in one deterministic order.

import type { AnyRecord, Kind } from "./analyzer.ts";
import { arpRecord } from "./arp-record.ts";
import { createDecoder, decodeFrame } from "./decode.ts";
import type { PacketSink } from "./decoder.ts";
import type { Packet } from "./packet.ts";
import { createProtocols } from "./protocol/index.ts";
import type { Protocol } from "./analyzer.ts";
import { createFlowCounters, type FlowCounters } from "./flow/counters.ts";
import { createExpected } from "./flow/expected.ts";
import { dueTime, endAllFlows, endFlow, type Flows, ICMP, ICMPV6, shortestSilence, TCP, UDP } from "./flow/flows.ts";
import { takeIcmp } from "./flow/icmp.ts";
import { takeOther } from "./flow/other.ts";
import { createOutput } from "./flow/output.ts";
import { arrangeProtocols } from "./flow/protocol-list.ts";
import { ALL_HASHES } from "./files/digest.ts";
import { DEFAULT_FILE_SETTINGS } from "./files/file.ts";
import { DEFAULT_SETTINGS, type DissectorSettings } from "./flow/settings.ts";
import { createFlowTable, tableBytes } from "./flow/table.ts";
import { takeTcp } from "./flow/tcp.ts";
import { advanceTimers, createTimerWheel } from "./flow/timers.ts";
import { createIpTunnels, ipTunnel } from "./flow/tunnels.ts";
import { takeUdp } from "./flow/udp.ts";
import { weirdOfPacket } from "./flow/weird.ts";
import { type Batch, collectPieces } from "./leaks/pieces.ts";
import { createScanNotices } from "./scan-notice.ts";

export { DEFAULT_SETTINGS, type DissectorSettings };

export interface DissectorOptions {
  /** Takes the records, in order. `now` is the packet clock: the newest packet's time, Unix seconds, never going back. */
  emit(record: AnyRecord, now: number): void;
  readonly settings: DissectorSettings;
  /** Takes what is to be looked at for leaks, whenever there is enough of it; nobody looks without it. */
  readonly leaks?: ((batch: Batch) => void) | undefined;
  /** Only for tests: other protocols than all. */
  readonly protocols?: readonly Protocol[];
}

export interface Dissector {
  /**
   * Takes one frame: `bytes[offset .. offset + capturedLength)`, seen at `ts` (Unix seconds) on a link of type `linkType`.
   * Nothing of `bytes` is kept. Never throws on any bytes.
   */
  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    originalLength: number,
    ts: number,
    linkType: number,
  ): void;
  /** The wire is silent: time goes on to `now`, Unix seconds, and what is due by then happens. */
  advance(now: number): void;
  /** What is to be looked at for leaks and is not in a batch yet, as one. */
  leaks(): Batch | undefined;
  /** The end of the input: every flow and analyzer is finished. */
  finish(): void;
  counters(): DissectorCounters;
}

/** Everything counted so far; plain data. */
export interface DissectorCounters {
  frames: number;
  /** By the lengths on the wire. */
  bytes: number;
  /** Frames by link type (https://www.tcpdump.org/linktypes.html). */
  link_types: Record<string, number>;
  ipv4: number;
  ipv6: number;
  arp: number;
  tcp: number;
  udp: number;
  icmp: number;
  other_transports: number;
  flows_opened: number;
  flows_alive: number;
  flows_peak: number;
  /** Memory of the flow table without what some flows have beside it. */
  flow_table_bytes: number;
  /** Memory in use now, bytes or analyzers: all of it is 0 once every flow is over. */
  in_hand: { reassembly_bytes: number; recognition_bytes: number; analyzers: number };
  /** What was not looked at, or given up, by cause. */
  dropped: Record<string, number>;
  weirds: Record<string, number>;
  records: Partial<Record<Kind, number>>;
}

/** A dissector with nothing in it yet. */
export function createDissector({ emit, settings, leaks, protocols }: DissectorOptions): Dissector {
  const records: Partial<Record<Kind, number>> = {};
  const transports = { tcp: 0, udp: 0, icmp: 0, other: 0 };
  const linkTypes = new Map<number, number>();
  const notices = createScanNotices();
  let bytesOnWire = 0;
  let arpPackets = 0;
  let lastLinkType = -1;
  let framesOfLastLinkType = 0;

  const sink: PacketSink = {
    packet: takePacket,
    arp: (arp) => flows.emit(arpRecord(arp, arpPackets++)),
    weird: (name, addl, packet) => weirdOfPacket(flows, packet, name, addl),
    tunnel: (type, outer) => ipTunnel(flows, type, outer),
  };

  const list = arrangeProtocols(
    protocols ?? createProtocols(
      { ...DEFAULT_FILE_SETTINGS, hashes: settings.logDetails ? ALL_HASHES : settings.fileHashes },
      { validates: settings.logDetails, hashes: settings.certificateHashes },
    ),
  );
  const pieces = leaks === undefined ? undefined : collectPieces(() => flows.now, leaks);
  const flows: Flows = {
    table: createFlowTable(settings.maximumFlows),
    wheel: createTimerWheel(),
    settings,
    protocols: list,
    shortestSilence: shortestSilence(settings, list),
    tunnels: createIpTunnels(),
    expected: createExpected(),
    weirds: new Map(),
    counters: createFlowCounters(),
    decoder: createDecoder(sink),
    pieces,
    output: createOutput((record) => flows.emit(record), () => flows, pieces),
    now: -Infinity,
    emit(record) {
      records[record.kind] = (records[record.kind] ?? 0) + 1;
      emit(record, flows.now);
    },
    due: (flow) => dueTime(flows, flow),
  };
  const end = (flow: number) => endFlow(flows, flow);

  function takePacket(packet: Packet): void {
    switch (packet.protocol) {
      case TCP:
        transports.tcp++;
        return takeTcp(flows, packet);
      case UDP:
        transports.udp++;
        return takeUdp(flows, packet);
      case ICMP:
      case ICMPV6:
        transports.icmp++;
        return takeIcmp(flows, notices, packet);
    }
    transports.other++;
    takeOther(flows, packet);
  }

  function countLinkType(linkType: number): void {
    if (linkType !== lastLinkType) {
      if (lastLinkType >= 0) linkTypes.set(lastLinkType, (linkTypes.get(lastLinkType) ?? 0) + framesOfLastLinkType);
      lastLinkType = linkType;
      framesOfLastLinkType = 0;
    }
    framesOfLastLinkType++;
  }

  function advance(now: number): void {
    if (now <= flows.now) return;
    flows.now = now;
    flows.output.now = now;
    advanceTimers(flows.wheel, flows.table, now, flows.due, end);
  }

  return {
    advance,
    frame(bytes, offset, capturedLength, originalLength, ts, linkType) {
      bytesOnWire += originalLength;
      countLinkType(linkType);
      advance(ts);
      decodeFrame(flows.decoder, bytes, offset, capturedLength, originalLength, ts, linkType);
    },
    leaks: () => pieces?.take(),
    finish() {
      endAllFlows(flows);
    },
    counters() {
      countLinkType(-1);
      const { counts } = flows.decoder;
      return {
        frames: counts.frames,
        bytes: bytesOnWire,
        link_types: Object.fromEntries(linkTypes),
        ipv4: counts.ipv4,
        ipv6: counts.ipv6,
        arp: counts.arp,
        tcp: transports.tcp,
        udp: transports.udp,
        icmp: transports.icmp,
        other_transports: transports.other,
        flows_opened: flows.counters.opened,
        flows_alive: flows.table.alive,
        flows_peak: flows.table.peak,
        flow_table_bytes: tableBytes(flows.table),
        in_hand: {
          reassembly_bytes: flows.counters.reassemblyBytes,
          recognition_bytes: flows.counters.recognitionBytes,
          analyzers: flows.counters.analyzersAlive,
        },
        dropped: { ...droppedOf(flows, flows.counters), leak_pieces_cut_short: pieces?.cutShort() ?? 0 },
        weirds: Object.fromEntries([...flows.weirds].map(([name, { total }]) => [name, total]).sort(byName)),
        records: { ...records },
      };
    },
  };
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

function sum(counts: Map<number, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

function droppedOf({ decoder }: Flows, counters: FlowCounters): Record<string, number> {
  const { counts } = decoder;
  return {
    malformed_packets: counts.malformed,
    other_ether_types: sum(counts.otherEtherTypes),
    unread_link_types: sum(counts.unreadLinkTypes),
    bad_checksums: counters.badChecksums,
    flows_evicted: counters.evicted,
    flows_crowded_out: counters.crowdedOut,
    reassembly_holes_given_up: counters.holesGivenUp,
    reassembly_bytes_given_up: counters.bytesGivenUp,
    reassembly_bytes_never_in_order: counters.bytesNeverInOrder,
    bytes_missed_by_capture: counters.bytesMissed,
    recognition_given_up: counters.recognitionGivenUp,
    analyzers_refused: counters.analyzersRefused,
    analyzers_failed: counters.analyzersFailed,
    expected_flows_forgotten: counters.expectedForgotten,
    tunnels_forgotten: counters.tunnelsForgotten,
  };
}
