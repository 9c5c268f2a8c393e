// ARP scans: one host asks for the hardware addresses of many others within seconds, which tells it who is there without
// a packet that any firewall would see. The first scan of a host is told at once; what follows is collected for some
// seconds, so that a sweep of a whole network is told in two sentences and not in fifty.

import { defineDetector } from "./contract.ts";
import { addDistinct, countDistinct, type Distinct, scatterAddress } from "./distinct.ts";
import { showUid } from "./shown.ts";

/** What a request says for the hardware address that it asks for (RFC 826). */
const UNKNOWN_HARDWARE = "00:00:00:00:00:00";

/** A host that probes whether an address is free has none itself (RFC 5227 section 1.1). */
const NO_ADDRESS = "0.0.0.0";

/** A scan that is being collected. */
interface Sweep {
  targets: Distinct;
  uids: string[];
  /** Traffic time of the latest request, Unix seconds. */
  last: number;
}

interface Asked {
  /** Addresses asked for within the period, and when last; fewer than the threshold. */
  targets: Map<string, { ts: number; uid: string }>;
  sweep: Sweep | undefined;
}

export const arpScan = defineDetector({
  name: "arp-scan",
  summary: "A host asks by ARP for many neighbours within seconds: it looks who is there",
  raises: {
    arp_scan: {
      meaning: "A host asked by ARP for many neighbours within seconds: it wants to know who is there. That needs no " +
        "open port and passes no firewall, so it is often the first thing an intruder does in a network.",
      threats: ["low"],
      techniques: ["T1018"],
      falsePositives:
        "Network discovery of printers, phones and smart-home hubs, monitoring, and hosts that have just joined " +
        "the network.",
      whatToDo:
        "See whether the host is one that may look around (monitoring, an administrator). If it is a workstation " +
        "or a camera, check what else it did in the same hour: a port scan after it is an attack.",
    },
  },
  settings: {
    targets: {
      value: 5,
      unit: "addresses",
      meaning: "different addresses asked for within the period to be reported",
      minimum: 2,
    },
    period: { value: 30, unit: "seconds", meaning: "period within which they are counted", minimum: 1 },
    collect: {
      value: 10,
      unit: "seconds",
      meaning: "from a host's second scan on, how long its requests are collected into one report",
      minimum: 1,
    },
  },
  memory: () => ({ told: false }),
  windowMemory: (): Asked => ({ targets: new Map(), sweep: undefined }),
  on: {
    arp(record, context) {
      const { operation, orig_h, resp_h, resp_hw, ts, uid } = record;
      if (operation !== "request" || resp_hw !== UNKNOWN_HARDWARE) return;
      // Asking for one's own address announces it (RFC 5227 section 2.3); routers ask for everybody they forward to.
      if (orig_h === NO_ADDRESS || orig_h === resp_h || orig_h === context.network.gateway.ip) return;
      const { settings, windowMemory: asked, memory } = context;
      if (asked.sweep !== undefined) {
        add(asked.sweep, resp_h, ts, uid);
        return;
      }
      const { targets } = asked;
      targets.set(resp_h, { ts, uid });
      for (const [target, seen] of targets) if (ts - seen.ts > settings.period) targets.delete(target);
      if (targets.size < settings.targets) return;
      const sweep: Sweep = { targets: { few: [], many: undefined, level: 0 }, uids: [], last: ts };
      for (const [target, seen] of targets) add(sweep, target, seen.ts, seen.uid);
      targets.clear();
      if (memory.told) {
        asked.sweep = sweep;
        context.after(settings.collect, undefined);
      } else {
        memory.told = true;
        context.raise(finding(context.profile, sweep));
      }
    },
  },
  timer(_note, context) {
    const { sweep } = context.windowMemory;
    context.windowMemory.sweep = undefined;
    if (sweep !== undefined) context.raise(finding(context.profile, sweep));
  },
});

function add(sweep: Sweep, target: string, ts: number, uid: string): void {
  addDistinct(sweep.targets, scatterAddress(target));
  showUid(sweep.uids, uid);
  sweep.last = Math.max(sweep.last, ts);
}

function finding(profile: string, { targets, uids, last }: Sweep) {
  return {
    type: "arp_scan",
    threat: "low",
    confidence: 0.8,
    attacker: { direction: "src", kind: "ip", value: profile },
    timestamp: last,
    uids,
    description: `${profile} is performing an arp scan: it asked for the hardware addresses of ` +
      `${countDistinct(targets)} hosts within seconds, which tells it who is there`,
  } as const;
}
