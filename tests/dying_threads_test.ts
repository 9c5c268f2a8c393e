// A thread beside the way of the packets fails by a mistake of ours: the run says so in a sentence and goes on to its end.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Question } from "../agent/intel/enrich/question.ts";
import { ENRICHMENT_SETTINGS, type EnrichmentSettings } from "../agent/intel/enrich/settings.ts";
import { startFeedsThread } from "../agent/intel/update/thread.ts";
import { openLookups } from "../agent/lookups.ts";
import { startSharing } from "../agent/sharing/client.ts";
import { startStore } from "../agent/store/client.ts";
import { readPlace, type RedisPlace } from "../agent/store/place.ts";
import { openSqlite } from "../agent/store/sqlite/home.ts";
import { FEEDS_URL, LOOKUP_URL, PEER_URL, SHARING_URL, STORE_URL } from "../agent/thread-urls.ts";
import { p2pSettings } from "../p2p/settings.ts";
import { startPeerThread } from "../p2p/thread.ts";
import { trustSettings } from "../p2p/trust/settings.ts";
import { freePort, startRedis } from "./agent/store/redis-server.ts";
import { alert, block, evidence, RUN } from "./agent/store/suite.ts";
import { until } from "./until.ts";
import { deno, type Outcome, ROOT, smartshield, V8_FLAGS } from "./program.ts";
import { WHY, withThread } from "./dying/die.ts";

/** Runs the program with a thread of `dying/` in the place of one of its own. */
function dying(name: string, instead: string, ...args: string[]): Promise<Outcome> {
  return deno([...DYING, ...args], { DYING: `${name} ${instead}` });
}
const DYING = ["run", "--quiet", "--no-check", "--no-prompt", V8_FLAGS, "-A", join(ROOT, "tests/dying/main.ts")];

/** Runs `work` here, with a thread of `dying/` in the place of one of the program's. */
function whileDying<T>(url: URL, instead: string, work: () => Promise<T>): Promise<T> {
  return withThread(url, new URL(`./dying/${instead}.ts`, import.meta.url), work);
}

const T = 1_700_000_000;

/** Connections, some to ports where no usual service listens. */
function connections(count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const ends = { "id.orig_h": `192.168.1.${20 + at % 5}`, "id.resp_h": "45.155.204.87" };
    const ports = { "id.orig_p": 1024 + at % 60_000, "id.resp_p": at % 100 === 0 ? 4449 + at % 1000 : 443 };
    const rest = { proto: "tcp", conn_state: "SF", duration: 0.1, orig_bytes: 500, resp_bytes: 500 };
    const packets = { orig_pkts: 8, orig_ip_bytes: 900, resp_pkts: 8, resp_ip_bytes: 900, history: "ShADadFf" };
    return `${
      JSON.stringify({ ts: T + at / 100, uid: `C${at}xxxxxxxxxxxx`, ...ends, ...ports, ...rest, ...packets })
    }\n`;
  }).join("");
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const summaryOf = async (out: string) => JSON.parse(await Deno.readTextFile(join(out, "summary.json")));

Deno.test("the store's thread fails in the middle of a file: the run goes on, and what is missing is counted and kept", async () => {
  await inFolder(async (folder) => {
    const [log, out, whole] = [join(folder, "conn.log"), join(folder, "out"), join(folder, "whole")];
    const store = join(folder, "shared.sqlite");
    await Deno.writeTextFile(log, connections(40_000));
    const { code, err } = await dying("STORE_URL", "store", "--read", log, "--out", out, "--store", store, "--quiet");
    assert.equal(code, 0, err);
    assert.match(
      err,
      new RegExp(`^The store's thread failed: .*${WHY}\\. Records are given up from here on, .*\\.$`, "m"),
    );
    const { drops: { by_cause: dropped } } = await summaryOf(out);
    // What was written in its first second, on a slow machine, is there.
    assert.equal(dropped.records_not_stored + await recordsIn(store), 40_000, JSON.stringify(dropped));
    assert.equal(dropped.findings_not_stored, undefined);
    const waiting = dropped.findings_in_journal;

    await smartshield("--read", log, "--out", whole, "--quiet");
    assert.equal(
      await Deno.readTextFile(join(out, "alerts/alerts.log")),
      await Deno.readTextFile(join(whole, "alerts/alerts.log")),
    );
    // The next run into the same store brings what waits there.
    await Deno.writeTextFile(log, connections(1));
    const next = await smartshield("--read", log, "--out", join(folder, "next"), "--store", store, "--quiet");
    assert.match(next.err, new RegExp(`The store can be written again; ${waiting} findings had waited for it\\.`));
    assert.deepEqual(await shown(store), await shown(join(whole, "store.sqlite")));
  });
});

async function recordsIn(path: string): Promise<number> {
  const store = openSqlite(path, { readOnly: true });
  const { length } = await store.records({ limit: 100_000 });
  await store.close();
  return length;
}

/** What the first run left in a store: each piece of evidence, and each alert, as it was told last. */
async function shown(path: string): Promise<unknown[]> {
  const store = openSqlite(path, { readOnly: true });
  const selection = { run: (await store.runs())[0]!.id, limit: 10_000 };
  const found = [
    ...(await store.evidence(selection)).map(({ evidence }) => evidence),
    ...(await store.alerts(selection)).map(({ alert }) => alert),
  ];
  await store.close();
  return found;
}

Deno.test("the store's thread fails while nothing is read: alerts and blocks go to the journal, and those before it too", async () => {
  await inFolder(async (folder) => {
    const [path, journal] = [join(folder, "store.sqlite"), join(folder, "store.journal")];
    const place = { kind: "sqlite", path } as const;
    const retention = { seconds: Infinity, bytes: Infinity };
    const warnings: string[] = [];
    const { told: _, ...blocked } = block("192.0.2.7");
    await whileDying(STORE_URL, "store", async () => {
      const store = await startStore(
        { place, journal, run: RUN, retention, records: false },
        (sentence) => warnings.push(sentence),
      );
      store.evidence(evidence(1).evidence);
      assert.equal((await store.settle()).evidence, 1);
      store.evidence({ ...evidence(2).evidence, description: "the last words: and die" });
      store.alert(alert(1, ["00000002-aaaa"]).alert);
      await until(() => warnings.length > 0);
      // Set back by an hour, and told after it all the same.
      const wall = Date.now;
      store.block(blocked);
      Date.now = () => wall() - 3_600_000;
      store.block({ ...blocked, ended: T + 60 });
      Date.now = wall;
      const counts = await store.settle();
      assert.deepEqual([counts.findings_in_journal, counts.findings_not_stored], [4, 0]);
      store.run({ ...RUN, ended: T });
      await store.close();
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^The store's thread failed: .* Please report this\.$/);
    const next = await startStore(
      { place, journal, run: { ...RUN, id: "run-2" }, retention, records: false },
      () => {},
    );
    assert.deepEqual(next.blocks.map(({ ip, ended }) => [ip, ended]), [["192.0.2.7", T + 60]]);
    await next.close();
    const reader = openSqlite(path, { readOnly: true });
    const found = await reader.evidence({ run: RUN.id, limit: 10 });
    assert.deepEqual(found.map(({ ordinal, evidence }) => [ordinal, evidence.id]), [
      [1, "00000001-aaaa"],
      [2, "00000002-aaaa"],
    ]);
    assert.equal((await reader.alerts({ limit: 10 })).length, 1);
    await reader.close();
  });
});

/** Follows a log with a tape's thread that fails; ends it when its log says what is waited for. What its log says. */
async function followed(folder: string, instead: string | undefined, awaited: RegExp, append: string): Promise<string> {
  const [logs, config, out] = [join(folder, "logs"), join(folder, "my.yaml"), join(folder, "out")];
  await Deno.mkdir(logs, { recursive: true });
  await Deno.writeTextFile(config, "follow: { wait_for_others: 0.1, look_every: 0.05 }\n");
  await Deno.writeTextFile(join(logs, "conn.log"), append, { append: true });
  const logOf = () => Deno.readTextFile(join(out, "run.log")).catch(() => "");
  const before = (await logOf()).length;
  const said = async () => (await logOf()).slice(before);
  const program = new Deno.Command(Deno.execPath(), {
    args: [...DYING, "--read", logs, "--follow", "--quiet", "--out", out, "--config", config],
    cwd: ROOT,
    env: {
      NO_COLOR: "1",
      XDG_STATE_HOME: join(folder, "state"),
      DYING: instead === undefined ? "-" : `TAPE_URL ${instead}`,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const hung = setTimeout(() => program.kill("SIGKILL"), 90_000);
  try {
    let more = 0;
    await until(async () => {
      // So that there are further batches.
      const lines = connections(1000 * more + 200).split("\n").slice(1000 * more);
      await Deno.writeTextFile(join(logs, "conn.log"), lines.join("\n"), { append: true });
      more++;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return awaited.test(await said());
    }, 60);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    program.kill("SIGINT");
    const { code, signal } = await program.status;
    assert.deepEqual([code, signal], [0, null], await said());
    return await said();
  } finally {
    clearTimeout(hung);
  }
}

Deno.test("the tape's thread fails: the run goes on, and the next one begins anew; over what was left as well", async () => {
  await inFolder(async (folder) => {
    const failed = await followed(folder, "tape", /thread of the tape failed/, connections(100));
    assert.match(
      failed,
      new RegExp(`The thread of the tape failed: .*${WHY}\\. Were the agent restarted now, it would begin`),
    );
    assert.match(failed, /\n.* Done: /);
    const anew = await followed(folder, undefined, /Threat intelligence: /, "");
    assert.doesNotMatch(anew, / goes on, /);
    const again = await followed(folder, "tape-again", /thread of the tape failed/, "");
    assert.match(again, / goes on, .* judged again by 0 records/);
    assert.match(again, /\n.* Done: /);
  });
});

const QUESTIONS: readonly Question[] = ["12c8aec5766ac3e6f26f2505e2f4a8f2", "0123456789abcdef0123456789abcdef"]
  .map((md5) => ({ ask: "file", md5 }));
const LOOKUPS = {
  ...Object.fromEntries(Object.entries(ENRICHMENT_SETTINGS).map(([name, { value }]) => [name, value])),
  urlhaus: true,
} as EnrichmentSettings;

Deno.test("a thread of look-ups fails: that is said, and all questions have an answer: none", async () => {
  const [warnings, unanswered] = [[] as string[], [] as Question[]];
  await whileDying(LOOKUP_URL, "look-up", async () => {
    const lookups = openLookups({
      ...{ settings: LOOKUPS, offline: false, state: undefined },
      addresses: { urlhaus: `http://127.0.0.1:${freePort()}` },
    }, { answers: (_, none) => void unanswered.push(...none), warning: (sentence) => void warnings.push(sentence) });
    lookups.ask!([QUESTIONS[0]!]);
    await until(() => warnings.length > 0);
    lookups.ask!([QUESTIONS[1]!]);
    const began = performance.now();
    await lookups.settled(20);
    assert(performance.now() - began < 5000, "somebody waits for a thread that is gone");
    lookups.close();
  });
  assert.match(warnings.join("\n"), new RegExp(`^Look-ups by urlhaus failed and are not made any more: .*${WHY}\\. `));
  assert.deepEqual(unanswered, QUESTIONS);
});

Deno.test("the thread by which sensors share fails: nobody waits for it, now or later", async () => {
  const redis = await startRedis();
  const place = readPlace(`redis://127.0.0.1:${redis.port}`) as RedisPlace;
  const warnings: string[] = [];
  try {
    await whileDying(SHARING_URL, "sharing", async () => {
      const sharing = startSharing(
        { place, sensor: "office", serviceKeys: {} },
        (sentence) => void warnings.push(sentence),
      );
      assert.equal(await sharing.find("file 0"), undefined);
      assert.equal(await sharing.find("file 1"), undefined);
      assert.equal(await sharing.round([], true), undefined);
      await sharing.close();
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, new RegExp(`^What sensors share cannot be used any more: .*${WHY}\\. `));
  } finally {
    await redis.remove();
  }
});

Deno.test("the feeds' thread fails: whoever waits hears of it, and whoever asks later", async () => {
  await whileDying(FEEDS_URL, "feeds", async () => {
    const thread = startFeedsThread(FEEDS_URL, []);
    const said = new RegExp(`The feeds' thread failed: .*${WHY}\\. Feeds are not fetched any more\\.`);
    await assert.rejects(thread.compile([], new Set(), "nothing"), said);
    await assert.rejects(thread.compile([], new Set(), "nothing"), said);
    thread.stop();
  });
});

Deno.test("the peer network's thread fails: the command is refused, and another one is started", async () => {
  await inFolder(async (folder) => {
    const warnings: string[] = [];
    const settings = p2pSettings({ enabled: true, port: freePort(), interfaces: ["lo"] });
    const start = { settings, trust: trustSettings(), secret: "", directory: folder, protected: [] };
    const thread = await whileDying(PEER_URL, "peer", async () => {
      const thread = startPeerThread(PEER_URL, start, {
        event() {},
        failed: (sentence) => void warnings.push(sentence),
        warning: (sentence) => void warnings.push(sentence),
      });
      await assert.rejects(thread.command("list", []), /The peer network is not running\./);
      return thread;
    });
    assert.match(warnings.join("\n"), new RegExp(`^The peer network failed \\(.*${WHY}\\) and is started again\\.`));
    await until(() => thread.command("list", []).then(() => true, () => false), 30);
    assert.equal(warnings.length, 1);
    await thread.stop();
  });
});

Deno.test("the thread of a fleet fails, of a sensor or of one who judges: it ends with a sentence", async () => {
  const redis = await startRedis();
  try {
    await inFolder(async (folder) => {
      const log = join(folder, "conn.log");
      await Deno.writeTextFile(log, connections(20_000));
      const store = ["--store", `redis://127.0.0.1:${redis.port}`];
      const said = new RegExp(`^smartshield failed: The thread of the fleet failed: .*${WHY}\\.`, "m");
      const sensor = ["sensor", "--read", log, "--quiet", "--out", join(folder, "out"), ...store];
      const { code, err } = await dying("FLEET_SENSOR_URL", "fleet-sensor", ...sensor);
      assert.equal(code, 1, err);
      assert.match(err, said);
      const judge = await dying("FLEET_DETECT_URL", "fleet-detect", "detect", ...store);
      assert.equal(judge.code, 1, judge.err);
      assert.match(judge.err, said);
    });
  } finally {
    await redis.remove();
  }
});
