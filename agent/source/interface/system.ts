// What the kernel knows of the network that we sit in: its interfaces, our own addresses, the gateways; and when any of
// it changes. Asked through a netlink socket, for which nobody needs rights.

import { type Libc, POLLIN, SystemError } from "../../../ffi/libc.ts";
import {
  type Answer,
  type DefaultRoute,
  dumpRequest,
  type InterfaceAddress,
  type Link,
  type Neighbour,
  readAnswers,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETROUTE,
} from "./netlink.ts";

// linux/socket.h, linux/netlink.h, linux/rtnetlink.h.
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
/** RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE: told when these change. */
const GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
/** The kernel sends at most 32 KiB at once (NLMSG_GOODSIZE and netlink's dump buffers). */
const RECEIVE_BYTES = 64 * 1024;
/** Answers read for one question: a router with all routes of the Internet has a million. */
const MAXIMUM_PIECES = 4096;
/** Interfaces and addresses remembered. */
const MAXIMUM_REMEMBERED = 4096;

export interface SystemInterface {
  readonly name: string;
  readonly index: number;
  /** `ARPHRD_*` of linux/if_arp.h. */
  readonly hardwareType: number;
  readonly mac: string | undefined;
  /** Longest packet, bytes. */
  readonly mtu: number;
  /** Switched on. */
  readonly up: boolean;
  /** Switched on and connected. */
  readonly running: boolean;
  readonly addresses: readonly { readonly ip: string; readonly network: string }[];
}

export interface Gateway {
  /** Name of the interface on which it is reached. */
  readonly interface: string;
  readonly ip: string;
  /** Its Ethernet address, once it is known. */
  readonly mac: string | undefined;
}

/** Plain data. */
export interface SystemPicture {
  readonly interfaces: readonly SystemInterface[];
  /** The ways to everywhere else, the one that is taken first. */
  readonly gateways: readonly Gateway[];
}

/** What a picture means for some interfaces. */
export interface LocalPicture {
  /** Our own addresses on them. */
  readonly own: readonly string[];
  /** The networks behind them, as CIDR, without link-local ones; IPv4 first. */
  readonly networks: readonly string[];
  /** The gateway behind them; undefined behind a port that only listens. */
  readonly gateway: Gateway | undefined;
}

/** Looks at the picture from some interfaces; those that are not there, or have no address, add nothing. */
export function localPicture({ interfaces, gateways }: SystemPicture, names: readonly string[]): LocalPicture {
  const addresses = interfaces.filter(({ name }) => names.includes(name)).flatMap(({ addresses }) => addresses);
  const networks = addresses.map(({ network }) => network).filter((network) => !network.startsWith("fe80:"));
  return {
    own: addresses.map(({ ip }) => ip),
    networks: [...new Set([...networks.filter(isIpv4), ...networks.filter((network) => !isIpv4(network))])],
    gateway: gateways.find((gateway) => names.includes(gateway.interface)),
  };
}

function isIpv4(text: string): boolean {
  return !text.includes(":");
}

/** What the kernel answered, by kind. */
export interface Answers {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly DefaultRoute[];
  readonly neighbours: readonly Neighbour[];
}

/** Puts the answers together. */
export function pictureOf({ links, addresses, routes, neighbours }: Answers): SystemPicture {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const interfaces = links.map(({ kind: _, ...link }) => ({
    ...link,
    addresses: addresses.filter(({ index }) => index === link.index).map(({ ip, network }) => ({ ip, network })),
  }));
  const gateways = [...routes]
    .sort((a, b) => Number(isIpv4(b.gateway)) - Number(isIpv4(a.gateway)) || a.metric - b.metric)
    .map(({ index, gateway }) => ({
      interface: names.get(index) ?? "",
      ip: gateway,
      mac: neighbours.find((neighbour) => neighbour.index === index && neighbour.ip === gateway)?.mac,
    }));
  return { interfaces, gateways };
}

export interface System {
  /** Asks the kernel. Takes well under a millisecond on a machine with few interfaces. */
  picture(): SystemPicture;
  /** Waits until something has changed or the time is over; whether something has changed. */
  changed(milliseconds: number): Promise<boolean>;
  close(): void;
}

/** Opens the sockets: one for questions, one for news. */
export function openSystem(libc: Libc): System {
  const questions = openNetlink(libc, 0);
  const news = openNetlink(libc, GROUPS);
  const buffer = new Uint8Array(RECEIVE_BYTES);
  let sequence = 0;

  function ask<Kind extends Answer["kind"]>(
    type: Parameters<typeof dumpRequest>[0],
    kind: Kind,
    keep: (answer: Extract<Answer, { kind: Kind }>) => boolean = () => true,
  ): Extract<Answer, { kind: Kind }>[] {
    type Wanted = Extract<Answer, { kind: Kind }>;
    sequence++;
    libc.send(questions, dumpRequest(type, sequence));
    const answers: Wanted[] = [];
    for (let piece = 0; piece < MAXIMUM_PIECES; piece++) {
      // The kernel answers within the call: what is not there now is not to come.
      const length = libc.receiveNow(questions, buffer);
      if (length === 0) break;
      const more = readAnswers(buffer, length, sequence, (answer) => {
        if (answer.kind !== kind || answers.length >= MAXIMUM_REMEMBERED) return;
        if (keep(answer as Wanted)) answers.push(answer as Wanted);
      });
      if (!more) break;
    }
    return answers;
  }

  return {
    picture() {
      const routes = ask(RTM_GETROUTE, "route");
      const gateways = new Set(routes.map(({ gateway }) => gateway));
      return pictureOf({
        links: ask(RTM_GETLINK, "link"),
        addresses: ask(RTM_GETADDR, "address"),
        routes,
        neighbours: ask(RTM_GETNEIGH, "neighbour", ({ ip }) => gateways.has(ip)),
      });
    },
    async changed(milliseconds) {
      if (await libc.poll(news, POLLIN, milliseconds) === 0) return false;
      forget(libc, news, buffer);
      return true;
    },
    close() {
      libc.close(questions);
      libc.close(news);
    },
  };
}

function openNetlink(libc: Libc, groups: number): number {
  const descriptor = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  // struct sockaddr_nl: family (2), padding (2), port (4), groups (4).
  const address = new DataView(new ArrayBuffer(12));
  address.setUint16(0, AF_NETLINK, true);
  address.setUint32(8, groups, true);
  libc.bind(descriptor, new Uint8Array(address.buffer));
  return descriptor;
}

/** Reads all news away: that there were some is all that matters. */
function forget(libc: Libc, descriptor: number, buffer: Uint8Array<ArrayBuffer>): void {
  for (let piece = 0; piece < MAXIMUM_PIECES; piece++) {
    try {
      if (libc.receiveNow(descriptor, buffer) === 0) return;
    } catch (error) {
      // More news than the socket could hold: so there were some.
      if (!(error instanceof SystemError)) throw error;
    }
  }
}
