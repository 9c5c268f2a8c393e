// Reads the batches of the partitions that are judged here, hands them to the judging threads, and tells what they say.

import type { Control, FromJudge, ToJudge } from "../../../detectors/messages.ts";
import type { RedisPlace } from "../../store/place.ts";
import { createBell } from "../bell.ts";
import { createImageCache, type ImageCache } from "../images.ts";
import { fleetKeys } from "../keys.ts";
import { keepLine, type Line, openLine } from "../line.ts";
import { controlsTo, type ControlText, readState, type RunCard, type RunState } from "../run.ts";
import { HUNG, run } from "../scripts.ts";
import { createFactsCache, type ReadBatches, serialOf } from "./facts.ts";
import {
  idBehind,
  openPartition,
  type Partition,
  readEntries,
  type ReadEntry,
  UNDER_WAY_AT_MOST,
} from "./partition.ts";
import { createTelling } from "./telling.ts";

export interface JudgingEvents {
  note(sentence: string): void;
  warning(sentence: string): void;
  /** How long detectors may take in a judging thread, milliseconds. */
  patience(judge: number, milliseconds: number): void;
  failed(error: unknown): void;
}

export interface Judging {
  readonly partitions: ReadonlyMap<number, Partition>;
  /** The connection that does not wait for batches. */
  readonly line: Line;
  open(card: RunCard, partition: number): void;
  /** Stops to judge a partition at once. */
  drop(one: Partition): void;
  /** Resolves when what is under way in a partition that is leaving was told. */
  left(one: Partition): Promise<void>;
  /** A judging thread was replaced because a detector (its index among those that ran) hung in a partition. */
  replaced(judge: number, port: MessagePort, number: number, detector: number): void;
  close(): void;
}

/** Batches read at once from each stream, and milliseconds that the server waits for one. */
const BATCHES_AT_ONCE = 8;
const WAIT_MILLISECONDS = 250;
/** The same while other partitions have no room: they may have some soon. */
const SHORT_WAIT_MILLISECONDS = 20;
/** Milliseconds between two looks at whether a partition that is leaving is done. */
const LEAVING_INTERVAL = 20;

/**
 * Opens the way to Redis; `ports` lead to the judging threads, and `detectors` are the names of what they run.
 * @throws {StoreError} when the server cannot be used now.
 */
export async function startJudging(
  place: RedisPlace,
  ports: MessagePort[],
  detectors: readonly string[],
  events: JudgingEvents,
): Promise<Judging> {
  const all = fleetKeys(place);
  const images: ImageCache = createImageCache(all);
  const partitions = new Map<number, Partition>();
  const facts = createFactsCache();
  const toRead = createBell();
  const judges = [...ports];
  let closed = false;
  let numbers = 0;

  const telling = createTelling(partitions, { over: drop, forgotten: reopen });
  const line = await openLine(place, {
    lost: (problem) => events.warning(`${problem} What was judged is told when it is back.`),
    found: () => events.note(`The Redis ${place.where} is back.`),
    again: (link) => telling.askWhatWasTold(link),
  });
  const reader = keepLine(place, { lost() {}, found() {} });

  function tell(one: Partition, message: ToJudge, transfer: Transferable[] = []): void {
    judges[one.judge]!.postMessage(message, transfer);
  }

  function listen(judge: number): void {
    judges[judge]!.onmessage = ({ data }: MessageEvent<FromJudge>) => {
      const one = partitions.get(data.partition);
      if (one === undefined) return;
      one.underWay--;
      if (data.text !== undefined) one.toTell.push({ serial: data.serial, text: data.text });
      telling.ring();
      toRead.ring();
    };
  }

  /** The judging thread with the least to do. */
  function idlest(): number {
    const counts = judges.map(() => 0);
    for (const { judge } of partitions.values()) counts[judge]!++;
    return counts.indexOf(Math.min(...counts));
  }

  function open(card: RunCard, partition: number, judge = idlest()): Partition {
    const one = openPartition({ number: ++numbers, card, keys: all.run(card.id), partition, judge });
    partitions.set(one.number, one);
    const hang = Math.max(
      ...[...partitions.values()].filter((each) => each.judge === judge).map((each) => each.card.hang),
    );
    events.patience(judge, hang);
    load(one).catch(fail);
    return one;
  }

  /** Brings a partition to the state in which its stream begins. */
  async function load(one: Partition): Promise<void> {
    const { keys, partition } = one;
    await line.do(async (link) => {
      const [state, serial, hung] = await link.askAll([
        ["GET", keys.state],
        ["HGET", keys.serials, String(partition)],
        ["HGET", keys.hung, String(partition)],
      ]) as (string | null)[];
      if (partitions.get(one.number) !== one) return;
      // The run is over.
      if (typeof state !== "string") return drop(one);
      const read: RunState = readState(state);
      const intel = await images.fetch(link, read.intel);
      if (partitions.get(one.number) !== one || one.isReady) return;
      one.hung = JSON.parse(hung ?? "[]") as string[];
      one.disabled = [...read.disabled, ...one.hung];
      one.began = read.serial;
      one.next = read.serial + 1;
      one.lastId = idBehind(read.serial);
      const { serial: _, intel: __, off, ...start } = read;
      tell(one, {
        say: "open",
        partition: one.number,
        start: { ...start, intel, disabled: [...one.disabled] },
        answered: Number(serial ?? 0),
      });
      tell(one, {
        say: "control",
        partition: one.number,
        control: { say: "configure", settings: read.settings, disabled: off },
      });
      one.isReady = true;
    });
    toRead.ring();
  }

  function drop(one: Partition): void {
    if (!partitions.delete(one.number)) return;
    tell(one, { say: "close", partition: one.number });
    const { id } = one.card;
    if (![...partitions.values()].some(({ card }) => card.id === id)) facts.forget(id);
  }

  async function read(): Promise<void> {
    while (!closed) {
      const open = [...partitions.values()].filter(({ isReady, isLeaving }) => isReady && !isLeaving);
      const ready = open.filter(({ underWay }) => underWay < UNDER_WAY_AT_MOST);
      if (ready.length === 0) {
        await toRead.wait();
        continue;
      }
      const block = ready.length === open.length ? WAIT_MILLISECONDS : SHORT_WAIT_MILLISECONDS;
      const batches = await reader.do(async (link) => {
        const [reply] = await link.askAllBytes([[
          ...["XREAD", "COUNT", String(BATCHES_AT_ONCE), "BLOCK", String(block), "STREAMS"],
          ...ready.map(({ keys, partition }) => keys.batches(partition)),
          ...ready.map(({ lastId }) => lastId),
        ]]);
        const batches = readEntries(reply!).flatMap(([stream, entries]): ReadBatches[] => {
          const one = ready.find(({ keys, partition }) => keys.batches(partition) === stream);
          return one === undefined ? [] : [{ one, entries }];
        });
        await facts.fetch(link, batches);
        return batches;
      });
      for (const { one, entries } of batches) {
        for (const entry of entries) {
          if (partitions.get(one.number) === one) await take(one, entry);
        }
      }
    }
  }

  async function take(one: Partition, entry: ReadEntry): Promise<void> {
    const { id, field, bytes } = entry;
    one.lastId = id;
    if (field === "c") await hand(one, JSON.parse(new TextDecoder().decode(bytes)) as ControlText);
    if (field !== "b") return;
    const serial = serialOf(entry);
    const taught = facts.of(one, serial);
    if (taught === undefined && await hasGone(one, serial)) return;
    if (serial !== one.next) await catchUp(one, serial);
    one.next = serial + 1;
    one.underWay++;
    const { card: { id: run }, number } = one;
    tell(one, { say: "batch", partition: number, run, packed: bytes, facts: taught }, [bytes.buffer]);
  }

  /** The facts of a batch were not there: whether the beginning of the streams was moved behind it since it was read. */
  async function hasGone(one: Partition, serial: number): Promise<boolean> {
    const text = await line.do((link) => link.ask("GET", one.keys.state));
    if (typeof text !== "string" || readState(text).serial >= serial) return true;
    events.warning(`${nameOf(one)}: what batch ${serial} teaches of the network is not in Redis any more.`);
    return false;
  }

  async function hand(one: Partition, text: ControlText): Promise<void> {
    const control: Control = text.say === "intel"
      ? { say: "intel", intel: await line.do((link) => images.fetch(link, text.intel)) }
      : text;
    tell(one, { say: "control", partition: one.number, control });
  }

  /** Some batches are not to be had any more: what they taught is in the state in which the stream begins now. */
  async function catchUp(one: Partition, serial: number): Promise<void> {
    const text = await line.do((link) => link.ask("GET", one.keys.state));
    if (typeof text !== "string") return;
    const state = readState(text);
    if (state.serial >= one.next) { for (const control of controlsTo(state)) await hand(one, control); }
    if (one.next - 1 > one.began || state.serial < serial - 1) {
      events.warning(
        `${nameOf(one)}: batches ${one.next} to ${
          serial - 1
        } are not in Redis any more; what detectors would remember of them is missing.`,
      );
    }
  }

  function reopen(one: Partition): void {
    drop(one);
    if (!one.isLeaving) open(one.card, one.partition, one.judge);
  }

  function fail(error: unknown): void {
    if (!closed) events.failed(error);
  }

  for (const judge of judges.keys()) listen(judge);
  read().catch(fail);
  telling.tellAll(line).catch(fail);

  return {
    partitions,
    line,
    open,
    drop,
    async left(one) {
      while (!closed && partitions.get(one.number) === one && (one.underWay > 0 || one.toTell.length > 0)) {
        await new Promise((resolve) => setTimeout(resolve, LEAVING_INTERVAL));
      }
    },
    replaced(judge, port, number, detector) {
      judges[judge]!.close();
      judges[judge] = port;
      listen(judge);
      const one = partitions.get(number);
      const name = detectors.filter((name) => !one?.disabled.includes(name))[detector];
      const again = [...partitions.values()].filter((each) => each.judge === judge);
      for (const each of again) partitions.delete(each.number);
      const reopenAll = (): void => {
        for (const each of again) open(each.card, each.partition, judge);
      };
      if (one === undefined || name === undefined) return reopenAll();
      const { keys, partition, hung } = one;
      events.warning(
        `${nameOf(one)}: detector ${name} did not come back and was switched off for it. Please report this.`,
      );
      // Noted first: who judges it from now on must not meet it again.
      line.do((link) =>
        link.ask(
          ...run(HUNG, keys.card, keys.hung, keys.judged, String(partition), JSON.stringify([...hung, name]), name),
        )
      ).then(reopenAll).catch(fail);
    },
    close() {
      closed = true;
      toRead.ring();
      telling.close();
      reader.close();
      line.close();
      for (const port of judges) port.close();
    },
  };
}

/** A partition as operators know it. */
export function nameOf({ card, partition }: Pick<Partition, "card" | "partition">): string {
  return `partition ${partition + 1} of ${card.input} (sensor ${card.sensor})`;
}
