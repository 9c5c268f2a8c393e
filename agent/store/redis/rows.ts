// How findings stand in Redis: JSON without what the key and the member already say.

import type { Alert, Evidence } from "../../evidence/evidence.ts";

export interface EvidenceRow {
  readonly ordinal: number;
  readonly evidence: Evidence;
}
export interface AlertRow {
  readonly ordinal: number;
  readonly alert: Alert;
}
