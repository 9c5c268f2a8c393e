// `deno task experiments`: how trust in peers holds up against liars. A simulation, the same for the same seed: every way
// to lie, every fraction of liars, our model beside those of the field and beside no peers at all.
//
//   deno task experiments [--quick] [--json] [--seed 1] [--out FOLDER]
//
// Prints tables and whether each goal was reached; `--json` prints one JSON object instead. `--out` also writes plots (SVG)
// and tables (results.md). `--quick` takes under 40 s. Exit code 1 when a goal was missed.

import { parseArgs } from "node:util";
import { goals } from "./experiments/goals.ts";
import { plots } from "./experiments/plots.ts";
import { run, type Size } from "./experiments/results.ts";
import { markdown, tables } from "./experiments/tables.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--seed needs a whole number from 0 on, not ${JSON.stringify(values.seed)}.`);
  Deno.exit(2);
}
const say = (sentence: string): void => console.error(sentence);

const TENTHS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const QUICK: Size = { seeds: [seed], fractions: [0, 0.4, 0.6, 0.9], rounds: 120 };
const FULL: Size = { seeds: Array.from({ length: 3 }, (_, i) => seed + i), fractions: TENTHS, rounds: 160 };

const results = run(values.quick ? QUICK : FULL, say);
const reached = goals(results);

if (values.out !== undefined) {
  Deno.mkdirSync(values.out, { recursive: true });
  for (const [name, document] of plots(results)) Deno.writeTextFileSync(`${values.out}/${name}`, document);
  Deno.writeTextFileSync(`${values.out}/results.md`, `# Trust in peers: all results\n\n${report()}`);
  say(`Plots and results.md are in ${values.out}.`);
}
if (values.json) console.log(JSON.stringify({ seed, quick: values.quick, goals: reached, results }));
else console.log(report());
if (reached.some((goal) => !goal.reached)) Deno.exit(1);

function report(): string {
  const sections = tables(results).map((table) => `## ${table.title}\n\n${markdown(table)}\n`);
  const rows = reached.map(({ goal, reached, measured }) => [reached ? "PASS" : "FAIL", goal, measured]);
  return [...sections, `## Goals\n\n${markdown({ head: ["", "goal", "measured"], rows })}\n`].join("\n");
}
