// The SQLite home: the suite of all homes, and what can only go wrong with a file.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../agent/store/sqlite/schema.ts";
import { StoreError } from "../../../agent/store/store.ts";
import { evidence, RUN, testHome } from "./suite.ts";

testHome("SQLite", async () => {
  const folder = await Deno.makeTempDir();
  return {
    open: () => Promise.resolve(openSqlite(join(folder, "store.sqlite"))),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
});

async function inFolder(test: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(join(folder, "store.sqlite"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const says = (sentence: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof StoreError);
  assert.match(error.message, sentence);
  return true;
};

Deno.test("a file that is no database, another program's, or a newer one is refused in one sentence", async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(
      path,
      "this is a letter to my aunt, and long enough to have a header of one hundred bytes ".repeat(9),
    );
    assert.throws(() => openSqlite(path), says(/^The store .* cannot be used: it is damaged, or no SQLite file\.$/));
  });
  await inFolder((path) => {
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE recipes (name TEXT)");
    other.close();
    assert.throws(() => openSqlite(path), says(/is a database of another program: name another file\.$/));
  });
  await inFolder(async (path) => {
    await openSqlite(path).close();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    assert.throws(() => openSqlite(path), says(/was written by a newer smartshield/));
  });
});

Deno.test("a missing folder is said in one sentence", () => {
  assert.throws(() => openSqlite("/nowhere/at/all.sqlite"), says(/it cannot be opened or written there\.$/));
});

Deno.test("whoever reads sees what is written meanwhile", async () => {
  await inFolder(async (path) => {
    const writer = openSqlite(path);
    await writer.putRun(RUN);
    const reader = openSqlite(path, { readOnly: true });
    await writer.write({ run: RUN.id, evidence: [evidence(1)] });
    assert.equal((await reader.evidence({ limit: 10 })).length, 1);
    await assert.rejects(reader.putRun(RUN), says(/cannot be opened or written there/));
    await reader.close();
    await writer.close();
  });
});

Deno.test("what fails half-way leaves nothing behind", async () => {
  await inFolder(async (path) => {
    const store = openSqlite(path);
    await store.putRun(RUN);
    const broken = { ...evidence(2), evidence: { ...evidence(2).evidence, confidence: "much" as unknown as number } };
    await assert.rejects(store.write({ run: RUN.id, evidence: [evidence(1), broken] }), StoreError);
    assert.deepEqual(await store.evidence({ limit: 10 }), []);
    await assert.rejects(store.write({ run: "unknown" }), says(/There is no run unknown in/));
    await store.close();
  });
});

Deno.test("an older file is brought up to date by the next run into it, and refused by those who only read", async () => {
  await inFolder(async (path) => {
    const old = new DatabaseSync(path);
    old.exec(`${MIGRATIONS[0]} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    old.exec(
      `INSERT INTO runs VALUES (1, 'run-1', 'local', '0.1.0', 'eth0', 'live capture', 1000, 2000, 3600, 1000, NULL);
       INSERT INTO hosts VALUES ('192.168.1.66', 'office-pc', NULL, 1000, 1500, 3, 900)`,
    );
    old.close();
    assert.throws(() => openSqlite(path, { readOnly: true }), /is of an older version: it is brought up to date by/);
    const store = openSqlite(path);
    const [host] = await store.hosts({ limit: 10 });
    assert.deepEqual([host!.sensor, host!.hostname, host!.connections], ["local", "office-pc", 3]);
    assert.deepEqual(await store.sensors(), [
      { name: "local", version: "0.1.0", input: "eth0", run: "run-1", first: 1000, last: 2000 },
    ]);
    await store.close();
  });
});
