// The store in one SQLite file: nothing to install, nothing to run beside. In WAL mode, so that whoever reads does not
// keep the agent from writing.

import type { StatementSync } from "node:sqlite";
import type { Alert, Evidence } from "../../evidence/evidence.ts";
import {
  type Selection,
  type Store,
  type StoredAlert,
  type StoredEvidence,
  type StoredRun,
  StoreError,
  type Writing,
} from "../store.ts";
import { searchRecords } from "../search.ts";
import { putBlocks, readBlocks } from "./blocked.ts";
import { putFacts, putSensor, readAnswer, readHosts, readOpinions, readPeers, readSensors, windowOf } from "./facts.ts";
import { closeDatabase, openDatabase, type SqliteOptions, storeError } from "./open.ts";
import { createRecordForgetter } from "./forget-records.ts";
import { putRecords, recordHome } from "./records.ts";
import { retain } from "./retain.ts";

type Row = Record<string, string | number | bigint | null>;

/**
 * Opens the file, makes it when it is not there, and brings older tables up to date.
 * @throws {StoreError} when that is not possible.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): Store {
  const database = openDatabase(path, options);
  const statements = new Map<string, StatementSync>();
  const runRows = new Map<string, { number: number; sensor: string }>();
  const forgetter = createRecordForgetter(sql, transaction);

  /** A statement, made once. */
  function sql(text: string): StatementSync {
    let statement = statements.get(text);
    if (statement === undefined) statements.set(text, statement = database.prepare(text));
    return statement;
  }

  /** Does something; what SQLite complains about is said with the file's name. */
  function use<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(storeError(path, error));
    }
  }

  /** All of it or nothing. */
  function transaction(work: () => void): void {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      // A full disk has ended the transaction already.
      try {
        database.exec("ROLLBACK");
      } catch { /* nothing left to undo */ }
      throw error;
    }
  }

  function runRow(id: string): { number: number; sensor: string } {
    let known = runRows.get(id);
    if (known === undefined) {
      const row = sql("SELECT number, sensor FROM runs WHERE id = ?").get(id) as Row | undefined;
      if (row === undefined) throw new StoreError(`There is no run ${id} in ${path}.`);
      runRows.set(id, known = { number: Number(row["number"]), sensor: String(row["sensor"]) });
    }
    return known;
  }

  function putEvidence(run: number, all: readonly StoredEvidence[]): void {
    const insert = sql(
      `INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET threat = excluded.threat,
       confidence = excluded.confidence, ts = excluded.ts, count = excluded.count, data = excluded.data
       WHERE excluded.count >= count`,
    );
    const link = sql("INSERT OR IGNORE INTO evidence_records VALUES (?, ?, ?)");
    for (const { ordinal, evidence } of all) {
      const { id, type, threat, confidence, profile, window, timestamp, count, attacker, whitelisted } = evidence;
      const scored = attacker.direction === "src" && whitelisted === undefined ? 1 : 0;
      const data = JSON.stringify(evidence);
      insert.run(run, id, ordinal, type, threat, confidence, profile, window, timestamp, count, scored, data);
      for (const uid of evidence.uids) link.run(run, id, uid);
    }
  }

  function putAlerts(run: number, all: readonly StoredAlert[]): void {
    const insert = sql("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const link = sql("INSERT OR IGNORE INTO alert_evidence VALUES (?, ?, ?)");
    for (const { ordinal, alert } of all) {
      const { id, profile, window, timestamp, score, confidence, evidence, updates = null } = alert;
      insert.run(run, id, ordinal, profile, window, timestamp, score, confidence, JSON.stringify(alert), updates);
      for (const one of evidence) link.run(run, id, one);
    }
  }

  /** Rows of a table that fit, in the order of their times; the newest `limit` of them. */
  function select(
    table: string,
    columns: string,
    selection: Selection,
    more: readonly [string, unknown][] = [],
    order = "ordinal",
  ): Row[] {
    const wanted: (readonly [string, unknown])[] = [
      ["profile = ?", selection.profile],
      ["window = ?", selection.window],
      ["ts >= ?", selection.from],
      ["ts <= ?", selection.to],
      ["run = ?", selection.run === undefined ? undefined : runRow(selection.run).number],
      ["run IN (SELECT number FROM runs WHERE sensor = ?)", selection.sensor],
      ...more,
    ];
    const narrowing = wanted.filter(([, value]) => value !== undefined);
    const where = narrowing.length === 0 ? "" : `WHERE ${narrowing.map(([condition]) => condition).join(" AND ")}`;
    const text = `SELECT ${columns} FROM ${table} ${where} ORDER BY ts DESC, ${order} DESC LIMIT ?`;
    const values = narrowing.map(([, value]) => value as string | number);
    return (sql(text).all(...values, Math.min(selection.limit, Number.MAX_SAFE_INTEGER)) as Row[]).reverse();
  }

  const runId = (number: unknown): string =>
    String((sql("SELECT id FROM runs WHERE number = ?").get(Number(number)) as Row | undefined)?.["id"] ?? "");

  /** The ids of a sensor's runs. */
  const runsOf = (sensor: string | undefined): ReadonlySet<string> | undefined =>
    sensor === undefined
      ? undefined
      : new Set((sql("SELECT id FROM runs WHERE sensor = ?").all(sensor) as Row[]).map((row) => String(row["id"])));

  const alertOf = (row: Row): StoredAlert => ({
    run: runId(row["run"]),
    ordinal: Number(row["ordinal"]),
    alert: JSON.parse(String(row["data"])) as Alert,
  });
  const evidenceOf = (row: Row): StoredEvidence => ({
    run: runId(row["run"]),
    ordinal: Number(row["ordinal"]),
    evidence: JSON.parse(String(row["data"])) as Evidence,
  });

  /** What the only id that begins so stands for, in the newest run, or that of a run or a sensor. */
  function byId(
    table: string,
    begin: string,
    { run, sensor }: Pick<Selection, "run" | "sensor"> = {},
  ): Row | undefined {
    const ids = sql(`SELECT DISTINCT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT 2`)
      .all(begin, `${begin}\u{10ffff}`) as Row[];
    const id = ids[0]?.["id"];
    if (id === undefined || (ids.length > 1 && id !== begin)) return undefined;
    return sql(
      `SELECT * FROM ${table} WHERE id = ? AND run = ifnull(?, run)
       AND (? IS NULL OR run IN (SELECT number FROM runs WHERE sensor = ?)) ORDER BY run DESC LIMIT 1`,
    ).get(id, run === undefined ? null : runRow(run).number, sensor ?? null, sensor ?? null) as Row | undefined;
  }

  return {
    putRun: (run) =>
      use(() => {
        sql(
          `INSERT INTO runs (id, sensor, version, input, kind, began, ended, window_width, origin, summary)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, ended = excluded.ended,
           origin = excluded.origin, summary = excluded.summary`,
        ).run(
          run.id,
          run.sensor,
          run.version,
          run.input,
          run.kind,
          run.began,
          run.ended ?? null,
          Number.isFinite(run.windowWidth) ? run.windowWidth : null,
          Number.isFinite(run.origin) ? run.origin : null,
          run.summary === undefined ? null : JSON.stringify(run.summary),
        );
        putSensor(sql, run, Date.now() / 1000);
      }),
    write: (writing: Writing) =>
      use(() =>
        transaction(() => {
          const { records, evidence, alerts, state } = writing;
          const run = runRow(writing.run);
          const { number } = run;
          if (records !== undefined) putRecords(sql, number, records);
          putFacts(sql, run, writing);
          putBlocks(sql, run.sensor, writing.blocks ?? []);
          if (evidence !== undefined) putEvidence(number, evidence);
          if (alerts !== undefined) putAlerts(number, alerts);
          for (const [name, value] of Object.entries(state ?? {})) {
            if (value === undefined) sql("DELETE FROM state WHERE name = ?").run(name);
            else sql("INSERT OR REPLACE INTO state VALUES (?, ?)").run(name, JSON.stringify(value));
          }
        })
      ),
    runs: () =>
      use(() =>
        (sql("SELECT * FROM runs ORDER BY number").all() as Row[]).map((row): StoredRun => ({
          id: String(row["id"]),
          sensor: String(row["sensor"]),
          version: String(row["version"]),
          input: String(row["input"]),
          kind: String(row["kind"]),
          began: Number(row["began"]),
          ended: row["ended"] === null ? undefined : Number(row["ended"]),
          windowWidth: row["window_width"] === null ? Infinity : Number(row["window_width"]),
          origin: row["origin"] === null ? NaN : Number(row["origin"]),
          summary: row["summary"] === null ? undefined : JSON.parse(String(row["summary"])),
        }))
      ),
    now: () => Promise.resolve(Date.now() / 1000),
    sensors: () => use(() => readSensors(sql)),
    hosts: (selection) => use(() => readHosts(sql, selection)),
    windows: (selection) =>
      use(() => select("windows", "*", selection, [], "window").map((row) => windowOf(row, runId(row["run"])))),
    peers: () => use(() => readPeers(sql)),
    opinions: (ip) => use(() => readOpinions(sql, ip)),
    blocks: (selection) => use(() => readBlocks(sql, selection)),
    answer: (question) => use(() => readAnswer(sql, question, Date.now() / 1000)),
    async records(selection) {
      try {
        return await searchRecords(recordHome(sql, runId), selection, runsOf(selection.sensor));
      } catch (error) {
        throw storeError(path, error);
      }
    },
    evidence: (selection) =>
      use(() => select("evidence", "*", selection, [["type = ?", selection.type]]).map(evidenceOf)),
    alerts: (selection) => use(() => select("alerts", "*", selection).map(alertOf)),
    alert: (id, of) =>
      use(() => {
        const row = byId("alerts", id, of);
        return row === undefined ? undefined : alertOf(row);
      }),
    oneEvidence: (id, of) =>
      use(() => {
        const row = byId("evidence", id, of);
        return row === undefined ? undefined : evidenceOf(row);
      }),
    state: (name) =>
      use(() => {
        const row = sql("SELECT value FROM state WHERE name = ?").get(name) as Row | undefined;
        return row === undefined ? undefined : JSON.parse(String(row["value"]));
      }),
    retain: (retention) => use(() => retain(sql, forgetter, retention)),
    close: () =>
      use(() => {
        statements.clear();
        closeDatabase(database, options);
      }),
  };
}
