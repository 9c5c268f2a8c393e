// ICMP scans: one host asks many whether they are there (echo), what time it is (timestamp) or how large their network is
// (address mask). The dissector, like Zeek's script, counts the hosts and makes a notice of every fifth; this tells them. Where
// nobody makes notices (flows, Zeek without the script), the connections are counted here in the same way.

import type { EvidenceType } from "../agent/evidence/evidence.ts";
import { type Context, defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

type Scan = Extract<EvidenceType, `icmp_${string}`>;

/** What the notices' names contain, in the order in which they are tried. */
const SCANS: readonly (readonly [part: string, type: Scan])[] = [
  ["TimestampScan", "icmp_timestamp_scan"],
  ["ICMPAddressScan", "icmp_address_scan"],
  ["AddressMaskScan", "icmp_address_mask_scan"],
];

/** Which scan a question of ICMP may belong to, by its type (RFC 792, RFC 950). */
const QUESTIONS: Readonly<Record<number, Scan>> = {
  8: "icmp_address_scan",
  13: "icmp_timestamp_scan",
  17: "icmp_address_mask_scan",
};
/** The question of ICMPv6 (RFC 4443). */
const ECHO_REQUEST_6 = 128;

const WORDS: Readonly<Record<Scan, string>> = {
  icmp_address_scan: "ICMP address scan",
  icmp_timestamp_scan: "ICMP timestamp scan",
  icmp_address_mask_scan: "ICMP address mask scan",
};

/** New hosts after which a scan is told again, and after which the count begins anew: those of Zeek's script. */
const STEP = 5;
const MAXIMUM_HOSTS = 255;

/** What a host has asked. Plain data. */
interface Asked {
  /** Hosts by scan. */
  hosts: Partial<Record<Scan, Set<string>>>;
  /** Somebody makes notices of this host: what they count is not counted again. */
  isNoticed: boolean;
}

export const icmpScan = defineDetector({
  name: "icmp-scan",
  summary: "A host sends ICMP questions to many others to learn which are there",
  raises: {
    icmp_address_scan: {
      meaning: "A host pinged many others to learn which of them are there, usually before it scans their ports.",
      threats: ["medium"],
      techniques: ["T1018"],
      falsePositives: "Monitoring, network inventories, a gateway that checks its hosts.",
      whatToDo:
        "Ask whether a monitoring or inventory tool runs on the host. If not, look for port scans and logins from " +
        "it in the same hour.",
    },
    icmp_timestamp_scan: {
      meaning:
        "A host asked many others for the time by ICMP, a question that hardly any program has asked for decades " +
        "but scanners do, as it gets through filters that stop pings.",
      threats: ["medium"],
      techniques: ["T1018", "T1124"],
      falsePositives: "Vulnerability scanners of your own.",
      whatToDo:
        "Ask whether a scan was planned. If not, treat the host as a scanner: see what it tried next, and block " +
        "ICMP types 13 and 14 at the border.",
    },
    icmp_address_mask_scan: {
      meaning:
        "A host asked many others for their network mask by ICMP, which has been obsolete since 2013 (RFC 6918): " +
        "a scanner that wants to know how the network is cut.",
      threats: ["medium"],
      techniques: ["T1018", "T1016"],
      falsePositives: "Vulnerability scanners of your own, very old systems.",
      whatToDo:
        "Ask whether a scan was planned. If not, treat the host as a scanner: see what it tried next, and block " +
        "ICMP types 17 and 18 at the border.",
    },
  },
  settings: {
    first: {
      value: 5,
      unit: "hosts",
      meaning: "hosts asked at which confidence in a scan begins to grow from 0",
      minimum: 0,
    },
    certain: { value: 255, unit: "hosts", meaning: "hosts asked at which a scan is certain", minimum: 1 },
  },
  memory: (): Asked => ({ hosts: {}, isNoticed: false }),
  on: {
    notice(record, context) {
      const type = SCANS.find(([part]) => record.note.includes(part))?.[1];
      if (type === undefined) return;
      context.memory.isNoticed = true;
      const text = record.msg ?? record.note;
      tell(type, record.n ?? hostsIn(text), text, context);
    },
    conn(record, context) {
      const { proto, orig_h, orig_p, resp_h } = record;
      if (proto !== "icmp" || context.memory.isNoticed) return;
      const type = QUESTIONS[orig_p === ECHO_REQUEST_6 && orig_h.includes(":") ? 8 : orig_p];
      if (type === undefined || (orig_h.includes(":") && orig_p !== ECHO_REQUEST_6)) return;
      const asked = context.memory.hosts[type] ??= new Set();
      if (asked.has(resp_h)) return;
      asked.add(resp_h);
      if (asked.size % STEP === 0) {
        tell(type, asked.size, `${orig_h} performed ${WORDS[type]} on ${asked.size} hosts`, context);
      }
      if (asked.size >= MAXIMUM_HOSTS) asked.clear();
    },
  },
});

type Ours = Context<{ first: number; certain: number }, Asked, undefined>;

function tell(type: Scan, counted: number | undefined, text: string, context: Ours): void {
  const { first, certain } = context.settings;
  const hosts = counted ?? first;
  context.raise({
    type,
    threat: "medium",
    confidence: (hosts - first) / (certain - first),
    attacker: { direction: "src", kind: "ip", value: context.profile },
    proto: "icmp",
    // Every fifth host is told; they are one scan.
    fold: type,
    description: `${cut(text, TEXT_LENGTH)}, to learn which of them are there`,
  });
}

/** "10.0.0.1 performed ICMP address scan on 25 hosts": 25. */
function hostsIn(text: string): number | undefined {
  const digits = /on (\d{1,9}) hosts/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
