// The form of a block of packets as the kernel's TPACKET_V3 ring makes it (linux/if_packet.h and
// https://docs.kernel.org/networking/packet_mmap.html), in the byte order of the machine, which is little-endian on
// every one we run on. Offsets and lengths are bytes.

/** A block begins with `struct tpacket_block_desc`. */
export const BLOCK_HEADER_BYTES = 48;
export const BLOCK_STATUS = 8;
export const BLOCK_PACKETS = 12;
export const BLOCK_FIRST_PACKET = 16;
/** How much of the block is used, its header included. */
export const BLOCK_LENGTH = 20;

/** Bit of the block's status: the block is ours to read. */
export const TP_STATUS_USER = 1;

/** A packet begins with `struct tpacket3_hdr`. */
export const PACKET_HEADER_BYTES = 48;
/** From this packet to the next, 0 for the last of the block. */
export const PACKET_NEXT = 0;
export const PACKET_SECONDS = 4;
export const PACKET_NANOSECONDS = 8;
export const PACKET_CAPTURED = 12;
export const PACKET_ON_WIRE = 16;
export const PACKET_STATUS = 20;
/** From the packet's header to its first byte: 2 bytes. */
export const PACKET_MAC = 24;
/** From the packet's header to its network layer: 2 bytes. */
export const PACKET_NET = 26;
export const PACKET_VLAN_TAG = 32;
/** 2 bytes. */
export const PACKET_VLAN_TYPE = 36;

/** Bits of a packet's status: a VLAN tag was taken out of the frame, and its EtherType is known too. */
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;

/** After the packet's header: `struct sockaddr_ll`, which knows what the link layer said. */
export const ADDRESS_PROTOCOL = PACKET_HEADER_BYTES + 2;
export const ADDRESS_HARDWARE = PACKET_HEADER_BYTES + 8;
export const ADDRESS_PACKET_TYPE = PACKET_HEADER_BYTES + 10;
export const ADDRESS_LENGTH = PACKET_HEADER_BYTES + 11;
export const ADDRESS_BYTES = PACKET_HEADER_BYTES + 12;
export const ADDRESS_END = PACKET_HEADER_BYTES + 20;

/** Blocks stand next to each other at multiples of this in what is handed over. */
export const BLOCK_ALIGNMENT = 8;

/** The next multiple of the alignment. */
export function alignBlock(bytes: number): number {
  return Math.ceil(bytes / BLOCK_ALIGNMENT) * BLOCK_ALIGNMENT;
}
