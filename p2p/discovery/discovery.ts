// Finding the others: says on all interfaces of the local network that we are here, and listens for those who say the
// same for the same group.

import type { PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { BoundedMap } from "../../agent/profile/bounded-map.ts";
import { isLinkLocal } from "../../agent/record/address.ts";
import { isLocal, type LocalInterface } from "../local-addresses.ts";
import { createTokenBucket } from "../protocol/token-bucket.ts";
import { open, seal } from "./announcement.ts";
import type { Group } from "./group.ts";
import { type MdnsMessage, writeMdns } from "./mdns.ts";
import type { Multicast } from "./multicast.ts";

export interface DiscoveryOptions {
  readonly key: PrivateKey;
  readonly group: Group;
  readonly port: number;
  readonly multicast: Multicast;
  readonly interfaces: () => readonly LocalInterface[];
  readonly loopback: boolean;
}

export interface DiscoveryEvents {
  /** A peer says that it can be reached there. All addresses are of the local network. */
  found(peer: string, addresses: readonly string[], port: number): void;
  left(peer: string): void;
}

export interface Discovery {
  /** Announces us and asks others to do the same; called at the start, and when the network has changed. */
  call(): void;
  /** A packet of multicast DNS. */
  packet(message: MdnsMessage): void;
  /** To be called about once a second. `now` in seconds, monotonic. */
  tick(now: number): void;
  /** Says that we go. */
  leave(): Promise<void>;
  counters(): Readonly<Record<string, number>>;
}

/** DNS-SD service name (RFC 6763 section 4.1.2). It tells that there are agents; which and how many only the group knows. */
export const SERVICE = "_smartshield._tcp.local";
/** Seconds between two announcements. */
const INTERVAL = 60;
/** Seconds after the call at which it is repeated: multicast gets lost, on wireless networks more often than not. */
const REPEATS = [1, 3];
/** Seconds before one who asks is answered, at least and at most (RFC 6762 section 6), and between two such answers. */
const ANSWER_DELAY = [0.02, 0.12] as const;
const ANSWER_INTERVAL = 1;
/** Announcements a second that are opened, and whose signature is checked. Own choice: 100 peers that all answer at once. */
const OPENED_PER_SECOND = 100;
const OPENED_AT_ONCE = 400;
const VERIFIED_PER_SECOND = 30;
const VERIFIED_AT_ONCE = 150;
/** Peers whose last announcement is remembered against recordings. */
const REMEMBERED = 4096;
/** Strings of TXT records are this long at most (RFC 1035 section 3.3.14). */
const STRING_BYTES = 255;

export function createDiscovery(options: DiscoveryOptions, events: DiscoveryEvents): Discovery {
  const { key, group, port, multicast } = options;
  const self = peerIdFromPrivateKey(key).toString();
  const newest = new BoundedMap<string, number>(REMEMBERED);
  const opened = createTokenBucket(OPENED_PER_SECOND, OPENED_AT_ONCE);
  const verified = createTokenBucket(VERIFIED_PER_SECOND, VERIFIED_AT_ONCE);
  const counters = { announcements_heard: 0, announcements_refused: 0, announcements_shed: 0 };
  /** Tells this run of ours from others on the wire; says nothing about who we are. */
  const instance = Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  let clock = 0;
  let lastTime = 0;
  let answeredAt = -Infinity;
  let due: number[] = [];
  let asking = false;

  async function announce(asks: boolean, leaving = false): Promise<void> {
    // Microseconds of the clock, but never the same or an earlier one, whatever somebody does to the clock.
    lastTime = Math.max(lastTime + 1, Math.round(Date.now() * 1000));
    const time = lastTime;
    const packets = new Map<string, Uint8Array | undefined>();
    for (const own of options.interfaces()) {
      const addresses = own.addresses.map(({ ip }) => ip).filter((ip) => ip.includes(".") || !isLinkLocal(ip));
      const sealed = await seal({ time, port, addresses, asks, leaving }, key, group);
      packets.set(own.name, packetOf(sealed, instance));
    }
    multicast.send(({ name }) => packets.get(name));
  }

  async function hear(sealed: Uint8Array): Promise<void> {
    if (!opened.take(clock)) return void counters.announcements_shed++;
    const heard = open(sealed, group);
    if (heard === undefined) return void counters.announcements_refused++;
    const { peer, time, addresses, port: theirPort, asks, leaving } = heard.announcement;
    // Ours comes back to us; what is not newer is a recording, or came by another interface.
    if (peer === self || time <= (newest.get(peer) ?? -Infinity)) return;
    if (!verified.take(clock)) return void counters.announcements_shed++;
    if (!await heard.verify()) return void counters.announcements_refused++;
    if (time <= (newest.get(peer) ?? -Infinity)) return;
    newest.set(peer, time);
    counters.announcements_heard++;
    if (leaving) return events.left(peer);
    const local = addresses.filter((ip) => isLocal(ip, options.interfaces(), options.loopback));
    if (local.length > 0 && theirPort > 0) events.found(peer, local, theirPort);
    if (asks && clock - answeredAt >= ANSWER_INTERVAL) {
      answeredAt = clock;
      const [least, most] = ANSWER_DELAY;
      setTimeout(() => void announce(false), 1000 * (least + Math.random() * (most - least)));
    }
  }

  return {
    call() {
      asking = true;
      void announce(true);
      due = [...REPEATS, INTERVAL].map((seconds) => clock + seconds);
    },
    packet({ records }) {
      for (const record of records) {
        if (record.type !== "TXT" || !record.name.toLowerCase().endsWith(SERVICE)) continue;
        void hear(join(record.strings));
      }
    },
    tick(now) {
      clock = now;
      if (due.length === 0 || due[0]! > now) return;
      due.shift();
      if (due.length === 0) {
        due.push(now + INTERVAL);
        asking = false;
      }
      void announce(asking);
    },
    leave: () => announce(false, true),
    counters: () => counters,
  };
}

function packetOf(sealed: Uint8Array, instance: string): Uint8Array | undefined {
  const strings: Uint8Array[] = [];
  for (let at = 0; at < sealed.length; at += STRING_BYTES) strings.push(sealed.subarray(at, at + STRING_BYTES));
  const name = `${instance}.${SERVICE}`;
  return writeMdns({
    response: true,
    questions: [],
    records: [{ type: "PTR", name: SERVICE, target: name }, { type: "TXT", name, strings }],
  });
}

function join(strings: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(strings.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const string of strings) {
    whole.set(string, at);
    at += string.length;
  }
  return whole;
}
