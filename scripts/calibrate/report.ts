// From judged windows to thresholds and tables.

import { SENSITIVITIES, type Sensitivity } from "../../agent/evidence/graded.ts";
import { REFERENCE_THRESHOLDS } from "./judge.ts";
import { type Judged, type JudgedWindow, SEEN } from "./truth.ts";

/** Thresholds that are tried. */
const CANDIDATES = [20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 120, 160, 240, 320] as const;

/** The highest score of an innocent window must stay this far below the threshold of `normal`. */
const MARGIN = 1.25;
/** The part of the innocent windows in which `high` may alert. */
const FALSE_AT_HIGH = 0.002;
/** What `low` must still find of what `normal` finds. */
const KEPT_AT_LOW = 0.75;

interface Outcome {
  found: number;
  missed: number;
  falseAlerts: number;
  /** Of the malicious windows in which the host did enough to be seen. */
  seenFound: number;
  seenMissed: number;
}

function outcome(windows: readonly JudgedWindow[], alerted: (window: JudgedWindow) => boolean): Outcome {
  const count = (test: (window: JudgedWindow) => boolean): number => windows.filter(test).length;
  return {
    found: count((window) => window.malicious && alerted(window)),
    missed: count((window) => window.malicious && !alerted(window)),
    falseAlerts: count((window) => !window.malicious && alerted(window)),
    seenFound: count((window) => window.seen && alerted(window)),
    seenMissed: count((window) => window.seen && !alerted(window)),
  };
}

const share = (part: number, rest: number): number => part + rest === 0 ? 1 : part / (part + rest);
const precision = ({ found, falseAlerts }: Outcome): number => share(found, falseAlerts);
const all = (judged: readonly Judged[]): JudgedWindow[] => judged.flatMap(({ windows }) => windows);
const atLeast = (points: number) => ({ graded }: JudgedWindow): boolean => graded >= points;

/**
 * The thresholds by the rules of docs/decisions.md: `normal` is the lowest candidate without a false alert that leaves the
 * most suspicious innocent window a margin; `high` the lowest that alerts on one innocent window in 500; `low` the highest that still
 * finds three quarters of what `normal` finds of those that did enough to be seen.
 */
export function chooseThresholds(judged: readonly Judged[]): Record<Sensitivity, number> {
  const windows = all(judged);
  const innocent = Math.max(0, ...windows.filter(({ malicious }) => !malicious).map(({ graded }) => graded));
  const last = CANDIDATES.at(-1)!;
  const normal = CANDIDATES.find((points) => points >= innocent * MARGIN) ?? last;
  const bearable = windows.filter(({ malicious }) => !malicious).length * FALSE_AT_HIGH;
  const high = CANDIDATES.find((points) => outcome(windows, atLeast(points)).falseAlerts <= bearable) ?? last;
  const { seenFound } = outcome(windows, atLeast(normal));
  const low =
    CANDIDATES.findLast((points) =>
      points >= normal && outcome(windows, atLeast(points)).seenFound >= seenFound * KEPT_AT_LOW
    ) ?? normal;
  return { low, normal, high: Math.min(high, normal) };
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** A Markdown table; the first column is text, the others are numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => i === 0 ? "---" : "---:")), ...rows.map(line)].join("\n");
}

function row(name: string, windows: readonly JudgedWindow[], alerted: (window: JudgedWindow) => boolean): string[] {
  const result = outcome(windows, alerted);
  return [
    name,
    String(result.falseAlerts),
    percent(precision(result)),
    percent(share(result.found, result.missed)),
    percent(share(result.seenFound, result.seenMissed)),
  ];
}

/** The tables of the page. */
export function report(judged: readonly Judged[]): string {
  const windows = all(judged);
  const head = ["scorer", "false alerts", "precision", "recall", `recall of those seen`];
  const graded = (["high", "normal", "low"] as const).map((name) =>
    row(`graded, ${name} (${SENSITIVITIES[name]})`, windows, atLeast(SENSITIVITIES[name]))
  );
  const reference = REFERENCE_THRESHOLDS.map((threshold, place) =>
    row(`reference, ${threshold}`, windows, (window) => window.reference[place]!)
  );
  const candidates = CANDIDATES.map((points) => row(String(points), windows, atLeast(points)));
  const inputs = judged.map(({ input, windows }) => {
    const normal = outcome(windows, atLeast(SENSITIVITIES.normal));
    const other = outcome(windows, ({ reference }) => reference[1]!);
    const malicious = normal.found + normal.missed;
    const innocent = windows.filter((window) => !window.malicious).map((window) => window.graded);
    return [
      `${input.name}: ${input.what}`,
      String(malicious),
      String(windows.length - malicious),
      innocent.length === 0 ? "" : String(Math.round(Math.max(...innocent))),
      `${normal.found} and ${normal.falseAlerts}`,
      `${other.found} and ${other.falseAlerts}`,
    ];
  });
  const missed = judged.filter(({ input, windows }) =>
    input.truth.by === "hosts" &&
    input.truth.malicious.some(({ host }) =>
      !windows.some((window) => window.malicious && window.host === host && window.graded >= SENSITIVITIES.normal)
    )
  ).map(({ input, windows }) => {
    const hosts = input.truth.by === "hosts" ? input.truth.malicious.map(({ host }) => host) : [];
    const quiet = hosts.filter((host) =>
      !windows.some((window) => window.malicious && window.host === host && window.graded >= SENSITIVITIES.normal)
    );
    return `${quiet.join(", ")} (${input.name})`;
  });
  const counts = `${windows.length} windows of hosts: ${
    windows.filter(({ malicious }) => malicious).length
  } malicious, ${
    windows.filter(({ seen }) => seen).length
  } of them with at least ${SEEN} malicious connections ("seen"), and ${
    windows.filter(({ malicious }) => !malicious).length
  } innocent.`;
  return [
    counts,
    table(head, [...graded, ...reference]),
    "The graded scorer at other thresholds:",
    table(["points", ...head.slice(1)], candidates),
    "What was found, and what falsely, by input; the highest score of an innocent window (∞: a conclusive finding):",
    table(["input", "malicious", "innocent", "highest innocent", "graded, normal", "reference, 0.25"], inputs),
    missed.length === 0
      ? "Every host that is known to attack is alerted on at normal sensitivity."
      : `Known to attack, but not alerted on at normal sensitivity: ${missed.join("; ")}.`,
  ].join("\n\n");
}
