// A flow as nfdump keeps it: one direction of a conversation, or both when the exporter told both.

import { formatIPv4, formatIPv6 } from "../../record/address-text.ts";

export interface NfFlow {
  /** Unix seconds. */
  first: number;
  last: number;
  /** IP protocol number. */
  protocol: number;
  src: string;
  dst: string;
  srcPort: number;
  /** For ICMP, 256 times the type plus the code. */
  dstPort: number;
  /** TCP flags of all packets, or-ed. */
  flags: number;
  packets: number;
  bytes: number;
  /** The way back, when the record tells it. */
  outPackets: number;
  outBytes: number;
  srcMac: string | undefined;
  dstMac: string | undefined;
  vlan: number | undefined;
}

/** Reads numbers in the byte order of the machine that wrote the file. */
export interface NfNumbers {
  u8(at: number): number;
  u16(at: number): number;
  u32(at: number): number;
  u64(at: number): number;
  ipv4(at: number): string;
  ipv6(at: number): string;
  /** A MAC address in the low 48 bits of a 64-bit number; undefined when it is zero. */
  mac(at: number): string | undefined;
}

const TWO_TO_32 = 2 ** 32;

/** Numbers of `bytes`. */
export function numbersOf(bytes: Uint8Array, little: boolean): NfNumbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number) => view.getUint32(at, little);
  const high = (at: number) => u32(little ? at + 4 : at);
  const low = (at: number) => u32(little ? at : at + 4);
  return {
    u8: (at) => view.getUint8(at),
    u16: (at) => view.getUint16(at, little),
    u32,
    u64: (at) => high(at) * TWO_TO_32 + low(at),
    ipv4: (at) => formatIPv4(u32(at)),
    ipv6: (at) => formatIPv6([high(at), low(at), high(at + 8), low(at + 8)]),
    mac(at) {
      const [upper, lower] = [high(at) & 0xffff, low(at)];
      if (upper === 0 && lower === 0) return undefined;
      const hex = upper.toString(16).padStart(4, "0") + lower.toString(16).padStart(8, "0");
      return hex.match(/../g)!.join(":");
    },
  };
}
