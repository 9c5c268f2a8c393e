// Which results are drawn, and how.

import { CONTESTANTS } from "./contestant.ts";
import { LIES } from "./liars.ts";
import type { Cell, Results } from "./results.ts";
import { type Plot, svg } from "./svg.ts";

/** File names and their SVG documents. */
export function plots(results: Results): Map<string, string> {
  const liars = (title: string, y: string, yRange: [number, number], value: (cell: Cell) => number): Plot => ({
    title,
    x: "peers that lie",
    y,
    xRange: [0, results.size.fractions.at(-1)!],
    yRange,
    xTicks: 3,
    yTicks: 5,
    names: CONTESTANTS,
    columns: 4,
    width: 300,
    xLabel: (x) => `${Math.round(100 * x)} %`,
    panels: LIES.map(({ name }) => ({
      title: name,
      series: CONTESTANTS.map((who) => ({
        name: who,
        points: results.cells.filter((c) => c.scenario === name && c.who === who).map((c) =>
          [c.liars, value(c)] as const
        ),
      })),
    })),
  });
  return new Map([
    [
      "accuracy.svg",
      svg(liars("Accuracy, once peers have been graded", "accuracy", [0.5, 1], ({ lateAccuracy }) => lateAccuracy)),
    ],
    [
      "false-alarms.svg",
      svg(liars(
        "Innocent hosts taken for attackers on the word of peers",
        "share of decisions",
        [0, 0.25],
        ({ falseAlarmRate }) => falseAlarmRate,
      )),
    ],
    [
      "traitor.svg",
      svg({
        title: "Trust in a traitor",
        x: "60 right warnings, 20 lies, 60 right warnings",
        y: "trust",
        xRange: [0, 140],
        yRange: [0, 1],
        xTicks: 7,
        yTicks: 5,
        names: CONTESTANTS,
        columns: 1,
        width: 600,
        panels: [{
          title: "",
          series: results.traitor.map(({ who, course }) => ({
            name: who,
            points: course.map((trust, step) => [step, trust] as const),
          })),
        }],
      }),
    ],
  ]);
}
