// An agent that is killed with SIGKILL at random moments while a log grows, and started again each time; and the same log
// followed by one that nobody kills. What they have kept and told must be the same. The one that is killed may be a sensor,
// with others that judge for it, and that are killed as well or not; the other one is always a process of its own.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { StoredAlert, StoredEvidence, StoredRecord } from "../../agent/store/store.ts";
import { PROGRAM, ROOT } from "../program.ts";
import { until } from "../until.ts";

export interface KillingOptions {
  /** What follows `--store`; undefined for the file in the state directory. */
  readonly store: string | undefined;
  readonly kills: number;
  /** Kills a sensor for which so many judge; with `die`, one of them as well each time. */
  readonly judges?: { readonly count: number; readonly die: boolean } | undefined;
  /** Numbers from 0 to 1 that decide when. */
  readonly random: () => number;
  /** Told of each kill. */
  readonly say?: (sentence: string) => void;
}

/** What an agent has kept and told. */
export interface Kept {
  readonly records: readonly StoredRecord[];
  readonly evidence: readonly StoredEvidence[];
  readonly alerts: readonly StoredAlert[];
  /** Lines of alerts.log and alerts.json. */
  readonly log: readonly string[];
  readonly json: readonly string[];
  readonly runLog: string;
}

export interface Killing {
  /** Lines that were written into the log. */
  readonly lines: number;
  readonly kills: number;
  readonly killed: Kept;
  readonly unharmed: Kept;
}

/** Lines a second, and in one go. */
const RATE = 200;
const AT_ONCE = 10;
/** Milliseconds: the longest life of an agent that will be killed, and the longest wait for something that must happen. */
const LONGEST_LIFE = 8000;
const PATIENCE = 90_000;
/** How many lines make a round. */
const ROUND = 40;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * One line of Zeek's conn.log. In each round of lines one host asks many ports of another, one does what it should not at
 * ports that nobody knows, and the others do nothing.
 */
function line(at: number, began: number): string {
  const place = at % ROUND;
  const scans = place < 20;
  const odd = !scans && place % 4 === 0;
  const ends = scans
    ? { "id.orig_h": "192.168.1.66", "id.resp_h": "192.168.1.10", "id.resp_p": 1 + at % 60_000, conn_state: "REJ" }
    : odd
    ? {
      "id.orig_h": `192.168.1.${20 + at % 3}`,
      "id.resp_h": "45.155.204.87",
      "id.resp_p": 4449 + at,
      conn_state: "SF",
    }
    : { "id.orig_h": `192.168.1.${30 + at % 7}`, "id.resp_h": "93.184.216.34", "id.resp_p": 443, conn_state: "SF" };
  const bytes = scans ? { orig_bytes: 0, resp_bytes: 0 } : { orig_bytes: 500, resp_bytes: 500 };
  const rest = { proto: "tcp", duration: 0.001, orig_pkts: 4, orig_ip_bytes: 700, resp_pkts: 4, resp_ip_bytes: 700 };
  const ids = { ts: began + at / RATE, uid: `C${String(at).padStart(16, "x")}`, "id.orig_p": 20_000 + at % 40_000 };
  return JSON.stringify({ ...ids, ...ends, ...bytes, ...rest, history: scans ? "Sr" : "ShADadFf" });
}

async function linesOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter((one) => one !== "");
}

/** Kills so often, and compares with one that was not killed. Leaves nothing behind. */
export async function killing({ store, kills, judges, random, say = () => {} }: KillingOptions): Promise<Killing> {
  const folder = await Deno.makeTempDir({ prefix: "smartshield-killing-" });
  const [logs, config] = [join(folder, "logs"), join(folder, "my.yaml")];
  await Deno.mkdir(logs);
  await Deno.writeTextFile(config, "follow: { wait_for_others: 0.1, look_every: 0.05 }\nfleet: { lease: 1 }\n");
  const log = join(logs, "conn.log");
  await Deno.writeTextFile(log, "");

  const placeOf = (name: string): string[] => store === undefined ? [] : ["--store", `${store}?prefix=${name}`];

  function start(env: Record<string, string>, ...words: string[]): Deno.ChildProcess {
    const args = [...PROGRAM, ...words, "--quiet", "--config", config];
    return new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stdout: "null", stderr: "null" }).spawn();
  }

  /** An agent of that name, with results and a state of its own. */
  function agent(name: string, ...command: string[]) {
    const env = { NO_COLOR: "1", XDG_STATE_HOME: join(folder, `state-${name}`) };
    const place = placeOf(name);
    return {
      start: () => start(env, ...command, "--read", logs, "--follow", "--out", join(folder, name), ...place),
      /** Whether it has left what another one can go on with. */
      async hasLeft(): Promise<boolean> {
        const left = join(env.XDG_STATE_HOME, "smartshield", "resume");
        const folders = await Array.fromAsync(Deno.readDir(left)).catch(() => []);
        return folders.some(({ name }) => existsSync(join(left, name, "run.json")));
      },
      async show<T>(...words: string[]): Promise<T[]> {
        const args = [...PROGRAM, "show", ...words, "--json", "--limit", "1000000", ...place];
        const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stderr: "null" }).output();
        const text = new TextDecoder().decode(stdout).trimEnd();
        return text === "" ? [] : text.split("\n").map((one) => JSON.parse(one) as T);
      },
      /** How often anything was found. */
      async found(): Promise<number> {
        return (await this.show<StoredEvidence>("evidence")).reduce((sum, { evidence }) => sum + evidence.count, 0);
      },
      async end(program: Deno.ChildProcess, lines: number): Promise<Kept> {
        const until = performance.now() + PATIENCE;
        while ((await this.show("flows")).length < lines && performance.now() < until) await pause(500);
        // And until all of them are judged, and what was found is there.
        for (
          let before = -1, now = 0;
          now !== before && performance.now() < until;
          before = now, now = await this.found()
        ) {
          await pause(2000);
        }
        program.kill("SIGINT");
        await program.status;
        const alerts = join(folder, name, "alerts");
        return {
          records: await this.show("flows"),
          evidence: await this.show("evidence"),
          alerts: await this.show("alerts"),
          log: await linesOf(join(alerts, "alerts.log")),
          json: await linesOf(join(alerts, "alerts.json")),
          runLog: await Deno.readTextFile(join(folder, name, "run.log")),
        };
      },
    };
  }

  /** Those who judge for the one that is killed. */
  const judging: Deno.ChildProcess[] = [];
  let judgesSoFar = 0;
  function startJudge(): void {
    const words = ["--name", `judge-${++judgesSoFar}`, "--workers", "1"];
    judging.push(start({ NO_COLOR: "1" }, "detect", ...words, ...placeOf("killed")));
  }
  async function kill(program: Deno.ChildProcess): Promise<void> {
    program.kill("SIGKILL");
    await program.status;
  }

  const began = Math.floor(Date.now() / 1000);
  let lines = 0;
  const writing = setInterval(() => {
    let text = "";
    for (let left = AT_ONCE; left > 0; left--) text += `${line(lines++, began)}\n`;
    Deno.writeTextFileSync(log, text, { append: true });
  }, 1000 * AT_ONCE / RATE);
  try {
    const victim = agent("killed", ...judges === undefined ? [] : ["sensor"]);
    for (let count = judges?.count ?? 0; count > 0; count--) startJudge();
    for (let time = 1; time <= kills; time++) {
      const program = victim.start();
      // The first one lives until there is something to go on with, however busy the machine is.
      if (time === 1) await until(victim.hasLeft, PATIENCE / 1000);
      const life = random() * LONGEST_LIFE;
      const killed = pause(life).then(() => kill(program));
      if (judges?.die === true) {
        await pause(random() * LONGEST_LIFE);
        await kill(judging.shift()!);
        startJudge();
      }
      await killed;
      say(`kill ${time} after ${Math.round(life)} ms, with ${lines} lines written`);
    }
    const last = victim.start();
    await pause(LONGEST_LIFE);
    clearInterval(writing);
    const killed = await victim.end(last, lines);
    const other = agent("unharmed");
    const unharmed = await other.end(other.start(), lines);
    return { lines, kills, killed, unharmed };
  } finally {
    clearInterval(writing);
    await Promise.all(judging.map(kill));
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is wrong with what the killed one has kept and told; nothing, if all is well. */
export function faults({ lines, killed, unharmed }: Killing): string[] {
  const wrong: string[] = [];
  const expect = (what: string, is: number, wanted: number): void => {
    if (is !== wanted) wrong.push(`${what}: ${is} instead of ${wanted}`);
  };
  const uids = killed.records.map(({ record }) => "uid" in record ? record.uid : "");
  expect("records", killed.records.length, lines);
  expect("different records", new Set(uids).size, lines);
  expect("ends cut short", killed.runLog.split("cut short").length - 1, 0);
  expect("runs", new Set(killed.records.map(({ run }) => run)).size, 1);
  const ordinals = killed.records.map(({ ordinal }) => ordinal).sort((a, b) => a - b);
  expect("ordinals out of their place", ordinals.filter((ordinal, at) => ordinal !== at + 1).length, 0);
  const told = (kept: Kept): string[] => kept.evidence.map(({ evidence: { id, count } }) => `${id} ${count}`).sort();
  compare("evidence with its count", told(killed), told(unharmed), wrong);
  const alerts = (kept: Kept): string[] => kept.alerts.map(({ alert: { id } }) => id).sort();
  compare("alerts", alerts(killed), alerts(unharmed), wrong);
  compare("lines of alerts.log", killed.log, unharmed.log, wrong);
  compare("lines of alerts.json", killed.json.map(timeless), unharmed.json.map(timeless), wrong);
  return wrong;
}

/** A line of alerts.json without the time at which it was told: that depends on when a line was read. */
function timeless(text: string): string {
  return text.replace(/"CreateTime":"[^"]*"/, "");
}

function compare(what: string, are: readonly string[], wanted: readonly string[], wrong: string[]): void {
  const count = (all: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
    return counts;
  };
  const [is, should] = [count(are), count(wanted)];
  const missing = [...should].filter(([one, times]) => (is.get(one) ?? 0) < times);
  const surplus = [...is].filter(([one, times]) => (should.get(one) ?? 0) < times);
  for (const [word, some] of [["missing", missing], ["too much", surplus]] as const) {
    if (some.length > 0) wrong.push(`${what}: ${some.length} ${word}, such as ${some[0]![0].slice(0, 400)}`);
  }
}
