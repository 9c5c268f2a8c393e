// A capture small enough to be cut at every byte.

import { type Network, network } from "./craft/craft.ts";

/** A short story with one conversation of each usual kind. */
export function office(): Network {
  const net = network();
  const pc = net.host("office-pc", "192.168.1.23"), web = net.host("www.example.com", "93.184.216.34");
  net.arp(pc, net.gateway);
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  net.http(pc, web, { exchanges: [{ response: { body: 90 } }] });
  net.ping(pc, web);
  return net;
}

/** Ends of the packets of a pcap file, bytes from its start. */
export function packetEnds(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset);
  const ends: number[] = [];
  for (let at = 24; at < file.length;) {
    at += 16 + view.getUint32(at + 8, true);
    ends.push(at);
  }
  return ends;
}
