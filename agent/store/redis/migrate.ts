// How older keys become today's. Each step brings them from the version before to its own: version 1 is the first.

import type { Keys } from "./keys.ts";
import { hostMember } from "./keys.ts";
import type { Command, Link } from "./link.ts";

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

/** By the version that they start from. */
const MIGRATIONS: Readonly<Record<number, (link: Link, keys: Keys) => Promise<void>>> = { 1: hostsBySensor };

/** Brings the keys from a version to another. */
export async function migrate(link: Link, keys: Keys, from: number, to: number): Promise<void> {
  for (let version = from; version < to; version++) {
    await MIGRATIONS[version]?.(link, keys);
    await link.ask("SET", keys.version, String(version + 1));
  }
}
