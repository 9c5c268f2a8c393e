// The table of contents: a network in which hosts talk, and the captures one gets from it.

import type { Content } from "./bytes.ts";
import { arpAnnouncement, arpQuestion } from "./conversation/arp.ts";
import { dhcpConversation, type DhcpOptions } from "./conversation/dhcp.ts";
import { ftpConversation, type FtpOptions, smtpConversation, type SmtpOptions } from "./conversation/dialogue.ts";
import { dnsConversation, type DnsOptions, mdnsConversation } from "./conversation/dns.ts";
import { httpConversation, type HttpOptions } from "./conversation/http.ts";
import { pingConversation, type PingOptions } from "./conversation/icmp.ts";
import { ntpConversation } from "./conversation/ntp.ts";
import { sshConversation, type SshOptions } from "./conversation/ssh.ts";
import { type Conversation, tcpConversation, type TcpOptions } from "./conversation/tcp.ts";
import { tlsConversation, type TlsOptions } from "./conversation/tls.ts";
import { udpConversation, type UdpOptions } from "./conversation/udp.ts";
import { pcap, pcapChunks, type PcapOptions } from "./file/pcap.ts";
import { pcapng, type PcapngOptions } from "./file/pcapng.ts";
import { writeFile } from "./file/write.ts";
import { schedule } from "./merge.ts";
import type { Layer, Packet } from "./packet.ts";
import { type Host, stage, type StageOptions } from "./stage.ts";

/**
 * A network and its story. Every conversation takes `at`, seconds since the story's start; without it, it begins when the
 * one before ended. Packets come out in time order whatever the order of the calls.
 */
export interface Network {
  readonly gateway: Host;
  /** Declares a host; those outside the local network are reached through the gateway. */
  host(name: string, ip: string, options?: { mac?: string; ttl?: number }): Host;
  tcp(client: Host, server: Host, port: number, options?: TcpOptions): Conversation;
  udp(client: Host, server: Host, port: number, options?: UdpOptions): Conversation;
  ping(from: Host, to: Host, options?: PingOptions): void;
  arp(asker: Host, target: Host | string, options?: { at?: number; answered?: boolean }): void;
  /** A gratuitous ARP reply to everybody. */
  announce(host: Host, options?: { at?: number; ip?: string }): void;
  dns(client: Host, name: string, options?: DnsOptions): Conversation;
  mdns(host: Host, options: Parameters<typeof mdnsConversation>[2]): Conversation;
  http(client: Host, server: Host, options?: HttpOptions): Conversation;
  tls(client: Host, server: Host, options?: TlsOptions): Conversation;
  ssh(client: Host, server: Host, options?: SshOptions): Conversation;
  dhcp(host: Host, options?: DhcpOptions): void;
  ntp(client: Host, server: Host, options?: { at?: number; answered?: boolean; stratum?: number }): Conversation;
  smtp(client: Host, server: Host, options?: SmtpOptions): Conversation;
  ftp(client: Host, server: Host, options?: FtpOptions): { control: Conversation; data?: Conversation };
  /** One IP packet made of any layers. */
  send(from: Host, to: Host, at: number, ...inner: readonly (Layer | Content)[]): Packet;
  /** One frame made of any layers, the link's header included. */
  raw(at: number, data: Uint8Array): Packet;
  /** Does `work` only when the stream of packets reaches that time, so that a long story need not be in memory at once. */
  later(at: number, work: () => void): void;
  /** The packets in time order. A story with `later` in it can be told once. */
  packets(): Generator<Packet>;
  pcap(options?: PcapOptions): Uint8Array;
  pcapng(options?: PcapngOptions): Uint8Array;
  /** Writes the capture packet by packet; returns the size of the file in bytes. */
  writePcap(path: string | URL, options?: PcapOptions): number;
}

/** An empty network. */
export function network(options: StageOptions = {}): Network {
  const told: (readonly Packet[])[] = [];
  const postponed: { at: number; work: () => void }[] = [];
  /** Where new packets go: into the story, or straight into the stream that is being read. */
  let keep = (packets: readonly Packet[]): void => void told.push(packets);
  const self = stage(options, (packets) => keep(packets));
  let spent = false;

  const single = (at: number, data: Uint8Array): Packet => {
    const packet = self.packet(at, data);
    self.add([packet]);
    self.endedAt(at);
    return packet;
  };

  function* packets(): Generator<Packet> {
    if (spent) throw new Error("a story with later() in it can be told only once");
    spent = postponed.length > 0;
    const queue = schedule();
    for (const each of told) queue.packets(each);
    const enqueue = ({ at, work }: { at: number; work: () => void }): void => {
      const moment = self.packet(at, new Uint8Array(0));
      queue.work(moment.seconds, moment.nanoseconds, () => {
        self.clock = at;
        work();
      });
    };
    for (const each of postponed) enqueue(each);
    if (spent) {
      keep = (added) => queue.packets(added);
      later = enqueue;
      told.length = 0;
      postponed.length = 0;
    }
    yield* queue.drain();
  }
  let later = (entry: { at: number; work: () => void }): void => void postponed.push(entry);

  return {
    gateway: self.gateway,
    host: self.host,
    tcp: (client, server, port, settings) => tcpConversation(self, client, server, port, settings),
    udp: (client, server, port, settings) => udpConversation(self, client, server, port, settings),
    ping: (from, to, settings) => pingConversation(self, from, to, settings),
    arp: (asker, target, settings) => arpQuestion(self, asker, target, settings),
    announce: (host, settings) => arpAnnouncement(self, host, settings),
    dns: (client, name, settings) => dnsConversation(self, client, name, settings),
    mdns: (host, settings) => mdnsConversation(self, host, settings),
    http: (client, server, settings) => httpConversation(self, client, server, settings),
    tls: (client, server, settings) => tlsConversation(self, client, server, settings),
    ssh: (client, server, settings) => sshConversation(self, client, server, settings),
    dhcp: (host, settings) => dhcpConversation(self, host, settings),
    ntp: (client, server, settings) => ntpConversation(self, client, server, settings),
    smtp: (client, server, settings) => smtpConversation(self, client, server, settings),
    ftp: (client, server, settings) => ftpConversation(self, client, server, settings),
    send: (from, to, at, ...inner) => single(at, self.frame(from, to, ...inner)),
    raw: single,
    later: (at, work) => later({ at, work }),
    packets,
    pcap: (settings) => pcap(packets(), { ...self.file, ...settings }),
    pcapng: (settings) => pcapng(packets(), { interfaces: [self.file], ...settings }),
    writePcap: (path, settings) => writeFile(path, pcapChunks(packets(), { ...self.file, ...settings })),
  };
}
