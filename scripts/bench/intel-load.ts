// Loads the table of a state directory as a run does, and says how long it took and how much memory it holds. Called by
// intel.ts, in a process of its own.

import { openTable } from "../../agent/intel/table/read.ts";
import { openShelf } from "../../agent/intel/update/shelf.ts";

const shelf = openShelf(Deno.args[0]!);
const times: number[] = [];
const before = Deno.memoryUsage().rss;
let table: SharedArrayBuffer | undefined;
for (let i = 0; i < 5; i++) {
  const began = performance.now();
  table = shelf.table()!;
  openTable(table, { check: true });
  times.push(performance.now() - began);
  if (i === 0) {
    console.log(
      `Loading it: ${times[0]!.toFixed(0)} ms the first time, checksum included; ${
        ((Deno.memoryUsage().rss - before) / 1e6).toFixed(0)
      } MB of memory.`,
    );
  }
}
console.log(`Loading it again: ${Math.min(...times).toFixed(0)} ms.`);
