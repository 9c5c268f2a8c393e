// A sensor's run in Redis, seen from both ends: what it appends, what it keeps, and what gives way on a wire when nobody
// judges, or the server is away.

import assert from "node:assert/strict";
import { fleetKeys, type RunKeys } from "../../../agent/fleet/keys.ts";
import { ownKin, readState } from "../../../agent/fleet/run.ts";
import { run, TELL } from "../../../agent/fleet/scripts.ts";
import { type Publisher, startPublisher } from "../../../agent/fleet/sensor/publisher.ts";
import type { Fact } from "../../../agent/profile/facts.ts";
import { unpackBatch } from "../../../agent/profile/flat/packed.ts";
import type { FleetBatch } from "../../../agent/profile/flat/shares.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import { connect, type Link } from "../../../agent/store/redis/link.ts";
import type { BatchJudged } from "../../../detectors/messages.ts";
import { type RedisServer, startRedis } from "../store/redis-server.ts";
import { until } from "../../until.ts";
import { batchOf, startOf } from "./batches.ts";

const FACTS: Fact[] = [{ fact: "hostname", ip: "192.168.1.23", name: "office-pc" }];

const batch = (serial: number, bytes = 1000, clock = serial): FleetBatch =>
  batchOf(serial, { partitions: 2, bytes, clock });

interface Stage {
  readonly server: RedisServer;
  readonly link: Link;
  readonly publisher: Publisher;
  /** The dissector's end. */
  readonly port: MessagePort;
  /** Serials that the dissector was told. */
  readonly answered: number[];
  readonly judged: { partition: number; batch: BatchJudged }[];
  readonly warnings: string[];
  readonly failures: string[];
  givenUp(): number;
  keys(): Promise<RunKeys>;
  /** Batches in the stream of a partition, and what lies between them; and facts of batches. */
  stream(partition: number): Promise<string[]>;
  facts(): Promise<string[]>;
}

async function onStage(
  keep: { bytes?: number; seconds?: number; givesUp: boolean },
  test: (stage: Stage) => Promise<void>,
): Promise<void> {
  const server = await startRedis();
  const place = readPlace(`redis://127.0.0.1:${server.port}`) as RedisPlace;
  const { port1, port2 } = new MessageChannel();
  const answered: number[] = [];
  const judged: Stage["judged"] = [];
  const [warnings, failures]: [string[], string[]] = [[], []];
  let givenUp = 0;
  port1.onmessage = ({ data }) => void answered.push(data);
  const publisher = await startPublisher({
    place,
    card: { ...ownKin(), id: "test", sensor: "s", input: "eth0", partitions: 2, lease: 1000, hang: 5000 },
    start: startOf({ live: keep.givesUp, windowWidth: Infinity }),
    keep: { bytes: keep.bytes ?? 1e9, seconds: keep.seconds ?? Infinity, givesUp: keep.givesUp },
    replays: false,
    port: port2,
  }, {
    judged: (told) => judged.push(...told.map(({ partition, text }) => ({ partition, batch: JSON.parse(text) }))),
    hung() {},
    givenUp: (batches) => void (givenUp += batches),
    facts: () => Promise.resolve(FACTS),
    warning: (sentence) => warnings.push(sentence),
    failed: (sentence) => failures.push(sentence),
  });
  let link = await connect(place, ["PING"]);
  const all = fleetKeys(place);
  const ask = async (...words: string[]) => {
    try {
      return await link.ask(...words);
    } catch {
      // The server was restarted.
      link = await connect(place, ["PING"]);
      return await link.ask(...words);
    }
  };
  const keys = async (): Promise<RunKeys> => {
    const [id] = await ask("SMEMBERS", all.runs) as string[];
    return all.run(id ?? "none");
  };
  const entriesOf = async (key: string): Promise<string[]> => {
    const entries = await ask("XRANGE", key, "-", "+") as [string, string[]][];
    return entries.filter(([, [field]]) => field !== "begin").map(([id, [field]]) => `${field} ${id}`);
  };
  try {
    await test({
      server,
      link,
      publisher,
      port: port1,
      answered,
      judged,
      warnings,
      failures,
      givenUp: () => givenUp,
      keys,
      stream: async (partition) => entriesOf((await keys()).batches(partition)),
      facts: async () => entriesOf((await keys()).facts),
    });
  } finally {
    await publisher.close();
    await link.close();
    for (const port of [port1, port2]) port.close();
    await server.remove();
  }
}

const send = ({ port }: Stage, ...batches: FleetBatch[]): void => {
  for (const batch of batches) port.postMessage(batch);
};

Deno.test("a run over files: batches as they came, an answer for each when it was judged, nothing left at the end", async () => {
  await onStage({ givesUp: false }, async (stage) => {
    const messages = [batch(1), batch(2)];
    send(stage, ...messages);
    await until(async () => (await stage.stream(1)).join() === "b 1-0,b 2-0");
    assert.equal((await stage.facts()).join(), "b 1-0,b 2-0");
    assert.deepEqual(stage.answered, []);
    const keys = await stage.keys();
    for (
      const [key, message] of [[keys.batches(1), messages[0]!.shares[1]], [keys.facts, messages[0]!.facts]] as const
    ) {
      const [[, [, packed]]] = (await stage.link.askAllBytes([["XRANGE", key, "1-0", "1-0"]]))[0] as [
        [unknown, [unknown, Uint8Array]],
      ];
      assert.deepEqual(unpackBatch(packed), message);
    }

    const told = (serial: number) => [String(serial), JSON.stringify({ serial, origin: 1, evidence: [] })];
    const tell = (...words: string[]) => tellOf("1", ...words);
    const tellOf = (partition: string, ...words: string[]) =>
      stage.link.ask(...run(TELL, keys.card, keys.serials, keys.judged, partition, ...words));
    // What is out of order does not count, and what comes twice counts once.
    assert.equal(await tell(...told(2)), 0);
    assert.equal(await tell(...told(1), ...told(2)), 2);
    assert.equal(await tell(...told(1)), 2);
    await until(() => stage.judged.length === 2);
    assert.deepEqual(stage.judged.map(({ partition, batch: { serial } }) => [partition, serial]), [[1, 1], [1, 2]]);
    // The dissector goes on when all partitions have been judged.
    assert.deepEqual(stage.answered, []);
    assert.equal(await tellOf("0", ...told(1)), 1);
    await until(() => stage.answered.join() === "1");

    await stage.publisher.close();
    assert.equal(await stage.server.command("KEYS", "*"), "");
    assert.equal(await tell(...told(3)), -1);
  });
});

Deno.test("what changes counts from the same batch on in all partitions, the first that none of them has", async () => {
  await onStage({ givesUp: false }, async (stage) => {
    // Before the first batch: from the second on, as the first may be under way.
    stage.publisher.control({ say: "whitelist", entries: undefined });
    send(stage, batch(1), batch(2), batch(3));
    await until(async () => (await stage.stream(1)).length === 4);
    stage.publisher.control({ say: "whitelist", entries: undefined });
    await until(async () => (await stage.stream(1)).length === 5);
    send(stage, batch(4));
    await until(async () => (await stage.stream(1)).length === 6);
    assert.deepEqual(await stage.stream(0), ["b 1-0", "c 1-2", "b 2-0", "b 3-0", "c 3-3", "b 4-0"]);
    assert.deepEqual(await stage.stream(1), await stage.stream(0));
    assert.deepEqual(await stage.facts(), ["b 1-0", "b 2-0", "b 3-0", "b 4-0"]);
  });
});

Deno.test("on a wire, with nobody who judges, the oldest batches give way, and what they taught stays", async () => {
  await onStage({ bytes: 50_000, givesUp: true }, async (stage) => {
    for (let serial = 1; serial <= 100; serial++) {
      send(stage, batch(serial));
      if (serial % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => stage.answered.at(-1) === 100);
    await until(async () => (await stage.stream(0)).at(-1) === "b 100-0");
    await until(() => stage.givenUp() > 100);
    const keys = await stage.keys();
    let state = readState(await stage.link.ask("GET", keys.state) as string);
    await until(async () => {
      state = readState(await stage.link.ask("GET", keys.state) as string);
      return 2 * state.serial === stage.givenUp();
    });
    assert.deepEqual(state.facts, FACTS);
    assert.equal(state.windowWidth, Infinity);
    assert.equal((await stage.stream(0))[0], `b ${state.serial + 1}-0`);
    assert.equal((await stage.facts())[0], `b ${state.serial + 1}-0`);
    assert((await stage.stream(0)).length * 1000 < 50_000);
    // Main hears of each of them, in order, as if nothing had been found.
    const first = stage.judged.filter(({ partition }) => partition === 0).map(({ batch: { serial } }) => serial);
    assert.deepEqual(first, Array.from({ length: state.serial }, (_, at) => at + 1));
    // Who comes now goes on behind them.
    const next = state.serial + 1;
    const words = ["0", String(next), JSON.stringify({ serial: next, origin: 1, evidence: [] })];
    assert.equal(await stage.link.ask(...run(TELL, keys.card, keys.serials, keys.judged, ...words)), next);
    await until(() => stage.judged.at(-1)?.batch.serial === next);
  });
});

Deno.test("on a wire, what is older than the open windows goes, though there is room, but not what was not judged", async () => {
  await onStage({ seconds: 100, givesUp: true }, async (stage) => {
    for (let serial = 1; serial <= 30; serial++) send(stage, batch(serial, 1000, 10 * serial));
    await until(async () => (await stage.stream(1)).length === 30);
    const keys = await stage.keys();
    for (const partition of ["0", "1"]) {
      const words = Array.from({ length: 25 }, (_, at) => at + 1).flatMap((serial) => [
        String(serial),
        JSON.stringify({ serial, origin: 1, evidence: [] }),
      ]);
      await stage.link.ask(...run(TELL, keys.card, keys.serials, keys.judged, partition, ...words));
    }
    await until(() => stage.judged.length === 50);
    send(stage, batch(31, 1000, 310));
    // All that was in the last 100 seconds is there.
    await until(async () => (await stage.stream(0)).length <= 11);
    assert.deepEqual((await stage.stream(0)).at(0), "b 21-0");
    send(stage, batch(32, 1000, 10_000));
    // Now all is old, but six batches are still to be judged.
    await until(async () => (await stage.stream(0)).length === 7);
    assert.equal(stage.givenUp(), 0);
  });
});

Deno.test("on a wire, a server that is away for long costs the oldest batches, not the run", async () => {
  await onStage({ givesUp: true }, async (stage) => {
    send(stage, batch(1));
    await until(async () => (await stage.stream(1)).length === 1);
    await stage.server.kill();
    // More than is held in memory, slowly: longer than it takes until somebody would be missed.
    for (let serial = 2; serial <= 90; serial++) {
      send(stage, batch(serial, 1_000_000));
      await new Promise((resolve) => setTimeout(resolve, 70));
    }
    await until(() => stage.givenUp() > 0, 30);
    assert.match(stage.warnings[0]!, /What was found so far is kept; the run goes on when it is back\.$/);
    await stage.server.start();
    await until(async () => (await stage.stream(0)).at(-1) === "b 90-0", 30);
    // The server came back with nothing: the run began again with what was left.
    assert.match(
      stage.warnings.join("\n"),
      /has lost the run: what detectors had counted so far is lost, and starts anew\./,
    );
    const [first] = await stage.stream(0);
    const keys = await stage.keys();
    assert.equal(await stage.link.ask("GET", keys.card).catch(() => "gone"), "gone");
    assert.equal(Number(first!.split(/[ -]/)[1]), stage.givenUp() / 2 + 1);
    assert.deepEqual(stage.failures, []);
  });
});

Deno.test("a run over files that the server has lost fails with one sentence", async () => {
  await onStage({ givesUp: false }, async (stage) => {
    send(stage, batch(1));
    await until(async () => (await stage.stream(0)).length === 1);
    await stage.server.command("FLUSHALL");
    await until(() => stage.failures.length > 0);
    assert.match(stage.failures[0]!, /has lost the run .*: begin it again\.$/);
  });
});

Deno.test("a server without room for more gets it from what was judged, and the run goes on", async () => {
  await onStage({ givesUp: false }, async (stage) => {
    const keys = await stage.keys();
    const used = /^used_memory:(\d+)/m.exec(await stage.server.command("INFO", "memory"))![1];
    // Room for some three batches of each partition.
    await stage.server.command("CONFIG", "SET", "maxmemory", String(Number(used) + 4_000_000));
    for (let serial = 1; serial <= 12; serial++) {
      send(stage, batch(serial, 500_000));
      await until(async () => (await stage.stream(0)).at(-1) === `b ${serial}-0`, 60);
      await until(async () => (await stage.stream(1)).at(-1) === `b ${serial}-0`, 60);
      for (const partition of ["0", "1"]) {
        const words = [partition, String(serial), JSON.stringify({ serial, origin: 1, evidence: [] })];
        await stage.link.ask(...run(TELL, keys.card, keys.serials, keys.judged, ...words));
      }
    }
    await until(() => stage.judged.length === 24, 60);
    assert.match(
      stage.warnings[0]!,
      /cannot be used: it is out of memory .* What was found so far is kept; the run goes/,
    );
    assert.match(stage.warnings[1]!, /^The Redis \S+ is back\.$/);
    assert((await stage.stream(0)).length < 12);
    assert.equal(stage.givenUp(), 0);
    assert.deepEqual(stage.failures, []);
  });
});
