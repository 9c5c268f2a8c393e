// The small tables of the SQLite home: sensors, hosts, windows, and what peers and services say.

import type { StatementSync } from "node:sqlite";
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

type Row = Record<string, string | number | bigint | null>;
type Sql = (text: string) => StatementSync;

/** A run begins, goes on or has ended: its sensor is heard of. */
export function putSensor(sql: Sql, { sensor, version, input, id, began }: StoredRun, now: number): void {
  sql(
    `INSERT INTO sensors VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version,
     input = excluded.input, run = excluded.run, last = max(last, excluded.last)`,
  ).run(sensor, version, input, id, began, now);
}

/** The small things of one writing by a run. */
export function putFacts(
  sql: Sql,
  run: { readonly number: number; readonly sensor: string },
  { hosts = [], windows = [], peers, opinions = [], answers = [] }: Writing,
): void {
  putHosts(sql, run.sensor, hosts);
  const window = sql(
    `INSERT INTO windows VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ts = max(ts, excluded.ts),
     score = excluded.score, threshold = excluded.threshold`,
  );
  for (const { profile, window: number, timestamp, score, threshold } of windows) {
    window.run(run.number, profile, number, timestamp, score, threshold);
  }
  if (peers !== undefined) {
    sql("DELETE FROM peers WHERE sensor = ?").run(run.sensor);
    const insert = sql("INSERT OR REPLACE INTO peers VALUES (?, ?, ?, ?, ?, ?)");
    for (const { peer, address, trust, connected, since } of peers) {
      insert.run(run.sensor, peer, address, trust, connected ? 1 : 0, since);
    }
  }
  const opinion = sql("INSERT OR REPLACE INTO opinions VALUES (?, ?, ?, ?, ?, ?)");
  for (const { ip, score, confidence, voices, at } of opinions) {
    opinion.run(ip, run.sensor, score, confidence, voices, at);
  }
  const answer = sql("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)");
  for (const { question, at, until, data } of answers) answer.run(question, at, until, JSON.stringify(data));
}

function putHosts(sql: Sql, sensor: string, hosts: readonly HostChange[]): void {
  const insert = sql(
    `INSERT INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     hostname = ifnull(excluded.hostname, hostname), mac = ifnull(excluded.mac, mac),
     first = min(first, excluded.first), last = max(last, excluded.last),
     connections = connections + excluded.connections, bytes = bytes + excluded.bytes`,
  );
  for (const { ip, hostname, mac, first, last, connections, bytes } of hosts) {
    insert.run(ip, sensor, hostname ?? null, mac ?? null, first, last, connections, bytes);
  }
}

export function readSensors(sql: Sql): StoredSensor[] {
  return (sql("SELECT * FROM sensors ORDER BY name").all() as Row[]).map((row) => ({
    name: String(row["name"]),
    version: String(row["version"]),
    input: String(row["input"]),
    run: String(row["run"]),
    first: Number(row["first"]),
    last: Number(row["last"]),
  }));
}

export function readHosts(sql: Sql, { profile, sensor, from, to, limit }: Selection): StoredHost[] {
  const rows = sql(
    `SELECT *,
       (SELECT count(*) FROM evidence WHERE profile = ip AND scored = 1 AND
          run IN (SELECT number FROM runs WHERE runs.sensor = hosts.sensor)) AS evidence,
       (SELECT count(*) FROM alerts WHERE profile = ip AND updates IS NULL AND
          run IN (SELECT number FROM runs WHERE runs.sensor = hosts.sensor)) AS alerts
     FROM hosts WHERE last >= ? AND first <= ?${profile === undefined ? "" : " AND ip = ?"}${
      sensor === undefined ? "" : " AND sensor = ?"
    } ORDER BY last DESC, ip, sensor LIMIT ?`,
  ).all(
    from ?? -Infinity,
    to ?? Infinity,
    ...[profile, sensor].filter((one) => one !== undefined),
    Math.min(limit, Number.MAX_SAFE_INTEGER),
  ) as Row[];
  return rows.map((row): StoredHost => ({
    sensor: String(row["sensor"]),
    ip: String(row["ip"]),
    hostname: row["hostname"] === null ? undefined : String(row["hostname"]),
    mac: row["mac"] === null ? undefined : String(row["mac"]),
    first: Number(row["first"]),
    last: Number(row["last"]),
    connections: Number(row["connections"]),
    bytes: Number(row["bytes"]),
    evidence: Number(row["evidence"]),
    alerts: Number(row["alerts"]),
  }));
}

export function windowOf(row: Row, run: string): StoredWindow {
  return {
    run,
    profile: String(row["profile"]),
    window: Number(row["window"]),
    timestamp: Number(row["ts"]),
    score: Number(row["score"]),
    threshold: Number(row["threshold"]),
  };
}

export function readPeers(sql: Sql): StoredPeer[] {
  return (sql("SELECT * FROM peers ORDER BY sensor, trust DESC, peer").all() as Row[]).map((row) => ({
    sensor: String(row["sensor"]),
    peer: String(row["peer"]),
    address: String(row["address"]),
    trust: Number(row["trust"]),
    connected: Number(row["connected"]) === 1,
    since: Number(row["since"]),
  }));
}

export function readOpinions(sql: Sql, ip: string): StoredOpinion[] {
  return (sql("SELECT * FROM opinions WHERE ip = ? ORDER BY sensor").all(ip) as Row[]).map((row) => ({
    sensor: String(row["sensor"]),
    ip: String(row["ip"]),
    score: Number(row["score"]),
    confidence: Number(row["confidence"]),
    voices: Number(row["voices"]),
    at: Number(row["at"]),
  }));
}

export function readAnswer(sql: Sql, question: string, now: number): StoredAnswer | undefined {
  const row = sql("SELECT * FROM answers WHERE question = ? AND until > ?").get(question, now) as Row | undefined;
  if (row === undefined) return undefined;
  return {
    question: String(row["question"]),
    at: Number(row["at"]),
    until: Number(row["until"]),
    data: JSON.parse(String(row["data"])),
  };
}
