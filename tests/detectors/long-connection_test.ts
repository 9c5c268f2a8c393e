// Connections that stay open, and for how long that is nothing special.

import assert from "node:assert/strict";
import { longConnection } from "../../detectors/long-connection.ts";
import { conn, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const SHELL = { orig_h: "10.0.0.5", resp_h: "93.184.216.34", resp_p: 4444 };

proof("long_connection", "a connection of ten hours is a long one", () => {
  const shell = conn({ ...SHELL, duration: 36_000 });
  assert.deepEqual(watch([longConnection], [shell]).map(told), [{
    type: "long_connection",
    threat: "low",
    confidence: 0.42,
    attacker: "src ip 10.0.0.5",
    victim: "dst ip 93.184.216.34",
    profile: "10.0.0.5",
    window: 1,
    timestamp: shell.ts,
    uids: [shell.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 4444,
    description:
      "Long Connection. 10.0.0.5 stayed connected to 93.184.216.34 on destination port 4444/tcp for 600 minutes, as tunnels and remote shells do",
  }]);
});

Deno.test("exactly 25 minutes are not long, a moment more is", () => {
  assert.deepEqual(watch([longConnection], [conn({ ...SHELL, duration: 1500 })]), []);
  assert.deepEqual(watch([longConnection], [conn({ ...SHELL, duration: undefined })]), []);
  const [found] = watch([longConnection], [conn({ ...SHELL, duration: 1500.01 })]);
  assert.equal(found!.confidence, 0.02);
  assert.match(found!.description, /for 25 minutes, as/);
});

Deno.test("longer than a day is as sure as it gets", () => {
  assert.equal(watch([longConnection], [conn({ ...SHELL, duration: 86_400 })])[0]!.confidence, 1);
  assert.equal(watch([longConnection], [conn({ ...SHELL, duration: 400_000 })])[0]!.confidence, 1);
});

twin("long_connection", "multicast streams last as long as they like", () => {
  const stream = { orig_h: "10.0.0.5", proto: "udp", duration: 36_000 };
  assert.deepEqual(watch([longConnection], [conn({ ...stream, resp_h: "239.255.255.250", resp_p: 1900 })]), []);
  assert.deepEqual(watch([longConnection], [conn({ ...stream, resp_h: "ff02::fb", resp_p: 5353 })]), []);
});

Deno.test("D25: with both directions watched it is told once", () => {
  assert.equal(watch([longConnection], [conn({ ...SHELL, duration: 2000 })], { direction: "all" }).length, 1);
});

Deno.test("what is long can be set", () => {
  const options = { settings: { "long-connection": { duration: 60 } } };
  assert.equal(watch([longConnection], [conn({ ...SHELL, duration: 61 })], options).length, 1);
});
