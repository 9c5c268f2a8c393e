// ARP for addresses that cannot be neighbours.

import assert from "node:assert/strict";
import { arpOutsideLocalNetwork } from "../../detectors/arp-outside-local-network.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_665_150_785;

function ask(orig_h: string, resp_h: string, fields: Partial<RecordOf<"arp">> = {}): RecordOf<"arp"> {
  return record("arp", {
    ts: T,
    operation: "request",
    src_mac: "50:5b:c2:db:c3:17",
    dst_mac: "ff:ff:ff:ff:ff:ff",
    orig_h,
    resp_h,
    orig_hw: "50:5b:c2:db:c3:17",
    resp_hw: "00:00:00:00:00:00",
    ...fields,
  });
}

function isFound(...request: Parameters<typeof ask>): boolean {
  return watch([arpOutsideLocalNetwork], [ask(...request)]).length === 1;
}

proof("arp_outside_local_network", "a host that asks by ARP for a host on the Internet is told", () => {
  const request = ask("192.168.1.15", "69.220.152.0");
  const [found, ...more] = watch([arpOutsideLocalNetwork], [request]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "arp_outside_local_network",
    threat: "low",
    confidence: 0.6,
    attacker: "src ip 192.168.1.15",
    victim: "dst ip 69.220.152.0",
    profile: "192.168.1.15",
    window: 1,
    timestamp: T,
    uids: [request.uid],
    description:
      "192.168.1.15 is sending ARP packet to a destination address outside of local network: 69.220.152.0, " +
      "which cannot answer; its network mask is wrong or its packets are made by hand",
  });
});

twin("arp_outside_local_network", "a host that asks for its neighbours or for another private network is not", () => {
  assert.ok(!isFound("192.168.1.15", "192.168.1.1"));
  assert.ok(!isFound("192.168.1.15", "10.20.30.40"));
  assert.ok(!isFound("10.0.0.9", "172.16.0.1"));
});

Deno.test("addresses are compared, not their text: 192.5.5.241 is no neighbour of 192.168.1.15, nor 19.1.1.1 of 192.88.1.1", () => {
  assert.ok(isFound("192.168.1.15", "192.5.5.241"));
  assert.ok(isFound("19.1.1.1", "192.88.1.1"));
  assert.ok(isFound("1.2.3.4", "17.2.3.4"));
});

Deno.test("hosts with public addresses have neighbours with public addresses", () => {
  assert.ok(!isFound("147.32.83.156", "147.32.80.9"));
  assert.ok(isFound("147.32.83.156", "69.220.152.0"));
});

Deno.test("special addresses, groups, link-local addresses and answers are nobody outside", () => {
  assert.ok(!isFound("0.0.0.0", "69.220.152.0"));
  assert.ok(!isFound("192.168.1.15", "0.0.0.0"));
  assert.ok(!isFound("192.168.1.15", "255.255.255.255"));
  assert.ok(!isFound("192.168.1.15", "224.0.0.251"));
  assert.ok(!isFound("192.168.1.15", "169.254.3.4"));
  assert.ok(!isFound("192.168.1.15", "69.220.152.0", { operation: "reply" }));
});

Deno.test("every such request is told", () => {
  const requests = [1, 2, 3].map((host) => ask("192.168.1.15", `69.220.152.${host}`));
  assert.equal(watch([arpOutsideLocalNetwork], [...requests, ...requests]).length, 6);
});
