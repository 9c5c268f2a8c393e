// A run of a sensor in Redis: appends the batches of its partitions to their streams, takes what was judged, keeps the
// streams within their bounds, and takes everything away at the end.

import type { BatchJudged, Control, StartDetectors } from "../../../detectors/messages.ts";
import type { Fact } from "../../profile/facts.ts";
import type { BatchMessage } from "../../profile/flat/batch.ts";
import { packBatch } from "../../profile/flat/packed.ts";
import type { RedisPlace } from "../../store/place.ts";
import { type Link, type Reply, saysFull } from "../../store/redis/link.ts";
import { createBell } from "../bell.ts";
import { imageKeys, storeImage } from "../images.ts";
import { fleetKeys, keysOfRun, RUN_MILLISECONDS, type RunKeys } from "../keys.ts";
import { keepLine, LineClosed } from "../line.ts";
import type { Keep } from "../messages.ts";
import { describeKin, isKin, isSameRun, type KnownJudge, type RunCard, stateText } from "../run.ts";
import { moveBeginning, pairs, run, SHOW_UP } from "../scripts.ts";
import { createChanges } from "./changes.ts";
import { createHeld, type Entry } from "./held.ts";
import { createPace } from "./pace.ts";

export interface PublisherOptions {
  readonly place: RedisPlace;
  readonly card: RunCard;
  readonly start: Omit<StartDetectors, "pulse">;
  readonly keep: Keep;
  /** What an earlier life of the run has left comes first, until it is live. */
  readonly replays: boolean;
  /** The dissector's, for each partition. */
  readonly ports: readonly MessagePort[];
}

export interface PublisherEvents {
  judged(partition: number, text: string): void;
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

/** Bytes of batches that are sent at once, over all partitions. */
const BYTES_AT_ONCE = 8 * 1024 * 1024;
/** Bytes of batches held in memory, over all partitions. */
const HELD_BYTES = 64 * 1024 * 1024;
/** Milliseconds between two signs of life, and between two looks at whether somebody judges. */
const LIFE_INTERVAL = 5000;
const LOOK_INTERVAL = 1000;
/** Milliseconds without anything judged after which it is asked whether somebody is there. */
const PATIENCE = 5000;
/** Milliseconds that one question for what was judged waits for an answer, and answers taken at once. */
const WAIT_MILLISECONDS = 1000;
const ANSWERS_AT_ONCE = 256;
/** Milliseconds for the end. */
const ENDING_MILLISECONDS = 1500;
/** The part of what is kept that goes when it is too much. */
const PART_THAT_GOES = 1 / 4;
/** The part of what may be kept that what an earlier life of the run has left may take before it waits for those who judge. */
const PART_FOR_REPLAY = 1 / 2;

/** Makes the run known as soon as the server can be used, and goes on until it is closed. */
export async function startPublisher(options: PublisherOptions, events: PublisherEvents): Promise<Publisher> {
  const { place, keep, replays, ports } = options;
  const all = fleetKeys(place);
  const partitions = ports.length;
  const held = ports.map(() => createHeld());
  const bell = createBell();
  let { card } = options;
  let keys: RunKeys = all.run(card.id);
  let lives = 1;
  let closed = false;
  let isPublished = false;

  const changes = createChanges(options.start);
  let controlling: Promise<void> = Promise.resolve();
  /** The beginning was moved here, but not in Redis yet. */
  let isMoveDue = false;

  let lastRead = "0-0";
  let lastTrimmed = lastRead;
  let lastProgress = performance.now();
  let origin = NaN;
  let isAlone = false;
  let isFull = false;
  const pace = createPace(partitions, {
    givesUp: keep.givesUp,
    replays,
    isFull: () => sum(({ kept }) => kept) > keep.bytes * PART_FOR_REPLAY,
    isAlone: () => isAlone,
    done: (partition, serial) => ports[partition]!.postMessage(serial),
  });

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
  const reader = keepLine(place, { lost() {}, found() {} });
  await writer.do(publish);

  /** Everything that the first batch needs; the run itself last, so that nobody finds half of it. */
  async function publish(link: Link): Promise<void> {
    const { state } = changes;
    await storeImages(link);
    const lasting = ["PX", String(RUN_MILLISECONDS)];
    await link.together([
      ["UNLINK", ...keysOfRun(keys, partitions)],
      ["SET", keys.state, stateText(state), ...lasting],
      // Streams that are there from the beginning can be asked where they end.
      ...held.map((_, partition) => ["XADD", keys.batches(partition), `${state.serial}-1`, "begin", ""]),
      ["HSET", keys.serials, ...held.flatMap(({ judged }, partition) => [String(partition), String(judged)])],
      ["SET", keys.card, JSON.stringify(card), ...lasting],
      ["SADD", all.runs, card.id],
    ]);
    isPublished = true;
    await live(link);
    await removeEarlier(link);
  }

  /** What an earlier life of this run has left, which was killed. */
  async function removeEarlier(link: Link): Promise<void> {
    const ids = await link.ask("SMEMBERS", all.runs) as string[];
    for (const id of ids.filter((id) => id !== card.id && isSameRun(id, card.id))) {
      const text = await link.ask("GET", all.run(id).card);
      // Without a card nobody finds the rest, which expires.
      const left = typeof text === "string" ? keysOfRun(all.run(id), (JSON.parse(text) as RunCard).partitions) : [];
      await link.askAll([["SREM", all.runs, id], ...left.length > 0 ? [["UNLINK", ...left]] : []]);
    }
  }

  async function storeImages(link: Link): Promise<void> {
    for (const [signature, image] of changes.images) await storeImage(link, all, signature, image);
  }

  /** A sign of life: what belongs to the run does not expire yet. False when Redis does not know it any more. */
  async function live(link: Link): Promise<boolean> {
    const sizes = new Map([...changes.images].map(([signature, image]) => [signature, image.byteLength]));
    const lasting = [...keysOfRun(keys, partitions), ...imageKeys(all, sizes)];
    const [card] = await link.askAll(lasting.map((key) => ["PEXPIRE", key, String(RUN_MILLISECONDS)]));
    return card === 1;
  }

  /** The connection was made anew: finds out what has arrived, and what a server that was restarted has lost. */
  async function resume(link: Link): Promise<void> {
    if (closed || !isPublished) return;
    if (!await live(link)) return await beginAgain(link);
    const streams = await link.askAll(held.map((_, partition) => ["XINFO", "STREAM", keys.batches(partition)]));
    for (const [partition, one] of held.entries()) {
      const about = new Map(pairs(streams[partition]!));
      one.streamEnds(about.get("last-generated-id") ?? "");
    }
  }

  /** Redis has lost the run. One that reads files is better begun again; one that watches a wire goes on with what it has. */
  async function beginAgain(link: Link): Promise<void> {
    if (!keep.givesUp) {
      events.failed(
        `The Redis ${place.where} has lost the run (it was restarted without its data, or somebody deleted it): begin it again.`,
      );
      closed = true;
      return;
    }
    events.warning(
      `The Redis ${place.where} has lost the run: what detectors had counted so far is lost, and starts anew.`,
    );
    const facts = await events.facts();
    changes.beginAnew(Math.min(...held.map(({ judged }) => judged)), facts);
    isMoveDue = false;
    card = { ...card, id: `${options.card.id}.${++lives}` };
    keys = all.run(card.id);
    lastRead = lastTrimmed = "0-0";
    for (const one of held) one.anew();
    await publish(link);
  }

  function take(partition: number, message: BatchMessage): void {
    const one = held[partition]!;
    if (one.taken === one.judged) lastProgress = performance.now();
    origin = message.origin;
    placeControls(partition, message.serial);
    one.add({
      id: `${message.serial}-0`,
      serial: message.serial,
      field: "b",
      bytes: packBatch(message),
      clock: message.clock,
    });
    placeControls(partition, message.serial + 1);
    pace.taken(partition, message.serial);
    bell.ring();
  }

  const waiting: Entry[][] = ports.map(() => []);
  /** Hands on what counts from this batch on, or from one before it. */
  function placeControls(partition: number, upTo: number): void {
    const list = waiting[partition]!;
    while (list.length > 0 && list[0]!.serial < upTo) held[partition]!.add(list.shift()!);
  }

  /** What changes counts from the same batch on in all partitions: the first that none of them has yet. */
  async function placeControl(control: Control): Promise<void> {
    const text = changes.textOf(control);
    if (text.say === "intel") await writer.do(storeImages);
    const entry = changes.note(text, Math.max(changes.state.serial + 1, ...held.map(({ taken }) => taken)));
    for (const [partition, list] of waiting.entries()) {
      list.push(entry);
      placeControls(partition, held[partition]!.taken + 1);
    }
    bell.ring();
  }

  async function write(): Promise<void> {
    while (!closed) {
      if (!isMoveDue && !held.some((one) => one.due(1).length > 0)) {
        await bell.wait();
        continue;
      }
      await writer.do(async (link) => {
        if (isMoveDue) await move(link);
        const due = held.map((one) => one.due(BYTES_AT_ONCE / partitions));
        await link.askAllBytes(
          due.flatMap((entries, partition) =>
            entries.map(({ id, field, bytes }) => ["XADD", keys.batches(partition), id, field, bytes])
          ),
        );
        for (const [partition, entries] of due.entries()) {
          held[partition]!.appended(entries);
          const last = entries.findLast(({ field }) => field === "b");
          if (last !== undefined) pace.appended(partition, last.serial);
        }
      });
      await stayWithinBounds();
    }
  }

  function sum(count: (one: typeof held[number]) => number): number {
    return held.reduce((total, one) => total + count(one), 0);
  }

  /** Lets the oldest batches go, in memory and in Redis, where there are too many. */
  async function stayWithinBounds(): Promise<void> {
    if (sum(({ bytes }) => bytes) > HELD_BYTES) { for (const one of held) one.release(); }
    const judged = Math.min(...held.map(({ judged }) => judged));
    const taken = Math.min(...held.map(({ taken }) => taken));
    let serial = 0;
    if (sum(({ kept }) => kept) > keep.bytes) {
      const largest = held.reduce((one, other) => other.kept > one.kept ? other : one);
      serial = Math.min(largest.serialAt(largest.kept * PART_THAT_GOES, -Infinity), pace.givesUp() ? taken : judged);
    }
    if (Number.isFinite(keep.seconds)) {
      const oldest = Math.min(...held.map((one) => one.oldest()?.clock ?? Infinity));
      if (newestClock - oldest > keep.seconds * (1 + PART_THAT_GOES)) {
        // Never what was not judged: logs of a week may come in a second.
        const old = Math.max(...held.map((one) => one.serialAt(0, newestClock - keep.seconds)));
        serial = Math.max(serial, Math.min(old, judged));
      }
    }
    await letGo(serial);
  }
  let newestClock = -Infinity;

  /** Moves the beginning of the streams behind a batch: what has not been judged by then is given up. */
  async function letGo(serial: number): Promise<void> {
    if (serial <= changes.state.serial) return;
    const facts = await events.facts();
    // Somebody else may have moved it meanwhile.
    if (serial <= changes.state.serial) return;
    changes.beginAfter(serial, facts);
    let givenUp = 0;
    for (const [partition, one] of held.entries()) {
      for (let lost = one.judged + 1; lost <= serial; lost++) {
        givenUp++;
        const nothing: BatchJudged = { serial: lost, origin, evidence: [], news: undefined };
        events.judged(partition, JSON.stringify(nothing));
      }
      one.cut(serial);
    }
    if (givenUp > 0) events.givenUp(givenUp);
    isMoveDue = true;
    bell.ring();
  }

  async function move(link: Link): Promise<void> {
    const { state } = changes;
    const words = [String(state.serial), stateText(state), String(RUN_MILLISECONDS)];
    const streams = held.map((_, partition) => keys.batches(partition));
    await link.ask(...run(moveBeginning(partitions), keys.card, keys.state, keys.serials, ...streams, ...words));
    isMoveDue = false;
  }

  async function read(): Promise<void> {
    while (!closed) {
      const [reply] = await reader.do((link) =>
        link.askAll([[
          ...["XREAD", "COUNT", String(ANSWERS_AT_ONCE), "BLOCK", String(WAIT_MILLISECONDS)],
          ...["STREAMS", keys.judged, lastRead],
        ]])
      ) as [[string, [string, Reply][]][] | null];
      for (const [stream, entries] of reply ?? []) {
        // Of a run that Redis has lost meanwhile nothing is wanted.
        if (stream !== keys.judged) continue;
        for (const [id, fields] of entries) {
          lastRead = id;
          hear(new Map(pairs(fields)));
        }
      }
    }
  }

  /** Takes what was judged: the first word on each batch counts. */
  function hear(told: ReadonlyMap<string, string>): void {
    const partition = Number(told.get("p"));
    const one = held[partition];
    if (one === undefined) return;
    const detector = told.get("h");
    if (detector !== undefined) return events.hung(partition, detector);
    const serial = Number(told.get("s"));
    if (serial !== one.judged + 1) return;
    one.judgedUpTo(serial);
    lastProgress = performance.now();
    if (isAlone) events.warning("Somebody judges again.");
    isAlone = false;
    events.judged(partition, told.get("t") ?? "");
    pace.judged(partition, serial);
  }

  /** Tells when nobody is there who judges, and gives up what does not fit any more while Redis is away. */
  async function look(): Promise<void> {
    // What was judged makes room: only somebody who takes over would miss it.
    if (isFull) await letGo(Math.ceil((changes.state.serial + Math.min(...held.map(({ judged }) => judged))) / 2));
    if (pace.givesUp() && sum(({ bytes }) => bytes) > HELD_BYTES) {
      for (const one of held) one.release();
      if (sum(({ bytes }) => bytes) > HELD_BYTES) {
        const from = Math.min(...held.map(({ judged }) => judged));
        const to = Math.min(...held.map(({ taken }) => taken));
        await letGo(Math.ceil((from + to) / 2));
      }
    }
    const isOpen = held.some(({ taken, judged }) => taken > judged);
    if (isAlone || !isOpen || performance.now() - lastProgress < PATIENCE) return;
    // Not to wait for a server that is away: nothing would be given up meanwhile.
    const asked = writer.try((link) => link.ask(...run(SHOW_UP, all.judges, all.judgesKnown, "", "", "")));
    const reply = await asked.catch(() => undefined);
    if (reply === undefined) return;
    const judges = pairs(reply).map(([, known]) => JSON.parse(known) as KnownJudge);
    if (judges.some((judge) => isKin(judge, card))) return;
    isAlone = true;
    pace.lookAgain();
    const [other] = judges;
    const advice = `start smartshield detect --store ${place.where}`;
    const what = keep.givesUp ? "records wait in Redis, and are given up when they are too many" : "the run waits";
    events.warning(
      other === undefined
        ? `Nobody judges, and ${what}: ${advice}.`
        : `Nobody can judge, and ${what}: this is ${describeKin(card, other)}, there is only ${
          describeKin(other, card)
        }; ${advice} of the same version.`,
    );
  }

  async function stayAlive(): Promise<void> {
    await writer.do(async (link) => {
      if (!await live(link)) await beginAgain(link);
      else if (lastTrimmed !== lastRead) await link.ask("XTRIM", keys.judged, "MINID", lastTrimmed = lastRead);
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

  for (const [partition, port] of ports.entries()) {
    port.onmessage = ({ data }: MessageEvent<BatchMessage>) => {
      newestClock = Math.max(newestClock, data.clock);
      take(partition, data);
    };
  }
  const timers = [everyNowAndThen(LIFE_INTERVAL, stayAlive), everyNowAndThen(LOOK_INTERVAL, look)];
  write().catch(fail);
  read().catch(fail);

  return {
    control(control) {
      controlling = controlling.then(() => placeControl(control)).catch(fail);
    },
    live: pace.live,
    async close() {
      for (const timer of timers) clearInterval(timer);
      closed = true;
      bell.ring();
      reader.close();
      // A server that is away lets it expire.
      const late = setTimeout(writer.close, ENDING_MILLISECONDS);
      await writer.do(async (link) => {
        await link.askAll([["SREM", all.runs, card.id], ["UNLINK", ...keysOfRun(keys, partitions)]]);
      }).catch(() => {});
      clearTimeout(late);
      writer.close();
    },
  };
}
