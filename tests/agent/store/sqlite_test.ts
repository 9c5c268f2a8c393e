// The SQLite home: the suite of all homes, and what can only go wrong with a file.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../agent/store/sqlite/schema.ts";
import { type NewRecord, type StoredRecord, StoreError } from "../../../agent/store/store.ts";
import { conn } from "../../detectors/harness.ts";
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
    await assert.rejects(
      store.write({ run: RUN.id, evidence: [evidence(1), broken] }),
      (error) => error instanceof StoreError && error.isRefusal,
    );
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
       INSERT INTO hosts VALUES ('192.168.1.66', 'office-pc', NULL, 1000, 1500, 3, 900);
       INSERT INTO alerts VALUES (1, 'aaaa', 1, '192.168.1.66', 1, 1400, 9, 0.5, '{"id":"aaaa"}'),
         (1, 'bbbb', 2, '192.168.1.66', 1, 1500, 12, 0.5, '{"id":"bbbb","updates":"aaaa"}')`,
    );
    const record = old.prepare("INSERT INTO records VALUES (1, ?, ?, ?, ?, '192.168.1.66', '192.168.1.10', 1, ?)");
    for (let at = 1; at <= 600; at++) {
      const [kind, uid] = [at % 3 === 0 ? "dns" : "conn", `Cold${at}`];
      record.run(at, kind, 1000 + 10 * at, uid, JSON.stringify({ uid, orig_h: "192.168.1.66", resp_p: at }));
    }
    old.close();
    assert.throws(() => openSqlite(path, { readOnly: true }), /is of an older version: it is brought up to date by/);
    const store = openSqlite(path);
    const [host] = await store.hosts({ limit: 10 });
    assert.deepEqual([host!.sensor, host!.hostname, host!.connections, host!.alerts], ["local", "office-pc", 3, 1]);
    assert.equal((await store.alerts({ limit: 10 })).length, 2);
    assert.deepEqual(await store.blocks({ limit: 10 }), []);
    assert.deepEqual(await store.sensors(), [
      { name: "local", version: "0.1.0", input: "eth0", run: "run-1", first: 1000, last: 2000 },
    ]);
    const records = await store.records({ profile: "192.168.1.66", limit: 1000 });
    assert.deepEqual(records.map(({ ordinal }) => ordinal), Array.from({ length: 600 }, (_, at) => at + 1));
    const [one] = await store.records({ uid: "Cold450", limit: 10 });
    const asWritten = { uid: "Cold450", orig_h: "192.168.1.66", resp_p: 450, kind: "dns", ts: 5500 };
    assert.deepEqual(one, { run: "run-1", ordinal: 450, profile: "192.168.1.66", window: 1, record: asWritten });
    await store.close();
  });
});

Deno.test("the results of an older version can be shown; a file to which somebody may be writing is left alone", async () => {
  await inFolder(async (path) => {
    const old = new DatabaseSync(path);
    old.exec(`${MIGRATIONS[0]} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    old.exec("PRAGMA journal_mode = WAL");
    assert.throws(() => openSqlite(path, { readOnly: true, bringUpToDate: true }), says(/is of an older version/));
    old.exec("PRAGMA journal_mode = DELETE");
    old.close();
    const shown = openSqlite(path, { readOnly: true, bringUpToDate: true });
    assert.deepEqual(await shown.blocks({ limit: 1 }), []);
    await assert.rejects(shown.putRun(RUN), says(/cannot be opened or written there/));
    await shown.close();
  });
});

Deno.test("others read single records by plain SQL, and follow evidence down to them", async () => {
  await inFolder(async (path) => {
    const store = openSqlite(path);
    await store.putRun(RUN);
    const record = (at: number, uid: string): StoredRecord => ({
      run: RUN.id,
      ordinal: at,
      profile: "192.168.1.66",
      window: 1,
      record: conn({ orig_h: "192.168.1.66", resp_h: "192.168.1.10", ts: 1_700_000_000 + at, uid }),
    });
    await store.write({ run: RUN.id, records: [record(1, "C1"), record(2, "C with a space"), record(3, "C3")] });
    await store.write({ run: RUN.id, records: [record(4, "C1")], evidence: [evidence(1)] });
    await store.close();
    const reader = new DatabaseSync(path, { readOnly: true });
    const rows = (text: string): unknown[] => reader.prepare(text).all().map((row) => Object.values(row));
    assert.deepEqual(
      rows(
        "SELECT ordinal, kind, ts, uid, profile, peer, window, data ->> 'conn_state' FROM records WHERE ordinal < 3",
      ),
      [
        [1, "conn", 1_700_000_001, "C1", "192.168.1.66", "192.168.1.10", 1, "SF"],
        [2, "conn", 1_700_000_002, "C with a space", "192.168.1.66", "192.168.1.10", 1, "SF"],
      ],
    );
    assert.deepEqual(
      rows(`SELECT r.ordinal FROM evidence_records e
              JOIN record_uids u ON u.uid = e.uid
                AND u.bucket = (unicode(substr(e.uid, -1)) + 31 * unicode(substr(e.uid, -2, 1))) % 512
              JOIN records r ON r.block = u.block AND r.uid = u.uid AND r.run = e.run
              ORDER BY r.ordinal`),
      [[1], [4]],
    );
    reader.close();
  });
});

Deno.test("a file from which records went becomes smaller, and is as small as it may be", async () => {
  await inFolder(async (path) => {
    const store = openSqlite(path);
    await store.putRun(RUN);
    for (let part = 0; part < 10; part++) {
      const records = Array.from({ length: 4000 }, (_, at): StoredRecord => ({
        run: RUN.id,
        ordinal: 4000 * part + at + 1,
        profile: `10.0.0.${at % 40}`,
        window: 1,
        record: conn({
          orig_h: `10.0.0.${at % 40}`,
          resp_h: "192.168.1.10",
          ts: 4000 * part + at,
          uid: `C${part}x${at}`,
        }),
      }));
      await store.write({ run: RUN.id, records });
    }
    const bytes = 4 * 2 ** 20;
    const all = await store.retain({ seconds: Infinity, bytes, most: 1000 });
    assert(all >= 1000 && all < 2000, `${all} went at once`);
    const gone = all + await store.retain({ seconds: Infinity, bytes });
    const left = await store.records({ limit: 40_000 });
    assert.equal(gone + left.length, 40_000);
    // The oldest went: blocks of a host, so that some of its neighbours' may be a little older.
    assert(left[0]!.record.ts > 40_000 - left.length - 8000);
    assert.equal((await store.records({ uid: "C0x7", limit: 1 })).length, 0);
    await store.close();
    const { size } = await Deno.stat(path);
    assert(size <= bytes && size > bytes / 2, `${size} bytes`);
  });
});

Deno.test("two agents write to one file: each record is there once, and who holds the file for long is said", async () => {
  await inFolder(async (path) => {
    const record = (at: number): NewRecord => ({
      ordinal: at,
      profile: "192.168.1.66",
      window: 1,
      record: conn({ orig_h: "192.168.1.66", resp_h: "192.168.1.10", ts: 1_700_000_000 + at, uid: `C${at}` }),
    });
    const [one, other] = [openSqlite(path), openSqlite(path)];
    await one.putRun(RUN);
    await other.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    for (let at = 0; at < 10; at++) {
      await one.write({ run: RUN.id, records: [record(at), record(at + 100)] });
      await other.write({ run: "run-2", records: [record(at)] });
    }
    assert.equal((await one.records({ limit: 100 })).length, 30);
    assert.equal((await other.records({ sensor: "branch", limit: 100 })).length, 10);
    assert.deepEqual((await one.records({ uid: "C7", limit: 10 })).map(({ run }) => run), [RUN.id, "run-2"]);

    const holder = new DatabaseSync(path);
    holder.exec("BEGIN IMMEDIATE");
    await assert.rejects(one.write({ run: RUN.id, records: [record(50)] }), says(/another program holds it\.$/));
    holder.exec("COMMIT");
    holder.close();
    await one.write({ run: RUN.id, records: [record(50)] });
    assert.equal((await other.records({ limit: 100 })).length, 31);
    await one.close();
    await other.close();
  });
});
