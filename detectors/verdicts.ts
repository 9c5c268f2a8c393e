// From what services say of a file or URL to a threat level.

import { THREAT_LEVELS, type ThreatLevel } from "../agent/evidence/evidence.ts";

/** The smallest level whose value is at least the share (0..1) of those who call it malicious; `otherwise` without one. */
export function levelOfShare(share: number | undefined, otherwise: ThreatLevel): ThreatLevel {
  if (share === undefined || !Number.isFinite(share) || share <= 0) return otherwise;
  const levels = Object.entries(THREAT_LEVELS) as [ThreatLevel, number][];
  return levels.find(([, value]) => value >= share)?.[0] ?? "critical";
}
