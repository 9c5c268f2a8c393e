// The peer's thread: a peer, and the wire to main. It may use its port, multicast DNS, the local network, the list of
// interfaces and its state directory, and nothing else (p2p/thread.ts says how).

import { InputError } from "../agent/errors.ts";
import { CommandError } from "./commands.ts";
import type { FromPeer, ToPeer } from "./messages.ts";
import { type Peer, startPeer } from "./peer.ts";

const main = globalThis as unknown as {
  postMessage(message: FromPeer): void;
  onmessage: ((event: MessageEvent<ToPeer>) => void) | null;
};
const tell = (message: FromPeer): void => main.postMessage(message);

let peer: Peer | undefined;
/** Milliseconds that it may take to leave. */
const LEAVE_MILLISECONDS = 1500;

/**
 * After a mistake of ours that nobody caught: a thread that just died would keep its port until the program ends (Deno 2.7),
 * and the next one could not listen there. So it leaves in order.
 */
async function leave(event: Event, error: unknown): Promise<void> {
  event.preventDefault();
  try {
    await Promise.race([peer?.stop(), new Promise((resolve) => setTimeout(resolve, LEAVE_MILLISECONDS))]);
  } finally {
    tell({ say: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}
globalThis.addEventListener("error", (event) => void leave(event, event.error));
globalThis.addEventListener("unhandledrejection", (event) => void leave(event, event.reason));

// What is said before the peer stands waits for it.
let settle!: (peer: Peer | undefined) => void;
const standing = new Promise<Peer | undefined>((resolve) => settle = resolve);

async function start(message: Extract<ToPeer, { say: "start" }>): Promise<void> {
  for (const host of message.unneeded) await Deno.permissions.revoke({ name: "net", host });
  try {
    peer = await startPeer(message.start, tell);
    settle(peer);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    tell({ say: "refused", sentence: error.message });
    settle(undefined);
  }
}

async function command(peer: Peer, id: number, name: string, words: readonly string[]): Promise<void> {
  try {
    tell({ say: "answer", id, result: await peer.command(name, words) });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    tell({ say: "answer", id, problem: error.message });
  }
}

main.onmessage = async ({ data }) => {
  if (data.say === "start") return void await start(data);
  const peer = await standing;
  if (peer === undefined) return;
  switch (data.say) {
    case "seen":
      return peer.seen(data.addresses);
    case "found":
      return peer.found(data.finding, data.share);
    case "protect":
      return peer.protect(data.ip, data.reason);
    case "command":
      return void await command(peer, data.id, data.command, data.words);
    case "stop":
      await peer.stop();
      return tell({ say: "stopped", counters: peer.counters() });
  }
};
