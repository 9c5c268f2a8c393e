// What becomes of a run's findings and records when the store cannot be written for a while.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { openJournal } from "../../../agent/store/journal.ts";
import { createKeeper, HEARD_MILLISECONDS, type Keeper } from "../../../agent/store/keeper.ts";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import { type Store, StoreError, type Writing } from "../../../agent/store/store.ts";
import { conn } from "../../detectors/harness.ts";
import { alert, block, evidence, RUN } from "./suite.ts";

const T = 1_700_000_000;

interface Scene {
  keeper: Keeper;
  /** While true the store refuses everything, as on a full disk. */
  isFull: boolean;
  /** Milliseconds of the keeper's clock. */
  time: number;
  warnings: string[];
  journal: string;
  /** What is in the store, read by somebody else. */
  stored(): Promise<{ records: number; evidence: string[]; alerts: string[] }>;
}

async function inScene(tell: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [path, journal] = [join(folder, "store.sqlite"), join(folder, "store.journal")];
  const refused = (): Promise<never> => Promise.reject(new StoreError("The store cannot be used: the disk is full."));
  const open = (): Promise<Store> => {
    if (scene.isFull) return refused();
    const store = openSqlite(path);
    return Promise.resolve({ ...store, write: (writing) => scene.isFull ? refused() : store.write(writing) });
  };
  const scene = { isFull: false, time: 0, warnings: [] as string[], journal } as unknown as Scene;
  scene.keeper = await createKeeper({
    open,
    journal: openJournal(journal),
    run: RUN,
    retention: { seconds: Infinity, bytes: Infinity },
    warning: (sentence) => scene.warnings.push(sentence),
    clock: () => scene.time,
  });
  scene.stored = async () => {
    const reader = openSqlite(path, { readOnly: true });
    const limit = 1000;
    const found = {
      records: (await reader.records({ limit })).length,
      evidence: (await reader.evidence({ limit })).map((one) => one.evidence.id),
      alerts: (await reader.alerts({ limit })).map((one) => one.alert.id),
    };
    await reader.close();
    return found;
  };
  try {
    await tell(scene);
  } finally {
    await scene.keeper.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function flow(at: number): { ordinal: number; profile: string; window: number; record: AnyRecord } {
  const record = conn({ orig_h: "192.168.1.23", resp_h: "192.168.1.10", ts: T + at, orig_bytes: 100 });
  return { ordinal: at, profile: record.orig_h, window: 1, record };
}

Deno.test("records, findings and what is known of hosts arrive together", async () => {
  await inScene(async ({ keeper, stored }) => {
    keeper.records([flow(1), flow(2)]);
    keeper.found([{ evidence: evidence(1).evidence }, { alert: alert(1, []).alert }]);
    await keeper.write();
    assert.deepEqual(await stored(), { records: 2, evidence: ["00000001-aaaa"], alerts: ["11111111-bbbb"] });
    assert.deepEqual(keeper.counts(), {
      records: 2,
      evidence: 1,
      alerts: 1,
      records_not_stored: 0,
      findings_not_stored: 0,
      findings_in_journal: 0,
    });
  });
});

Deno.test("a full disk: records are given up and counted, findings wait and arrive once, in order", async () => {
  await inScene(async (scene) => {
    const { keeper, stored, warnings } = scene;
    keeper.found([{ evidence: evidence(1).evidence }]);
    await keeper.write();
    scene.isFull = true;
    keeper.records([flow(1)]);
    keeper.found([{ evidence: evidence(2).evidence }, { alert: alert(1, ["00000002-aaaa"]).alert }]);
    await keeper.write();
    scene.time += 5_000;
    keeper.records([flow(2)]);
    keeper.found([{ evidence: evidence(3).evidence }]);
    await keeper.write();
    assert.deepEqual(warnings, [
      "The store cannot be used: the disk is full. Records are given up until it can be written again, findings wait for it.",
    ]);
    assert.equal(keeper.counts().records_not_stored, 2);
    assert.equal(keeper.counts().findings_in_journal, 3);
    assert.equal((await Deno.readTextFile(scene.journal)).trimEnd().split("\n").length, 3);

    scene.isFull = false;
    scene.time += 5_000;
    keeper.records([flow(3)]);
    await keeper.write();
    assert.deepEqual(await stored(), {
      records: 1,
      evidence: ["00000001-aaaa", "00000002-aaaa", "00000003-aaaa"],
      alerts: ["11111111-bbbb"],
    });
    assert.equal(keeper.counts().findings_in_journal, 0);
    assert.match(warnings[1]!, /^The store can be written again; 3 findings had waited for it\.$/);
  });
});

Deno.test("where the journal cannot be written either, what is lost is counted and said at the end", async () => {
  await inScene(async (scene) => {
    scene.isFull = true;
    await Deno.mkdir(scene.journal);
    scene.keeper.found([{ evidence: evidence(1).evidence }, { evidence: evidence(2).evidence }]);
    await scene.keeper.write();
    assert.equal(scene.keeper.counts().findings_not_stored, 2);
    assert.equal(scene.keeper.counts().findings_in_journal, 0);
    await scene.keeper.close();
    assert.match(scene.warnings.at(-1)!, /^2 findings could be written neither to the store nor to its journal/);
    await Deno.remove(scene.journal);
  });
});

Deno.test("it is not tried again with every batch while the store is away", async () => {
  await inScene(async (scene) => {
    scene.isFull = true;
    scene.keeper.records([flow(1)]);
    await scene.keeper.write();
    scene.isFull = false;
    scene.time += 10;
    scene.keeper.records([flow(2)]);
    await scene.keeper.write();
    assert.equal((await scene.stored()).records, 0);
    scene.time += 2_000;
    scene.keeper.records([flow(3)]);
    await scene.keeper.write();
    assert.equal((await scene.stored()).records, 1);
  });
});

Deno.test("what waited when the agent ended arrives with its next run, under the run that found it", async () => {
  await inScene(async (scene) => {
    scene.isFull = true;
    scene.keeper.found([{ evidence: evidence(1).evidence }, { alert: alert(1, ["00000001-aaaa"]).alert }]);
    await scene.keeper.write();
    await scene.keeper.close();
    const path = join(dirname(scene.journal), "another.sqlite");
    const next = await createKeeper({
      // Another home: this one has never heard of the earlier run, like a server that was started again empty.
      open: () => Promise.resolve(openSqlite(path)),
      journal: openJournal(scene.journal),
      run: { ...RUN, id: "run-2" },
      retention: { seconds: Infinity, bytes: Infinity },
      warning: (sentence) => scene.warnings.push(sentence),
      clock: () => scene.time,
    });
    assert.match(scene.warnings.at(-1)!, /2 findings had waited/);
    await next.close();
    const reader = openSqlite(path, { readOnly: true });
    assert.deepEqual((await reader.evidence({ limit: 9 })).map(({ run, evidence: { id } }) => [run, id]), [
      ["run-1", "00000001-aaaa"],
    ]);
    assert.deepEqual((await reader.runs()).map(({ id }) => id).sort(), ["run-1", "run-2"]);
    await reader.close();
    assert.equal(openJournal(scene.journal).length, 0);
  });
});

Deno.test("what is found while a server takes its time goes with the next writing, also when that one fails", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const told: string[][] = [];
    let answer!: { resolve: () => void; reject: (reason: Error) => void };
    const slow = openSqlite(join(folder, "store.sqlite"));
    const keeper = await createKeeper({
      open: () =>
        Promise.resolve({
          ...slow,
          close: () => Promise.resolve(),
          write: (writing) => {
            told.push((writing.evidence ?? []).map((one) => one.evidence.id));
            return new Promise<void>((resolve, reject) => answer = { resolve, reject });
          },
        }),
      journal: openJournal(join(folder, "journal")),
      run: RUN,
      retention: { seconds: Infinity, bytes: Infinity },
      warning: () => {},
      clock: () => 0,
    });
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
    keeper.found([{ evidence: evidence(1).evidence }]);
    const first = keeper.write();
    await turn();
    keeper.found([{ evidence: evidence(2).evidence }]);
    const second = keeper.write();
    await turn();
    assert.deepEqual(told, [["00000001-aaaa"]]);
    answer.resolve();
    await first;
    await turn();
    assert.deepEqual(told, [["00000001-aaaa"], ["00000002-aaaa"]]);
    keeper.found([{ evidence: evidence(3).evidence }]);
    answer.reject(new StoreError("The store cannot be used: the connection was lost."));
    await second;
    assert.equal(keeper.counts().findings_in_journal, 2);
    const waiting = openJournal(join(folder, "journal")).read() as Writing[];
    assert.deepEqual(waiting.flatMap((one) => one.evidence!.map(({ evidence: { id } }) => id)), [
      "00000002-aaaa",
      "00000003-aaaa",
    ]);
    await slow.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a journal whose last line was cut off by a crash gives what is whole", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "journal");
    const journal = openJournal(path);
    journal.add([{ a: 1 }]);
    journal.add([{ a: 2 }]);
    await Deno.writeTextFile(path, '{"a":3', { append: true });
    assert.deepEqual(openJournal(path).read(), [{ a: 1 }, { a: 2 }]);
    const again = openJournal(path);
    assert.equal(again.length, 2);
    again.add([{ a: 4 }]);
    assert.deepEqual(again.read(), [{ a: 1 }, { a: 2 }, { a: 4 }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what a window has come to is kept with its evidence, through the journal too, and facts wait for the store", async () => {
  await inScene(async (scene) => {
    const { keeper } = scene;
    const path = join(dirname(scene.journal), "store.sqlite");
    const known = async () => {
      const reader = openSqlite(path, { readOnly: true });
      const windows = await reader.windows({ limit: 10 });
      const peers = await reader.peers();
      await reader.close();
      return [windows.map(({ score, threshold }) => [score, threshold]), peers.map(({ peer }) => peer)];
    };
    const peer = { address: "192.168.1.9", trust: 0.5, connected: true, since: T };
    keeper.found([
      { evidence: evidence(1).evidence, standing: { score: 2, threshold: 8 } },
      { evidence: evidence(2).evidence, standing: { score: 5, threshold: 8 } },
    ]);
    await keeper.write();
    assert.deepEqual(await known(), [[[5, 8]], []]);
    scene.isFull = true;
    keeper.found([{ evidence: evidence(3).evidence, standing: { score: 9, threshold: 8 } }]);
    keeper.facts({ peers: [{ peer: "12D3a", ...peer }] });
    await keeper.write();
    keeper.facts({ peers: [{ peer: "12D3b", ...peer }] });
    scene.isFull = false;
    scene.time += 2000;
    await keeper.write();
    assert.deepEqual(await known(), [[[9, 8]], ["12D3b"]]);
  });
});

Deno.test("blocks are no more given up than findings, and the next run reads them", async () => {
  const folder = await Deno.makeTempDir();
  const [path, journal] = [join(folder, "store.sqlite"), join(folder, "store.journal")];
  let isFull = false;
  const refused = (): Promise<never> => Promise.reject(new StoreError("The store cannot be used: the disk is full."));
  const open = (): Promise<Store> => {
    if (isFull) return refused();
    const store = openSqlite(path);
    return Promise.resolve({ ...store, write: (writing) => isFull ? refused() : store.write(writing) });
  };
  const begin = (id: string): Promise<Keeper> =>
    createKeeper({
      ...{ open, journal: openJournal(journal), run: { ...RUN, id } },
      ...{ retention: { seconds: Infinity, bytes: Infinity }, warning: () => {}, clock: () => 0 },
    });
  const blocked = block("192.0.2.7", { since: T });
  try {
    const first = await begin("run-1");
    assert.deepEqual(first.blocks, []);
    first.found([{ block: blocked }]);
    await first.write();
    isFull = true;
    first.found([{ block: { ...blocked, ended: T + 60, told: T + 60 } }, { block: { ...blocked, ip: "192.0.2.8" } }]);
    await first.write();
    assert.equal(first.counts().findings_in_journal, 2);
    await first.close();

    isFull = false;
    const second = await begin("run-2");
    assert.deepEqual(second.blocks.map(({ sensor, ip, ended }) => [sensor, ip, ended]), [
      ["office", "192.0.2.8", undefined],
      ["office", "192.0.2.7", T + 60],
    ]);
    second.found([{ block: { ...blocked, times: 2, told: T + 90 } }]);
    await second.close();
    const third = await begin("run-3");
    assert.deepEqual(third.blocks.map(({ ip, times }) => [ip, times]), [["192.0.2.7", 2], ["192.0.2.8", 1]]);
    await third.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a sensor that sees nothing still says that it is there", async () => {
  await inScene(async (scene) => {
    const path = join(dirname(scene.journal), "store.sqlite");
    const lastHeard = async (): Promise<number> => {
      const reader = openSqlite(path, { readOnly: true });
      const [sensor] = await reader.sensors();
      await reader.close();
      return sensor!.last;
    };
    const before = await lastHeard();
    scene.time = HEARD_MILLISECONDS + 1;
    await scene.keeper.write();
    assert(await lastHeard() > before);
  });
});

Deno.test("a store that comes back late does not hold up the run: what comes meanwhile is held, then given up and counted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "store.sqlite");
    let [time, isThere] = [0, true];
    let answer: (() => void) | undefined;
    const warnings: string[] = [];
    const keeper = await createKeeper({
      open: async () => {
        if (!isThere) await new Promise<void>((resolve) => answer = resolve);
        const store = openSqlite(path);
        const gone = (): Promise<never> =>
          Promise.reject(new StoreError("The store cannot be used: it does not answer."));
        return { ...store, write: (writing) => isThere ? store.write(writing) : gone() };
      },
      journal: openJournal(join(folder, "journal")),
      run: RUN,
      retention: { seconds: Infinity, bytes: Infinity },
      warning: (sentence) => warnings.push(sentence),
      clock: () => time,
    });
    isThere = false;
    keeper.records([flow(1)]);
    await keeper.write();
    assert.equal(keeper.counts().records_not_stored, 1);
    time += 2000;
    // Somebody listens there, and says nothing.
    keeper.records([flow(2)]);
    keeper.found([{ evidence: evidence(1).evidence }]);
    const began = performance.now();
    await keeper.write();
    assert(performance.now() - began < 5000);
    assert.equal(keeper.counts().records_not_stored, 2);
    assert.equal(keeper.counts().findings_in_journal, 1);
    keeper.records(Array.from({ length: 10_000 }, (_, at) => flow(3 + at)));
    await keeper.write();
    assert.equal(keeper.counts().records_not_stored, 10_002);
    keeper.records([flow(20_000)]);
    isThere = true;
    answer!();
    await keeper.settle();
    assert.deepEqual(keeper.counts(), {
      ...{ records: 1, evidence: 1, alerts: 0, records_not_stored: 10_002, findings_not_stored: 0 },
      findings_in_journal: 0,
    });
    await keeper.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is found while the store comes back and is brought what has waited is brought as well", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "store.sqlite");
    let [time, isThere] = [0, true];
    let goOn: (() => void) | undefined;
    const keeper = await createKeeper({
      open: () => {
        if (!isThere) return Promise.reject(new StoreError("The store cannot be used: nothing listens there."));
        const store = openSqlite(path);
        return Promise.resolve({
          ...store,
          async write(writing) {
            if (!isThere) throw new StoreError("The store cannot be used: the connection was lost.");
            // Slow when it has come back.
            if (time > 0 && goOn === undefined) await new Promise<void>((resolve) => goOn = resolve);
            await store.write(writing);
          },
        });
      },
      journal: openJournal(join(folder, "journal")),
      run: RUN,
      retention: { seconds: Infinity, bytes: Infinity },
      warning: () => {},
      clock: () => time,
    });
    isThere = false;
    keeper.found([{ evidence: evidence(1).evidence }]);
    await keeper.write();
    isThere = true;
    time += 2000;
    // It is brought the first, and the run does not wait for that.
    await keeper.write();
    assert(goOn !== undefined);
    keeper.found([{ evidence: evidence(2).evidence }, { alert: alert(1, []).alert }]);
    await keeper.write();
    assert.equal(keeper.counts().findings_in_journal, 3);
    goOn();
    await keeper.settle();
    assert.equal(keeper.counts().findings_in_journal, 0);
    const reader = openSqlite(path, { readOnly: true });
    assert.deepEqual((await reader.evidence({ limit: 10 })).map(({ ordinal }) => ordinal), [1, 2]);
    assert.equal((await reader.alerts({ limit: 10 })).length, 1);
    await reader.close();
    await keeper.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what a server took without an answer does not count as given up, and nothing of it counts twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "store.sqlite");
    let [time, connection] = [0, "sound" as "sound" | "broken before" | "broken after"];
    const keeper = await createKeeper({
      open: () => {
        const store = openSqlite(path);
        const broken = new StoreError("The store cannot be used: the connection was lost.");
        return Promise.resolve({
          ...store,
          async write(writing) {
            if (connection === "broken before") throw broken;
            await store.write(writing);
            if (connection === "broken after") throw broken;
          },
        });
      },
      journal: openJournal(join(folder, "journal")),
      run: RUN,
      retention: { seconds: Infinity, bytes: Infinity },
      warning: () => {},
      clock: () => time,
      mayDoubt: true,
    });
    for (const state of ["sound", "broken before", "sound", "broken after", "sound"] as const) {
      connection = state;
      time += 2000;
      const at = keeper.counts().evidence + 1;
      keeper.records([flow(at), flow(at + 10)]);
      keeper.found([{ evidence: evidence(at).evidence }]);
      await keeper.write();
    }
    assert.deepEqual(keeper.counts(), {
      ...{ records: 8, evidence: 5, alerts: 0, records_not_stored: 2, findings_not_stored: 0 },
      findings_in_journal: 0,
    });
    await keeper.close();
    const reader = openSqlite(path, { readOnly: true });
    assert.equal((await reader.records({ limit: 100 })).length, 8);
    assert.equal((await reader.evidence({ limit: 100 })).length, 5);
    // All ten: what was not written went with the next writing, what was did not go again.
    assert.equal((await reader.hosts({ limit: 1 }))[0]!.connections, 10);
    assert.equal(await reader.state(`written ${RUN.id}`), undefined);
    await reader.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a finding that no store would have is told and counted, and keeps no other from it", async () => {
  await inScene(async (scene) => {
    const broken = { ...evidence(2).evidence, confidence: "much" as unknown as number };
    scene.keeper.found([1, 2, 3].map((at) => ({ evidence: at === 2 ? broken : evidence(at).evidence })));
    await scene.keeper.write();
    assert.deepEqual((await scene.stored()).evidence, ["00000001-aaaa", "00000003-aaaa"]);
    // Nor when it has waited for a store that was full.
    scene.isFull = true;
    scene.keeper.found([{ evidence: broken }, { evidence: evidence(4).evidence }]);
    await scene.keeper.write();
    scene.isFull = false;
    scene.time += 5000;
    await scene.keeper.write();
    assert.deepEqual((await scene.stored()).evidence, ["00000001-aaaa", "00000003-aaaa", "00000004-aaaa"]);
    assert.equal(scene.keeper.counts().findings_not_stored, 2);
    assert.equal(scene.keeper.counts().findings_in_journal, 0);
    assert.equal(scene.warnings.filter((one) => /refused 1 findings? and 0 records as malformed/.test(one)).length, 2);
    // A record without a time has no place.
    const { record, ...rest } = flow(1);
    scene.keeper.records([{ ...rest, record: { ...record, ts: NaN } }, flow(2)]);
    await scene.keeper.write();
    assert.deepEqual([(await scene.stored()).records, scene.keeper.counts().records_not_stored], [1, 1]);
  });
});

Deno.test("a journal takes no more than it may, and what it does not take is not lost from sight", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "journal");
    const journal = openJournal(path, 100);
    assert.equal(journal.add(Array.from({ length: 20 }, (_, a) => ({ a }))), 12);
    assert.equal(journal.length, 12);
    assert.equal(openJournal(path, 100).add([{ a: 99 }]), 0);
    journal.clear();
    assert.equal(journal.add([{ a: 1 }]), 1);
    assert.deepEqual(openJournal(path).read(), [{ a: 1 }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
