// Where others judge, from Redis to the judging threads: a sensor's run is real here, the threads are not.

import assert from "node:assert/strict";
import { type Judging, startJudging } from "../../../agent/fleet/detect/judging.ts";
import { ownKin, type RunCard } from "../../../agent/fleet/run.ts";
import { type Publisher, startPublisher } from "../../../agent/fleet/sensor/publisher.ts";
import type { Fact } from "../../../agent/profile/facts.ts";
import { unpackBatch } from "../../../agent/profile/flat/packed.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import type { BatchJudged, FromJudge, ToJudge } from "../../../detectors/messages.ts";
import { type RedisServer, startRedis } from "../store/redis-server.ts";
import { until } from "../../until.ts";
import { batchOf } from "./batches.ts";

const FACTS: Fact[] = [{ fact: "hostname", ip: "192.168.1.23", name: "office-pc" }];
/** More than one chunk. */
const TABLE = Uint8Array.from({ length: 5_000_000 }, (_, at) => at * 7919 >> 8);

/** A judging thread that notes what it hears, and judges when it is told to. */
interface Thread {
  readonly heard: ToJudge[];
  /** What it heard of batches and changes, in short. */
  order(): string[];
  /** Judges all that it has, and all that comes. */
  judge(): void;
  close(): void;
}

function thread(port: MessagePort): Thread {
  const heard: ToJudge[] = [];
  const answered = new Map<number, number>();
  let isJudging = false;
  let next = 0;
  function work(): void {
    for (; isJudging && next < heard.length; next++) {
      const message = heard[next]!;
      if (message.say === "open") answered.set(message.partition, message.answered);
      if (message.say !== "batch") continue;
      const { serial } = unpackBatch(message.packed);
      const judged: BatchJudged = { serial, origin: 1, evidence: [], news: undefined };
      const text = serial > answered.get(message.partition)! ? JSON.stringify(judged) : undefined;
      port.postMessage({ partition: message.partition, serial, text } satisfies FromJudge);
    }
  }
  port.onmessage = ({ data }: MessageEvent<ToJudge>) => {
    // Each batch comes with the facts that belong to it, wherever others are.
    if (data.say === "batch") assert.equal(unpackBatch(data.facts!).serial, unpackBatch(data.packed).serial);
    heard.push(data);
    work();
  };
  return {
    heard,
    order: () =>
      heard.map((message) => {
        if (message.say === "batch") return String(unpackBatch(message.packed).serial);
        return message.say === "control" ? message.control.say : message.say;
      }),
    judge() {
      isJudging = true;
      work();
    },
    close: () => port.close(),
  };
}

interface Stage {
  readonly server: RedisServer;
  readonly card: RunCard;
  readonly publisher: Publisher;
  readonly judged: number[];
  readonly warnings: string[];
  send(from: number, to: number): void;
  /** Somebody who judges the partition, with one thread. */
  judging(): Promise<{ judging: Judging; thread: Thread }>;
}

/** A sensor with one partition, which keeps `bytes` of batches of some 1000 bytes each. */
async function onStage(bytes: number, givesUp: boolean, test: (stage: Stage) => Promise<void>): Promise<void> {
  const server = await startRedis();
  const place = readPlace(`redis://127.0.0.1:${server.port}`) as RedisPlace;
  const { port1, port2 } = new MessageChannel();
  const judged: number[] = [];
  const warnings: string[] = [];
  const card: RunCard = { ...ownKin(), id: "r", sensor: "s", input: "eth0", partitions: 1, lease: 1000, hang: 5000 };
  const table = new SharedArrayBuffer(TABLE.length);
  new Uint8Array(table).set(TABLE);
  const publisher = await startPublisher({
    place,
    card,
    start: {
      settings: {},
      windowWidth: 3600,
      live: givesUp,
      repeats: false,
      disabled: ["leak"],
      whitelist: undefined,
      intel: { table, asn: undefined, mayChange: true },
      asked: [],
      answers: [],
      facts: [],
    },
    keep: { bytes, seconds: Infinity, givesUp },
    replays: false,
    port: port2,
  }, {
    judged: (told) => void judged.push(...told.map(({ text }) => (JSON.parse(text) as BatchJudged).serial)),
    hung() {},
    givenUp() {},
    facts: () => Promise.resolve(FACTS),
    warning() {},
    failed: (sentence) => warnings.push(sentence),
  });
  const all: { judging: Judging; thread: Thread }[] = [];
  try {
    await test({
      server,
      card,
      publisher,
      judged,
      warnings,
      send(from, to) {
        for (let serial = from; serial <= to; serial++) port1.postMessage(batchOf(serial));
      },
      async judging() {
        const channel = new MessageChannel();
        const one = {
          thread: thread(channel.port1),
          judging: await startJudging(place, [channel.port2], [], {
            note() {},
            warning: (sentence) => warnings.push(sentence),
            patience() {},
            failed: (error) => warnings.push(String(error)),
          }),
        };
        all.push(one);
        return one;
      },
    });
  } finally {
    for (const { judging, thread } of all) {
      judging.close();
      thread.close();
    }
    await publisher.close();
    for (const port of [port1, port2]) port.close();
    await server.remove();
  }
}

const opened = ({ heard }: Thread): Extract<ToJudge, { say: "open" }> =>
  heard.find((message) => message.say === "open") as Extract<ToJudge, { say: "open" }>;

Deno.test("a partition is opened with all that decides what is found, and judged in order", async () => {
  await onStage(1e9, false, async ({ judging, send, card, judged }) => {
    send(1, 5);
    const { judging: first, thread } = await judging();
    thread.judge();
    first.open(card, 0);
    await until(() => judged.length === 5);
    assert.deepEqual(judged, [1, 2, 3, 4, 5]);
    const { start, answered } = opened(thread);
    assert.equal(answered, 0);
    assert.equal(start.windowWidth, 3600);
    assert.deepEqual(start.disabled, ["leak"]);
    assert(start.intel.mayChange);
    assert.deepEqual(new Uint8Array(start.intel.table!), TABLE);
    assert.deepEqual(thread.order(), ["open", "configure", "1", "2", "3", "4", "5"]);
  });
});

Deno.test("who takes over hears everything again from the beginning, with what changed where it changed, and tells only what is new", async () => {
  await onStage(1e9, false, async ({ judging, send, card, judged, publisher }) => {
    const { judging: first, thread } = await judging();
    thread.judge();
    first.open(card, 0);
    send(1, 20);
    await until(() => judged.length === 20);
    const newer = new SharedArrayBuffer(3);
    new Uint8Array(newer).set([1, 2, 3]);
    publisher.control({ say: "intel", intel: { table: newer, asn: undefined, mayChange: true } });
    await until(() => thread.order().at(-1) === "intel");
    send(21, 30);
    await until(() => judged.length === 30);
    first.close();

    send(31, 32);
    const { judging: second, thread: successor } = await judging();
    successor.judge();
    second.open(card, 0);
    await until(() => judged.length === 32);
    assert.equal(opened(successor).answered, 30);
    const order = successor.order();
    assert.deepEqual(order, [...thread.order(), "31", "32"]);
    assert.equal(order[order.indexOf("intel") - 1], "20");
    const control = successor.heard.find((message) => message.say === "control" && message.control.say === "intel");
    assert(control?.say === "control" && control.control.say === "intel");
    assert.deepEqual([...new Uint8Array(control.control.intel.table!)], [1, 2, 3]);
    assert.deepEqual(judged, Array.from({ length: 32 }, (_, at) => at + 1));
  });
});

Deno.test("who takes over after the oldest batches went begins with what they had taught", async () => {
  await onStage(30_000, false, async ({ judging, send, card, judged, warnings }) => {
    const { judging: first, thread } = await judging();
    thread.judge();
    first.open(card, 0);
    for (let to = 20; to <= 100; to += 20) {
      send(to - 19, to);
      await until(() => judged.length === to);
    }
    first.close();
    send(101, 101);
    const { judging: second, thread: successor } = await judging();
    successor.judge();
    second.open(card, 0);
    await until(() => judged.length === 101);
    const { start, answered } = opened(successor);
    assert.equal(answered, 100);
    assert.deepEqual(start.facts, FACTS);
    const [open, configure, next] = successor.order();
    assert.deepEqual([open, configure], ["open", "configure"]);
    assert(Number(next) > 50 && Number(next) < 100, next);
    assert.deepEqual(warnings, []);
  });
});

Deno.test("who is too slow for a wire goes on behind what was given up, and says what it missed", async () => {
  await onStage(30_000, true, async ({ judging, send, card, judged, warnings }) => {
    const { judging: slow, thread } = await judging();
    slow.open(card, 0);
    send(1, 16);
    await until(() => thread.order().length === 2 + 16);
    for (let to = 40; to <= 120; to += 20) {
      send(to === 40 ? 17 : to - 19, to);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // Nothing was judged yet, so some had to be given up.
    await until(() => judged.length > 50);
    thread.judge();
    await until(() => judged.length === 120);
    assert.deepEqual(judged, Array.from({ length: 120 }, (_, at) => at + 1));
    const order = thread.order();
    const gap = order.indexOf("facts");
    assert.equal(order[gap - 1], "16");
    assert(Number(order.slice(gap).find((word) => /^\d+$/.test(word))) > 50);
    assert.match(warnings[0]!, /^partition 1 of eth0 \(sensor s\): batches 17 to \d+ are not in Redis any more/);
  });
});

Deno.test("a server that is killed and comes back with half a second less is told again what it has forgotten", async () => {
  await onStage(1e9, false, async ({ judging, send, card, judged, server }) => {
    const { judging: first, thread } = await judging();
    thread.judge();
    first.open(card, 0);
    send(1, 10);
    await until(() => judged.length === 10);
    // As after a restart from an older state: the last two batches and what was said of them are gone.
    const run = "{smartshield}:fleet:run:r";
    await server.command("XDEL", `${run}:batches:0`, "9-0", "10-0");
    await server.command("HSET", `${run}:serials`, "0", "8");
    await server.command("CLIENT", "KILL", "TYPE", "normal");
    send(11, 12);
    await until(() => judged.length === 12);
    assert.deepEqual(judged, Array.from({ length: 12 }, (_, at) => at + 1));
    assert.equal(await server.command("HGET", `${run}:serials`, "0"), "12");
  });
});
