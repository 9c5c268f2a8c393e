// For detectors that only tests know: evidence types with an explanation that says nothing.

import type { Detector } from "../../detectors/contract.ts";
import { type EvidenceType, THREAT_LEVELS, type ThreatLevel } from "../../agent/evidence/evidence.ts";

/** The types, each explained with nothing. */
export function unexplained(...types: EvidenceType[]): Detector["raises"] {
  const nothing = {
    meaning: "",
    threats: Object.keys(THREAT_LEVELS) as ThreatLevel[],
    techniques: [],
    falsePositives: "",
    whatToDo: "",
  };
  return Object.fromEntries(types.map((type) => [type, nothing]));
}
