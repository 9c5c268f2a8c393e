// What services outside answer is asked once for all sensors of one Redis, and their limits are shared.

import assert from "node:assert/strict";
import type { Answer, Question } from "../../../agent/intel/enrich/question.ts";
import { ENRICHMENT_SETTINGS, type EnrichmentSettings } from "../../../agent/intel/enrich/settings.ts";
import { readRemembered } from "../../../agent/intel/enrich/sound.ts";
import { serviceKeyHashes } from "../../../agent/lookup-settings.ts";
import { type Lookups, openLookups, storedAnswer } from "../../../agent/lookups.ts";
import { type Sharing, startSharing } from "../../../agent/sharing/client.ts";
import { openStore } from "../../../agent/store/open.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import type { Store } from "../../../agent/store/store.ts";
import { json, serveHttp } from "../intel/enrich/servers.ts";
import { startRedis } from "../store/redis-server.ts";
import { RUN } from "../store/suite.ts";
import { until } from "../../until.ts";

const SETTINGS = {
  ...Object.fromEntries(Object.entries(ENRICHMENT_SETTINGS).map(([name, { value }]) => [name, value])),
  urlhaus: true,
} as EnrichmentSettings;
const MD5 = "12c8aec5766ac3e6f26f2505e2f4a8f2";
const FILE: Question = { ask: "file", md5: MD5 };
const KEY = `file ${MD5}  `;

interface Sensor {
  readonly lookups: Lookups;
  readonly sharing: Sharing;
  readonly answers: Answer[];
}

async function inFleet(
  tell: (fleet: {
    sensor(name: string): Sensor;
    store: Store;
    place: RedisPlace;
    requests: () => number;
    redis: Awaited<ReturnType<typeof startRedis>>;
  }) => Promise<void>,
): Promise<void> {
  const redis = await startRedis();
  const urlhaus = serveHttp(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return json({ query_status: "ok", signature: "Heodo", file_type: "exe" });
  });
  const place = readPlace(`redis://127.0.0.1:${redis.port}`) as RedisPlace;
  const store = await openStore(place);
  await store.putRun(RUN);
  const sensors: Sensor[] = [];
  try {
    await tell({
      ...{ store, place, redis, requests: () => urlhaus.seen.length },
      sensor(name) {
        const sharing = startSharing({ place, sensor: name, serviceKeys: {} }, () => {});
        const answers: Answer[] = [];
        const lookups = openLookups({
          ...{ settings: SETTINGS, offline: false, state: undefined, sharing },
          addresses: { urlhaus: urlhaus.url },
        }, {
          answers: (more) => void answers.push(...more),
          // As the store's thread does.
          answered: (one) => void store.write({ run: RUN.id, answers: [storedAnswer(one)] }).catch(() => {}),
          warning: () => {},
        });
        sensors.push({ lookups, sharing, answers });
        return sensors.at(-1)!;
      },
    });
  } finally {
    for (const { lookups, sharing } of sensors) {
      lookups.close();
      await sharing.close();
    }
    await store.close();
    await Promise.all([urlhaus.stop(), redis.remove()]);
  }
}

Deno.test("two sensors that meet the same file at once ask once, and a third one later not at all", async () => {
  await inFleet(async ({ sensor, requests, store }) => {
    const [office, branch] = [sensor("office"), sensor("branch")];
    office.lookups.ask!([FILE]);
    branch.lookups.ask!([FILE]);
    await until(() => office.answers.length + branch.answers.length === 2, 30);
    assert.equal(requests(), 1);
    assert.deepEqual(office.answers, branch.answers);
    assert.equal(office.answers[0]!.verdicts[0]!.words.includes("Heodo"), true);
    const roof = sensor("roof");
    roof.lookups.ask!([FILE]);
    await until(() => roof.answers.length === 1, 30);
    assert.deepEqual([requests(), roof.lookups.counts().remembered], [1, 1]);
    const kept = (await store.answer(KEY))!;
    assert(Math.abs(kept.until - kept.at - 7 * 86_400) < 1, "another age than answers about files have");
  });
});

Deno.test("an answer that makes no sense is not believed: the sensor asks itself", async () => {
  await inFleet(async ({ sensor, requests, store }) => {
    const now = Math.floor(Date.now() / 1000);
    const verdicts = [{ service: "urlhaus", says: "known", words: "harmless" }];
    const data = { answer: { question: { ask: "file", md5: "00" }, verdicts }, at: now, services: ["urlhaus"] };
    await store.write({ run: RUN.id, answers: [{ question: KEY, at: now, until: now + 600, data }] });
    const office = sensor("office");
    office.lookups.ask!([FILE]);
    await until(() => office.answers.length === 1, 30);
    assert.deepEqual([requests(), office.answers[0]!.verdicts[0]!.says], [1, "malicious"]);
  });
});

Deno.test("while Redis is away everybody asks for himself", async () => {
  await inFleet(async ({ sensor, requests, redis }) => {
    await redis.kill();
    const office = sensor("office");
    office.lookups.ask!([FILE]);
    await until(() => office.answers.length === 1, 30);
    assert.equal(requests(), 1);
    await redis.start();
  });
});

Deno.test("sensors with the same key of a service share what it allows, and who goes leaves his part", async () => {
  const folder = await Deno.makeTempDir();
  const redis = await startRedis();
  try {
    const place = readPlace(`redis://127.0.0.1:${redis.port}`) as RedisPlace;
    const keyFile = `${folder}/key`;
    await Deno.writeTextFile(keyFile, "secret-key\n");
    const serviceKeys = serviceKeyHashes({ ...SETTINGS, virustotal: true, virustotal_key_file: keyFile });
    assert.deepEqual(Object.keys(serviceKeys), ["virustotal"]);
    assert.match(serviceKeys["virustotal"]!, /^[0-9a-f]{16}$/);
    const start = (sensor: string, keys = serviceKeys): Sharing =>
      startSharing({ place, sensor, serviceKeys: keys }, () => {});
    const office = start("office");
    let sensors = 0;
    office.hearHolders((_, among) => sensors = among);
    await until(() => sensors === 1, 30);
    const other = start("other", { virustotal: "another-key" });
    const branch = start("branch");
    let seen = 0;
    branch.hearHolders((_, among) => seen = among);
    await until(() => seen === 2, 30);
    await branch.close();
    const holders = () => redis.command("ZCARD", `{smartshield}:holders:virustotal:${serviceKeys["virustotal"]}`);
    assert.equal(await holders(), "1");
    for (const one of [office, other]) await one.close();
    assert.equal(await holders(), "0");
  } finally {
    await redis.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what claims to be an answer is one only when every part of it can be", () => {
  const good = {
    answer: {
      question: { ask: "address", ip: "192.0.2.7" },
      verdicts: [{ service: "virustotal", says: "malicious", words: "12 of 90", share: 0.13 }],
      hostname: "host.example.net",
    },
    at: 1_700_000_000,
    services: ["virustotal", "reverse_dns"],
  };
  const key = "address 192.0.2.7";
  assert.deepEqual(readRemembered(JSON.parse(JSON.stringify(good)), key), good);
  const { answer } = good;
  const [verdict] = answer.verdicts;
  for (
    const [what, bad] of Object.entries({
      "no object": [],
      "another question": { ...good, answer: { ...answer, question: { ask: "address", ip: "192.0.2.8" } } },
      "no time": { ...good, at: "yesterday" },
      "a service that there is not": { ...good, services: ["oracle"] },
      "a verdict of nobody": { ...good, answer: { ...answer, verdicts: [{ ...verdict, service: "oracle" }] } },
      "words that a terminal obeys": { ...good, answer: { ...answer, verdicts: [{ ...verdict, words: "\x1b[2J" }] } },
      "too many words": { ...good, answer: { ...answer, verdicts: [{ ...verdict, words: "x".repeat(121) }] } },
      "a share above 1": { ...good, answer: { ...answer, verdicts: [{ ...verdict, share: 7 }] } },
      "a name of two lines": { ...good, answer: { ...answer, hostname: "a\nb" } },
      "no fingerprint": { ...good, answer: { ...answer, jarm: "zz" } },
      "no registration": { ...good, answer: { ...answer, registered: { domain: "a.example", at: "long ago" } } },
    })
  ) {
    assert.equal(readRemembered(bad, key), undefined, what);
  }
});
