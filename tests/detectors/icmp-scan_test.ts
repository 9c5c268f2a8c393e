// Notices of ICMP scans become evidence that grows surer with the number of hosts.

import assert from "node:assert/strict";
import { icmpScan } from "../../detectors/icmp-scan.ts";
import type { EvidenceType } from "../../agent/evidence/evidence.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
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

/** What is told of a scan of `hosts` hosts. */
function scan(type: EvidenceType, words: string, hosts: number, confidence: number): object {
  return {
    type,
    threat: "medium",
    confidence,
    attacker: "src ip 192.168.1.15",
    profile: SCANNER,
    window: 1,
    timestamp: T,
    uids: [],
    proto: "icmp",
    description: `192.168.1.15 performed ICMP ${words} scan on ${hosts} hosts, to learn which of them are there`,
  };
}

proof("icmp_address_scan", "a notice of 130 hosts asked whether they are there is an address scan, half sure", () => {
  assert.deepEqual(watch([icmpScan], [notice("ICMP::ICMPAddressScan", "address", 130)]).map(told), [
    scan("icmp_address_scan", "address", 130, 0.5),
  ]);
});

proof("icmp_timestamp_scan", "a notice of hosts asked for the time, whichever way it is spelt", () => {
  for (const note of ["ICMP::TimestampScan", "ICMP::ICMPTimestampScan"]) {
    assert.deepEqual(watch([icmpScan], [notice(note, "timestamp", 30)]).map(told), [
      scan("icmp_timestamp_scan", "timestamp", 30, 0.1),
    ]);
  }
});

proof("icmp_address_mask_scan", "a notice of hosts asked for their mask, whichever way it is spelt", () => {
  for (const note of ["ICMP::AddressMaskScan", "ICMP::ICMPAddressMaskScan"]) {
    assert.deepEqual(watch([icmpScan], [notice(note, "address mask", 30)]).map(told), [
      scan("icmp_address_mask_scan", "address mask", 30, 0.1),
    ]);
  }
});

function types(note: string) {
  return watch([icmpScan], [notice(note, "some", 5)]).map(({ type }) => type);
}

twin("icmp_timestamp_scan", "a scan by pings or for masks asks nobody for the time", () => {
  assert.deepEqual([types("ICMP::ICMPAddressScan"), types("ICMP::AddressMaskScan")].flat(), [
    "icmp_address_scan",
    "icmp_address_mask_scan",
  ]);
});

twin("icmp_address_mask_scan", "a scan by pings or for the time asks nobody for a mask", () => {
  assert.deepEqual([types("ICMP::ICMPAddressScan"), types("ICMP::TimestampScan")].flat(), [
    "icmp_address_scan",
    "icmp_timestamp_scan",
  ]);
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

twin("icmp_address_scan", "other notices, of port scans for one, are none of ICMP", () => {
  assert.deepEqual(watch([icmpScan], [notice("Scan::Address_Scan", "", 25), notice("Scan::Port_Scan", "", 25)]), []);
});

Deno.test("the notices of one scan are one finding that grows", () => {
  const notices = [5, 10, 15].map((hosts, n) => notice("ICMP::ICMPAddressScan", "address", hosts, { ts: T + n }));
  const evidence = watch([icmpScan], notices, { folded: true });
  assert.deepEqual(evidence.map(({ count, confidence }) => [count, confidence]), [[1, 0], [2, 0.02], [3, 0.04]]);
});

function asks(type: number, peer: string, at: number, orig_h = SCANNER): RecordOf<"conn"> {
  return {
    kind: "conn",
    ts: T + at,
    uid: `C${at}`,
    orig_h,
    orig_p: type,
    resp_h: peer,
    resp_p: 0,
    proto: "icmp",
    conn_state: "OTH",
  };
}

proof("icmp_address_scan", "where nobody makes notices, connections are counted: every fifth host that is new", () => {
  for (const [from, type, prefix] of [[SCANNER, 8, "192.168.1."], ["2001:db8::15", 128, "2001:db8::2:"]] as const) {
    const pings = Array.from({ length: 22 }, (_, n) => asks(type, `${prefix}${20 + n % 11}`, n, from));
    const evidence = watch([icmpScan], pings);
    assert.deepEqual(evidence.map(({ type, confidence, uids }) => [type, confidence, uids]), [
      ["icmp_address_scan", 0, ["C4"]],
      ["icmp_address_scan", 0.02, ["C9"]],
    ]);
    assert.equal(
      evidence[1]!.description,
      `${from} performed ICMP address scan on 10 hosts, to learn which of them are there`,
    );
  }
  const others = [13, 17].flatMap((type) => Array.from({ length: 5 }, (_, n) => asks(type, `192.168.1.${20 + n}`, n)));
  assert.deepEqual(watch([icmpScan], others).map(({ type }) => type), [
    "icmp_timestamp_scan",
    "icmp_address_mask_scan",
  ]);
});

Deno.test("hosts that are told by notices are not counted again", () => {
  const pings = Array.from({ length: 20 }, (_, n) => asks(8, `192.168.1.${20 + n}`, n));
  const noticed = [...pings.slice(0, 4), notice("ICMP::ICMPAddressScan", "address", 5), ...pings.slice(4)];
  assert.equal(watch([icmpScan], noticed).length, 1);
});

twin("icmp_address_scan", "answers, errors and the neighbours' questions of IPv6 look for nobody", () => {
  const others = [0, 3, 11].flatMap((type) => Array.from({ length: 20 }, (_, n) => asks(type, `192.168.1.${n}`, n)));
  const neighbours = Array.from({ length: 20 }, (_, n) => asks(135, `fe80::${n + 1}`, n, "fe80::15"));
  assert.deepEqual(watch([icmpScan], [...others, ...neighbours]), []);
});

twin("icmp_address_scan", "a machine that pings its gateway and three servers all day looks for nobody", () => {
  const pings = Array.from({ length: 400 }, (_, n) => asks(8, `192.168.1.${1 + n % 4}`, n * 60));
  assert.deepEqual(watch([icmpScan], pings), []);
});
