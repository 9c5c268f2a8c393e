// The small things in the Redis home: sensors, hosts, windows, and what peers and services say.

import type {
  HostChange,
  Selection,
  StoredAnswer,
  StoredHost,
  StoredOpinion,
  StoredPeer,
  StoredRun,
  StoredSensor,
  StoredWindow,
  Writing,
} from "../store.ts";
import { hostMember, type Keys, readHostMember } from "./keys.ts";
import type { Command, Link, Reply } from "./link.ts";

/** Hosts and members asked for at once. */
const PER_PAGE = 500;

/** What a hash of windows holds under "run.window", and one of opinions under the sensor. */
type WindowRow = Pick<StoredWindow, "score" | "threshold" | "timestamp">;
type OpinionRow = Omit<StoredOpinion, "sensor" | "ip">;

/** Unix seconds by the server's clock, which all sensors share. */
export async function serverTime(link: Link): Promise<number> {
  const [seconds, micros] = await link.ask("TIME") as string[];
  return Number(seconds) + Number(micros) / 1e6;
}

/** A run begins, goes on or has ended: its sensor is heard of. */
export function sensorCommands(keys: Keys, { sensor, version, input, id, began }: StoredRun, now: number): Command[] {
  const row = { version, input, run: id };
  return [
    ["HSET", keys.sensors.rows, sensor, JSON.stringify(row)],
    ["ZADD", keys.sensors.first, "NX", String(began), sensor],
    ["ZADD", keys.sensors.last, "GT", String(now), sensor],
  ];
}

/** The small things of one writing by a run, to be done together. */
export function factCommands(
  keys: Keys,
  { number, sensor }: { readonly number: number; readonly sensor: string },
  { hosts = [], windows = [], peers, opinions = [], answers = [] }: Writing,
): Command[] {
  return [
    ...hosts.flatMap((host) => hostCommands(keys, sensor, host)),
    ...windows.flatMap(({ profile, window, timestamp, score, threshold }): Command[] => {
      const row: WindowRow = { score, threshold, timestamp };
      const field = `${number}.${window}`;
      return [
        ["HSET", keys.windows.ofHost(profile), field, JSON.stringify(row)],
        ["ZADD", keys.windows.byTime, "GT", String(timestamp), `${field} ${profile}`],
      ];
    }),
    ...peers === undefined ? [] : [
      ["DEL", keys.peers(sensor)],
      ...peers.map(({ peer, ...row }) => ["HSET", keys.peers(sensor), peer, JSON.stringify(row)]),
    ],
    ...opinions.flatMap(({ ip, score, confidence, voices, at }): Command[] => {
      const row: OpinionRow = { score, confidence, voices, at };
      return [
        ["HSET", keys.opinions.ofHost(ip), sensor, JSON.stringify(row)],
        ["ZADD", keys.opinions.byTime, String(at), hostMember(ip, sensor)],
      ];
    }),
    ...answers.map(({ question, at, until, data }) => [
      ...["SET", keys.answer(question), JSON.stringify({ at, data })],
      ...["EXAT", String(Math.ceil(until))],
    ]),
  ];
}

function hostCommands(keys: Keys, sensor: string, change: HostChange): Command[] {
  const { ip, hostname, mac, first, last, connections, bytes } = change;
  const key = keys.host(ip, sensor);
  return [
    ["ZADD", keys.hosts.first, "LT", String(first), hostMember(ip, sensor)],
    ["ZADD", keys.hosts.last, "GT", String(last), hostMember(ip, sensor)],
    ["HINCRBY", key, "connections", String(connections)],
    ["HINCRBY", key, "bytes", String(Math.round(bytes))],
    ...hostname === undefined ? [] : [["HSET", key, "hostname", hostname]],
    ...mac === undefined ? [] : [["HSET", key, "mac", mac]],
  ];
}

export async function readSensors(link: Link, keys: Keys): Promise<StoredSensor[]> {
  const flat = await link.ask("HGETALL", keys.sensors.rows) as string[];
  const names = flat.filter((_, at) => at % 2 === 0);
  const times = await link.askAll(
    names.flatMap((name) => [["ZSCORE", keys.sensors.first, name], ["ZSCORE", keys.sensors.last, name]]),
  );
  return names.map((name, at): StoredSensor => ({
    name,
    ...JSON.parse(flat[2 * at + 1]!) as Pick<StoredSensor, "version" | "input" | "run">,
    first: Number(times[2 * at]),
    last: Number(times[2 * at + 1]),
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}

export async function readHosts(link: Link, keys: Keys, selection: Selection): Promise<StoredHost[]> {
  const { profile, sensor, from = -Infinity, to = Infinity, limit } = selection;
  const found: StoredHost[] = [];
  const fits = (host: StoredHost): boolean =>
    host.first <= to && host.last >= from && (sensor === undefined || host.sensor === sensor);
  if (profile !== undefined) {
    const names = (await readSensors(link, keys)).map(({ name }) => name);
    const all = await hostsOf(link, keys, names.map((name) => hostMember(profile, name)));
    return all.filter(fits).sort((a, b) => b.last - a.last).slice(0, limit);
  }
  const page = Math.min(limit, PER_PAGE);
  for (let offset = 0; found.length < limit; offset += page) {
    const bounds = ["+inf", String(from).replace("Infinity", "inf")];
    const members = await link.ask(
      ...["ZREVRANGEBYSCORE", keys.hosts.last, ...bounds, "LIMIT", String(offset), String(page)],
    ) as string[];
    found.push(...(await hostsOf(link, keys, members)).filter(fits));
    if (members.length < page) break;
  }
  return found.slice(0, limit);
}

/** Replies for one host. */
const PER_HOST = 5;

async function hostsOf(link: Link, keys: Keys, members: readonly string[]): Promise<StoredHost[]> {
  const asked = members.map(readHostMember);
  const replies = await link.askAll(asked.flatMap(({ ip, sensor }, at) => [
    ["HGETALL", keys.host(ip, sensor)],
    ["ZSCORE", keys.hosts.first, members[at]!],
    ["ZSCORE", keys.hosts.last, members[at]!],
    ["ZCARD", keys.evidence.scored(ip, sensor)],
    ["ZCARD", keys.alerts.counted(ip, sensor)],
  ]));
  return asked.flatMap(({ ip, sensor }, at) =>
    hostOf(ip, sensor, replies.slice(PER_HOST * at, PER_HOST * (at + 1))) ?? []
  );
}

/** A host from its hash and what is counted beside it; undefined when it is not known. */
function hostOf(
  ip: string,
  sensor: string,
  [fields, first, last, evidence, alerts]: readonly Reply[],
): StoredHost | undefined {
  if (first === null || last === null) return undefined;
  const flat = fields as string[];
  const field = (name: string): string | undefined => {
    const at = flat.findIndex((text, index) => index % 2 === 0 && text === name);
    return at < 0 ? undefined : flat[at + 1];
  };
  return {
    sensor,
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

/** Windows that fit, in the order of their times; the newest of them. */
export async function readWindows(
  link: Link,
  keys: Keys,
  { profile, window, from = -Infinity, to = Infinity, limit }: Selection,
  fits: (run: number) => boolean,
  idOf: (run: number) => Promise<string>,
): Promise<StoredWindow[]> {
  const members = profile === undefined
    ? await link.ask("ZRANGE", keys.windows.byTime, "0", "-1") as string[]
    : (await link.ask("HKEYS", keys.windows.ofHost(profile)) as string[]).map((field) => `${field} ${profile}`);
  const wanted = members.map((member) => {
    const [, run, number, ip] = /^(\d+)\.(-?\d+) (.*)$/.exec(member) ?? [];
    return { run: Number(run), window: Number(number), profile: ip ?? "" };
  }).filter((one) => fits(one.run) && (window === undefined || one.window === window));
  const texts = await link.askAll(
    wanted.map((one) => ["HGET", keys.windows.ofHost(one.profile), `${one.run}.${one.window}`]),
  ) as (string | null)[];
  const found: StoredWindow[] = [];
  for (const [at, text] of texts.entries()) {
    if (text === null) continue;
    const row = JSON.parse(text) as WindowRow;
    if (row.timestamp >= from && row.timestamp <= to) {
      found.push({ ...wanted[at]!, ...row, run: await idOf(wanted[at]!.run) });
    }
  }
  return found.sort((a, b) => a.timestamp - b.timestamp || a.window - b.window).slice(-limit);
}

export async function readPeers(link: Link, keys: Keys): Promise<StoredPeer[]> {
  const sensors = await readSensors(link, keys);
  const replies = await link.askAll(sensors.map(({ name }) => ["HGETALL", keys.peers(name)])) as string[][];
  return sensors.flatMap(({ name }, at) => {
    const flat = replies[at]!;
    return flat.flatMap((peer, index): StoredPeer[] =>
      index % 2 === 0
        ? [{ sensor: name, peer, ...JSON.parse(flat[index + 1]!) as Omit<StoredPeer, "sensor" | "peer"> }]
        : []
    ).sort((a, b) => b.trust - a.trust || (a.peer < b.peer ? -1 : 1));
  });
}

export async function readOpinions(link: Link, keys: Keys, ip: string): Promise<StoredOpinion[]> {
  const flat = await link.ask("HGETALL", keys.opinions.ofHost(ip)) as string[];
  return flat.flatMap((sensor, at): StoredOpinion[] =>
    at % 2 === 0 ? [{ sensor, ip, ...JSON.parse(flat[at + 1]!) as OpinionRow }] : []
  ).sort((a, b) => a.sensor < b.sensor ? -1 : 1);
}

export async function readAnswer(link: Link, keys: Keys, question: string): Promise<StoredAnswer | undefined> {
  const key = keys.answer(question);
  const [text, until] = await link.askAll([["GET", key], ["EXPIRETIME", key]]);
  if (typeof text !== "string" || typeof until !== "number") return undefined;
  return { question, until, ...JSON.parse(text) as Pick<StoredAnswer, "at" | "data"> };
}

/** What is to go when a window's time has come, or an opinion's. */
export function forgetFactCommands(keys: Keys, of: "windows" | "opinions", members: readonly string[]): Command[] {
  return [
    ["ZREM", keys[of].byTime, ...members],
    ...members.map((member) => {
      const space = member.indexOf(" ");
      const [first, second] = [member.slice(0, space), member.slice(space + 1)];
      return of === "windows"
        ? ["HDEL", keys.windows.ofHost(second), first]
        : ["HDEL", keys.opinions.ofHost(first), second];
    }),
  ];
}
