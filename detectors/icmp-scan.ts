// ICMP scans: one host asks many whether they are there (echo), what time it is (timestamp) or how large their network is
// (address mask). The dissector, like Zeek's script, counts the hosts and makes a notice of every fifth; this tells them.

import type { EvidenceType } from "../agent/evidence/evidence.ts";
import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/** What the notices' names contain, in the order in which they are tried. */
const SCANS: readonly (readonly [part: string, type: EvidenceType])[] = [
  ["TimestampScan", "icmp_timestamp_scan"],
  ["ICMPAddressScan", "icmp_address_scan"],
  ["AddressMaskScan", "icmp_address_mask_scan"],
];

export const icmpScan = defineDetector({
  name: "icmp-scan",
  summary: "A host sends ICMP questions to many others to learn which are there",
  raises: ["icmp_address_scan", "icmp_timestamp_scan", "icmp_address_mask_scan"],
  techniques: ["T1018"],
  settings: {
    first: {
      value: 5,
      unit: "hosts",
      meaning: "hosts asked at which confidence in a scan begins to grow from 0",
      minimum: 0,
    },
    certain: { value: 255, unit: "hosts", meaning: "hosts asked at which a scan is certain", minimum: 1 },
  },
  on: {
    notice(record, context) {
      const type = SCANS.find(([part]) => record.note.includes(part))?.[1];
      if (type === undefined) return;
      const { first, certain } = context.settings;
      const text = record.msg ?? record.note;
      const hosts = record.n ?? hostsIn(text) ?? first;
      context.raise({
        type,
        threat: "medium",
        confidence: (hosts - first) / (certain - first),
        attacker: { direction: "src", kind: "ip", value: context.profile },
        proto: "icmp",
        description: `${cut(text, TEXT_LENGTH)}, to learn which of them are there`,
      });
    },
  },
});

/** "10.0.0.1 performed ICMP address scan on 25 hosts": 25. */
function hostsIn(text: string): number | undefined {
  const digits = /on (\d{1,9}) hosts/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
