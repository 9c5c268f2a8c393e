// A run of a sensor on its way through Redis: appends what comes from the dissector to the run's streams, takes what was
// judged, lets the oldest go when there is too much, and takes everything away at the end.

import type { BatchJudged, Control, StartDetectors } from "../../../detectors/messages.ts";
import type { Fact } from "../../profile/facts.ts";
import type { FleetBatch } from "../../profile/flat/shares.ts";
import type { RedisPlace } from "../../store/place.ts";
import { type Link, saysFull } from "../../store/redis/link.ts";
import { keepLine, LineClosed } from "../line.ts";
import type { Keep, ToldBySensor } from "../messages.ts";
import type { RunCard } from "../run.ts";
import { createAnswers } from "./answers.ts";
import { isFullForReplay, isTooMuchHeld, tooMuchKept } from "./bounds.ts";
import { createChanges } from "./changes.ts";
import { createCompany } from "./company.ts";
import { createHolding } from "./holding.ts";
import { createPace } from "./pace.ts";
import { createStanding } from "./standing.ts";
import { createWriting } from "./writing.ts";

export interface PublisherOptions {
  readonly place: RedisPlace;
  readonly card: RunCard;
  readonly start: Omit<StartDetectors, "pulse">;
  readonly keep: Keep;
  /** What an earlier life of the run has left comes first, until it is live. */
  readonly replays: boolean;
  /** The dissector's. */
  readonly port: MessagePort;
}

export interface PublisherEvents {
  judged(told: readonly ToldBySensor[]): void;
  hung(partition: number, detector: string): void;
  /** So many batches of partitions were given up. */
  givenUp(batches: number): void;
  /** What the traffic has taught so far. */
  facts(): Promise<readonly Fact[]>;
  warning(sentence: string): void;
  failed(sentence: string): void;
}

export interface Publisher {
  control(control: Control): void;
  /** What comes from now on comes for the first time. */
  live(): void;
  /** Takes the run away. */
  close(): Promise<void>;
}

/** Milliseconds between two signs of life, and between two looks at whether somebody judges. */
const LIFE_INTERVAL = 5000;
const LOOK_INTERVAL = 1000;
/** Milliseconds for the end. */
const ENDING_MILLISECONDS = 1500;

/** Makes the run known as soon as the server can be used, and goes on until it is closed. */
export async function startPublisher(options: PublisherOptions, events: PublisherEvents): Promise<Publisher> {
  const { place, card, keep, port } = options;
  const holding = createHolding(card.partitions);
  const changes = createChanges(options.start);
  const standing = createStanding(place, card, changes, holding);
  const writing = createWriting(holding, standing);
  let isPublished = false;
  let closed = false;
  let isFull = false;
  let controlling: Promise<void> = Promise.resolve();
  let [origin, clock] = [NaN, -Infinity];
  let told: ToldBySensor[] = [];

  const writer = keepLine(place, {
    lost(problem) {
      isFull = saysFull(problem);
      events.warning(`${problem} What was found so far is kept; the run goes on when it is back.`);
    },
    found() {
      isFull = false;
      events.warning(`The Redis ${place.where} is back.`);
    },
    again: resume,
  });
  const company = createCompany(place, writer, card, !keep.givesUp, {
    alone: () => pace.lookAgain(),
    warning: events.warning,
  });
  const pace = createPace({
    givesUp: keep.givesUp,
    replays: options.replays,
    isFull: () => isFullForReplay(holding, keep),
    isAlone: () => company.isAlone,
    done: (serial) => port.postMessage(serial),
  });
  const answers = createAnswers(place, () => standing.keys, { hear, heard });
  await writer.do(async (link) => {
    await standing.publish(link);
    isPublished = true;
  });

  /** The connection was made anew: finds out what has arrived, and what a server that was restarted has lost. */
  async function resume(link: Link): Promise<void> {
    if (closed || !isPublished) return;
    if (!await standing.live(link)) return await beginAgain(link);
    const ends = await standing.ends(link);
    for (const [stream, one] of holding.all.entries()) one.streamEnds(ends[stream]!);
  }

  /** Redis has lost the run. One that reads files is better begun again; one that watches a wire goes on with what it has. */
  async function beginAgain(link: Link): Promise<void> {
    if (!keep.givesUp) {
      events.failed(
        `The Redis ${place.where} has lost the run (it was restarted without its data, or somebody deleted it): begin it again.`,
      );
      closed = true;
      writing.close();
      return;
    }
    events.warning(
      `The Redis ${place.where} has lost the run: what detectors had counted so far is lost, and starts anew.`,
    );
    const facts = await events.facts();
    changes.beginAnew(holding.judged, facts);
    standing.beginAgain();
    answers.beginAgain();
    holding.anew();
    await standing.publish(link);
  }

  port.onmessage = ({ data }: MessageEvent<FleetBatch>) => {
    if (holding.taken === holding.judged) company.progress(false);
    origin = data.facts.origin;
    clock = Math.max(clock, data.facts.clock);
    holding.take(data);
    pace.taken(holding.taken);
    writing.came();
  };

  /** What changes counts in all partitions from the next batch on, the first that none of them has yet. */
  async function placeControl(control: Control): Promise<void> {
    const text = changes.textOf(control);
    if (text.say === "intel") await writer.do(standing.storeImages);
    holding.change(changes.note(text, Math.max(changes.state.serial + 1, holding.taken)));
    writing.ring();
  }

  async function written(): Promise<void> {
    pace.appended(holding.sent);
    isTooMuchHeld(holding);
    await letGo(tooMuchKept(holding, keep, clock, pace.givesUp()));
  }

  /** Moves the beginning of the streams behind a batch: what has not been judged by then is given up. */
  async function letGo(serial: number): Promise<void> {
    if (serial <= changes.state.serial) return;
    const facts = await events.facts();
    // Somebody else may have moved it meanwhile.
    if (serial <= changes.state.serial) return;
    changes.beginAfter(serial, facts);
    let givenUp = 0;
    for (const [partition, one] of holding.shares.entries()) {
      for (let lost = one.judged + 1; lost <= serial; lost++) {
        givenUp++;
        const nothing: BatchJudged = { serial: lost, origin, evidence: [], news: undefined };
        told.push({ partition, text: JSON.stringify(nothing) });
      }
    }
    holding.cut(serial);
    heard();
    if (givenUp > 0) events.givenUp(givenUp);
    standing.beginningMoved();
    writing.ring();
  }

  /** Takes what was judged: the first word on each batch counts. */
  function hear(word: ReadonlyMap<string, string>): void {
    const partition = Number(word.get("p"));
    const detector = word.get("h");
    if (detector !== undefined) return events.hung(partition, detector);
    if (!holding.judgedNext(partition, Number(word.get("s")))) return;
    company.progress(true);
    told.push({ partition, text: word.get("t") ?? "" });
  }

  function heard(): void {
    if (told.length > 0) events.judged(told);
    told = [];
    pace.judged(holding.judged);
  }

  /** Tells when nobody is there who judges, and gives up what does not fit any more while Redis is away. */
  async function look(): Promise<void> {
    // What was judged makes room: only somebody who takes over would miss it.
    if (isFull) await letGo(Math.ceil((changes.state.serial + holding.judged) / 2));
    if (pace.givesUp() && isTooMuchHeld(holding)) await letGo(Math.ceil((holding.judged + holding.taken) / 2));
    if (holding.taken > holding.judged) await company.look();
  }

  async function stayAlive(): Promise<void> {
    await writer.do(async (link) => {
      if (await standing.live(link)) await answers.trim(link);
      else await beginAgain(link);
    });
  }

  function everyNowAndThen(milliseconds: number, work: () => Promise<void>): ReturnType<typeof setInterval> {
    let isBusy = false;
    return setInterval(async () => {
      if (isBusy || closed) return;
      isBusy = true;
      await work().catch(fail);
      isBusy = false;
    }, milliseconds);
  }

  function fail(error: unknown): void {
    if (closed || error instanceof LineClosed) return;
    events.failed(`The way to the fleet failed: ${error instanceof Error ? error.message : String(error)}.`);
  }

  const timers = [everyNowAndThen(LIFE_INTERVAL, stayAlive), everyNowAndThen(LOOK_INTERVAL, look)];
  writing.write(writer, written).catch(fail);
  answers.read().catch(fail);

  return {
    control(control) {
      controlling = controlling.then(() => placeControl(control)).catch(fail);
    },
    live: pace.live,
    async close() {
      for (const timer of timers) clearInterval(timer);
      closed = true;
      writing.close();
      answers.close();
      // A server that is away lets it expire.
      const late = setTimeout(writer.close, ENDING_MILLISECONDS);
      await writer.do(standing.remove).catch(() => {});
      clearTimeout(late);
      writer.close();
    },
  };
}
