// How one flow lies in memory: a record of 200 bytes in one buffer, seen as doubles, words and octets. Everything that a
// packet touches lies in three or four cache lines, which arrays per field would not give.
//
// Offsets count in the unit of the view they are used with. `+ side` means one place for each side, originator first.

/** The sides of a flow. */
export const ORIGINATOR = 0;
export const RESPONDER = 1;
export type Side = typeof ORIGINATOR | typeof RESPONDER;

export const FLOW_BYTES = 200;
export const FLOW_DOUBLES = FLOW_BYTES / 8;
export const FLOW_WORDS = FLOW_BYTES / 4;

// Doubles.
/** Unix seconds of the first packet. */
export const START = 0;
/** Unix seconds of the last packet that counts for the duration. */
export const LAST = 1;
/** Unix seconds at which the flow is over whatever happens; Infinity while only silence ends it. */
export const DUE = 2;
/** + side: bytes of IP packets. */
export const IP_BYTES = 3;
/** + side: payload bytes (UDP, ICMP); for TCP the relative sequence number of the next byte in order. */
export const BYTES = 5;

// Words.
/** Four words of each end's address, in the canonical order of the key. */
export const ADDRESS_A = 14;
export const ADDRESS_B = 18;
/** Port of A in the upper half, of B in the lower. */
export const PORTS = 22;
/** + side: packets. */
export const PACKETS = 23;
/** Neighbours in the list of a timer bucket; also the list of free records. */
export const NEXT = 25;
export const PREVIOUS = 26;
/** MAC addresses of originator and responder: 24, 24 and the rest. */
export const MAC_HIGH = 27;
export const MAC_MIDDLE = 28;
export const MAC_LOW = 29;
/** Outer VLAN + 1 in the upper half, inner VLAN + 1 in the lower; 0 is none. */
export const VLANS = 30;
/** + side * ENDPOINT_WORDS: TCP's sequence numbers, as they stand on the wire. */
export const ENDPOINT = 31;
export const ENDPOINT_WORDS = 6;
/** Of the SYN, or one less than the first byte seen. */
export const START_SEQUENCE = ENDPOINT;
/** One past the highest byte sent. */
export const LAST_SEQUENCE = ENDPOINT + 1;
/** Highest acknowledgement that the other side has sent for this side. */
export const ACKNOWLEDGED = ENDPOINT + 2;
/** One past the FIN, once there was one. */
export const FIN_SEQUENCE = ENDPOINT + 3;
/** Sequence number of the last RST. */
export const RST_SEQUENCE = ENDPOINT + 4;
export const RETRANSMISSIONS = ENDPOINT + 5;
/** Which history letters there are that come only once: bit per letter, the responder's 16 higher. */
export const HISTORY_SEEN = 43;
export const FLAGS = 44;

// Octets.
/** IP protocol number. */
export const PROTOCOL = 180;
/** + side: TCP endpoint states, now and before. */
export const STATE = 181;
export const PREVIOUS_STATE = 183;
/** + side: how often the sequence numbers above have wrapped. */
export const SEQUENCE_WRAPS = 185;
export const ACKNOWLEDGED_WRAPS = 187;
/** Number of letters in the history; those that do not fit here are kept beside the table. */
export const HISTORY_LENGTH = 189;
export const HISTORY = 190;
export const HISTORY_OCTETS = 8;
/** + side: packets with a window of zero, up to 255; from there on counted beside the table. */
export const ZERO_WINDOWS = 198;

// Bits of FLAGS.
/** The originator is end B of the key. */
export const ORIGINATOR_IS_B = 1 << 0;
/** The key has a direction: ICMP messages that have no answer. */
export const ONE_WAY = 1 << 1;
/** Nobody wants the bytes of this flow. */
export const CONTENT_IGNORED = 1 << 2;
/** The connection was under way when the first packet was seen. */
export const PARTIAL = 1 << 3;
/** << side: the side has sent a packet. */
export const SEEN = 1 << 4;
/** << side: the side has sent a FIN. */
export const FIN_SENT = 1 << 6;
/** << side: the side has closed and all its bytes are delivered. */
export const CLOSED_BY = 1 << 8;
/** << side: the analyzers know that the side has ended. */
export const END_TOLD = 1 << 10;
/** A close waits for bytes still missing. */
export const CLOSE_DEFERRED = 1 << 12;
/** There are MAC addresses. */
export const HAS_MAC = 1 << 15;
/** UDP: datagrams so far that recognition has looked at, three bits. */
export const LOOKED_AT_SHIFT = 16;
export const LOOKED_AT_MASK = 7;
/** UDP: number of the tunnel protocol this flow carries, three bits; 0 is none. */
export const TUNNEL_SHIFT = 19;
export const TUNNEL_MASK = 7;
/** UDP: the tunnel stands in `service`. */
export const TUNNEL_CONFIRMED = 1 << 22;
/** An inner version of 6: decides how addresses are written. */
export const IPV6 = 1 << 24;
/** UDP: there is a record of the tunnel, because a flow was found in it. */
export const TUNNEL_DISCOVERED = 1 << 25;
/** << side, UDP: the side has spoken the tunnel's protocol. */
export const TUNNEL_SPOKEN = 1 << 26;
