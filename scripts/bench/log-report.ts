// What reading logs of a million lines costs, from start to end, as rows of a table.

import type { Cost } from "./measure.ts";
import { LINES, type LogName, logs } from "./logs.ts";

/** What each log is, and the goal in seconds of wall time on two cores. */
const WHAT: Readonly<Record<LogName, readonly [what: string, goal: number]>> = {
  "conn.tsv.log": ["Zeek's conn.log, tab-separated", 6],
  "conn.json.log": ["Zeek's conn.log, JSON", 6],
  "eve.json": ["Suricata's eve.json", 10],
};

export const LOG_HEAD = ["a million lines of", "size", "wall", "processor", "peak memory", "lines a second", "goal"];

/** A row for each log; `run` analyses a file so many times. */
export async function logRows(
  run: (log: string, times: number) => Promise<Cost>,
  repetitions: number,
  say: (sentence: string) => void,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [name, path] of Object.entries(logs(say)) as [LogName, string][]) {
    const [what, goal] = WHAT[name];
    say(`smartshield: ${name}`);
    const { wall, processor, peak } = await run(path, repetitions);
    rows.push([
      what,
      `${((await Deno.stat(path)).size / 1e6).toFixed(0)} MB`,
      `${wall.toFixed(2)} s`,
      `${processor.toFixed(2)} s`,
      `${(peak / 1e6).toFixed(0)} MB`,
      `${(LINES / wall / 1e6).toFixed(2)} million`,
      `${goal} s`,
    ]);
  }
  return rows;
}
