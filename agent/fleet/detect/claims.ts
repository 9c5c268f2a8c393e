// Which partitions are judged here: finds runs, takes a fair share of their partitions by leases, takes over those of
// others that died, and gives some up for others that come.

import type { RedisPlace } from "../../store/place.ts";
import type { Link } from "../../store/redis/link.ts";
import { createBell } from "../bell.ts";
import { fleetKeys } from "../keys.ts";
import { LineClosed } from "../line.ts";
import { describeKin, isKin, type KnownJudge, ownKin, type RunCard } from "../run.ts";
import { CLAIM, pairs, RELEASE, run, SHOW_UP } from "../scripts.ts";
import type { Judging } from "./judging.ts";
import type { Partition } from "./partition.ts";
import { fairShare } from "./share.ts";

export interface ClaimsOptions {
  readonly place: RedisPlace;
  /** What this one is called; no other is. */
  readonly name: string;
  readonly workers: number;
  readonly judging: Judging;
}

export interface ClaimsEvents {
  note(sentence: string): void;
  warning(sentence: string): void;
  /** Runs that go on. */
  runs(count: number): void;
  failed(error: unknown): void;
}

export interface Claims {
  /** Tells what is under way, and gives everything back. */
  close(): Promise<void>;
}

/** Looks for runs, and signs of life, in the time of a lease; milliseconds between two of them at most, and at least. */
const LOOKS_A_LEASE = 4;
const LONGEST_WAIT = 1000;
const SHORTEST_WAIT = 200;
/** Milliseconds for which one is taken to be there while there is no run that says it. */
const DEFAULT_LEASE = 10_000;
/** Milliseconds that what is under way has at the end. */
const ENDING_MILLISECONDS = 2500;

/** Begins to claim. */
export function startClaims({ place, name, workers, judging }: ClaimsOptions, events: ClaimsEvents): Claims {
  const keys = fleetKeys(place);
  const kin = ownKin();
  const known: KnownJudge = { ...kin, workers };
  const runs = new Map<string, RunCard>();
  const refused = new Set<string>();
  const bell = createBell();
  let isClosing = false;

  async function look(link: Link): Promise<void> {
    const lease = Math.min(DEFAULT_LEASE, ...[...runs.values()].map(({ lease }) => lease));
    const there = await link.ask(
      ...run(SHOW_UP, keys.judges, keys.judgesKnown, name, String(lease), JSON.stringify(known)),
    );
    const others = pairs(there).filter(([other]) => other !== name).map(([, text]) => JSON.parse(text) as KnownJudge);
    await findRuns(link);
    for (const card of runs.values()) {
      await claim(link, card, fairShare(card.partitions, workers, others, kin));
    }
    events.runs(runs.size);
  }

  async function findRuns(link: Link): Promise<void> {
    const ids = await link.ask("SMEMBERS", keys.runs) as string[];
    const cards = await link.askAll(ids.map((id) => ["GET", keys.run(id).card])) as (string | null)[];
    for (const [at, id] of ids.entries()) {
      const text = cards[at];
      // Its sensor died long ago.
      if (typeof text !== "string") await link.ask("SREM", keys.runs, id);
      else if (!runs.has(id) && !refused.has(id)) meet(JSON.parse(text) as RunCard);
    }
    for (const id of runs.keys()) if (!ids.includes(id)) forget(id);
  }

  function meet(card: RunCard): void {
    if (isKin(card, kin)) {
      runs.set(card.id, card);
      return;
    }
    refused.add(card.id);
    events.warning(
      `The run of ${card.input} (sensor ${card.sensor}) is left to others: it needs ${
        describeKin(card, kin)
      }, this is ${describeKin(kin, card)}.`,
    );
  }

  function forget(id: string): void {
    const card = runs.get(id);
    if (!runs.delete(id)) return;
    for (const one of ofRun(id)) judging.drop(one);
    events.note(`The run of ${card!.input} (sensor ${card!.sensor}) is over.`);
  }

  function ofRun(id: string): Partition[] {
    return [...judging.partitions.values()].filter(({ card }) => card.id === id);
  }

  async function claim(link: Link, card: RunCard, share: number): Promise<void> {
    const { card: there, leases } = keys.run(card.id);
    const words = [name, String(card.lease), String(card.partitions), String(isClosing ? 0 : share)];
    const reply = await link.ask(...run(CLAIM, there, leases, ...words)) as [number[], string[]] | null;
    if (reply === null) return forget(card.id);
    const [held] = reply;
    const mine = ofRun(card.id);
    const lost = mine.filter(({ partition }) => !held.includes(partition));
    for (const one of lost) judging.drop(one);
    if (lost.length > 0) tellChange(card, lost.map(({ partition }) => partition), "Others have taken over");
    const fresh = held.filter((partition) => !mine.some((one) => one.partition === partition));
    for (const partition of fresh) judging.open(card, partition);
    if (fresh.length > 0) tellChange(card, fresh, "Judges");
    // Somebody has come who is to have some of them.
    const staying = ofRun(card.id).filter(({ isLeaving }) => !isLeaving);
    const leaving = staying.slice(share);
    if (leaving.length > 0) tellChange(card, leaving.map(({ partition }) => partition), "Gives up");
    for (const one of leaving) {
      one.isLeaving = true;
      judging.left(one).then(() => giveBack([one])).catch(fail);
    }
  }

  async function giveBack(list: readonly Partition[]): Promise<void> {
    for (const one of list) judging.drop(one);
    await judging.line.do((link) =>
      link.askAll(list.map(({ card, partition }) => run(RELEASE, keys.run(card.id).leases, name, String(partition))))
    );
  }

  function tellChange(card: RunCard, partitions: readonly number[], what: string): void {
    const numbers = partitions.map((partition) => partition + 1).sort((a, b) => a - b).join(", ");
    const plural = partitions.length === 1 ? "partition" : "partitions";
    events.note(`${what} ${plural} ${numbers} of ${card.partitions} of ${card.input} (sensor ${card.sensor}).`);
  }

  async function lookNowAndThen(): Promise<void> {
    while (!isClosing) {
      await judging.line.do(look);
      const lease = Math.min(...[...runs.values()].map(({ lease }) => lease));
      await bell.wait(Math.max(SHORTEST_WAIT, Math.min(LONGEST_WAIT, lease / LOOKS_A_LEASE)));
    }
  }

  function fail(error: unknown): void {
    if (!(error instanceof LineClosed)) events.failed(error);
  }

  const looking = lookNowAndThen().catch(fail);
  return {
    async close() {
      isClosing = true;
      bell.ring();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ENDING_MILLISECONDS));
      const orderly = async (): Promise<void> => {
        await looking;
        const all = [...judging.partitions.values()];
        for (const one of all) one.isLeaving = true;
        await Promise.all(all.map((one) => judging.left(one)));
        await giveBack(all);
        await judging.line.do((link) => link.askAll([["ZREM", keys.judges, name], ["HDEL", keys.judgesKnown, name]]));
      };
      await Promise.race([orderly().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}
