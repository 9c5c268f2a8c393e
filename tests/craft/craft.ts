// Everything a test needs to make traffic, in one import. README.md beside this file shows how.

export * from "./address.ts";
export * from "./bytes.ts";
export type { Checksum } from "./checksum.ts";
export * from "./conversation/arp.ts";
export * from "./conversation/dns.ts";
export * from "./conversation/icmp.ts";
export * from "./conversation/tcp.ts";
export * from "./conversation/udp.ts";
export * from "./file/pcap.ts";
export * from "./file/pcapng.ts";
export * from "./file/write.ts";
export * from "./layer/arp.ts";
export * from "./layer/cooked.ts";
export * from "./layer/ethernet.ts";
export * from "./layer/icmp.ts";
export * from "./layer/ipv4.ts";
export * from "./layer/ipv6.ts";
export * from "./layer/tcp.ts";
export * from "./layer/tunnel.ts";
export * from "./layer/udp.ts";
export * from "./merge.ts";
export * from "./message/dns.ts";
export * from "./network.ts";
export * from "./packet.ts";
export * from "./random.ts";
export * from "./stage.ts";
