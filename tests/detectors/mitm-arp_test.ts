// A man in the middle by ARP: one network card tells everybody that it is another host.

import assert from "node:assert/strict";
import { mitmArp } from "../../detectors/mitm-arp.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const EVERYBODY = "ff:ff:ff:ff:ff:ff";
const NOBODY = "00:00:00:00:00:00";
const GATEWAY = "192.168.1.1";
const GATEWAY_MAC = "50:5b:c2:00:00:01";
const MALLORY = "192.168.1.66";
const MALLORY_MAC = "08:00:27:66:66:66";

function arp(ts: number, ip: string, mac: string, fields: Partial<RecordOf<"arp">> = {}): RecordOf<"arp"> {
  return record("arp", {
    ts,
    operation: "reply",
    src_mac: mac,
    dst_mac: EVERYBODY,
    orig_h: ip,
    resp_h: ip,
    orig_hw: mac,
    resp_hw: EVERYBODY,
    ...fields,
  });
}

/** An ordinary question of a host for another, from which its address and hardware are learnt. */
function ask(ts: number, ip: string, mac: string): RecordOf<"arp"> {
  return arp(ts, ip, mac, { operation: "request", resp_h: "192.168.1.7", resp_hw: NOBODY });
}

const gatewayKnown = record("notice", { ts: T, note: "DHCP::Gateway_addr_identified", src: GATEWAY });

proof(
  "mitm_arp_attack",
  "a known host that claims, unasked, the gateway's address gets between the gateway and the others",
  () => {
    const claim = arp(T + 9, GATEWAY, MALLORY_MAC);
    const [found, ...more] = watch([mitmArp], [
      gatewayKnown,
      ask(T + 1, GATEWAY, GATEWAY_MAC),
      ask(T + 2, MALLORY, MALLORY_MAC),
      claim,
    ]);
    assert.deepEqual(more, []);
    assert.deepEqual(told(found!), {
      type: "mitm_arp_attack",
      threat: "critical",
      confidence: 0.2,
      attacker: "src ip 192.168.1.1",
      victim: "dst ip 192.168.1.66",
      profile: GATEWAY,
      window: 1,
      timestamp: T + 9,
      uids: [claim.uid],
      description: "192.168.1.1 (the gateway) claims by ARP, unasked, to be at 08:00:27:66:66:66, which belonged to " +
        "192.168.1.66 before: a man in the middle, unless the host has changed its address",
    });
  },
);

twin("mitm_arp_attack", "a host that announces its own address again is no man in the middle", () => {
  assert.deepEqual(watch([mitmArp], [ask(T, MALLORY, MALLORY_MAC), arp(T + 1, MALLORY, MALLORY_MAC)]), []);
});

Deno.test("a network card seen for the first time has taken nothing from anybody", () => {
  assert.deepEqual(watch([mitmArp], [arp(T, MALLORY, MALLORY_MAC)]), []);
});

Deno.test("an answer to somebody who asked, or a question, claims nothing from everybody", () => {
  const known = ask(T, MALLORY, MALLORY_MAC);
  const asker = "08:00:27:00:00:07";
  assert.deepEqual(watch([mitmArp], [known, arp(T + 1, GATEWAY, MALLORY_MAC, { dst_mac: asker, resp_hw: asker })]), []);
  assert.deepEqual(watch([mitmArp], [known, arp(T + 1, GATEWAY, MALLORY_MAC, { operation: "request" })]), []);
});

Deno.test("the older spelling, with nobody as the one who asked, is known too; each claim is told", () => {
  const claims = [1, 2, 3].map((second) => arp(T + second, GATEWAY, MALLORY_MAC, { resp_hw: NOBODY }));
  assert.equal(watch([mitmArp], [ask(T, MALLORY, MALLORY_MAC), ...claims]).length, 3);
});

Deno.test("it says when the hardware or the one who had it before is the gateway's", () => {
  const [found] = watch([mitmArp], [gatewayKnown, ask(T + 1, GATEWAY, GATEWAY_MAC), arp(T + 2, MALLORY, GATEWAY_MAC)]);
  assert.match(
    found!.description,
    /^192\.168\.1\.66 claims .* which belonged to 192\.168\.1\.1 \(the gateway\) before/,
  );
});
