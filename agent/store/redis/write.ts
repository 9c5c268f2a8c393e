// The commands of one writing. What has come before changes nothing when it comes again: a journal may be told twice.

import { blockCommands, type BlockRow, knownBlocks } from "./blocked.ts";
import type { StoredAlert, StoredEvidence, Writing } from "../store.ts";
import { factCommands } from "./facts.ts";
import { findingMember, type Keys } from "./keys.ts";
import type { Command, Link } from "./link.ts";
import { recordCommands } from "./records.ts";
import type { AlertRow, EvidenceRow } from "./rows.ts";

/** What the store has of the findings of a writing, by member. */
export interface Known {
  readonly evidence: ReadonlyMap<string, EvidenceRow>;
  readonly alerts: ReadonlySet<string>;
  readonly blocks: ReadonlyMap<string, BlockRow>;
}

/** Entries that a stream keeps; older ones go. Own choice: some days of a busy network. */
const STREAM_LENGTH = 100_000;
/** Asks what is there already; a run is written by one agent alone, so nobody comes between. */
export async function knownOf(
  link: Link,
  keys: Keys,
  { number: run, sensor }: { readonly number: number; readonly sensor: string },
  { evidence, alerts, blocks = [] }: Writing,
): Promise<Known> {
  const ofEvidence = [...new Set(evidence?.map((one) => findingMember(run, one.evidence.id)) ?? [])];
  const ofAlerts = [...new Set(alerts?.map((one) => findingMember(run, one.alert.id)) ?? [])];
  const rows = ofEvidence.length === 0 ? [] : await link.ask("HMGET", keys.evidence.hash, ...ofEvidence) as string[];
  const told = ofAlerts.length === 0 ? [] : await link.ask("HMGET", keys.alerts.hash, ...ofAlerts) as string[];
  return {
    evidence: new Map(ofEvidence.flatMap((member, at) => {
      const text = rows[at];
      return text === null || text === undefined ? [] : [[member, JSON.parse(text) as EvidenceRow]];
    })),
    alerts: new Set(ofAlerts.filter((_, at) => told[at] !== null)),
    blocks: await knownBlocks(link, keys, sensor, blocks),
  };
}

/** The commands, to be done together. */
export function commandsOf(
  keys: Keys,
  run: { readonly number: number; readonly sensor: string },
  writing: Writing,
  known: Known,
): Command[] {
  return [
    ...recordCommands(keys, run.number, writing.records ?? []),
    ...factCommands(keys, run, writing),
    ...evidenceCommands(keys, run, writing, known),
    ...alertCommands(keys, run, writing, known),
    ...blockCommands(keys, run.sensor, writing.blocks ?? [], known.blocks),
    ...Object.entries(writing.state ?? {}).map(([name, value]) =>
      value === undefined ? ["HDEL", keys.state, name] : ["HSET", keys.state, name, JSON.stringify(value)]
    ),
  ];
}

function evidenceCommands(
  keys: Keys,
  { number, sensor }: { readonly number: number; readonly sensor: string },
  { run, evidence = [] }: Writing,
  known: Known,
): Command[] {
  const rows = new Map(known.evidence);
  return evidence.flatMap(({ ordinal, evidence: one }: StoredEvidence) => {
    const { id, profile, timestamp, attacker, whitelisted } = one;
    const member = findingMember(number, id);
    const before = rows.get(member);
    if (before !== undefined && before.evidence.count >= one.count) return [];
    const row: EvidenceRow = { ordinal: before?.ordinal ?? ordinal, evidence: one };
    rows.set(member, row);
    const at = String(timestamp);
    const scored = attacker.direction === "src" && whitelisted === undefined;
    return [
      ["HSET", keys.evidence.hash, member, JSON.stringify(row)],
      ["ZADD", keys.evidence.byTime, at, member],
      ["ZADD", keys.evidence.byId, "0", `${id}.${number}`],
      ["ZADD", keys.evidence.ofHost(profile), at, member],
      ...scored ? [["ZADD", keys.evidence.scored(profile, sensor), at, member]] : [],
      stream(keys.evidence.stream, { run, sensor, id }, one),
    ];
  });
}

function alertCommands(
  keys: Keys,
  { number, sensor }: { readonly number: number; readonly sensor: string },
  { run, alerts = [] }: Writing,
  known: Known,
): Command[] {
  const told = new Set(known.alerts);
  return alerts.flatMap(({ ordinal, alert }: StoredAlert) => {
    const { id, profile, timestamp, updates } = alert;
    const member = findingMember(number, id);
    if (told.has(member)) return [];
    told.add(member);
    const row: AlertRow = { ordinal, alert };
    const at = String(timestamp);
    return [
      ["HSET", keys.alerts.hash, member, JSON.stringify(row)],
      ["ZADD", keys.alerts.byTime, at, member],
      ["ZADD", keys.alerts.byId, "0", `${id}.${number}`],
      ["ZADD", keys.alerts.ofHost(profile), at, member],
      ...updates === undefined ? [["ZADD", keys.alerts.counted(profile, sensor), at, member]] : [],
      stream(keys.alerts.stream, { run, sensor, id }, alert),
    ];
  });
}

function stream(key: string, { run, sensor, id }: { run: string; sensor: string; id: string }, data: unknown): Command {
  const entry = ["run", run, "sensor", sensor, "id", id, "data", JSON.stringify(data)];
  return ["XADD", key, "MAXLEN", "~", String(STREAM_LENGTH), "*", ...entry];
}
