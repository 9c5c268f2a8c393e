// How records, findings and hosts stand in Redis: JSON without what the key and the member already say.

import type { Alert, Evidence } from "../../evidence/evidence.ts";
import type { AnyRecord } from "../../record/schema.ts";

export interface RecordRow {
  /** Missing when it shows nobody's behaviour. */
  readonly profile?: string | undefined;
  readonly window: number;
  readonly record: AnyRecord;
}
export interface EvidenceRow {
  readonly ordinal: number;
  readonly evidence: Evidence;
}
export interface AlertRow {
  readonly ordinal: number;
  readonly alert: Alert;
}

export function uidOf(record: AnyRecord): string | undefined {
  return "uid" in record ? record.uid : undefined;
}

/** The member of a set of uids. */
export function uidMember(uid: string, member: string): string {
  return `${uid} ${member}`;
}
