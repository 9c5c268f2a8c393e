// Peers that we know of: where they were, when they were heard last, and when to dial them. Kept on disk, so that a network
// finds itself again after a night without power, even where multicast does not get through.

import { canonicalAddress } from "../agent/record/address-text.ts";

/** One peer as it is kept. */
export interface KnownPeer {
  readonly peer: string;
  addresses: readonly string[];
  port: number;
  /** Unix seconds. */
  readonly firstHeard: number;
  lastHeard: number;
}

interface Entry extends KnownPeer {
  connected: boolean;
  /** Heard of in this run, not only remembered from an earlier one. */
  fresh: boolean;
  failures: number;
  /** When it may be dialled next, monotonic seconds. */
  next: number;
}

export interface AddressBook {
  /** A peer says where it is. `wall` in Unix seconds, `now` in monotonic seconds. */
  heard(peer: string, addresses: readonly string[], port: number, wall: number, now: number): void;
  /** A connection stands, or is over. */
  connected(peer: string, wall: number): void;
  disconnected(peer: string, now: number): void;
  failed(peer: string, now: number): void;
  /** Dial everybody as soon as may be: the network has changed, or we slept. */
  hurry(now: number): void;
  /** Who is to be dialled now; each is told once until its outcome is. */
  due(now: number, most: number): KnownPeer[];
  /** Forgets a peer. */
  forget(peer: string): void;
  known(): readonly (KnownPeer & { readonly connected: boolean })[];
  snapshot(): readonly KnownPeer[];
  restore(snapshot: unknown, wall: number, now: number): void;
}

export interface AddressBookOptions {
  /** Our own peer id: of two peers the one with the smaller id dials. */
  readonly self: string;
  /** Days for which a peer that is not heard of any more is remembered. */
  readonly days: number;
}

/** Peers remembered; the one heard of longest ago goes first. */
const REMEMBERED = 1000;
/** Seconds that the peer with the greater id leaves to the other: a firewall may let only one of the two through. */
const GRACE = 5;
/** Seconds between two attempts: the first, and the longest for peers heard of and for those only remembered. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = { fresh: 60, remembered: 600 } as const;
const DAY = 86_400;

export function createAddressBook({ self, days }: AddressBookOptions): AddressBook {
  const entries = new Map<string, Entry>();

  const ourTurn = (peer: string): boolean => self < peer;

  function pause({ failures, fresh }: Entry): number {
    const longest = fresh ? LONGEST_PAUSE.fresh : LONGEST_PAUSE.remembered;
    // A little chance, so that two who fail together do not fail together again.
    return Math.min(longest, FIRST_PAUSE * 2 ** failures) * (0.75 + Math.random() / 2);
  }

  function tidy(wall: number): void {
    for (const { peer, lastHeard, connected } of entries.values()) {
      if (!connected && wall - lastHeard > days * DAY) entries.delete(peer);
    }
    while (entries.size > REMEMBERED) {
      const oldest = [...entries.values()].filter(({ connected }) => !connected)
        .sort((a, b) => a.lastHeard - b.lastHeard)[0];
      if (oldest === undefined) break;
      entries.delete(oldest.peer);
    }
  }

  return {
    heard(peer, addresses, port, wall, now) {
      const entry = entries.get(peer);
      if (entry === undefined) {
        const next = now + (ourTurn(peer) ? 0 : GRACE);
        // deno-fmt-ignore
        entries.set(peer, { peer, addresses, port, firstHeard: wall, lastHeard: wall, connected: false, fresh: true, failures: 0, next });
        tidy(wall);
        return;
      }
      const moved = entry.port !== port || entry.addresses.join() !== addresses.join();
      if (!entry.connected && (moved || !entry.fresh)) {
        entry.failures = 0;
        entry.next = Math.min(entry.next, now + (ourTurn(peer) ? 0 : GRACE));
      }
      Object.assign(entry, { addresses, port, lastHeard: wall, fresh: true });
    },
    connected(peer, wall) {
      const entry = entries.get(peer);
      if (entry !== undefined) Object.assign(entry, { connected: true, failures: 0, lastHeard: wall });
    },
    disconnected(peer, now) {
      const entry = entries.get(peer);
      if (entry === undefined) return;
      entry.connected = false;
      entry.next = now + (ourTurn(peer) ? 0 : GRACE) + pause(entry);
    },
    failed(peer, now) {
      const entry = entries.get(peer);
      if (entry === undefined) return;
      entry.failures++;
      entry.next = now + pause(entry);
    },
    hurry(now) {
      for (const entry of entries.values()) {
        if (entry.connected) continue;
        entry.failures = 0;
        entry.next = now + (ourTurn(entry.peer) ? 0 : GRACE);
      }
    },
    due(now, most) {
      const due: Entry[] = [];
      for (const entry of entries.values()) {
        if (due.length >= most) break;
        if (!entry.connected && entry.next <= now && entry.addresses.length > 0) due.push(entry);
      }
      for (const entry of due) entry.next = Infinity;
      return due;
    },
    forget: (peer) => void entries.delete(peer),
    known: () => [...entries.values()],
    snapshot: () =>
      [...entries.values()].map(({ peer, addresses, port, firstHeard, lastHeard }) => ({
        peer,
        addresses,
        port,
        firstHeard,
        lastHeard,
      })),
    restore(snapshot, wall, now) {
      if (!Array.isArray(snapshot)) return;
      for (const item of snapshot.slice(0, REMEMBERED)) {
        const { peer, addresses, port, firstHeard, lastHeard } = (item ?? {}) as Record<string, unknown>;
        if (typeof peer !== "string" || !Array.isArray(addresses) || typeof port !== "number") continue;
        if (typeof firstHeard !== "number" || typeof lastHeard !== "number") continue;
        const known = addresses.filter((ip) => typeof ip === "string" && canonicalAddress(ip) !== undefined);
        // deno-fmt-ignore
        entries.set(peer, { peer, addresses: known, port, firstHeard, lastHeard: Math.min(lastHeard, wall), connected: false, fresh: false, failures: 0, next: now + (ourTurn(peer) ? 1 : GRACE) });
      }
      tidy(wall);
    },
  };
}
