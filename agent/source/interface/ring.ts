// Receives the packets of an interface through the kernel's TPACKET_V3 ring: the kernel fills blocks of memory shared
// with us, we copy finished blocks out and give them back. Linux only. Needs CAP_NET_RAW.

import { type Libc, SystemError } from "../../../ffi/libc.ts";
import type { Program } from "./bpf.ts";
import { BLOCK_HEADER_BYTES, BLOCK_LENGTH, BLOCK_STATUS, TP_STATUS_USER } from "./block-form.ts";
import { attachFilter } from "./kernel-filter.ts";
import { linkTypeOfHardware } from "./link-type.ts";
import type { PacketSource } from "./packet-source.ts";

// linux/socket.h, linux/if_ether.h, linux/if_packet.h; the same numbers on x86_64 and aarch64.
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_FANOUT = 18;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const TPACKET_V3 = 2;
const FANOUT_HASH = 0;
/** Reassembles fragments before it hashes, so that all of a datagram go the same way. */
const FANOUT_FLAG_DEFRAGMENT = 0x8000;
/** `ARPHRD_LOOPBACK` of linux/if_arp.h. */
const HARDWARE_LOOPBACK = 772;

/** Bytes of a block: large, so that the walk is long and the hand-overs are few. */
export const BLOCK_BYTES = 2 ** 20;
/** Milliseconds after which the kernel hands over a block that is not full: how long a packet may wait. */
export const RETIRE_MILLISECONDS = 20;
/** The kernel only checks that it divides the block and holds a packet header; packets of a V3 ring are as long as they are. */
const FRAME_BYTES = 2048;
/** Room before each packet for the VLAN tag that is put back, as libpcap asks for too. */
const RESERVED_BYTES = 4;
/** Bytes of `struct tpacket_stats_v3`: packets, drops, and how often the ring was full, 4 bytes each. */
const STATISTICS_WORDS = 3;

export interface RingOptions {
  /** Number of the interface. */
  readonly index: number;
  /** Hardware type of the interface (`ARPHRD_*` of linux/if_arp.h). */
  readonly hardwareType: number;
  /** Blocks of the ring, each of `BLOCK_BYTES`. */
  readonly blocks: number;
  /** Hear what is meant for other hosts too. */
  readonly promiscuous: boolean;
  /** Only packets that the program accepts. */
  readonly filter: Program | undefined;
  /** Shares the interface's flows with the other rings of the same group (any number up to 65535). */
  readonly fanoutGroup: number | undefined;
}

/**
 * Opens a ring on an interface.
 * @throws {SystemError} with EPERM without CAP_NET_RAW, ENODEV when the interface is gone, ENETDOWN when it is down,
 * ENOMEM when the kernel has not enough memory for the ring.
 */
export function openRing(libc: Libc, options: RingOptions): PacketSource {
  const { linkType, cooked } = linkTypeOfHardware(options.hardwareType);
  // Protocol 0: nothing is received before the socket is bound to its interface.
  const descriptor = libc.socket(AF_PACKET, cooked ? SOCK_DGRAM : SOCK_RAW, 0);
  const ringBytes = options.blocks * BLOCK_BYTES;
  let address = 0n;
  let isClosed = false;

  try {
    const set = (option: number, ...words: number[]): void =>
      libc.setOption(descriptor, SOL_PACKET, option, Uint32Array.from(words));
    set(PACKET_VERSION, TPACKET_V3);
    set(PACKET_RESERVE, RESERVED_BYTES);
    // struct tpacket_req3: block bytes, blocks, frame bytes, frames, retire time, private bytes, features.
    set(PACKET_RX_RING, BLOCK_BYTES, options.blocks, FRAME_BYTES, ringBytes / FRAME_BYTES, RETIRE_MILLISECONDS, 0, 0);
    address = libc.mapShared(descriptor, ringBytes);
    attachFilter(libc, descriptor, options.filter);
    // What goes out of the loopback interface comes in again: every packet would be seen twice.
    if (options.hardwareType === HARDWARE_LOOPBACK) ignoreOutgoing(libc, descriptor);
    if (options.promiscuous) {
      // struct packet_mreq: index (4), type (2), address length (2), address (8).
      set(PACKET_ADD_MEMBERSHIP, options.index, PACKET_MR_PROMISC, 0, 0);
    }
    libc.bind(descriptor, packetAddress(options.index));
    if (options.fanoutGroup !== undefined) {
      set(PACKET_FANOUT, (options.fanoutGroup & 0xffff) | ((FANOUT_HASH | FANOUT_FLAG_DEFRAGMENT) << 16));
    }
  } catch (error) {
    release();
    throw error;
  }

  /** Once: later the descriptor is somebody else's. */
  function release(): void {
    if (isClosed) return;
    isClosed = true;
    if (address !== 0n) libc.unmap(address, ringBytes);
    address = 0n;
    libc.close(descriptor);
  }

  const header = new Uint32Array(BLOCK_HEADER_BYTES / 4);
  const freed = new Uint32Array(1);
  const counts = new Uint32Array(STATISTICS_WORDS);
  const waiting = new Int32Array(1);
  const order = new Int32Array(new SharedArrayBuffer(4));
  let next = 0;

  /** Keeps what comes before it in memory order before what comes after it: two sequentially consistent accesses do. */
  function fence(): void {
    Atomics.store(order, 0, 0);
    Atomics.load(order, 0);
  }

  return {
    descriptor,
    source: { linkType, cooked },
    take(buffer, at) {
      // Whoever asks a closed ring must not reach the memory that it had.
      if (isClosed) return 0;
      const block = address + BigInt(next * BLOCK_BYTES);
      libc.copyFrom(header, block);
      if ((header[BLOCK_STATUS / 4]! & TP_STATUS_USER) === 0) return 0;
      fence();
      libc.copyFrom(header, block);
      const length = Math.min(header[BLOCK_LENGTH / 4]!, BLOCK_BYTES);
      if (length > buffer.length - at) return -1;
      libc.copyFrom(buffer.subarray(at, at + length), block);
      fence();
      libc.copyTo(block + BigInt(BLOCK_STATUS), freed);
      next = (next + 1) % options.blocks;
      return length;
    },
    statistics() {
      if (isClosed) return { packets: 0, drops: 0 };
      libc.getOption(descriptor, SOL_PACKET, PACKET_STATISTICS, counts);
      return { packets: counts[0]!, drops: counts[1]! };
    },
    error() {
      libc.getOption(descriptor, SOL_SOCKET, SO_ERROR, waiting);
      return waiting[0]!;
    },
    setFilter: (filter) => attachFilter(libc, descriptor, filter),
    close: release,
  };
}

/** struct sockaddr_ll: family (2), protocol in network order (2), index (4), and what only matters for sending (12). */
function packetAddress(index: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, true);
  return new Uint8Array(view.buffer);
}

function ignoreOutgoing(libc: Libc, descriptor: number): void {
  try {
    libc.setOption(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, Uint32Array.of(1));
  } catch (error) {
    // Kernels before 4.20 do not know it: there the loopback interface is seen twice.
    if (!(error instanceof SystemError)) throw error;
  }
}
