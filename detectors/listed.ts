// What detectors of threat intelligence have in common: the words about a match, the levels on both ends, and looking back
// when newer intelligence arrives.

import type { Party, ThreatLevel } from "../agent/evidence/evidence.ts";
import type { Match } from "../agent/intel/intel.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import type { Context } from "./contract.ts";
import { keep } from "./keep.ts";

/** All levels: lists may give any. */
export const ANY_LEVEL: readonly ThreatLevel[] = ["info", "low", "medium", "high", "critical"];

/** Lists named in one sentence. */
const LISTS_NAMED = 3;

/** `(listed by feodo-tracker and 2 more: "Emotet"; tags: c2)`, to follow the name of what is listed. */
export function listedBy({ feeds, description, tags, indicator, exact }: Match): string {
  const named = feeds.slice(0, LISTS_NAMED).join(", ");
  const more = feeds.length > LISTS_NAMED ? ` and ${feeds.length - LISTS_NAMED} more` : "";
  const as = exact ? "" : ` by way of ${indicator}`;
  const words = description === "" ? "" : `: "${description}"`;
  return `(listed by ${named}${more}${as}${words}${tags.length === 0 ? "" : `; tags: ${tags.join(", ")}`})`;
}

/**
 * The level for the host of ours that had to do with something listed. Lists are often wrong about a host that shares its
 * address with others, so that their usual level, medium, is low for us; what they call grave is grave for both.
 */
export function ownLevel(level: ThreatLevel): ThreatLevel {
  return level === "medium" ? "low" : level;
}

/** A host as an end of a finding. */
export function host(direction: Party["direction"], value: string): Party {
  return { direction, kind: "ip", value };
}

/** What is remembered of a record for a later look: when, in which record, and between whom. */
export interface Contact {
  ts: number;
  uid: string | undefined;
  orig_h: string;
  orig_p: number | undefined;
  resp_h: string;
  resp_p: number | undefined;
}

/** What is remembered of a connection. */
export interface Connection extends Contact {
  proto: string;
}

/** Contacts that nothing was found in, by what was looked up; none is kept unless newer intelligence may arrive. */
export interface LookBack<C extends Contact> {
  contacts: Map<string, C> | undefined;
}

/**
 * Subjects of one profile and detector remembered for a later look, the newest. Own choice: what a host does in an hour;
 * at about 200 bytes each, 25 kB a host.
 */
export const SUBJECTS_REMEMBERED = 128;

// deno-lint-ignore no-explicit-any
type LookingContext<C extends Contact> = Context<any, LookBack<C>, any>;

/** Judges a contact; true when it was found to be listed. */
export type JudgeContact<C extends Contact> = (contact: C, context: LookingContext<C>) => boolean;

/** Judges a contact, and remembers it by `subject` when nothing is known of it yet but may be later. */
export function look<C extends Contact>(
  subject: string,
  contact: C,
  context: LookingContext<C>,
  judge: JudgeContact<C>,
): void {
  if (judge(contact, context) || !context.intel.mayChange) return;
  remember(subject, contact, context);
}

/**
 * As `look`, of a connection by its responder. Its record is judged as it is, and made a contact only to be remembered:
 * there are more connections than anything else.
 */
export function lookAtConnection(
  record: RecordOf<"conn">,
  context: LookingContext<Connection>,
  judge: JudgeContact<Connection>,
): void {
  if (judge(record, context) || !context.intel.mayChange) return;
  remember(record.resp_h, { ...contactOf(record), proto: record.proto }, context);
}

function remember<C extends Contact>(subject: string, contact: C, { memory }: LookingContext<C>): void {
  keep(memory.contacts ??= new Map(), subject, contact, SUBJECTS_REMEMBERED);
}

/** Judges again what nothing was known of. */
export function lookAgain<C extends Contact>(context: LookingContext<C>, judge: JudgeContact<C>): void {
  const { contacts } = context.memory;
  for (const [subject, contact] of contacts ?? []) if (judge(contact, context)) contacts!.delete(subject);
}

/** A memory with nothing in it. */
export function newLookBack<C extends Contact>(): LookBack<C> {
  return { contacts: undefined };
}

/** What findings about a contact say of their time and their record. */
export function seen({ ts, uid }: Contact): { timestamp: number; uids: readonly string[] } {
  return { timestamp: ts, uids: uid === undefined ? [] : [uid] };
}

/** The ends of a record that belongs to a connection. */
export function contactOf(record: {
  ts: number;
  uid?: string | undefined;
  orig_h: string;
  orig_p?: number | undefined;
  resp_h: string;
  resp_p?: number | undefined;
}): Contact {
  const { ts, uid, orig_h, orig_p, resp_h, resp_p } = record;
  return { ts, uid, orig_h, orig_p, resp_h, resp_p };
}
