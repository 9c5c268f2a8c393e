// The Internet checksum (RFC 1071), for IP, ICMP, UDP, TCP and GRE.

/** What a layer writes into its checksum field: the right value, one that is off by one bit, or a given number. */
export type Checksum = "right" | "wrong" | number;

/** Adds `bytes[start..end)` as 16-bit words to a running sum; an odd last byte counts as the high half of a word. */
export function addWords(sum: number, bytes: Uint8Array, start: number, end: number): number {
  const even = end - ((end - start) & 1);
  for (let i = start; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return even < end ? sum + (bytes[even]! << 8) : sum;
}

/** Folds the carries into 16 bits and takes the complement. */
export function finishSum(sum: number): number {
  // A packet of 65,535 bytes sums to less than 2^32, so two folds are enough after the first division.
  sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The value to write: `wanted` may ask for a wrong or a given one. */
export function chooseChecksum(right: number, wanted: Checksum | undefined): number {
  if (wanted === "wrong") return right ^ 0x0100;
  return typeof wanted === "number" ? wanted : right;
}

/** Checksum of a UDP datagram, TCP segment or ICMPv6 message with its pseudo-header (RFC 793 section 3.1, RFC 8200 section 8.1). */
export function transportChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  ends: { readonly source: Uint8Array; readonly destination: Uint8Array },
  protocol: number,
): number {
  const { source, destination } = ends;
  let sum = protocol + (end - start);
  sum = addWords(sum, source, 0, source.length);
  sum = addWords(sum, destination, 0, destination.length);
  return finishSum(addWords(sum, bytes, start, end));
}
