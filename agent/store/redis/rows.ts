// How records, findings and hosts stand in Redis: JSON without what the key and the member already say.

import type { Alert, Evidence } from "../../evidence/evidence.ts";
import type { AnyRecord } from "../../record/schema.ts";
import type { StoredHost } from "../store.ts";
import type { Reply } from "./link.ts";

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

/** A host from its hash and what is counted beside it; undefined when it is not known. */
export function hostOf(ip: string, [fields, first, last, evidence, alerts]: readonly Reply[]): StoredHost | undefined {
  if (first === null || last === null) return undefined;
  const flat = fields as string[];
  const field = (name: string): string | undefined => {
    const at = flat.findIndex((text, index) => index % 2 === 0 && text === name);
    return at < 0 ? undefined : flat[at + 1];
  };
  return {
    ip,
    hostname: field("hostname"),
    mac: field("mac"),
    first: Number(first),
    last: Number(last),
    connections: Number(field("connections") ?? 0),
    bytes: Number(field("bytes") ?? 0),
    evidence: Number(evidence),
    alerts: Number(alerts),
  };
}
