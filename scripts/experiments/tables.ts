// The results as tables that read well on a terminal and in Markdown.

import { BLOCKERS, CONTESTANTS } from "./contestant.ts";
import { LIES } from "./liars.ts";
import type { Cell, Results } from "./results.ts";

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const number = (value: number, digits = 3): string => Number.isFinite(value) ? value.toFixed(digits) : "never";

export function tables(results: Results): Table[] {
  const most = results.size.fractions.at(-1)!;
  return [
    accuracyTable(results, "Accuracy once graded (second half of the run)", ({ lateAccuracy }) => number(lateAccuracy)),
    accuracyTable(results, "Accuracy of the whole run, strangers at first", ({ accuracy }) => number(accuracy)),
    accuracyTable(
      results,
      "Innocent hosts taken for attackers by the peers' word, share of decisions about innocent hosts",
      ({ falseAlarmRate }) => number(falseAlarmRate),
    ),
    accuracyTable(
      results,
      "Rounds until an attacker is found (local-only: when it turns to us)",
      ({ delay }) => number(delay, 1),
    ),
    {
      title: `Harm and trust with ${percent(most)} liars`,
      head: [
        "scenario",
        "model",
        "false blocks",
        "most decisions behind local-only",
        "trust in liars",
        "in honest peers",
      ],
      rows: results.cells.filter(({ liars, who }) => liars === most && who !== "local-only").map((cell) => [
        cell.scenario,
        cell.who,
        String(cell.falseBlocks),
        String(cell.deficit),
        number(cell.trustInLiars, 2),
        number(cell.trustInHonest, 2),
      ]),
    },
    summary(results),
    {
      title: "Decisions in which peers alone get a host blocked: attackers before we saw them attack / innocent hosts",
      head: ["scenario", "who may", ...results.size.fractions.map(percent)],
      rows: [...new Set(results.blocks.map(({ scenario }) => scenario))].flatMap((scenario) =>
        BLOCKERS.map((who) => [
          scenario,
          who,
          ...results.blocks.filter((row) => row.scenario === scenario && row.who === who)
            .map(({ rightBlocks, falseBlocks }) => `${rightBlocks} / ${falseBlocks}`),
        ])
      ),
    },
    {
      title: "Liars who know what we think of them, and lie only where it works",
      head: [
        "liars",
        "model",
        "accuracy",
        "graded",
        "most decisions behind local-only",
        "proven bound",
        "false blocks",
      ],
      rows: results.adaptive.map((cell) => [
        percent(cell.liars),
        cell.who,
        number(cell.accuracy),
        number(cell.lateAccuracy),
        String(cell.deficit),
        cell.who === "smartshield" ? String(cell.granted) : "",
        String(cell.falseBlocks),
      ]),
    },
    {
      title: "The set-ups of the thesis behind dovecot: accuracy (T: threshold, w: share of the own opinion)",
      head: [
        "set-up",
        "local-only",
        "dovecot T=.3 w=.4",
        "T=0 w=.5",
        "network only",
        "best T, w",
        "smartshield, strangers",
        "graded",
      ],
      rows: results.setUps.map((row) => [
        row.id,
        ...[row.local, row.published, row.balanced, row.network, row.best, row.cold.accuracy, row.graded.accuracy]
          .map((value) => number(value)),
      ]),
    },
    {
      title:
        "The set-ups of the thesis behind fides: distance from the truth (0 best, 1 undecided, 2 worst), distance " +
        "from the true behaviour, clicks with the wrong sign",
      head: ["peers", "model", "tdp", "pbdp", "wrong"],
      rows: results.mixes.map(({ mix, who, result }) => [
        mix,
        who,
        number(result.tdp, 2),
        number(result.pbdp, 2),
        number(result.wrong, 0),
      ]),
    },
    {
      title: "One peer, many names",
      head: [
        "model",
        "lies until a traitor's weight halves",
        "right warnings until it is back",
        "score by 1 lying identity",
        "by 10 on one host",
        "accuracy lost by one peer turning (10 %)",
        "by new names (60 % liars)",
      ],
      rows: results.traitor.map(({ who, fall, rise }) => {
        const sybil = results.sybil.find((row) => row.who === who && row.earned)!;
        const influence = results.influence.find((row) => row.who === who)!;
        return [
          who,
          number(fall, 0),
          number(rise, 0),
          number(sybil.one),
          number(sybil.ten),
          number(influence.onePeer),
          number(influence.newNames),
        ];
      }),
    },
  ];
}

function accuracyTable(results: Results, title: string, value: (cell: Cell) => string): Table {
  const { fractions } = results.size;
  return {
    title,
    head: ["scenario", "model", ...fractions.map(percent)],
    rows: LIES.flatMap(({ name }) =>
      CONTESTANTS.map((who) => {
        const cells = results.cells.filter((cell) => cell.scenario === name && cell.who === who);
        return [name, who, ...cells.map(value)];
      })
    ),
  };
}

/** Area under accuracy over fraction, and the breakdown point of each model, over all scenarios. */
function summary(results: Results): Table {
  return {
    title: "All scenarios together",
    head: [
      "model",
      "mean accuracy",
      "worst accuracy",
      "largest fraction of liars up to which it is nowhere worse than local-only",
      "messages per decision",
    ],
    rows: CONTESTANTS.map((who) => {
      const cells = results.cells.filter((cell) => cell.who === who);
      const bad = cells.filter(({ worstGain }) => worstGain < 0).map(({ liars }) => liars);
      const good = results.size.fractions.filter((fraction) => bad.every((liars) => fraction < liars));
      const mean = (value: (cell: Cell) => number) => cells.reduce((sum, cell) => sum + value(cell), 0) / cells.length;
      return [
        who,
        number(mean(({ accuracy }) => accuracy)),
        number(Math.min(...cells.map(({ accuracy }) => accuracy))),
        good.length === 0 ? "none" : percent(good.at(-1)!),
        who === "local-only" ? "0" : number(mean(({ messagesPerDecision }) => messagesPerDecision), 1),
      ];
    }),
  };
}

/** A Markdown table, padded to equal widths. */
export function markdown({ head, rows }: Pick<Table, "head" | "rows">): string {
  const widths = head.map((name, i) => Math.max(name.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}
