// A hostile peer: sends messages of one kind of wrong until it has sent all of them, under a new identity each time it is
// cut off, as often as it is let in.

import { generateKeyPair } from "@libp2p/crypto/keys";
import { startHost } from "../../../p2p/host/host.ts";
import { PROTOCOL } from "../../../p2p/protocol/message.ts";
import { encode } from "../../../p2p/protocol/wire.ts";

const [kind = "malformed", total = "100000", hub = "", port = "0", seconds = "20"] = Deno.args;
const hello = encode({ type: "hello", version: 0, kinds: ["ip"] }, 1);
const question = (sequence: number) =>
  encode({ type: "request", request: sequence, indicator: { kind: "ip", value: "10.0.0.9" } }, sequence);
const MESSAGES: Record<string, (at: number) => Uint8Array<ArrayBuffer>> = {
  malformed: () => Uint8Array.of(0, 20, ...crypto.getRandomValues(new Uint8Array(20))),
  oversized: () => new Uint8Array(60_000).fill(0xff),
  replayed: () => question(2),
  early: () => question(1),
  flood: (at) => question(at + 2),
};
const make = MESSAGES[kind]!;
let sent = 0;
let connections = 0;
let refused = 0;
const deadline = performance.now() + 1000 * Number(seconds);
while (sent < Number(total) && performance.now() < deadline) {
  const host = await startHost(
    {
      key: await generateKeyPair("Ed25519"),
      port: 0,
      listen: ["127.0.0.1"],
      connectionKey: undefined,
      maximumPeers: 10,
      maximumPeersPerHost: 10,
      addressAllowed: () => true,
      peerAllowed: () => true,
    },
    [],
    { stream() {}, connected() {}, disconnected() {} },
  );
  try {
    const connection = await host.dial(hub, ["127.0.0.1"], Number(port));
    connections++;
    const stream = await host.open(connection, PROTOCOL);
    if (kind !== "early") stream.send(hello);
    for (let at = 0; sent < Number(total) && stream.status === "open"; at++) {
      sent++;
      if (!stream.send(make(at))) await stream.onDrain({ signal: AbortSignal.timeout(1000) });
      if (at % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } catch {
    refused++;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await host.stop();
}
console.log(JSON.stringify({ kind, sent, connections, refused }));
Deno.exit(0);
