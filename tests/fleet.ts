// A fleet for tests: a Redis of its own, a sensor that is fed a capture piece by piece, and those who judge.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type RedisServer, type ServerProgram, SERVERS, startServer } from "./agent/store/redis-server.ts";
import { type Outcome, PROGRAM, ROOT } from "./program.ts";
import { until } from "./until.ts";

/** A program of the fleet. */
export interface Member {
  readonly process: Deno.ChildProcess;
  /** What it has said so far. */
  said(): string;
  /** Waits for its end. */
  end(): Promise<Outcome>;
}

export interface SensorMember extends Member {
  /** Feeds it so many bytes more of its capture; all that is left when not said. */
  feed(bytes?: number): Promise<void>;
}

export interface Scene {
  readonly redis: RedisServer;
  readonly folder: string;
  readonly store: string;
  /** The whitelist of the sensor; empty at first. */
  readonly whitelist: string;
  /** What one process writes of a capture, with the same configuration. */
  alone(out: string, capture: Uint8Array): Promise<void>;
  sensor(out: string, capture: Uint8Array, ...more: string[]): SensorMember;
  detect(name: string, ...more: string[]): Member;
  /** Starts any program as a member. */
  start(command: readonly string[], env?: Record<string, string>): Member;
  /** Batches judged so far in each partition of the run; empty while there is none. */
  judged(): Promise<number[]>;
  /** Partitions that each detect holds, by its name. */
  holders(): Promise<Map<string, number>>;
}

/** Nothing in these tests takes as long. */
const PATIENCE_SECONDS = 60;
/** Partitions of a run. */
export const PARTITIONS = 8;

/** What a fleet has in common. */
export interface Common {
  readonly program?: ServerProgram | undefined;
  /** Options of the server. */
  readonly options?: readonly string[];
  /** Its address for the fleet, with all that has to be done there first; plain TCP when not said. */
  place?(redis: RedisServer): string | Promise<string>;
  /** Asks whoever has the keys; the server when not said. */
  ask?(...words: string[]): Promise<string>;
}

/** Runs a test in a scene; `options` are those of redis-server. */
export function inFleet(options: readonly string[], test: (scene: Scene) => Promise<void>): Promise<void> {
  return inFleetWith({ options }, test);
}

/** The same on another server, or with another way to it. */
export async function inFleetWith(common: Common, test: (scene: Scene) => Promise<void>): Promise<void> {
  const { program = SERVERS[0] ?? "redis-server", options = [] } = common;
  const { place = ({ port }) => `redis://127.0.0.1:${port}` } = common;
  const redis = await startServer(program, ...options);
  const ask = common.ask ?? redis.command;
  const folder = await Deno.makeTempDir();
  const members: Member[] = [];
  const endings: (() => Promise<void>)[] = [];
  const config = join(folder, "fleet.yaml");
  const whitelist = join(folder, "whitelist.yaml");
  await Deno.writeTextFile(whitelist, "whitelist:\n- ip: 203.0.113.9\n");
  // So that those who die are missed soon.
  await Deno.writeTextFile(
    config,
    `fleet: { lease: 1, partitions: ${PARTITIONS} }\nstore: { records: false, sensor: north }\nwhitelist: { files: [${whitelist}] }\n`,
  );
  const store = await place(redis);

  function start(command: readonly string[], env: Record<string, string> = {}): Member {
    const process = new Deno.Command(command[0]!, {
      args: command.slice(1),
      cwd: ROOT,
      env: { NO_COLOR: "1", XDG_STATE_HOME: join(folder, "state"), ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const text = { out: "", err: "" };
    const listen = async (name: "out" | "err", stream: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const piece of stream.pipeThrough(new TextDecoderStream())) text[name] += piece;
    };
    const over = Promise.all([process.status, listen("out", process.stdout), listen("err", process.stderr)]);
    const member: Member = {
      process,
      said: () => text.out + text.err,
      async end() {
        let timer: number | undefined;
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`it does not end:\n${member.said()}`)), PATIENCE_SECONDS * 1000);
        });
        const [{ code }] = await Promise.race([over, late]);
        clearTimeout(timer);
        return { code, ...text };
      },
    };
    members.push(member);
    return member;
  }

  const smartshield = (...words: string[]): string[] => [Deno.execPath(), ...PROGRAM, ...words, "--config", config];

  async function run(): Promise<string | undefined> {
    const id = await ask("SMEMBERS", "{smartshield}:fleet:runs");
    return id === "" ? undefined : `{smartshield}:fleet:run:${id}`;
  }

  async function hash(key: string): Promise<Map<string, string>> {
    const lines = (await ask("HGETALL", key)).split("\n");
    return new Map(Array.from({ length: lines.length >> 1 }, (_, at) => [lines[2 * at]!, lines[2 * at + 1]!]));
  }

  try {
    await test({
      redis,
      folder,
      store,
      whitelist,
      start,
      async alone(out, capture) {
        const words = ["--stdin", "capture", "--quiet", "--store", "none", "--out", join(folder, out)];
        const member = start(smartshield(...words));
        const writer = member.process.stdin.getWriter();
        endings.push(() => writer.close());
        await writer.write(capture);
        await writer.close();
        assert.deepEqual(await member.end(), { code: 0, out: "", err: "" });
      },
      sensor(out, capture, ...more) {
        const words = ["sensor", "--stdin", "capture", "--quiet", "--out", join(folder, out), "--store", store];
        const member = start(smartshield(...words, ...more));
        const writer = member.process.stdin.getWriter();
        let at = 0;
        endings.push(() => writer.close());
        return {
          ...member,
          async feed(bytes = capture.length) {
            const piece = capture.subarray(at, at += bytes);
            await writer.write(piece);
            if (at >= capture.length) await writer.close();
          },
        };
      },
      detect: (name, ...more) =>
        start(smartshield("detect", "--name", name, "--workers", "1", "--store", store, ...more)),
      async judged() {
        const key = await run();
        return key === undefined ? [] : [...(await hash(`${key}:serials`)).values()].map(Number);
      },
      async holders() {
        const key = await run();
        const holders = new Map<string, number>();
        for (const lease of key === undefined ? [] : (await hash(`${key}:leases`)).values()) {
          const name = lease.split(" ")[1]!.split("/")[0]!;
          holders.set(name, (holders.get(name) ?? 0) + 1);
        }
        return holders;
      },
    });
  } catch (error) {
    // What they said may tell why.
    if (error instanceof Error) error.message += members.map((member) => `\n${member.said()}`).join("");
    throw error;
  } finally {
    for (const { process } of members) {
      try {
        // One that was stopped hears nothing else.
        process.kill("SIGKILL");
      } catch { /* it has ended */ }
    }
    for (const end of [...endings, ...members.map(({ process }) => () => process.stdin.close())]) {
      await end().catch(() => {});
    }
    await Promise.all(members.map(({ process }) => process.status));
    await redis.remove();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until something holds of a fleet. */
export function untilFleet(holds: () => boolean | Promise<boolean>): Promise<void> {
  return until(holds, PATIENCE_SECONDS);
}

/** What a run found, as it stands in its files. */
export async function findings(folder: string): Promise<{ log: string; json: string; summary: unknown }> {
  const { run: _, ...summary } = JSON.parse(await Deno.readTextFile(join(folder, "summary.json")));
  return {
    log: await Deno.readTextFile(join(folder, "alerts/alerts.log")),
    json: await Deno.readTextFile(join(folder, "alerts/alerts.json")),
    summary,
  };
}

/** Sees that two runs found the same, byte for byte. */
export async function assertSameFindings(one: string, other: string): Promise<void> {
  const [a, b] = [await findings(one), await findings(other)];
  assert.equal(a.log, b.log);
  assert.equal(a.json, b.json);
}

/** The same, and that they counted the same. */
export async function assertSame(one: string, other: string): Promise<void> {
  await assertSameFindings(one, other);
  assert.deepEqual((await findings(one)).summary, (await findings(other)).summary);
}
