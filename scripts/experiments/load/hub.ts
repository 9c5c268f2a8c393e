// The peer that is measured, alone in its process: prints its id and port, then answers each line of standard input with
// one of JSON. `{"say":"use"}` gives memory and processor time; `seen` asks about addresses and tells how it went.

import process from "node:process";
import { startPeer } from "../../../p2p/peer.ts";
import { p2pSettings } from "../../../p2p/settings.ts";
import { trustSettings } from "../../../p2p/trust/settings.ts";

const [directory = ".", port = "0"] = Deno.args;
const cpu = process.cpuUsage.bind(process);
let times: number[] = [];
let unanswered = 0;

const peer = await startPeer(
  {
    settings: p2pSettings({
      port: Number(port),
      group: `load ${port}`,
      interfaces: ["lo"],
      maximum_peers: 1000,
      maximum_peers_per_host: 1000,
    }),
    trust: trustSettings(),
    secret: "",
    directory,
    protected: [],
  },
  (event) => {
    if (event.say !== "opinion") return;
    times.push(event.took);
    unanswered += event.asked - event.answered;
  },
  { loopback: true, listen: ["127.0.0.1"], ...Deno.args[2] === "crowd" ? { newConnectionsPerSecond: 1000 } : {} },
);
console.log(JSON.stringify({ id: peer.id, port: peer.port }));

let asked = 0;
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of chunk.split("\n").filter((one) => one !== "")) {
    const { say, count = 0 } = JSON.parse(line) as { say: string; count?: number };
    if (say === "seen") {
      peer.seen(Array.from({ length: count }, () => `10.${asked >> 16}.${asked >> 8 & 255}.${asked++ & 255}`));
    }
    if (say === "forget") times = [];
    const sorted = times.toSorted((a, b) => a - b);
    const { user, system } = cpu();
    console.log(JSON.stringify({
      rss: Deno.memoryUsage().rss / 1e6,
      heap: Deno.memoryUsage().heapUsed / 1e6,
      cpu: (user + system) / 1e6,
      answers: times.length,
      unanswered,
      median: sorted[sorted.length >> 1],
      p99: sorted[Math.floor(sorted.length * 0.99)],
      ...peer.counters(),
    }));
  }
}
