// Sensors and those who judge for them, as whole programs on a real Redis: together they write what one process writes,
// byte for byte, whoever dies, sleeps, comes or goes on the way.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { fromClient, fromServer, network } from "./craft/craft.ts";
import { assertSame, assertSameFindings, inFleet, type Member, PARTITIONS, type Scene, untilFleet } from "./fleet.ts";
import { PROGRAM, ROOT } from "./program.ts";

/** Two hours in an office, an intrusion in the second. */
const OFFICE: Uint8Array = story().pcap();

/** Starts them and waits until each has partitions of the run. */
async function judging(scene: Scene, ...names: string[]): Promise<Map<string, Member>> {
  const members = new Map(names.map((name) => [name, scene.detect(name)]));
  const share = Math.ceil(PARTITIONS / names.length);
  await untilFleet(async () => {
    const holders = await scene.holders();
    return holders.size === names.length && [...holders.values()].every((count) => count <= share);
  });
  return members;
}

/** Waits until everything that the sensor was given so far has been judged. */
async function untilJudged(scene: Scene, least = 1): Promise<void> {
  let before = "";
  await untilFleet(async () => {
    const judged = await scene.judged();
    const same = judged.join() === before && judged.length === PARTITIONS && judged.every((serial) => serial >= least);
    before = judged.join();
    if (!same) await new Promise((resolve) => setTimeout(resolve, 300));
    return same;
  });
}

for (const count of [1, 2, 4]) {
  Deno.test(`a sensor and ${count} that judge write the bytes of one process`, async () => {
    await inFleet([], async (scene) => {
      await scene.alone("alone", OFFICE);
      const sensor = scene.sensor("fleet", OFFICE);
      await judging(scene, ...Array.from({ length: count }, (_, at) => `judge-${at + 1}`));
      await sensor.feed();
      assert.deepEqual(await sensor.end(), { code: 0, out: "", err: "" });
      await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
      // Nothing of the run is left but what others may need as well: the table of intelligence.
      const keys = (await scene.redis.command("KEYS", "*fleet:run*")).trim();
      assert.equal(keys, "");
    });
  });
}

Deno.test("one of four is killed in the middle: the others take over, and the bytes are the same", async () => {
  await inFleet([], async (scene) => {
    await scene.alone("alone", OFFICE);
    const sensor = scene.sensor("fleet", OFFICE);
    const members = await judging(scene, "north", "east", "south", "west");
    await sensor.feed(OFFICE.length >> 1);
    await untilJudged(scene);
    members.get("east")!.process.kill("SIGKILL");
    await sensor.feed();
    assert.deepEqual(await sensor.end(), { code: 0, out: "", err: "" });
    await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});

Deno.test("all die and others come: the run waits for them, and the bytes are the same", async () => {
  await inFleet([], async (scene) => {
    await scene.alone("alone", OFFICE);
    const sensor = scene.sensor("fleet", OFFICE);
    const first = await judging(scene, "one", "two");
    await sensor.feed(OFFICE.length >> 1);
    await untilJudged(scene);
    for (const { process } of first.values()) process.kill("SIGKILL");
    await sensor.feed();
    await untilFleet(() => sensor.said().includes("Nobody judges"));
    scene.detect("three");
    const { code, err } = await sensor.end();
    assert.equal(code, 0);
    assert.match(
      err,
      /^Nobody judges, and the run waits: start smartshield detect --store redis:\/\/127.0.0.1:\d+\.$/m,
    );
    assert.match(err, /^Somebody judges again\.$/m);
    await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});

Deno.test("one that slept, and wakes after others have taken over, does no harm", async () => {
  await inFleet([], async (scene) => {
    await scene.alone("alone", OFFICE);
    const sensor = scene.sensor("fleet", OFFICE);
    const members = await judging(scene, "awake", "asleep");
    await sensor.feed(OFFICE.length / 3 | 0);
    await untilJudged(scene);
    members.get("asleep")!.process.kill("SIGSTOP");
    await sensor.feed(OFFICE.length / 3 | 0);
    await untilFleet(async () => (await scene.holders()).get("awake") === PARTITIONS);
    members.get("asleep")!.process.kill("SIGCONT");
    await untilFleet(() => members.get("asleep")!.said().includes("Others have taken over"));
    await sensor.feed();
    assert.deepEqual(await sensor.end(), { code: 0, out: "", err: "" });
    await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});

Deno.test("one that comes gets its share, one that leaves gives it back at once; --once ends with the run", async () => {
  await inFleet([], async (scene) => {
    await scene.alone("alone", OFFICE);
    const sensor = scene.sensor("fleet", OFFICE);
    const early = scene.detect("early", "--once");
    await untilFleet(async () => (await scene.holders()).get("early") === PARTITIONS);
    await sensor.feed(OFFICE.length / 3 | 0);
    await untilJudged(scene);
    const late = scene.detect("late");
    const half = PARTITIONS / 2;
    await untilFleet(async () => (await scene.holders()).get("late") === half);
    await sensor.feed(OFFICE.length / 3 | 0);
    await untilJudged(scene, 2);
    late.process.kill("SIGTERM");
    assert.equal((await late.end()).code, 0);
    assert.equal((await scene.holders()).get("late"), undefined);
    await sensor.feed();
    assert.deepEqual(await sensor.end(), { code: 0, out: "", err: "" });
    const { code, out, err } = await early.end();
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /^Judges partitions 1, 2, 3, 4, 5, 6, 7, 8 of 8 of standard input \(sensor north\)\.$/m);
    assert.match(out, /^The run of standard input \(sensor north\) is over\.$/m);
    await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});

Deno.test("what changes on the way counts from the same place for those who take over", async () => {
  const written: string[] = [];
  for (const dies of [false, true]) {
    await inFleet([], async (scene) => {
      const sensor = scene.sensor("fleet", OFFICE);
      const members = await judging(scene, "one", "two");
      await sensor.feed(OFFICE.length * 0.7 | 0);
      await untilJudged(scene);
      await Deno.writeTextFile(scene.whitelist, "whitelist:\n- ip: 192.168.1.23\n  direction: src\n");
      sensor.process.kill("SIGHUP");
      const [run] = (await scene.redis.command("KEYS", "*fleet:run:*:batches:0")).split("\n");
      await untilFleet(async () => /^c$/m.test(await scene.redis.command("XREVRANGE", run!, "+", "-", "COUNT", "1")));
      if (dies) members.get("one")!.process.kill("SIGKILL");
      await sensor.feed();
      assert.equal((await sensor.end()).code, 0);
      const log = await Deno.readTextFile(join(scene.folder, "fleet/alerts/alerts.log"));
      // The marks name the file.
      written.push(log.replaceAll(scene.folder, ""));
    });
  }
  const [unharmed, taken] = written;
  assert.match(unharmed!, /whitelisted: /);
  assert.equal(taken, unharmed);
});

Deno.test("a sensor that is killed leaves nothing for ever, and those who judge go on to others", async () => {
  await inFleet([], async (scene) => {
    const sensor = scene.sensor("fleet", OFFICE);
    const [detect] = (await judging(scene, "one")).values();
    await sensor.feed(OFFICE.length >> 1);
    await untilJudged(scene);
    sensor.process.kill("SIGKILL");
    const keys = (await scene.redis.command("KEYS", "*fleet:run:*")).split("\n");
    assert(keys.length >= PARTITIONS + 4, keys.join(" "));
    for (const key of [...keys, ...(await scene.redis.command("KEYS", "*fleet:image:*")).split("\n")]) {
      const left = Number(await scene.redis.command("PTTL", key));
      assert(left > 0 && left <= 600_000, `${key} expires in ${left}`);
    }
    // Ten minutes later.
    await scene.redis.command("DEL", ...keys);
    await untilFleet(() => detect!.said().includes("is over."));
    const next = scene.sensor("next", OFFICE);
    await next.feed();
    assert.deepEqual(await next.end(), { code: 0, out: "", err: "" });
  });
});

Deno.test("the server is killed and comes back with what it had: nothing is lost, nothing is told twice", async () => {
  await inFleet(["--appendonly", "yes", "--appendfsync", "always"], async (scene) => {
    await scene.alone("alone", OFFICE);
    const sensor = scene.sensor("fleet", OFFICE);
    await judging(scene, "one", "two");
    await sensor.feed(OFFICE.length >> 1);
    await untilJudged(scene);
    await scene.redis.kill();
    await sensor.feed();
    await untilFleet(() => sensor.said().includes("What was found so far is kept"));
    await scene.redis.start();
    const { code, err } = await sensor.end();
    assert.equal(code, 0);
    assert.match(err, /cannot be used: .*\. What was found so far is kept; the run goes on when it is back\.$/m);
    // What the store could not take meanwhile may still be in its journal, and is counted.
    await assertSameFindings(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});

Deno.test("the server comes back with nothing: the run cannot go on, and says so", async () => {
  await inFleet([], async (scene) => {
    const sensor = scene.sensor("fleet", OFFICE, "--store", scene.store);
    await judging(scene, "one");
    await sensor.feed(OFFICE.length >> 1);
    await untilJudged(scene);
    await scene.redis.kill();
    await scene.redis.start();
    const { code, err } = await sensor.end();
    assert.equal(code, 1);
    assert.match(
      err,
      /has lost the run \(it was restarted without its data, or somebody deleted it\): begin it again\./,
    );
  });
});

Deno.test("where nothing listens, or the password is wrong, both say so and end with 2", async () => {
  await inFleet(["--requirepass", "secret"], async (scene) => {
    const capture = join(scene.folder, "office.pcap");
    await Deno.writeFile(capture, OFFICE.subarray(0, 24));
    const run = async (...words: string[]): Promise<string> => {
      const { code, err } = await scene.start([Deno.execPath(), ...PROGRAM, ...words]).end();
      assert.equal(code, 2, err);
      assert.equal(err.trimEnd().split("\n").length, 1, err);
      return err;
    };
    const { port } = scene.redis;
    const sensor = ["sensor", "--pcap", capture, "--quiet", "--out", join(scene.folder, "out"), "--force", "--store"];
    for (const words of [["detect", "--store"], sensor]) {
      const wrong = await run(...words, `redis://:wrong@127.0.0.1:${port}`);
      assert.match(wrong, /The store redis:\/\/127\.0\.0\.1:\d+ cannot be used: the user or the password is wrong\./);
      assert.match(await run(...words, "redis://127.0.0.1:1"), /cannot be used: nothing listens there\./);
      assert.match(
        await run(...words, "none"),
        new RegExp(`smartshield ${words[0]} needs a Redis that all of a fleet`),
      );
    }
    assert.match(await run(...sensor, scene.store, "--workers", "3"), /smartshield sensor has no workers/);
  });
});

Deno.test("another version neither judges nor is judged, and both are told why", async () => {
  await inFleet([], async (scene) => {
    const other = { version: "0.0.9", format: "0123456789abcdef" };
    // Somebody of another version judges, and a sensor of it sends.
    const inAnHour = String(Date.now() + 3_600_000);
    await scene.redis.command("ZADD", "{smartshield}:fleet:judges", inAnHour, "old/1");
    const known = JSON.stringify({ ...other, workers: 4 });
    await scene.redis.command("HSET", "{smartshield}:fleet:judges:known", "old/1", known);
    const card = { ...other, id: "old", sensor: "attic", input: "eth0", partitions: 8, lease: 1000, hang: 5000 };
    const sensor = scene.sensor("fleet", OFFICE);
    await sensor.feed();
    await untilFleet(() => sensor.said().includes("Nobody can judge"));
    assert.match(
      sensor.said(),
      /this is smartshield \d\S+, there is only smartshield 0\.0\.9; start smartshield detect/,
    );
    await scene.redis.command("SET", "{smartshield}:fleet:run:old", JSON.stringify(card));
    await scene.redis.command("SADD", "{smartshield}:fleet:runs", "old");
    const detect = scene.detect("new");
    assert.equal((await sensor.end()).code, 0);
    assert.match(
      detect.said(),
      /The run of eth0 \(sensor attic\) is left to others: it needs smartshield 0\.0\.9, this is smartshield \d/,
    );
  });
});

Deno.test("a detector that hangs is switched off where it hangs, and costs the others nothing", async () => {
  await inFleet([], async (scene) => {
    const net = network();
    const [bad, server] = [net.host("bad-pc", "192.168.1.66"), net.host("server", "192.168.1.10")];
    for (let port = 1000; port < 1060; port++) net.tcp(bad, server, port, { outcome: "REJ" });
    net.tcp(bad, server, 666, { steps: [fromClient("hello"), fromServer(100)] });
    for (let port = 2000; port < 2060; port++) net.tcp(bad, server, port, { outcome: "REJ" });
    const capture = net.pcap();
    await scene.alone("alone", capture);
    const sensor = scene.sensor("fleet", capture);
    const script = join(ROOT, "tests/agent/fleet/hanging-detect.ts");
    const detect = scene.start([Deno.execPath(), "run", "--quiet", "--no-check", "-A", script, scene.store]);
    await sensor.feed();
    const { code, err } = await sensor.end();
    assert.equal(code, 0, err);
    assert.match(
      err,
      /^Detector hanging did not come back within 5 s and was switched off for the profiles of partition/,
    );
    assert.match(detect.said(), /: detector hanging did not come back and was switched off for it\./);
    await assertSameFindings(join(scene.folder, "alone"), join(scene.folder, "fleet"));
  });
});
