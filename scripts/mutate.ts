// Whether the tests of the detectors would notice a wrong threshold: changes the default of every numeric setting of every
// detector, one at a time, a step up and a step down, runs that detector's tests, and lists the changes that none noticed.
//
//   deno run -A scripts/mutate.ts [DETECTOR …]
//
// All in one process: tests are collected when their file is loaded and run again for every change. Exit code 1 when a
// change survived. What the last run found stands in docs/detections.md.

import { DETECTORS } from "../detectors/index.ts";
import type { Detector, Setting } from "../detectors/contract.ts";
import { mutant, type Mutation } from "../tests/detectors/mutant.ts";

interface Test {
  name: string;
  story: () => void | Promise<void>;
}

/** Up to this a number is changed by one; beyond it by a twentieth, which a test at the threshold itself notices. */
const SMALL = 20;
const PART = 1 / 20;
/** What 0, which means never, is changed to. */
const INSTEAD_OF_NEVER = 5;

/** The values to try instead of a setting's default, within its bounds. */
export function neighbours({ value, minimum = -Infinity, maximum = Infinity }: Setting): number[] {
  if (typeof value !== "number") return [];
  if (value === 0) return [INSTEAD_OF_NEVER];
  const step = !Number.isInteger(value) ? value * PART : value <= SMALL ? 1 : Math.round(value * PART);
  return [value - step, value + step].map((other) => Number(other.toPrecision(12))).filter((other) =>
    other >= minimum && other <= maximum
  );
}

let collected: Test[] = [];

/** Stands for `Deno.test` while test files are loaded. */
function collect(first: unknown, second?: unknown): void {
  if (typeof first === "string" && typeof second === "function") {
    collected.push({ name: first, story: second as Test["story"] });
  } else throw new Error(`a test of a form that is not known here: ${String(first)}`);
}

async function testsOf(detector: Detector): Promise<Test[]> {
  const file = new URL(`../tests/detectors/${detector.name}_test.ts`, import.meta.url);
  collected = [];
  await import(file.href);
  return collected;
}

/** The first test that fails; undefined when all pass. */
async function firstFailure(tests: readonly Test[]): Promise<string | undefined> {
  for (const { name, story } of tests) {
    try {
      await story();
    } catch {
      return name;
    }
  }
  return undefined;
}

/** The changes to a detector's thresholds. */
function mutations({ name, settings }: Detector): Mutation[] {
  return Object.entries(settings as Record<string, Setting>).flatMap(([setting, declared]) =>
    neighbours(declared).map((value) => ({ detector: name, setting, value }))
  );
}

if (import.meta.main) {
  Object.defineProperty(Deno, "test", { value: collect, configurable: true });
  const wanted = Deno.args;
  let tried = 0;
  const survivors: string[] = [];
  for (const detector of DETECTORS) {
    if (wanted.length > 0 && !wanted.includes(detector.name)) continue;
    const changes = mutations(detector);
    if (changes.length === 0) continue;
    const tests = await testsOf(detector);
    mutant.current = undefined;
    const broken = await firstFailure(tests);
    if (broken !== undefined) throw new Error(`${detector.name}: "${broken}" fails without any change`);
    for (const change of changes) {
      mutant.current = change;
      tried++;
      const noticed = await firstFailure(tests);
      if (noticed === undefined) survivors.push(`${change.detector}.${change.setting} = ${change.value}`);
    }
  }
  console.log(`${tried} changed thresholds, ${tried - survivors.length} noticed by a test, ${survivors.length} not`);
  for (const survivor of survivors) console.log(`  ${survivor}`);
  if (survivors.length > 0) Deno.exit(1);
}
