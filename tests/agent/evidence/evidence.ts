// Evidence for tests: ordinary where nothing is said.

import type { Evidence } from "../../../agent/evidence/evidence.ts";

/** Unix seconds: 2024-05-06T07:00:00Z. */
export const START = 1_714_978_800;

let told = 0;

/** One piece of evidence with an id of its own. */
export function evidenceOf(parts: Partial<Evidence> = {}): Evidence {
  const number = ++told;
  return {
    id: `00000000-0000-5000-8000-${String(number).padStart(12, "0")}`,
    type: "unknown_port",
    detector: "unknown-port",
    threat: "high",
    confidence: 1,
    attacker: { direction: "src", kind: "ip", value: "192.168.1.7" },
    victim: { direction: "dst", kind: "ip", value: "203.0.113.9" },
    profile: "192.168.1.7",
    hostname: undefined,
    window: 1,
    timestamp: START + 60,
    count: 1,
    count_before: 0,
    since: parts.timestamp ?? START + 60,
    victims: 1,
    mixed: false,
    uids: ["CwTLJM1KZJrqZJ7Ego"],
    proto: "tcp",
    src_port: 49152,
    dst_port: 4444,
    method: "Heuristic",
    description: "Connection to unknown destination port 4444/tcp of 203.0.113.9",
    related: [],
    ...parts,
  };
}
