// The store in a Redis (7 or newer, or Valkey), where several agents can share it. What is written at once is one
// transaction (MULTI) on one way there and back.

import type { RedisPlace } from "../place.ts";
import { type Store, type StoredRun, StoreError } from "../store.ts";
import { readBlocks } from "./blocked.ts";
import {
  readAnswer,
  readHosts,
  readOpinions,
  readPeers,
  readSensors,
  readWindows,
  sensorCommands,
  serverTime,
} from "./facts.ts";
import { keysOf, VERSION } from "./keys.ts";
import { connect } from "./link.ts";
import { migrate } from "./migrate.ts";
import { createReader, type RunNames } from "./read.ts";
import { createRecordForgetter } from "./forget-records.ts";
import { forget } from "./retain.ts";
import { commandsOf, knownOf } from "./write.ts";

/** How a run stands in the hash of runs: JSON, in which there is neither NaN nor Infinity. */
interface RunRow extends Omit<StoredRun, "windowWidth" | "origin" | "ended" | "summary"> {
  readonly number: number;
  readonly ended: number | null;
  readonly window_width: number | null;
  readonly origin: number | null;
  readonly summary: unknown;
}

/**
 * Milliseconds in which all arrives that was on its way: Linux sends again what was not acknowledged for some 15 minutes
 * (tcp_retries2).
 */
const LATEST_MILLISECONDS = 3_600_000;

/**
 * Opens the store; `readOnly` makes nothing.
 * @throws {StoreError} when it cannot be used now.
 */
export async function openRedis(place: RedisPlace, options: { readonly readOnly?: boolean } = {}): Promise<Store> {
  const keys = keysOf(place.prefix);
  const probe = options.readOnly ? ["GET", keys.version] : ["SET", keys.version, String(VERSION), "NX"];
  const link = await connect(place, probe);
  try {
    const version = await link.ask("GET", keys.version);
    if (version === null) throw new StoreError(`There is no store at ${place.where} yet: no run has written to it.`);
    if (!(Number(version) <= VERSION)) {
      throw new StoreError(
        `The store ${place.where} was written by a newer smartshield (its keys are version ${version}, this one knows ${VERSION}): use that one, or another prefix.`,
      );
    }
    if (Number(version) < VERSION) {
      if (options.readOnly) {
        throw new StoreError(
          `The store ${place.where} is of an older version: it is brought up to date by the next run into it.`,
        );
      }
      await migrate(link, keys, Number(version), VERSION);
    }
  } catch (error) {
    await link.close();
    throw error;
  }

  /** Numbers of the runs that are written by this connection. */
  const begun = new Set<number>();
  /** By number. */
  const runs = new Map<number, RunRow>();

  async function readRuns(): Promise<RunRow[]> {
    const rows = (await link.ask("HVALS", keys.runs) as string[]).map((text) => JSON.parse(text) as RunRow);
    for (const row of rows) runs.set(row.number, row);
    return rows.sort((a, b) => a.number - b.number);
  }
  async function runNumber(id: string): Promise<{ number: number; sensor: string }> {
    const text = await link.ask("HGET", keys.runs, id);
    if (text === null) throw new StoreError(`There is no run ${id} in ${place.where}.`);
    return JSON.parse(String(text)) as RunRow;
  }
  /** Runs do not change their number: asked once. */
  const numbers = new Map<string, { number: number; sensor: string }>();
  async function numberOf(id: string): Promise<{ number: number; sensor: string }> {
    let known = numbers.get(id);
    if (known === undefined) numbers.set(id, known = await runNumber(id));
    return known;
  }

  async function rowOf(number: number): Promise<RunRow | undefined> {
    if (!runs.has(number)) await readRuns();
    return runs.get(number);
  }
  const names: RunNames = {
    idOf: async (number) => (await rowOf(number))?.id ?? "",
    sensorOf: async (number) => (await rowOf(number))?.sensor ?? "",
    runsOf: async (sensor) => new Set((await readRuns()).filter((row) => row.sensor === sensor).map(({ id }) => id)),
    numberOf: async (id) => (await numberOf(id)).number,
  };
  const reader = createReader(link, keys, names);
  const forgetter = createRecordForgetter(link, keys);

  return {
    async putRun(run) {
      const old = await link.ask("HGET", keys.runs, run.id);
      const number = old === null
        ? Number(await link.ask("INCR", keys.lastRun))
        : (JSON.parse(String(old)) as RunRow).number;
      const row: RunRow = {
        number,
        id: run.id,
        sensor: run.sensor,
        version: run.version,
        input: run.input,
        kind: run.kind,
        began: run.began,
        ended: run.ended ?? null,
        window_width: Number.isFinite(run.windowWidth) ? run.windowWidth : null,
        origin: Number.isFinite(run.origin) ? run.origin : null,
        summary: run.summary ?? null,
      };
      if (!begun.has(number)) await link.ask("INCR", keys.writer(number));
      begun.add(number);
      await link.together([
        ["HSET", keys.runs, run.id, JSON.stringify(row)],
        ["PEXPIRE", keys.writer(number), String(LATEST_MILLISECONDS)],
        ...sensorCommands(keys, run, await serverTime(link)),
      ]);
    },
    async write(writing) {
      const run = await numberOf(writing.run);
      const writer = keys.writer(run.number);
      // What a connection that broke still has on its way may arrive long after we began anew, and must change nothing then.
      const [, known] = await Promise.all([link.ask("WATCH", writer), knownOf(link, keys, run, writing)]);
      await link.together([
        ...commandsOf(keys, run, writing, known),
        ["PEXPIRE", writer, String(LATEST_MILLISECONDS)],
      ]);
    },
    runs: async () =>
      (await readRuns()).map((row): StoredRun => ({
        id: row.id,
        sensor: row.sensor,
        version: row.version,
        input: row.input,
        kind: row.kind,
        began: row.began,
        ended: row.ended ?? undefined,
        windowWidth: row.window_width ?? Infinity,
        origin: row.origin ?? NaN,
        summary: row.summary ?? undefined,
      })),
    now: () => serverTime(link),
    sensors: () => readSensors(link, keys),
    hosts: (selection) => readHosts(link, keys, selection),
    async windows(selection) {
      const { run, sensor } = selection;
      const rows = await readRuns();
      const wanted = new Set(
        rows.filter((row) => (run ?? row.id) === row.id && (sensor ?? row.sensor) === row.sensor)
          .map(({ number }) => number),
      );
      return await readWindows(link, keys, selection, (number) => wanted.has(number), names.idOf);
    },
    peers: () => readPeers(link, keys),
    opinions: (ip) => readOpinions(link, keys, ip),
    blocks: (selection) => readBlocks(link, keys, selection),
    answer: (question) => readAnswer(link, keys, question),
    ...reader,
    async state(name) {
      const text = await link.ask("HGET", keys.state, name);
      return text === null ? undefined : JSON.parse(String(text));
    },
    retain: (retention) => forget(link, keys, forgetter, names.sensorOf, retention),
    close: () => link.close(),
  };
}
