// Keeps us in company: follows the interfaces, announces us, dials those who are known and not connected, and begins anew
// after sleep.

import type { AddressBook } from "./address-book.ts";
import { createDiscovery, type Discovery } from "./discovery/discovery.ts";
import type { Group } from "./discovery/group.ts";
import { readMdns } from "./discovery/mdns.ts";
import { createMulticast } from "./discovery/multicast.ts";
import { type Connection, type Host, remoteIp } from "./host/host.ts";
import { fingerprint, isLocal, type LocalInterface, localInterfaces, ownAddresses } from "./local-addresses.ts";
import type { MdnsMessage } from "./discovery/mdns.ts";
import type { PrivateKey } from "@libp2p/interface";

export interface DiallerOptions {
  readonly key: PrivateKey;
  readonly group: Group;
  readonly host: Host;
  readonly book: AddressBook;
  readonly names: readonly string[];
  readonly loopback: boolean;
  /** `auto`: over IPv6 only as long as we have no IPv4 address. */
  readonly ipv6: "auto" | "always";
  readonly maximumPeers: number;
  readonly welcome: (peer: string) => boolean;
  readonly connectedPeers: () => number;
}

export interface DiallerEvents {
  /** A connection that we opened stands. */
  dialled(peer: string, ip: string, connection: Connection): void;
  /** The machine has slept, or its network is another one: what stood does not stand any more. */
  moved(why: "slept" | "network changed"): void;
  left(peer: string): void;
  /** Every packet of multicast DNS, for whoever else understands some. */
  packet(message: MdnsMessage, from: { readonly address: string; readonly port: number }): void;
  warning(sentence: string): void;
}

export interface Dialler {
  interfaces(): readonly LocalInterface[];
  /** A peer was found by other means. */
  found(peer: string, addresses: readonly string[], port: number): void;
  /** Connects to a peer now. */
  dial(peer: string, addresses: readonly string[], port: number): Promise<void>;
  /** To be called once a second: monotonic and Unix seconds. */
  tick(now: number, wall: number): void;
  /** Sends a packet of multicast DNS on all interfaces, or to one asker. */
  send(make: (own: LocalInterface) => Uint8Array | undefined): void;
  reply(bytes: Uint8Array, address: string, port: number): void;
  stop(): Promise<void>;
  counters(): Readonly<Record<string, number>>;
}

/** Connections that are being opened at the same time. */
const DIALS_AT_ONCE = 4;
/** Seconds between two looks at the interfaces: less than a second's work in a week. */
const LOOK_INTERVAL = 2;
/** Seconds by which the clocks may differ from one second to the next before it counts as sleep. */
const SLEEP = 10;

export function createDialler(options: DiallerOptions, events: DiallerEvents): Dialler {
  const { host, book } = options;
  let interfaces = localInterfaces(options.names, options.loopback);
  let lookedAt = -Infinity;
  let lastTick: { now: number; wall: number } | undefined;
  let dialling = 0;
  const counters = { dialled: 0, dial_failures: 0 };

  const multicast = createMulticast({
    packet(bytes, from) {
      if (!isLocal(from.address, interfaces, options.loopback)) return;
      const message = readMdns(bytes);
      if (message === undefined) return;
      discovery.packet(message);
      events.packet(message, from);
    },
    warning: events.warning,
  });
  const found = (peer: string, addresses: readonly string[], port: number): void => {
    if (peer === host.peer || !options.welcome(peer)) return;
    const { now, wall } = lastTick ?? { now: 0, wall: 0 };
    book.heard(peer, addresses, port, wall, now);
  };
  const discovery: Discovery = createDiscovery({
    key: options.key,
    group: options.group,
    port: host.port,
    multicast,
    interfaces: () => interfaces,
    loopback: options.loopback,
  }, { found, left: events.left });

  /** Where a peer can be dialled: local addresses that are not ours, IPv4 first. */
  function reachable(addresses: readonly string[], port: number): string[] {
    const own = ownAddresses(interfaces);
    const ipv6 = options.ipv6 === "always" || !own.some((ip) => ip.includes("."));
    return addresses
      .filter((ip) => ipv6 || ip.includes("."))
      .filter((ip) => isLocal(ip, interfaces, options.loopback) && (port !== host.port || !own.includes(ip)))
      .sort((a, b) => Number(a.includes(":")) - Number(b.includes(":")));
  }

  async function dial(peer: string, addresses: readonly string[], port: number): Promise<void> {
    dialling++;
    try {
      counters.dialled++;
      const connection = await host.dial(peer, addresses, port);
      events.dialled(peer, remoteIp(connection.remoteAddr), connection);
    } catch {
      counters.dial_failures++;
      book.failed(peer, lastTick?.now ?? 0);
    } finally {
      dialling--;
    }
  }

  return {
    interfaces: () => interfaces,
    found,
    dial,
    tick(now, wall) {
      const before = lastTick;
      lastTick = { now, wall };
      const slept = before !== undefined && Math.abs(wall - before.wall) > SLEEP;
      let changed = false;
      if (slept || now - lookedAt >= LOOK_INTERVAL) {
        lookedAt = now;
        const seen = localInterfaces(options.names, options.loopback);
        changed = before === undefined || fingerprint(seen) !== fingerprint(interfaces);
        interfaces = seen;
        multicast.follow(interfaces);
      }
      discovery.tick(now);
      if (slept || changed) {
        if (before !== undefined) events.moved(slept ? "slept" : "network changed");
        book.hurry(now);
        // Sockets are bound a moment later.
        setTimeout(() => discovery.call(), 50);
      }
      if (options.connectedPeers() >= options.maximumPeers) return;
      for (const { peer, addresses, port } of book.due(now, DIALS_AT_ONCE - dialling)) {
        const reached = options.welcome(peer) ? reachable(addresses, port) : [];
        if (reached.length > 0) void dial(peer, reached, port);
        else book.failed(peer, now);
      }
    },
    send: multicast.send,
    reply: multicast.reply,
    async stop() {
      await discovery.leave();
      // What was sent last goes out first.
      await new Promise((resolve) => setTimeout(resolve, 20));
      multicast.close();
    },
    counters: () => ({ ...counters, ...discovery.counters() }),
  };
}
