// Sensors of one Redis: one fetches the feeds, all use them. The feeds' server and the Redis are real, and so are the
// threads; sensors are what a run has of them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type IntelImages, openIntel } from "../../../agent/intel/intel.ts";
import { type Intelligence, openIntelligence } from "../../../agent/intelligence.ts";
import { openShelf } from "../../../agent/intel/update/shelf.ts";
import { type Sharing, startSharing } from "../../../agent/sharing/client.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import { defaultConfiguration } from "../../../config/schema.ts";
import {
  allowUser,
  nameOf,
  type RedisServer,
  type ServerProgram,
  SERVERS,
  startRedis,
  startServer,
} from "../store/redis-server.ts";
import { until } from "../../until.ts";

const KEY = "{smartshield}:intel:";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Sensor {
  readonly name: string;
  readonly intelligence: Intelligence;
  readonly sharing: Sharing;
  readonly said: string[];
  /** What its detectors would look things up in now. */
  images: IntelImages;
  state: string;
  close(): Promise<void>;
}

interface Network {
  readonly redis: RedisServer;
  readonly url: string;
  /** What the feed has now, and the requests that its server got. */
  readonly feed: { text: string; status: number; requests: number };
  sensor(name: string, options?: { offline?: boolean; own?: string }): Promise<Sensor>;
}

/** With `program` on that one, as a user with no more rights than he needs. */
async function inNetwork(tell: (network: Network) => Promise<void>, program?: ServerProgram): Promise<void> {
  const folder = await Deno.makeTempDir();
  const redis = await (program === undefined ? startRedis() : startServer(program));
  if (program !== undefined) await allowUser(redis, "secret");
  const user = program === undefined ? "" : "sensor:secret@";
  const feed = { text: "45.9.148.3 # Emotet\n", status: 200, requests: 0 };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    feed.requests++;
    return new Response(feed.text, { status: feed.status });
  });
  const url = `http://127.0.0.1:${server.addr.port}/one`;
  const list = `${folder}/feeds.yaml`;
  await Deno.writeTextFile(
    list,
    `feeds:\n  - { name: one, url: "${url}", format: list, level: high, licence: x, tags: [c2] }\n`,
  );
  const open: Sensor[] = [];
  try {
    await tell({
      redis,
      url,
      feed,
      async sensor(name, { offline = false, own } = {}) {
        const { intel } = defaultConfiguration();
        const state = `${folder}/${name}`;
        if (own !== undefined) openShelf(state).writeOwn(own);
        const said: string[] = [];
        const say = (sentence: string): void => void said.push(sentence);
        const place = readPlace(`redis://${user}127.0.0.1:${redis.port}`) as RedisPlace;
        const sharing = startSharing({ place, sensor: name, serviceKeys: {} }, say);
        const intelligence = await openIntelligence({
          settings: { ...intel, feeds: list, update_period: 300 },
          countryDatabase: "",
          state,
          live: true,
          offline,
          sharing,
          note: say,
          lookInterval: 100,
        }, say);
        const sensor: Sensor = {
          ...{ name, intelligence, sharing, said, state, images: intelligence.images() },
          async close() {
            intelligence.close();
            await sharing.close();
            open.splice(open.indexOf(sensor), 1);
          },
        };
        intelligence.keepUpToDate((images) => sensor.images = images);
        open.push(sensor);
        return sensor;
      },
    });
  } finally {
    for (const sensor of [...open]) await sensor.close();
    await server.shutdown();
    await redis.remove();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Threads start slowly on a busy machine. */
const within = (holds: () => boolean | Promise<boolean>): Promise<void> => until(holds, 30);
const lists = ({ images }: Sensor, ip: string): string | undefined => openIntel(images).address(ip)?.level;
const knows = (sensor: Sensor, ip = "45.9.148.3"): Promise<void> => within(() => lists(sensor, ip) === "high");

for (const program of SERVERS) {
  Deno.test(`one sensor fetches a feed, the others take it from ${nameOf(program)}, with what they have of their own`, async () => {
    await inNetwork(async ({ sensor, feed, redis }) => {
      const office = await sensor("office");
      await knows(office);
      const branch = await sensor("branch", { own: "45.10.0.1,ip,critical,ours\n" });
      const roof = await sensor("roof", { offline: true });
      await knows(branch);
      await knows(roof);
      assert.equal(lists(branch, "45.10.0.1"), "critical");
      assert.equal(lists(office, "45.10.0.1"), undefined);
      assert.equal(feed.requests, 1);
      assert.match(office.said.join(" "), /This sensor fetches threat intelligence for all that share redis:/);
      assert.match(
        branch.said.join(" "),
        /The sensor office fetches threat intelligence; this one takes it from redis:/,
      );
      // Where it came from is known everywhere.
      const kept = openShelf(branch.state).states()["one"]!;
      assert.deepEqual([kept.sensor, kept.accepted, kept.sha256], ["office", 1, sha256(feed.text)]);
      const row = JSON.parse(await redis.command("HGET", `${KEY}feeds`, "one"));
      assert.deepEqual([row.sensor, row.sha256], ["office", sha256(feed.text)]);
    }, program);
  });
}

Deno.test("when the sensor that fetches is gone another takes over, and does not fetch again what is there", async () => {
  await inNetwork(async ({ sensor, feed, redis }) => {
    const office = await sensor("office");
    await knows(office);
    const branch = await sensor("branch");
    await knows(branch);
    // As a power cut: nobody gives the lease back, it runs out.
    office.intelligence.close();
    await redis.command("PEXPIRE", `${KEY}lease`, "1");
    await within(() => branch.said.some((sentence) => sentence.startsWith("This sensor fetches")));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(feed.requests, 1);
    assert.match(await redis.command("GET", `${KEY}lease`), /"sensor":"branch"/);
    // What is new is fetched by the new one, and taken by whoever comes.
    const shelf = openShelf(branch.state);
    feed.text = "45.9.148.4\n";
    await within(async () => {
      await redis.command("HDEL", `${KEY}feeds`, "one");
      shelf.writeStates({ one: { ...shelf.states()["one"]!, checked: 0 } });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return feed.requests === 2;
    });
    await knows(branch, "45.9.148.4");
    const roof = await sensor("roof");
    await knows(roof, "45.9.148.4");
    assert.equal(feed.requests, 2);
    assert.equal(lists(roof, "45.9.148.3"), undefined);
  });
});

Deno.test("while Redis is away each sensor fetches for itself, and says so once", async () => {
  await inNetwork(async ({ sensor, feed, redis }) => {
    await redis.kill();
    const office = await sensor("office");
    await knows(office);
    const branch = await sensor("branch");
    await knows(branch);
    assert.equal(feed.requests, 2);
    const away = office.said.filter((sentence) =>
      /cannot be shared .* at the moment: this sensor updates/.test(sentence)
    );
    assert.equal(away.length, 1, office.said.join("\n"));
    await redis.start();
    await within(async () => (await redis.command("HGET", `${KEY}feeds`, "one")).includes(sha256(feed.text)));
  });
});

Deno.test("a sensor that can reach no feed leaves fetching to one that can", async () => {
  await inNetwork(async ({ sensor, feed, redis }) => {
    feed.status = 403;
    const office = await sensor("office");
    await within(() => office.said.some((sentence) => sentence.includes("could not be fetched")));
    await within(async () => await redis.command("GET", `${KEY}lease`) === "");
    feed.status = 200;
    const branch = await sensor("branch");
    await knows(branch);
    await knows(office);
    assert.equal(openShelf(office.state).states()["one"]!.sensor, "branch");
  });
});

Deno.test("what somebody else wrote into Redis is used only when it is what it says, and a list", async () => {
  await inNetwork(async ({ sensor, feed, redis, url }) => {
    const office = await sensor("office");
    await knows(office);
    const roof = await sensor("roof", { offline: true });
    await knows(roof);
    office.intelligence.close();
    await redis.command("SET", `${KEY}lease`, "{nonsense");
    const now = Math.floor(Date.now() / 1000);
    const good = { url, bytes: 6, fetched: now + 60, checked: now + 60, sensor: "mole" };
    const put = async (row: object, text: string): Promise<void> => {
      await redis.command("SET", `{smartshield}:blob:${sha256(text)}`, String(text.length));
      await redis.command("SET", `{smartshield}:blob:${sha256(text)}:0`, text);
      await redis.command("HSET", `${KEY}feeds`, "one", JSON.stringify({ ...good, bytes: text.length, ...row }));
      await new Promise((resolve) => setTimeout(resolve, 350));
    };
    const harmless = "45.99.99.99\n";
    for (
      const row of [
        // Another text than its hash says, another address, from the future, too long, too short, and no object at all.
        { sha256: sha256("45.1.1.1\n") },
        { sha256: sha256(harmless), url: "https://elsewhere.example/" },
        { sha256: sha256(harmless), fetched: now + 86_400 },
        { sha256: sha256(harmless), bytes: 2 ** 40 },
        { sha256: sha256(harmless), bytes: 3 },
        { sha256: "../../etc/passwd" },
        { sha256: sha256(harmless), sensor: "\x1b[2Jmole" },
      ]
    ) {
      await put(row, harmless);
      assert.equal(lists(roof, "45.99.99.99"), undefined, JSON.stringify(row));
      assert.equal(lists(roof, "45.9.148.3"), "high");
    }
    await put({ sha256: sha256("<html>It has moved</html>") }, "<html>It has moved</html>");
    assert.equal(lists(roof, "45.9.148.3"), "high");
    const refused = roof.said.filter((sentence) => /that mole put into redis:.* holds no indicator/.test(sentence));
    assert.equal(refused.length, 1, roof.said.join("\n"));
    // What could not be sent in a request is left out; the rest is a list.
    await put({ sha256: sha256(harmless), etag: "x\r\nHost: evil", lastModified: 7 }, harmless);
    await knows(roof, "45.99.99.99");
    const kept = openShelf(roof.state).states()["one"]!;
    assert.deepEqual([kept.etag, kept.lastModified, kept.sensor], [undefined, undefined, "mole"]);
    assert.equal(feed.requests, 1);
  });
});

Deno.test("two runs that go on under one name are told, one that was killed and started again is not", async () => {
  const redis = await startRedis();
  const place = readPlace(`redis://127.0.0.1:${redis.port}`) as RedisPlace;
  const start = (said: string[]): Sharing =>
    startSharing({ place, sensor: "office", serviceKeys: {}, lease: 900 }, (sentence) => void said.push(sentence));
  try {
    // What somebody who is not there any more has left.
    await redis.command("SET", "{smartshield}:sensor:office", "gone", "PX", "900");
    const said: string[][] = [[], []];
    const one = start(said[0]!);
    await until(async () => (await redis.command("GET", "{smartshield}:sensor:office")).length === 36, 30);
    assert.deepEqual(said, [[], []]);
    const other = start(said[1]!);
    await until(() => said.flat().length > 0, 30);
    for (const each of [one, other]) await each.close();
    assert.equal(said.flat().length, 1);
    assert.match(
      said.flat()[0]!,
      /^Another run that goes on writes to redis:.* as sensor office: .*\(store\.sensor\)\.$/,
    );
  } finally {
    await redis.remove();
  }
});
