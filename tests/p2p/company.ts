// Real peers on this machine's loopback interface, for tests: each with a state directory of its own, brought together by
// hand instead of by multicast.

import { join } from "node:path";
import type { OwnFinding } from "../../p2p/findings.ts";
import { type Peer, type PeerEvent, type PeerExtras, startPeer } from "../../p2p/peer.ts";
import { type P2pSettings, p2pSettings } from "../../p2p/settings.ts";
import { type TrustSettings, trustSettings } from "../../p2p/trust/settings.ts";
import { until } from "../until.ts";

export interface Companion {
  readonly peer: Peer;
  readonly directory: string;
  /** What it said so far. */
  readonly events: PeerEvent[];
  /** The reports that it heard. */
  reports(): Extract<PeerEvent, { say: "report" }>[];
  logged(pattern: RegExp): boolean;
}

export interface Company {
  join(changed?: Wishes): Promise<Companion>;
  /** Tells each of the peers where the others are. */
  introduce(...companions: readonly Companion[]): void;
  /** Waits until all of them are in conversation. */
  meet(...companions: readonly Companion[]): Promise<void>;
}

export interface Wishes {
  readonly settings?: Partial<P2pSettings>;
  readonly trust?: Partial<TrustSettings>;
  readonly secret?: string;
  readonly extras?: PeerExtras;
  /** A state directory of an earlier one. */
  readonly directory?: string;
}

/** A TCP port that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** Runs a story with peers, and ends them all. */
async function company(story: (company: Company) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  // Other tests may run at the same time.
  const group = `test ${crypto.randomUUID()}`;
  const all: Companion[] = [];
  try {
    const introduce: Company["introduce"] = (...companions) => {
      for (const one of companions) {
        for (const other of companions) if (one !== other) one.peer.met(other.peer.id, ["127.0.0.1"], other.peer.port);
      }
    };
    await story({
      introduce,
      async join({ settings, trust, secret, extras, directory } = {}) {
        const events: PeerEvent[] = [];
        const own = directory ?? join(home, `peer-${all.length}`);
        await Deno.mkdir(own, { recursive: true });
        const peer = await startPeer(
          {
            settings: p2pSettings({
              port: freePort(),
              group,
              interfaces: ["lo"],
              maximum_peers_per_host: 1000,
              ...settings,
            }),
            trust: trustSettings(trust),
            secret: secret ?? "",
            directory: own,
            protected: [],
          },
          (event) => events.push(event),
          { loopback: true, listen: ["127.0.0.1"], newConnectionsPerSecond: 1000, tick: 20, ...extras },
        );
        const companion: Companion = {
          peer,
          directory: own,
          events,
          reports: () => events.filter((event) => event.say === "report"),
          logged: (pattern) => events.some((event) => event.say === "log" && pattern.test(event.line)),
        };
        all.push(companion);
        return companion;
      },
      async meet(...companions) {
        introduce(...companions);
        await until(() => companions.every(({ peer }) => peer.counters()["peers"] === companions.length - 1));
      },
    });
  } finally {
    await Promise.all(all.map(({ peer }) => peer.stop()));
    await Deno.remove(home, { recursive: true });
  }
}

/** A test with peers. libp2p leaves timers behind that end by themselves, so what is still open is not counted. */
export function peerTest(name: string, story: (company: Company) => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => company(story) });
}

/** A finding of an attack. */
export function attack(ip: string, alert = true): OwnFinding {
  return { indicator: { kind: "ip", value: ip }, score: alert ? 1 : 0.9, confidence: 0.9, alert };
}
