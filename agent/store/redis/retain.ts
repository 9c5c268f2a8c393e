// What the Redis home forgets: old records first, findings and hosts much later.

import { EVIDENCE_KEPT, OPINIONS_KEPT, type Retention } from "../store.ts";
import { forgetFactCommands, serverTime } from "./facts.ts";
import { type Keys, readHostMember, readRecordMember } from "./keys.ts";
import type { Command, Link } from "./link.ts";
import { type AlertRow, type EvidenceRow, type RecordRow, uidMember, uidOf } from "./rows.ts";
import { RECORD_OVERHEAD } from "./write.ts";

/** Members that go at once, so that nobody waits long. */
const STEP = 1000;

/** Forgets what is too old or too much; the number of records that went. */
export async function forget(
  link: Link,
  keys: Keys,
  sensorOf: (run: number) => Promise<string>,
  { seconds, bytes }: Retention,
): Promise<number> {
  const [, time] = await link.ask("ZREVRANGE", keys.records.byTime, "0", "0", "WITHSCORES") as string[];
  const newest = time === undefined ? NaN : Number(time);
  let gone = 0;
  if (Number.isFinite(newest - seconds)) {
    for (let step = STEP; step === STEP; gone += step) step = await forgetRecords(link, keys, newest - seconds);
    const old = newest - EVIDENCE_KEPT * seconds;
    await forgetFindings(link, keys.evidence, old, sensorOf, (text, sensor) => {
      const { id, profile } = (JSON.parse(text) as EvidenceRow).evidence;
      return { id, keys: [keys.evidence.ofHost(profile), keys.evidence.scored(profile, sensor)] };
    });
    await forgetFindings(link, keys.alerts, old, sensorOf, (text, sensor) => {
      const { id, profile } = (JSON.parse(text) as AlertRow).alert;
      return { id, keys: [keys.alerts.ofHost(profile), keys.alerts.counted(profile, sensor)] };
    });
    await forgetFacts(link, keys, "windows", old);
    await forgetHosts(link, keys, old);
  }
  await forgetFacts(link, keys, "opinions", await serverTime(link) - OPINIONS_KEPT);
  const used = async (): Promise<number> => Number(await link.ask("GET", keys.bytes) ?? 0);
  for (let step = 1; step > 0 && await used() > bytes; gone += step) step = await forgetRecords(link, keys, Infinity);
  return gone;
}

async function oldest(link: Link, key: string, before: number): Promise<string[]> {
  const bound = `(${String(before).replace("Infinity", "inf")}`;
  return await link.ask("ZRANGEBYSCORE", key, "-inf", bound, "LIMIT", "0", String(STEP)) as string[];
}

/** The oldest records before a time, a step of them; how many went. */
async function forgetRecords(link: Link, keys: Keys, before: number): Promise<number> {
  const members = await oldest(link, keys.records.byTime, before);
  if (members.length === 0) return 0;
  const places = members.map(readRecordMember);
  const texts = await link.askAll(
    places.map(({ run, ordinal }) => ["HGET", keys.records.hash(run, ordinal), String(ordinal)]),
  ) as (string | null)[];
  const commands: Command[] = [["ZREM", keys.records.byTime, ...members]];
  let bytes = 0;
  for (const [at, text] of texts.entries()) {
    if (text === null) continue;
    const { run, ordinal } = places[at]!;
    const { profile, record } = JSON.parse(text) as RecordRow;
    const uid = uidOf(record);
    commands.push(["HDEL", keys.records.hash(run, ordinal), String(ordinal)]);
    if (uid !== undefined) commands.push(["SREM", keys.records.byUid(uid), uidMember(uid, members[at]!)]);
    if (profile !== undefined) commands.push(["ZREM", keys.records.ofHost(profile), members[at]!]);
    bytes += text.length + RECORD_OVERHEAD;
  }
  await link.together([...commands, ["DECRBY", keys.bytes, String(bytes)]]);
  return members.length;
}

async function forgetFindings(
  link: Link,
  of: Keys["evidence"] | Keys["alerts"],
  before: number,
  sensorOf: (run: number) => Promise<string>,
  read: (text: string, sensor: string) => { id: string; keys: string[] },
): Promise<void> {
  for (let step = STEP; step === STEP;) {
    const members = await oldest(link, of.byTime, before);
    step = members.length;
    if (step === 0) return;
    const texts = await link.ask("HMGET", of.hash, ...members) as (string | null)[];
    const commands: Command[] = [["ZREM", of.byTime, ...members], ["HDEL", of.hash, ...members]];
    for (const [at, text] of texts.entries()) {
      if (text === null) continue;
      const member = members[at]!;
      const run = member.slice(0, member.indexOf("."));
      const { id, keys } = read(text, await sensorOf(Number(run)));
      commands.push(["ZREM", of.byId, `${id}.${run}`]);
      for (const key of keys) commands.push(["ZREM", key, member]);
    }
    await link.together(commands);
  }
}

async function forgetFacts(link: Link, keys: Keys, of: "windows" | "opinions", before: number): Promise<void> {
  for (let step = STEP; step === STEP;) {
    const members = await oldest(link, keys[of].byTime, before);
    step = members.length;
    if (step > 0) await link.together(forgetFactCommands(keys, of, members));
  }
}

async function forgetHosts(link: Link, keys: Keys, before: number): Promise<void> {
  for (let step = STEP; step === STEP;) {
    const members = await oldest(link, keys.hosts.last, before);
    step = members.length;
    if (step === 0) return;
    const hosts = members.map(readHostMember);
    await link.together([
      ["DEL", ...hosts.map(({ ip, sensor }) => keys.host(ip, sensor))],
      ["ZREM", keys.hosts.first, ...members],
      ["ZREM", keys.hosts.last, ...members],
    ]);
  }
}
