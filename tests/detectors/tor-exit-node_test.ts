// Connections to exits of the Tor network.

import assert from "node:assert/strict";
import { torExitNode } from "../../detectors/tor-exit-node.ts";
import { conn, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const HOST = "192.168.1.10";
const EXIT = "185.220.101.1";
const intel = intelligence([{ name: "tor-exits", kind: "tor_exit", level: "info", lines: EXIT }]);

proof("tor_exit_node", "a connection to an exit is told to the host that made it", () => {
  const connection = conn({ orig_h: HOST, resp_h: EXIT, resp_p: 9001 });
  const [found, ...more] = watch([torExitNode], [connection], { intel });
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "tor_exit_node",
    threat: "info",
    confidence: 1,
    attacker: `dst ip ${EXIT}`,
    victim: `src ip ${HOST}`,
    profile: HOST,
    window: 1,
    timestamp: 1_700_000_000,
    uids: [connection.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 9001,
    description: `Connection from ${HOST} to ${EXIT} on destination port 9001/tcp, an exit of the Tor network`,
  });
});

twin("tor_exit_node", "an address that is listed as malicious but is no exit, and an exit that comes to us", () => {
  const malicious = intelligence([{ lines: "45.9.148.3" }, { kind: "tor_exit", lines: EXIT }]);
  const records = [conn({ orig_h: HOST, resp_h: "45.9.148.3" }), conn({ orig_h: EXIT, resp_h: HOST })];
  assert.deepEqual(watch([torExitNode], records, { intel: malicious }), []);
});
