// The lives of a sensor's run that is killed and goes on: each takes away what the one before has left in Redis, and what is
// on its tape comes no faster than it may.

import assert from "node:assert/strict";
import { fleetKeys } from "../../../agent/fleet/keys.ts";
import { isSameRun, lifeOf, ownKin } from "../../../agent/fleet/run.ts";
import { run, SHOW_UP, TELL } from "../../../agent/fleet/scripts.ts";
import { createPace } from "../../../agent/fleet/sensor/pace.ts";
import { type Publisher, startPublisher } from "../../../agent/fleet/sensor/publisher.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import { connect, type Link } from "../../../agent/store/redis/link.ts";
import { startRedis } from "../store/redis-server.ts";
import { until } from "../../until.ts";
import { batchOf, startOf } from "./batches.ts";

/** Batches that a dissector may be ahead of what is done. */
const AHEAD = 4;
/** Of each batch, about; and bytes that may be kept of all. */
const BATCH_BYTES = 1000;
const KEEP_BYTES = 40_000;

/** A life of a run in one partition, and the dissector that feeds it. */
interface Life {
  readonly id: string;
  readonly publisher: Publisher;
  /** Feeds batches up to this one, as fast as they are done. */
  feed(upTo: number): void;
  /** The last batch that is done, and so many that were given up. */
  done(): number;
  givenUp(): number;
  readonly warnings: readonly string[];
}

interface Stage {
  readonly link: Link;
  readonly all: ReturnType<typeof fleetKeys>;
  begin(id: string, replays: boolean): Promise<Life>;
  /** Somebody judges that life's batches up to this one. */
  judge(life: Life, upTo: number): Promise<void>;
  /** Somebody is there who can judge, for a while. */
  showUp(): Promise<void>;
}

async function onStage(test: (stage: Stage) => Promise<void>): Promise<void> {
  const server = await startRedis();
  const place = readPlace(`redis://127.0.0.1:${server.port}`) as RedisPlace;
  const [all, link] = [fleetKeys(place), await connect(place, ["PING"])];
  const lives: Life[] = [];
  const ports: MessagePort[] = [];
  const judged = new Map<string, number>();
  async function begin(id: string, replays: boolean): Promise<Life> {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const warnings: string[] = [];
    let [sent, done, wanted, givenUp] = [0, 0, 0, 0];
    const go = (): void => {
      while (sent < wanted && sent - done < AHEAD) port1.postMessage(batchOf(++sent, { bytes: 2 * BATCH_BYTES }));
    };
    port1.onmessage = ({ data }: MessageEvent<number>) => {
      done = data;
      go();
    };
    const publisher = await startPublisher({
      place,
      card: { ...ownKin(), id, sensor: "s", input: "eth0", partitions: 1, lease: 1000, hang: 5000 },
      start: startOf({ live: true, windowWidth: 3600 }),
      keep: { bytes: KEEP_BYTES, seconds: Infinity, givesUp: true },
      replays,
      port: port2,
    }, {
      judged() {},
      hung() {},
      givenUp: (batches) => void (givenUp += batches),
      facts: () => Promise.resolve([]),
      warning: (sentence) => warnings.push(sentence),
      failed: (sentence) => warnings.push(sentence),
    });
    const life: Life = {
      id,
      publisher,
      feed(upTo) {
        wanted = upTo;
        go();
      },
      done: () => done,
      givenUp: () => givenUp,
      warnings,
    };
    lives.push(life);
    return life;
  }
  try {
    await test({
      link,
      all,
      begin,
      async judge({ id }, upTo) {
        const { card, serials, judged: stream } = all.run(id);
        const words: string[] = [];
        for (let serial = (judged.get(id) ?? 0) + 1; serial <= upTo; serial++) {
          words.push(String(serial), JSON.stringify({ serial, origin: 1, evidence: [] }));
        }
        judged.set(id, upTo);
        assert.equal(await link.ask(...run(TELL, card, serials, stream, "0", ...words)), upTo);
      },
      async showUp() {
        const known = JSON.stringify({ ...ownKin(), workers: 1 });
        await link.ask(...run(SHOW_UP, all.judges, all.judgesKnown, "somebody", "600000", known));
      },
    });
  } finally {
    for (const { publisher } of lives) await publisher.close();
    await link.close();
    for (const port of ports) port.close();
    await server.remove();
  }
}

Deno.test("a life that begins takes away what the one before has left, and nothing of other runs", async () => {
  await onStage(async ({ link, all, begin }) => {
    const [mine, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const [first, foreign] = [await begin(lifeOf(mine), false), await begin(lifeOf(other), false)];
    first.feed(3);
    // It was not killed: but all that it wrote is there.
    const last = async (): Promise<unknown> => {
      const entries = await link.ask("XREVRANGE", all.run(first.id).batches(0), "+", "-", "COUNT", "1");
      return (entries as [string, unknown][])[0]?.[0];
    };
    await until(async () => await last() === "3-0");
    const second = await begin(lifeOf(mine), true);
    assert(isSameRun(first.id, second.id) && first.id !== second.id && !isSameRun(first.id, foreign.id));
    assert.deepEqual((await link.ask("SMEMBERS", all.runs) as string[]).sort(), [foreign.id, second.id].sort());
    const keys = await link.ask("KEYS", "*fleet:run:*") as string[];
    assert.deepEqual(keys.filter((key) => key.includes(first.id)), []);
    assert(keys.includes(all.run(second.id).card) && keys.includes(all.run(foreign.id).card));
  });
});

Deno.test("what is on the tape comes as fast as Redis takes it, but pushes nothing out that somebody is still to judge", async () => {
  await onStage(async ({ begin, judge, showUp }) => {
    await showUp();
    const life = await begin("run.1", true);
    life.feed(100);
    const room = KEEP_BYTES / 2 / BATCH_BYTES;
    await until(() => life.done() > room / 2);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert(life.done() <= room, `${life.done()} are done`);
    // Judged ones may go, and make room for others.
    for (let serial = 10; serial <= 80; serial += 10) {
      await until(() => life.done() >= serial - 10);
      await judge(life, serial);
    }
    assert.equal(life.givenUp(), 0);
    // What comes in from the wire waits for nobody.
    life.publisher.live();
    await until(() => life.done() === 100);
  });
});

Deno.test("where nobody judges at the restart, the run waits no longer than it takes to find that out", async () => {
  await onStage(async ({ begin }) => {
    const life = await begin("run.1", true);
    life.feed(100);
    await until(() => life.done() === 100, 30);
    assert.match(
      life.warnings[0]!,
      /^Nobody judges, and records wait in Redis, and are given up when they are too many:/,
    );
    await until(() => life.givenUp() > 0);
  });
});

Deno.test("a run over files goes on with what was judged, one on a wire with what was taken", () => {
  const stories: [givesUp: boolean, replays: boolean, done: number[]][] = [
    [false, false, [5]],
    [true, false, [9]],
    [true, true, [7, 9]],
  ];
  for (const [givesUp, replays, expected] of stories) {
    const done: number[] = [];
    const pace = createPace({
      givesUp,
      replays,
      isFull: () => false,
      isAlone: () => false,
      done: (serial) => done.push(serial),
    });
    pace.taken(9);
    pace.appended(7);
    pace.judged(5);
    assert.equal(pace.givesUp(), givesUp && !replays);
    pace.live();
    assert.deepEqual(done, expected);
    assert.equal(pace.givesUp(), givesUp);
  }
});
