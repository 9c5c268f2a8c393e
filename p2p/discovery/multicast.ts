// Multicast DNS sockets on the local network: one for each interface and family, opened and closed as interfaces come and
// go. Other programs on this machine (avahi, systemd-resolved) may use the same port.

import { createSocket, type Socket } from "node:dgram";
import { isLinkLocal } from "../../agent/record/address.ts";
import type { LocalInterface } from "../local-addresses.ts";
import { MDNS_PORT } from "./mdns.ts";

/** RFC 6762 section 3: link-local groups, which no router passes on and every switch floods. */
export const GROUPS = { 4: "224.0.0.251", 6: "ff02::fb" } as const;

export interface Multicast {
  /** Follows the interfaces: opens what is new, closes what is gone, joins again where membership was lost. */
  follow(interfaces: readonly LocalInterface[]): void;
  /** Sends on all interfaces: what `make` gives for an interface, nothing for undefined. */
  send(make: (own: LocalInterface) => Uint8Array | undefined): void;
  /** Sends to one who asked from another port than that of multicast DNS (RFC 6762 section 6.7). */
  reply(bytes: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface MulticastEvents {
  packet(bytes: Uint8Array, from: { readonly address: string; readonly port: number }): void;
  /** A socket cannot be opened or used; one sentence. */
  warning(sentence: string): void;
}

interface Open {
  readonly socket: Socket;
  readonly own: LocalInterface;
  readonly family: 4 | 6;
  /** Address (IPv4) or zone (IPv6) by which the interface is named to the system. */
  readonly at: string;
}

/** Hops of multicast DNS packets (RFC 6762 section 11): less would have come through a router. */
const HOPS = 255;

export function createMulticast(events: MulticastEvents): Multicast {
  const sockets = new Map<string, Open>();
  const warned = new Set<string>();

  function warn(name: string, reason: string): void {
    // Once for each interface and reason: a cable may come and go for days.
    if (warned.has(`${name} ${reason}`) || warned.size > 100) return;
    warned.add(`${name} ${reason}`);
    events.warning(`Peers cannot be looked for on ${name}: ${reason}.`);
  }

  /** An interface that went and came back under the same name is another one to the system. */
  function joinAgain({ socket, family, at }: Open): void {
    try {
      socket.addMembership(GROUPS[family], at);
    } catch {
      // Still a member, that is: what was wanted.
    }
  }

  function openOne(key: string, own: LocalInterface, family: 4 | 6, at: string): void {
    // As other programs use the port, too.
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", reuseAddr: true, ipv6Only: family === 6 });
    const one: Open = { socket, own, family, at };
    sockets.set(key, one);
    socket.on("error", (error) => {
      warn(own.name, reasonOf(error));
      shut(key);
    });
    socket.on("message", (bytes, { address, port }) => events.packet(bytes, { address, port }));
    try {
      socket.bind({ port: MDNS_PORT, address: family === 4 ? "0.0.0.0" : "::", exclusive: false }, () => {
        try {
          socket.addMembership(GROUPS[family], at);
          socket.setMulticastInterface(at);
          // Other agents on this machine hear us that way.
          socket.setMulticastLoopback(true);
          socket.setMulticastTTL(HOPS);
        } catch (error) {
          warn(own.name, reasonOf(error));
        }
      });
    } catch (error) {
      warn(own.name, reasonOf(error));
      shut(key);
    }
  }

  function shut(key: string): void {
    const one = sockets.get(key);
    sockets.delete(key);
    try {
      one?.socket.close();
    } catch {
      // Closed already.
    }
  }

  return {
    follow(interfaces) {
      const wanted = new Map<string, [LocalInterface, 4 | 6, string]>();
      for (const own of interfaces) {
        const ipv4 = own.addresses.find(({ network }) => network.family === 4);
        if (ipv4 !== undefined) wanted.set(`${own.name} 4 ${ipv4.ip}`, [own, 4, ipv4.ip]);
        const ipv6 = own.addresses.find(({ network, ip }) => network.family === 6 && isLinkLocal(ip));
        if (ipv6 !== undefined) wanted.set(`${own.name} 6`, [own, 6, `::%${own.name}`]);
      }
      for (const key of sockets.keys()) if (!wanted.has(key)) shut(key);
      for (const [key, [own, family, at]] of wanted) {
        const there = sockets.get(key);
        if (there === undefined) openOne(key, own, family, at);
        else {
          sockets.set(key, { ...there, own });
          joinAgain(there);
        }
      }
    },
    send(make) {
      for (const { socket, own, family, at } of sockets.values()) {
        const bytes = make(own);
        if (bytes === undefined) continue;
        const group = family === 4 ? GROUPS[4] : `${GROUPS[6]}%${at.slice(3)}`;
        try {
          // What is lost is sent again with the next announcement.
          socket.send(bytes, MDNS_PORT, group, () => {});
        } catch {
          // The interface has just gone.
        }
      }
    },
    reply(bytes, address, port) {
      const family = address.includes(":") ? 6 : 4;
      const one = [...sockets.values()].find((open) => open.family === family);
      try {
        one?.socket.send(bytes, port, address, () => {});
      } catch {
        // As above.
      }
    },
    close() {
      for (const key of [...sockets.keys()]) shut(key);
    },
  };
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes("NotCapable") || text.includes("Requires net access")
    ? "the program may not use multicast there"
    : text;
}
