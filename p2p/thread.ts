// Main's end of the peer's thread: starts it with what it may do, starts it again when it failed, and passes messages.

import manifest from "../deno.json" with { type: "json" };
import type { OwnFinding } from "./findings.ts";
import type { FromPeer, PeerStart, ToPeer } from "./messages.ts";

export interface PeerThread {
  seen(addresses: readonly string[]): void;
  found(finding: OwnFinding, share: number): void;
  protect(ip: string, reason: string): void;
  /** Resolves to the result; rejects with an `Error` whose message is for the user. */
  command(command: string, words: readonly string[]): Promise<unknown>;
  /** Says goodbye to all and ends. */
  stop(): Promise<void>;
}

export interface PeerThreadEvents {
  event(event: Exclude<FromPeer, { say: "answer" | "refused" | "failed" | "stopped" }>): void;
  /** It cannot start or has failed for good; one sentence. */
  failed(sentence: string): void;
  warning(sentence: string): void;
}

/** What the peer needs of the network, in the words of deno.json; it gives up all else that the executable may contact. */
export const PEER_NETWORK: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "0.0.0.0",
  "[::]",
  "224.0.0.251:5353",
  "[ff02::fb]:5353",
];

/** Failures after which it is not started again, and the seconds in which they are counted. */
const FAILURES = 5;
const FAILURES_WITHIN = 600;
/** Milliseconds before a thread that failed is started again. */
const RESTART_PAUSE = 2000;
/** Milliseconds that the goodbyes may take. */
const STOP_TIMEOUT = 1500;

/** Starts the thread. `url` is its entry module. */
export function startPeerThread(url: URL, start: PeerStart, events: PeerThreadEvents): PeerThread {
  const { net } = manifest.permissions.smartshield as { net?: readonly string[] | boolean };
  const unneeded = Array.isArray(net) ? net.filter((host) => !PEER_NETWORK.includes(host)) : [];
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (reason: Error) => void }>();
  const protectedHosts = new Map(start.protected);
  const failures: number[] = [];
  let next = 0;
  let worker: Worker | undefined = launch();
  let stopped: (() => void) | undefined;

  function launch(): Worker {
    // CIDR blocks cannot be given to a worker one by one in Deno 2.7, but they can be inherited.
    const thread = new Worker(url, {
      type: "module",
      name: "peer",
      deno: {
        permissions: { net: "inherit", sys: ["networkInterfaces"], read: [start.directory], write: [start.directory] },
      },
    });
    thread.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    thread.onmessage = ({ data }: MessageEvent<FromPeer>) => {
      switch (data.say) {
        case "answer": {
          const asked = waiting.get(data.id);
          waiting.delete(data.id);
          if (data.problem === undefined) asked?.resolve(data.result);
          else asked?.reject(new Error(data.problem));
          break;
        }
        case "refused":
          end();
          events.failed(data.sentence);
          break;
        case "failed":
          fail(data.reason);
          break;
        case "stopped":
          events.event({ say: "counters", counters: data.counters });
          stopped?.();
          break;
        default:
          events.event(data);
      }
    };
    const settled = { ...start, protected: [...protectedHosts] };
    thread.postMessage({ say: "start", start: settled, unneeded } satisfies ToPeer);
    return thread;
  }

  function end(): void {
    worker?.terminate();
    worker = undefined;
    for (const { reject } of waiting.values()) reject(new Error("The peer network is not running."));
    waiting.clear();
    stopped?.();
  }

  function fail(message: string): void {
    end();
    const now = performance.now() / 1000;
    failures.push(now);
    while (failures.length > 0 && now - failures[0]! > FAILURES_WITHIN) failures.shift();
    if (stopped !== undefined) return;
    if (failures.length >= FAILURES) {
      events.failed(`The peer network failed ${FAILURES} times (${message}) and stays off. Please report this.`);
      return;
    }
    events.warning(`The peer network failed (${message}) and is started again. Please report this.`);
    setTimeout(() => {
      if (stopped === undefined) worker = launch();
    }, RESTART_PAUSE);
  }

  const tell = (message: ToPeer): void => worker?.postMessage(message);

  return {
    seen: (addresses) => tell({ say: "seen", addresses }),
    found: (finding, share) => tell({ say: "found", finding, share }),
    protect(ip, reason) {
      protectedHosts.set(ip, reason);
      tell({ say: "protect", ip, reason });
    },
    command(command, words) {
      if (worker === undefined) return Promise.reject(new Error("The peer network is not running."));
      const id = next++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        tell({ say: "command", id, command, words });
      });
    },
    async stop() {
      if (worker === undefined) {
        stopped = () => {};
        return;
      }
      let timer: number | undefined;
      await Promise.race([
        new Promise<void>((resolve) => {
          stopped = resolve;
          tell({ say: "stop" });
        }),
        new Promise<void>((resolve) => timer = setTimeout(resolve, STOP_TIMEOUT)),
      ]);
      clearTimeout(timer);
      end();
    },
  };
}
