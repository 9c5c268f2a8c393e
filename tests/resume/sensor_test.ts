// A sensor that follows a log and is killed, as a whole program on a real Redis: what it does when it is started again and
// nobody judges, or the Redis is away. That it loses nothing where all is well, kill_test.ts sees.

import assert from "node:assert/strict";
import { join } from "node:path";
import { inFleet, type Member, type Scene, untilFleet } from "../fleet.ts";
import { PROGRAM } from "../program.ts";

const T = 1_700_000_000;

/** Connections to ports where no usual service listens: each one is evidence. */
function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => {
    const at = from + index;
    const ends = { "id.orig_h": "192.168.1.23", "id.resp_h": "45.155.204.87", "id.resp_p": 4449 + at };
    const what = { proto: "tcp", conn_state: "SF", duration: 0.1, history: "ShADadFf", "id.orig_p": 40_000 + at };
    const bytes = {
      orig_bytes: 500,
      orig_pkts: 8,
      orig_ip_bytes: 900,
      resp_bytes: 500,
      resp_pkts: 8,
      resp_ip_bytes: 900,
    };
    return `${JSON.stringify({ ts: T + at, uid: `C${at}xxxxxxxxxxxxxx`, ...ends, ...what, ...bytes })}\n`;
  }).join("");
}

interface Following extends Scene {
  append(from: number, to: number): Promise<void>;
  /** A sensor that follows the log, or with other words a process of its own. */
  follow(out: string, ...words: string[]): Member;
  /** What is told, in `alerts.log`. */
  told(out: string): Promise<string[]>;
  /** Batches that are in the streams of the run. */
  batches(): Promise<number>;
}

async function following(test: (scene: Following) => Promise<void>): Promise<void> {
  // What it was told it has, also when it is killed.
  await inFleet(["--appendonly", "yes", "--appendfsync", "always"], async (scene) => {
    const [logs, config] = [join(scene.folder, "logs"), join(scene.folder, "follow.yaml")];
    await Deno.mkdir(logs);
    await Deno.writeTextFile(
      config,
      "follow: { wait_for_others: 0.1, look_every: 0.05 }\nstore: { sensor: north }\nfleet: { lease: 1, partitions: 2 }\n",
    );
    await test({
      ...scene,
      append: (from, to) => Deno.writeTextFile(join(logs, "conn.log"), lines(from, to), { append: true }),
      follow(out, ...words) {
        const place = ["--read", logs, "--follow", "--out", join(scene.folder, out), "--config", config];
        return scene.start([Deno.execPath(), ...PROGRAM, ...words, ...place]);
      },
      async told(out) {
        const text = await Deno.readTextFile(join(scene.folder, out, "alerts/alerts.log")).catch(() => "");
        return text.split("\n").filter((line) => line !== "");
      },
      async batches() {
        const streams = (await scene.redis.command("KEYS", "*fleet:run:*:batches:*")).split("\n").filter(Boolean);
        const lengths = await Promise.all(streams.map((stream) => scene.redis.command("XLEN", stream)));
        return lengths.reduce((sum, length) => sum + Number(length), 0);
      },
    });
  });
}

/** Waits until it tells nothing more, and ends it. */
async function endInOrder(scene: Following, out: string, program: Member, least: number): Promise<string[]> {
  await untilFleet(async () => {
    const before = (await scene.told(out)).length;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return before >= least && (await scene.told(out)).length === before;
  });
  program.process.kill("SIGINT");
  assert.equal((await program.end()).code, 0);
  return await scene.told(out);
}

/** Sees that it tells what a process of its own tells of the whole log, and what it had told first. */
async function assertWhole(scene: Following, sensor: Member, before: readonly string[]): Promise<void> {
  const wanted = await endInOrder(scene, "alone", scene.follow("alone", "--store", "none"), 50);
  const told = await endInOrder(scene, "out", sensor, 50);
  assert.deepEqual(told, wanted);
  assert.deepEqual(told.slice(0, before.length), before);
}

Deno.test("a sensor and all who judge are killed: started again, it goes on reading, and who comes later judges all of it", async () => {
  await following(async (scene) => {
    const sensor = (): Member => scene.follow("out", "sensor", "--store", scene.store);
    await scene.append(0, 50);
    const [first, judge] = [sensor(), scene.detect("first")];
    await untilFleet(async () => (await scene.told("out")).length >= 20);
    for (const { process } of [first, judge]) process.kill("SIGKILL");
    const before = await scene.told("out");

    const second = sensor();
    await untilFleet(() => second.said().includes("Nobody judges, and records wait in Redis"));
    const waiting = await scene.batches();
    await scene.append(50, 100);
    await untilFleet(async () => await scene.batches() > waiting);
    assert.deepEqual(await scene.told("out"), before);
    assert.doesNotMatch(second.said(), /goes on/);

    scene.detect("second");
    await untilFleet(() => second.said().includes("goes on, interrupted for"));
    await assertWhole(scene, second, before);
  });
});

Deno.test("the Redis is away when a killed sensor is started again: one sentence, and nothing of what it left is lost", async () => {
  await following(async (scene) => {
    const sensor = (): Member => scene.follow("out", "sensor", "--store", scene.store);
    await scene.append(0, 50);
    const first = sensor();
    scene.detect("judge");
    await untilFleet(async () => (await scene.told("out")).length >= 20);
    first.process.kill("SIGKILL");
    const before = await scene.told("out");
    await scene.redis.kill();

    const second = await sensor().end();
    assert.equal(second.code, 2);
    assert.match(second.err, /^The store redis:\/\/\S+ cannot be used: nothing listens there\.$/m);

    await scene.redis.start();
    await scene.append(50, 100);
    const third = sensor();
    await untilFleet(() => third.said().includes("goes on, interrupted for"));
    await assertWhole(scene, third, before);
  });
});
