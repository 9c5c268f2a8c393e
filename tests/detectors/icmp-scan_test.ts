// Notices of ICMP scans become evidence that grows surer with the number of hosts.

import assert from "node:assert/strict";
import { icmpScan } from "../../detectors/icmp-scan.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { watch } from "./harness.ts";
import { told } from "./told.ts";

const T = 1_664_459_365;
const SCANNER = "192.168.1.15";

function notice(
  note: string,
  words: string,
  hosts: number,
  fields: Partial<RecordOf<"notice">> = {},
): RecordOf<"notice"> {
  const msg = `${SCANNER} performed ICMP ${words} scan on ${hosts} hosts`;
  return { kind: "notice", ts: T, note, msg, src: SCANNER, n: hosts, ...fields };
}

Deno.test("a notice of 130 hosts asked whether they are there is an address scan, half sure", () => {
  const [found, ...more] = watch([icmpScan], [notice("ICMP::ICMPAddressScan", "address", 130)]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "icmp_address_scan",
    threat: "medium",
    confidence: 0.5,
    attacker: "src ip 192.168.1.15",
    profile: SCANNER,
    window: 1,
    timestamp: T,
    uids: [],
    proto: "icmp",
    description: "192.168.1.15 performed ICMP address scan on 130 hosts, to learn which of them are there",
  });
});

Deno.test("timestamp and address mask scans are told apart, whichever way their notices are spelt", () => {
  const types = (note: string) => watch([icmpScan], [notice(note, "some", 5)]).map(({ type }) => type);
  assert.deepEqual(types("ICMP::TimestampScan"), ["icmp_timestamp_scan"]);
  assert.deepEqual(types("ICMP::ICMPTimestampScan"), ["icmp_timestamp_scan"]);
  assert.deepEqual(types("ICMP::AddressMaskScan"), ["icmp_address_mask_scan"]);
  assert.deepEqual(types("ICMP::ICMPAddressMaskScan"), ["icmp_address_mask_scan"]);
});

Deno.test("confidence goes from 0 at 5 hosts to 1 at 255", () => {
  const confidence = (hosts: number, fields = {}) =>
    watch([icmpScan], [notice("ICMP::ICMPAddressScan", "address", hosts, fields)])[0]!.confidence;
  assert.equal(confidence(5), 0);
  assert.equal(confidence(10), 0.02);
  assert.equal(confidence(255), 1);
  assert.equal(confidence(300), 1);
  // Without the field the text tells it; without either one is not sure at all.
  assert.equal(confidence(130, { n: undefined }), 0.5);
  assert.equal(confidence(130, { n: undefined, msg: "many hosts were asked" }), 0);
});

Deno.test("other notices, of port scans for one, are none of ICMP", () => {
  assert.deepEqual(watch([icmpScan], [notice("Scan::Address_Scan", "", 25), notice("Scan::Port_Scan", "", 25)]), []);
});
