// What the Redis home forgets: old records first, findings and hosts much later.

import { EVIDENCE_KEPT, OPINIONS_KEPT, type Retention } from "../store.ts";
import { forgetBlocks } from "./blocked.ts";
import { forgetFactCommands, serverTime } from "./facts.ts";
import { type Keys, readHostMember } from "./keys.ts";
import type { Command, Link } from "./link.ts";
import type { RecordForgetter } from "./forget-records.ts";
import { newestRecord } from "./records.ts";
import type { AlertRow, EvidenceRow } from "./rows.ts";

/** Members that go at once, so that nobody waits long. */
const STEP = 1000;

/** Forgets what is too old or too much, up to `most` records and what has become too old with them; how many went. */
export async function forget(
  link: Link,
  keys: Keys,
  records: RecordForgetter,
  sensorOf: (run: number) => Promise<string>,
  { seconds, from = Infinity, bytes, most = Infinity }: Retention,
): Promise<number> {
  const newest = Number.isFinite(seconds) ? Math.min(await newestRecord(link, keys), from) : NaN;
  const gone = await records.forget(newest - seconds, bytes, most);
  if (Number.isFinite(newest - seconds)) {
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
  const now = await serverTime(link);
  await forgetFacts(link, keys, "opinions", now - OPINIONS_KEPT);
  await forgetBlocks(link, keys, now - EVIDENCE_KEPT * seconds);
  return gone;
}

async function oldest(link: Link, key: string, before: number): Promise<string[]> {
  const bound = `(${String(before).replace("Infinity", "inf")}`;
  return await link.ask("ZRANGEBYSCORE", key, "-inf", bound, "LIMIT", "0", String(STEP)) as string[];
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
