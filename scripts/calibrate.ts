// Chooses the thresholds of the graded scorer on labelled traffic, and says how often both scorers are right:
//
//     deno task calibrate [--write] [--datasets DIRECTORY]
//
// Crafted inputs are made in dist/calibrate/; the field's data sets are used when they lie in ../shared/datasets.
// With --write the tables go into docs/decisions.md.

import { parseArgs } from "node:util";
import { SENSITIVITIES } from "../agent/evidence/graded.ts";
import { hear } from "./calibrate/hear.ts";
import { craftedInputs, fieldInputs } from "./calibrate/inputs.ts";
import { judge } from "./calibrate/judge.ts";
import { type Judged, judgedWindows } from "./calibrate/truth.ts";
import { chooseThresholds, report } from "./calibrate/report.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const PAGE = `${ROOT}docs/decisions.md`;
const BEGIN = "<!-- calibrate: written by deno task calibrate --write -->";
const END = "<!-- calibrate: end -->";

const { values } = parseArgs({ options: { write: { type: "boolean" }, datasets: { type: "string" } } });

const directory = `${ROOT}dist/calibrate`;
await Deno.mkdir(directory, { recursive: true });
const judged: Judged[] = [];
for (const input of [...craftedInputs(), ...fieldInputs(values.datasets ?? `${ROOT}../shared/datasets`)]) {
  const path = input.path ?? `${directory}/${input.name.replaceAll(" ", "-")}.pcap`;
  if (input.make !== undefined) input.make(path);
  const hearing = await hear(path);
  judged.push({ input, windows: judgedWindows(input.truth, hearing, judge(hearing)) });
  console.error(`${input.name}: ${hearing.heard.length} pieces of evidence`);
}

const text = report(judged);
console.log(text);
const chosen = chooseThresholds(judged);
if (Object.entries(SENSITIVITIES).some(([name, points]) => chosen[name as keyof typeof chosen] !== points)) {
  console.log(`\nThe thresholds in agent/evidence/graded.ts should be ${JSON.stringify(chosen)}.`);
}
if (values.write === true) {
  const page = await Deno.readTextFile(PAGE);
  const from = page.indexOf(BEGIN), to = page.indexOf(END);
  if (from < 0 || to < from) {
    console.error(`${PAGE} has no place for the tables: it lacks the marks.`);
    Deno.exit(1);
  }
  await Deno.writeTextFile(PAGE, `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
}
