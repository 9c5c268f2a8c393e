// All results of one run, as plain data: what is printed, drawn and checked against the goals.

import { campaign, type Tally } from "./campaign.ts";
import { BLOCKERS, CONTESTANTS } from "./contestant.ts";
import {
  bestDovecotAccuracy,
  dovecotAccuracy,
  localAccuracy,
  ourAccuracy,
  type OursResult,
  SET_UPS,
} from "./dovecot-setups.ts";
import { type FidesResult, fidesResult, MIXES, ourResult, VARIANTS } from "./fides-setups.ts";
import { ADAPTIVE, type Lie, LIES } from "./liars.ts";
import { fallAndRise, influences, sybilScore, traitor } from "./single.ts";

export interface Size {
  readonly seeds: readonly number[];
  readonly fractions: readonly number[];
  readonly rounds: number;
}

/** One contestant in one scenario with one fraction of liars: means over the seeds, but for the worst cases. */
export interface Cell {
  scenario: string;
  liars: number;
  who: string;
  accuracy: number;
  lateAccuracy: number;
  falseAlarmRate: number;
  found: number;
  falseBlocks: number;
  delay: number;
  deficit: number;
  granted: number;
  trustInLiars: number;
  trustInHonest: number;
  messagesPerDecision: number;
  /** The smallest difference to local-only in any single run, whole runs compared. */
  worstGain: number;
}

export interface SetUpRow {
  id: string;
  local: number;
  published: number;
  balanced: number;
  network: number;
  best: number;
  cold: OursResult;
  graded: OursResult;
}

export interface Results {
  size: Size;
  cells: Cell[];
  adaptive: Cell[];
  blocks: { scenario: string; liars: number; who: string; rightBlocks: number; falseBlocks: number }[];
  setUps: SetUpRow[];
  mixes: { mix: string; who: string; result: FidesResult }[];
  traitor: { who: string; course: number[]; fall: number; rise: number }[];
  sybil: { who: string; one: number; ten: number; earned: boolean }[];
  influence: { who: string; onePeer: number; newNames: number }[];
}

export function run(size: Size, say: (sentence: string) => void): Results {
  say("The campaigns.");
  const cells = LIES.flatMap((lie) => size.fractions.flatMap((liars) => cellsOf(lie, liars, size)));
  say("The adaptive liars.");
  const adaptive = size.fractions.filter((liars) => liars > 0).flatMap((liars) => cellsOf(ADAPTIVE, liars, size));
  say("The set-ups of the field, and single questions.");
  return {
    size,
    cells,
    adaptive,
    blocks: blocksOf(size),
    setUps: SET_UPS.map((setUp) => ({
      id: setUp.id,
      local: localAccuracy(setUp),
      published: dovecotAccuracy(setUp, 0.3, 0.4),
      balanced: dovecotAccuracy(setUp, 0, 0.5),
      network: dovecotAccuracy(setUp, 0, 0),
      best: bestDovecotAccuracy(setUp),
      cold: ourAccuracy(setUp, false),
      graded: ourAccuracy(setUp, true),
    })),
    mixes: MIXES.flatMap((mix) => [
      ...VARIANTS.map((variant) => ({
        mix: mix.name,
        who: `fides: ${variant.name}`,
        result: mean(size.seeds, (seed) => fidesResult(mix, variant, seed)),
      })),
      { mix: mix.name, who: "smartshield, nothing seen", result: mean(size.seeds, (s) => ourResult(mix, false, s)) },
      { mix: mix.name, who: "smartshield, own detection", result: mean(size.seeds, (s) => ourResult(mix, true, s)) },
    ]),
    traitor: (["dovecot", "fides", "smartshield"] as const).map((who) => {
      const course = traitor(who);
      return { who, course, ...fallAndRise(course) };
    }),
    sybil: (["dovecot", "fides", "smartshield"] as const).flatMap((who) =>
      [false, true].map((earned) => ({
        who,
        earned,
        one: sybilScore(who, 1, earned),
        ten: sybilScore(who, 10, earned),
      }))
    ),
    influence: influenceOf(size),
  };
}

function cellsOf(lie: Lie, liars: number, size: Size): Cell[] {
  const runs = size.seeds.map((seed) => campaign({ lie, liars, rounds: size.rounds, seed }));
  return CONTESTANTS.map((who) => {
    const tallies = runs.map((one) => one.get(who)!);
    const average = (value: (tally: Tally) => number): number =>
      tallies.reduce((sum, tally) => sum + value(tally), 0) / tallies.length;
    const gains = runs.map((one) => accuracyOf(one.get(who)!) - accuracyOf(one.get("local-only")!));
    return {
      scenario: lie.name,
      liars,
      who,
      accuracy: average(accuracyOf),
      lateAccuracy: average((t) => t.lateRight / t.lateDecisions),
      falseAlarmRate: average((t) => t.falseAlarms / t.innocent),
      found: average((t) => t.attackersFound / t.attackers),
      falseBlocks: tallies.reduce((sum, t) => sum + t.falseBlocks, 0),
      delay: average((t) => t.delay / Math.max(1, t.delayed)),
      deficit: Math.max(...tallies.map((t) => t.deficit)),
      granted: Math.max(...tallies.map((t) => t.granted)),
      trustInLiars: average((t) => t.trustInLiars),
      trustInHonest: average((t) => t.trustInHonest),
      messagesPerDecision: average((t) => t.messages / t.decisions),
      worstGain: Math.min(...gains),
    };
  });
}

/** Blocks on the peers' word in the scenarios that are hardest for it. */
function blocksOf(size: Size): Results["blocks"] {
  const lies = [
    LIES.find(({ name }) => name === "collusion")!,
    LIES.find(({ name }) => name === "betrayal")!,
    ADAPTIVE,
  ];
  return lies.flatMap((lie) =>
    size.fractions.flatMap((liars) => {
      const tallies = campaign({ lie, liars, rounds: size.rounds, seed: size.seeds[0]!, contestants: WITH_BLOCKERS });
      return BLOCKERS.map((who) => {
        const { rightBlocks, falseBlocks } = tallies.get(who)!;
        return { scenario: lie.name, liars, who, rightBlocks, falseBlocks };
      });
    })
  );
}

const WITH_BLOCKERS = ["smartshield", ...BLOCKERS] as const;

function accuracyOf(tally: Tally): number {
  return tally.right / tally.decisions;
}

function mean(seeds: readonly number[], of: (seed: number) => FidesResult): FidesResult {
  const all = seeds.map(of);
  const average = (key: keyof FidesResult): number => all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return { tdp: average("tdp"), pbdp: average("pbdp"), wrong: average("wrong") };
}

function influenceOf(size: Size): Results["influence"] {
  const { onePeer, newNames } = influences(size.rounds, size.seeds[0]!);
  return CONTESTANTS.map((who) => ({ who, onePeer: onePeer[who]!, newNames: newNames[who]! }));
}
