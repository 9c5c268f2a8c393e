// A peer that speaks the protocol with good manners, and lies: it praises attackers and blames the innocent.
//
//   deno run --allow-all liar.ts DIRECTORY PRAISED,… BLAMED,…

import { startPeer } from "../../../p2p/peer.ts";
import { p2pSettings } from "../../../p2p/settings.ts";
import { trustSettings } from "../../../p2p/trust/settings.ts";

const [directory = ".", praised = "", blamed = ""] = Deno.args;
const list = (text: string): string[] => text.split(",").filter((word) => word !== "");

const peer = await startPeer(
  {
    settings: p2pSettings({ enabled: true }),
    trust: trustSettings(),
    secret: "",
    directory,
    protected: [],
  },
  () => {},
);
console.log(peer.id);

const lie = (value: string, score: number): void =>
  peer.found({ indicator: { kind: "ip", value }, score, confidence: 1, alert: false }, 0);
// Again and again, so that nobody who comes later misses it.
setInterval(() => {
  for (const ip of list(praised)) lie(ip, 0.01);
  for (const ip of list(blamed)) lie(ip, 1);
}, 1000);
