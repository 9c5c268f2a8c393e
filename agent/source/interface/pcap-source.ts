// Live packets by way of libpcap, for what is no network interface of the kernel's: "any", "nflog:5", "bluetooth0" …

import { type Libpcap, type PcapPacket } from "../../../ffi/libpcap.ts";
import { MAXIMUM_PACKET_BYTES } from "../reader.ts";
import { ACCEPT_EVERYTHING, instructionBytes } from "./bpf.ts";
import { createBlockWriter } from "./block-writer.ts";
import { linkTypeOfDataLink } from "./data-link.ts";
import type { PacketSource } from "./packet-source.ts";
import { RETIRE_MILLISECONDS } from "./ring.ts";

/** Packets in a block at most, so that the first of them does not wait for the last. */
const PACKETS_PER_BLOCK = 1024;

/**
 * Opens an interface of libpcap's. Its packets come in blocks as from the ring.
 * @throws {PcapError} when there is no such interface or it may not be opened.
 */
export function openPcapSource(
  libpcap: Libpcap,
  name: string,
  options: { promiscuous: boolean; bufferBytes: number },
): PacketSource {
  const capture = libpcap.open(name, {
    snapLength: MAXIMUM_PACKET_BYTES,
    promiscuous: options.promiscuous,
    timeout: RETIRE_MILLISECONDS,
    bufferBytes: options.bufferBytes,
  });
  /** Read, but without room in the last block. */
  let left: PcapPacket | undefined;
  let seen = { received: 0, dropped: 0 };

  return {
    descriptor: capture.descriptor,
    source: { linkType: linkTypeOfDataLink(capture.dataLink), cooked: false },
    take(buffer, at) {
      const block = createBlockWriter(buffer, at);
      for (let packets = 0; packets < PACKETS_PER_BLOCK; packets++) {
        const packet = left ?? capture.next();
        left = undefined;
        if (packet === undefined) break;
        if (!block.add(packet.seconds, packet.microseconds * 1000, packet.bytes, packet.onWire)) {
          left = packet;
          break;
        }
      }
      return block.length() > 0 ? block.length() : left === undefined ? 0 : -1;
    },
    statistics() {
      const now = capture.statistics();
      const since = { packets: now.received + now.dropped, drops: now.dropped };
      since.packets -= seen.received + seen.dropped;
      since.drops -= seen.dropped;
      seen = now;
      return since;
    },
    // What is wrong is said when the next packet is asked for.
    error: () => 0,
    setFilter: (filter) => capture.setProgram(instructionBytes(filter ?? ACCEPT_EVERYTHING)),
    close: () => capture.close(),
  };
}
