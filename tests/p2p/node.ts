// A peer alone in a process, for tests in namespaces: prints what it says as JSON lines; standard arguments are its state
// directory, its group, and addresses that it finds attacking once it is in conversation with two others.
//
//   deno run --allow-all node.ts DIRECTORY GROUP [ADDRESS ...]

import { startPeer } from "../../p2p/peer.ts";
import { p2pSettings } from "../../p2p/settings.ts";
import { trustSettings } from "../../p2p/trust/settings.ts";
import { attack } from "./company.ts";

const [directory = ".", group = "", ...found] = Deno.args;
const peer = await startPeer(
  { settings: p2pSettings({ group }), trust: trustSettings(), secret: "", directory, protected: [] },
  (event) => console.log(JSON.stringify(event)),
);
setInterval(() => {
  if (peer.counters()["peers"] === 2) { for (const ip of found) peer.found(attack(ip), 1); }
  void peer.command("list", []).then((list) => console.log(JSON.stringify({ say: "list", list })));
}, 200);
Deno.addSignalListener("SIGINT", () => void peer.stop().then(() => Deno.exit(0)));
