// ARP replies to everybody, and the ways in which hosts announce themselves without harm.

import assert from "node:assert/strict";
import { unsolicitedArp } from "../../detectors/unsolicited-arp.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const EVERYBODY = "ff:ff:ff:ff:ff:ff";
const NOBODY = "00:00:00:00:00:00";

function shout(fields: Partial<RecordOf<"arp">> = {}): RecordOf<"arp"> {
  return record("arp", {
    ts: 1_665_150_785,
    operation: "reply",
    src_mac: "50:5b:c2:db:c3:17",
    dst_mac: EVERYBODY,
    orig_h: "192.168.1.15",
    resp_h: "192.168.1.15",
    orig_hw: "50:5b:c2:db:c3:17",
    resp_hw: EVERYBODY,
    ...fields,
  });
}

proof("unsolicited_arp", "an ARP reply to everybody that nobody asked for is told", () => {
  const reply = shout();
  const [found, ...more] = watch([unsolicitedArp], [reply]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "unsolicited_arp",
    threat: "low",
    confidence: 0.8,
    attacker: "src ip 192.168.1.15",
    profile: "192.168.1.15",
    window: 1,
    timestamp: 1_665_150_785,
    uids: [reply.uid],
    description: "192.168.1.15 is broadcasting unsolicited ARP: it tells everybody that it is at 50:5b:c2:db:c3:17, " +
      "though nobody asked, and hosts that believe it send their traffic there",
  });
});

twin("unsolicited_arp", "a host that announces its address by a request, or answers the one who asked, is not", () => {
  assert.deepEqual(watch([unsolicitedArp], [shout({ operation: "request", resp_hw: NOBODY })]), []);
  const asker = "08:00:27:00:00:07";
  assert.deepEqual(watch([unsolicitedArp], [shout({ dst_mac: asker, resp_hw: asker })]), []);
  assert.deepEqual(watch([unsolicitedArp], [shout({ resp_hw: asker })]), []);
  assert.deepEqual(watch([unsolicitedArp], [shout({ dst_mac: asker })]), []);
});

Deno.test("a reply without a sender says nothing", () => {
  assert.deepEqual(watch([unsolicitedArp], [shout({ src_mac: NOBODY })]), []);
  assert.deepEqual(watch([unsolicitedArp], [shout({ orig_hw: NOBODY })]), []);
});
