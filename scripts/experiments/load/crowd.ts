// So many peers in one process, all of them good: each connects to the hub and answers what it is asked.

import { startPeer } from "../../../p2p/peer.ts";
import { p2pSettings } from "../../../p2p/settings.ts";
import { trustSettings } from "../../../p2p/trust/settings.ts";

const [directory = ".", count = "1", hub = "", port = "0"] = Deno.args;
for (let number = 0; number < Number(count); number++) {
  const own = `${directory}/peer-${number}`;
  await Deno.mkdir(own, { recursive: true });
  const peer = await startPeer(
    {
      // Each in a group of its own, so that they do not find each other as well.
      settings: p2pSettings({ port: 23_000 + number, group: `${port} ${number}`, interfaces: ["none"], ask: false }),
      trust: trustSettings(),
      secret: "",
      directory: own,
      protected: [],
    },
    () => {},
    { loopback: true, listen: ["127.0.0.1"], tick: 1000 },
  );
  await peer.dial(hub, ["127.0.0.1"], Number(port));
}
console.log("ready");
