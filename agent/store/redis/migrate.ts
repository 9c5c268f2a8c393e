// How older keys become today's. Each step brings them from the version before to its own: version 1 is the first.

import { uidOf } from "../blocks.ts";
import type { NewRecord } from "../store.ts";
import { hostMember, type Keys } from "./keys.ts";
import type { Command, Link } from "./link.ts";
import { recordCommands } from "./records.ts";
import type { AlertRow } from "./rows.ts";

/** Hosts that are moved at once. */
const STEP = 500;

/** Version 2: what is known of a host is kept by sensor. Until then nobody said whose it was: it goes to the last one. */
async function hostsBySensor(link: Link, keys: Keys): Promise<void> {
  const rows = (await link.ask("HVALS", keys.runs) as string[]).map((text) =>
    JSON.parse(text) as { number: number; sensor: string }
  );
  const { sensor } = rows.reduce((last, row) => row.number > last.number ? row : last, { number: 0, sensor: "" });
  const all = await link.ask("ZRANGE", keys.hosts.last, "0", "-1") as string[];
  const ips = all.filter((member) => !member.includes(" "));
  for (let at = 0; at < ips.length; at += STEP) {
    const some = ips.slice(at, at + STEP);
    const moves = some.flatMap((ip): Command[] => [
      ["RENAME", keys.hostOfAll(ip), keys.host(ip, sensor)],
      ["RENAME", `${keys.hostOfAll(ip)}:scored`, keys.evidence.scored(ip, sensor)],
      ["COPY", keys.alerts.ofHost(ip), keys.alerts.counted(ip, sensor), "REPLACE"],
    ]);
    const there = await link.askAll(moves.map(([, key]) => ["EXISTS", key!]));
    const times = await link.askAll(
      some.flatMap((ip) => [["ZSCORE", keys.hosts.first, ip], ["ZSCORE", keys.hosts.last, ip]]),
    ) as string[];
    await link.together([
      ...moves.filter((_, index) => there[index] === 1),
      ...some.flatMap((ip, index) => [
        ["ZADD", keys.hosts.first, times[2 * index]!, hostMember(ip, sensor)],
        ["ZADD", keys.hosts.last, times[2 * index + 1]!, hostMember(ip, sensor)],
      ]),
      ["ZREM", keys.hosts.first, ...some],
      ["ZREM", keys.hosts.last, ...some],
    ]);
  }
}

/** Records that are moved at once. */
const RECORDS_AT_ONCE = 5000;

/** Version 3: records stand in blocks. Until then each stood in a hash of 512, and in sets of its own. */
async function recordsInBlocks(link: Link, keys: Keys): Promise<void> {
  const old = keys.singleRecords;
  await link.ask("SET", keys.bytes, "0");
  for (;;) {
    const members = await link.ask("ZRANGE", old.byTime, "0", String(RECORDS_AT_ONCE - 1)) as string[];
    if (members.length === 0) return;
    const places = members.map((member) => {
      const [run, ordinal] = member.split(".");
      return { run: Number(run), ordinal: parseInt(ordinal!, 36) };
    });
    const texts = await link.askAll(
      places.map(({ run, ordinal }) => ["HGET", old.hash(run, ordinal), String(ordinal)]),
    ) as (string | null)[];
    const runs = new Map<number, NewRecord[]>();
    const commands: Command[] = [["ZREM", old.byTime, ...members]];
    for (const [at, text] of texts.entries()) {
      if (text === null) continue;
      const { run, ordinal } = places[at]!;
      const { profile, window, record } = JSON.parse(text) as Omit<NewRecord, "ordinal">;
      const begun = runs.get(run);
      if (begun === undefined) runs.set(run, [{ ordinal, profile, window, record }]);
      else begun.push({ ordinal, profile, window, record });
      commands.push(["HDEL", old.hash(run, ordinal), String(ordinal)]);
      if (profile !== undefined) commands.push(["ZREM", old.ofHost(profile), members[at]!]);
      const uid = uidOf(record);
      if (uid !== undefined) commands.push(["SREM", old.byUid(uid), `${uid} ${members[at]!}`]);
    }
    await link.together([
      ...commands,
      ...[...runs].flatMap(([run, records]) =>
        recordCommands(keys, run, records.sort((a, b) => a.ordinal - b.ordinal))
      ),
    ]);
  }
}

/** Alerts that are looked through at once. */
const ALERTS_AT_ONCE = 1000;

/** Version 4: an alert that brings another up to date is no further alert. */
async function countWithoutUpdates(link: Link, keys: Keys): Promise<void> {
  const rows = (await link.ask("HVALS", keys.runs) as string[]).map((text) =>
    JSON.parse(text) as { number: number; sensor: string }
  );
  const sensors = new Map(rows.map(({ number, sensor }) => [String(number), sensor]));
  for (let at = 0;; at += ALERTS_AT_ONCE) {
    const range = [String(at), String(at + ALERTS_AT_ONCE - 1)];
    const members = await link.ask("ZRANGE", keys.alerts.byTime, ...range) as string[];
    if (members.length === 0) return;
    const texts = await link.ask("HMGET", keys.alerts.hash, ...members) as (string | null)[];
    await link.askAll(texts.flatMap((text, index) => {
      const { profile, updates } = text === null
        ? {} as Partial<AlertRow["alert"]>
        : (JSON.parse(text) as AlertRow).alert;
      const member = members[index]!;
      const sensor = sensors.get(member.slice(0, member.indexOf(".")));
      if (profile === undefined || updates === undefined || sensor === undefined) return [];
      return [["ZREM", keys.alerts.counted(profile, sensor), member]];
    }));
  }
}

/** By the version that they start from. */
const MIGRATIONS: Readonly<Record<number, (link: Link, keys: Keys) => Promise<void>>> = {
  1: hostsBySensor,
  2: recordsInBlocks,
  3: countWithoutUpdates,
};

/** Brings the keys from a version to another. */
export async function migrate(link: Link, keys: Keys, from: number, to: number): Promise<void> {
  for (let version = from; version < to; version++) {
    await MIGRATIONS[version]?.(link, keys);
    await link.ask("SET", keys.version, String(version + 1));
  }
}
