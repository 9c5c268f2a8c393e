// Port 0 at either end, and protocols for which 0 is no port.

import assert from "node:assert/strict";
import { port0 } from "../../detectors/port-0.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { conn, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

function flow(fields: Partial<RecordOf<"conn">>): RecordOf<"conn"> {
  return conn({ orig_h: "10.0.0.5", resp_h: "93.184.216.34", conn_state: "S0", ...fields });
}

proof("port_0_connection", "who sends from port 0 made his packets by hand", () => {
  const probe = flow({ orig_p: 0, resp_p: 80 });
  assert.deepEqual(watch([port0], [probe]).map(told), [{
    type: "port_0_connection",
    threat: "high",
    confidence: 0.8,
    attacker: "src ip 10.0.0.5",
    victim: "dst ip 93.184.216.34",
    profile: "10.0.0.5",
    window: 1,
    timestamp: probe.ts,
    uids: [probe.uid],
    proto: "tcp",
    src_port: 0,
    dst_port: 80,
    description: "Connection on port 0 from 10.0.0.5:0 to 93.184.216.34:80",
  }]);
});

Deno.test("when the other end has port 0, the other end is the odd one and the host is warned of it", () => {
  const probe = flow({ orig_p: 40_000, resp_p: 0, proto: "udp" });
  assert.deepEqual(watch([port0], [probe]).map(told), [{
    type: "port_0_connection",
    threat: "high",
    confidence: 0.8,
    attacker: "dst ip 93.184.216.34",
    victim: "src ip 10.0.0.5",
    profile: "10.0.0.5",
    window: 1,
    timestamp: probe.ts,
    uids: [probe.uid],
    proto: "udp",
    src_port: 40_000,
    dst_port: 0,
    description: "Connection on port 0 from 10.0.0.5:40000 to 93.184.216.34:0",
  }]);
});

Deno.test("port 0 at both ends is the source's doing; IPv6 addresses stand in brackets", () => {
  const [found] = watch([port0], [flow({ orig_h: "2001:db8::5", resp_h: "2001:db8::6", orig_p: 0, resp_p: 0 })]);
  assert.equal(found!.attacker.value, "2001:db8::5");
  assert.equal(found!.description, "Connection on port 0 from [2001:db8::5]:0 to [2001:db8::6]:0");
});

twin("port_0_connection", "port 1 is a port, and ICMP's zeros, GRE and multicast groups are no ports", () => {
  const innocent = [
    flow({ orig_p: 1, resp_p: 1 }),
    flow({ proto: "icmp", orig_p: 0, resp_p: 0 }),
    flow({ proto: "ipv6-icmp", orig_p: 8, resp_p: 0 }),
    flow({ proto: "igmp", orig_p: 0, resp_p: 0 }),
    flow({ proto: "unknown_transport", orig_p: 0, resp_p: 0 }),
    flow({ proto: "udp", orig_p: 0, resp_h: "224.0.0.251" }),
  ];
  assert.deepEqual(watch([port0], innocent), []);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(watch([port0], [flow({ resp_p: 0 })], { direction: "all" }).length, 1);
});
