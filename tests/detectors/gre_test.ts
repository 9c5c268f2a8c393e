// GRE tunnels, those found and those that only begin.

import assert from "node:assert/strict";
import { gre } from "../../detectors/gre.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;

function tunnel(action: string, tunnel_type = "Tunnel::GRE"): RecordOf<"tunnel"> {
  return record("tunnel", {
    ts: T,
    orig_h: "192.168.1.10",
    orig_p: 0,
    resp_h: "45.33.32.156",
    resp_p: 0,
    tunnel_type,
    action,
  });
}

const both = {
  threat: "low",
  confidence: 1,
  attacker: "src ip 192.168.1.10",
  victim: "dst ip 45.33.32.156",
  profile: "192.168.1.10",
  window: 1,
  timestamp: T,
};

proof("gre_tunnel", "the end of a GRE tunnel tells that there was one", () => {
  const closed = tunnel("Tunnel::CLOSE");
  assert.deepEqual(watch([gre], [closed]).map(told), [{
    ...both,
    type: "gre_tunnel",
    uids: [closed.uid],
    description: "GRE tunnel from 192.168.1.10 to 45.33.32.156 (Tunnel::CLOSE), which hides the traffic inside",
  }]);
});

proof("gre_scan", "the first packets of one may be a scan for hosts that open tunnels", () => {
  const discovered = tunnel("Tunnel::DISCOVER");
  assert.deepEqual(watch([gre], [discovered]).map(told), [{
    ...both,
    type: "gre_scan",
    uids: [discovered.uid],
    description:
      "GRE scan: 192.168.1.10 sent the first GRE packets to 45.33.32.156, which opens a tunnel or looks for one",
  }]);
});

twin("gre_scan", "a tunnel that is used and closed is no scan", () => {
  assert.deepEqual(watch([gre], [tunnel("Tunnel::CLOSE")]).map(({ type }) => type), ["gre_tunnel"]);
});

twin("gre_tunnel", "tunnels of other kinds are none of GRE", () => {
  for (const type of ["Tunnel::IP", "Tunnel::TEREDO", "Tunnel::VXLAN", "Tunnel::SOCKS"]) {
    assert.deepEqual(watch([gre], [tunnel("Tunnel::DISCOVER", type), tunnel("Tunnel::CLOSE", type)]), [], type);
  }
});
