// What the homes of the store forget, and that nothing of what they keep is lost with it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { blocksOf, uidOf } from "../../../agent/store/blocks.ts";
import { openJournal } from "../../../agent/store/journal.ts";
import { createKeeper } from "../../../agent/store/keeper.ts";
import { openStore } from "../../../agent/store/open.ts";
import { readPlace } from "../../../agent/store/place.ts";
import { connect } from "../../../agent/store/redis/link.ts";
import { BLOCK_OVERHEAD, RECORD_OVERHEAD } from "../../../agent/store/redis/records.ts";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import type { NewRecord, Store } from "../../../agent/store/store.ts";
import { nameOf, type RedisServer, SERVERS, startServer } from "./redis-server.ts";
import { RUN } from "./suite.ts";

const T = 1_700_000_000;
const EVERYTHING = { seconds: Infinity, bytes: 0 };

interface Home {
  open(): Promise<Store>;
  folder: string;
  /** Bytes of what is in it. */
  bytes(): Promise<number>;
  /** What is found but is not there, or is there and cannot be found, or does not add up. */
  problems(): Promise<string[]>;
  /** Lists of uids of which nothing is left but that. */
  oldLists(): Promise<number>;
  remove(): Promise<void>;
}

async function sqliteHome(): Promise<Home> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "store.sqlite");
  function ask(text: string): unknown {
    const reader = new DatabaseSync(path, { readOnly: true });
    try {
      return Object.values(reader.prepare(text).get()!)[0];
    } finally {
      reader.close();
    }
  }
  return {
    folder,
    open: () => Promise.resolve(openSqlite(path)),
    bytes: () => Promise.resolve(4096 * (Number(ask("PRAGMA page_count")) - Number(ask("PRAGMA freelist_count")))),
    problems: () => {
      const said = String(ask("PRAGMA integrity_check"));
      return Promise.resolve(said === "ok" ? [] : [said]);
    },
    oldLists: () =>
      Promise.resolve(Number(ask(
        "SELECT count(*) FROM record_uid_lists WHERE last < (SELECT ifnull(min(last), 1e99) FROM record_blocks)",
      ))),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}

async function redisHome(server: RedisServer): Promise<Home> {
  const place = readPlace(`redis://127.0.0.1:${server.port}`);
  assert(place.kind === "redis");
  const link = await connect(place, ["PING"]);
  const texts = async (...command: string[]): Promise<string[]> => await link.ask(...command) as string[];
  const key = (name: string): string => `{smartshield}:${name}`;
  const used = async (): Promise<number> => {
    const memory = String(await link.ask("INFO", "memory"));
    return Number(/^used_memory:(\d+)/m.exec(memory)![1]);
  };
  const before = await used();
  return {
    folder: server.folder,
    open: () => openStore(place),
    bytes: async () => await used() - before,
    async problems() {
      const problems: string[] = [];
      const ofKinds = await texts("KEYS", key("records:kind:*"));
      const inKinds = new Set((await Promise.all(ofKinds.map((one) => texts("ZRANGE", one, "0", "-1")))).flat());
      const inHosts = new Set<string>();
      for (const one of await texts("KEYS", key("host:*:records:*"))) {
        for (const member of await texts("ZRANGE", one, "0", "-1")) {
          if (!inKinds.has(member)) problems.push(`${one} has ${member}, which is gone`);
          inHosts.add(member);
        }
      }
      let bytes = 0;
      for (const block of await texts("KEYS", key("records:[0-9]*"))) {
        const member = block.slice(key("records:").length);
        const text = String(await link.ask("GET", block));
        const { profile, fields } = JSON.parse(text) as { profile?: string; fields: Record<string, unknown[]> };
        if (!inKinds.delete(member)) problems.push(`no kind has ${member}`);
        if (profile !== undefined && !inHosts.has(member)) problems.push(`${profile} has lost ${member}`);
        bytes += new TextEncoder().encode(text).length + BLOCK_OVERHEAD + RECORD_OVERHEAD * fields["ordinal"]!.length;
      }
      for (const member of inKinds) problems.push(`${member} is gone`);
      const counted = Number(await link.ask("GET", key("bytes")));
      if (counted !== bytes) problems.push(`${bytes} bytes, not ${counted}`);
      return problems;
    },
    async oldLists() {
      const oldest = await Promise.all(
        (await texts("KEYS", key("records:kind:*"))).map(async (one) =>
          Number((await texts("ZRANGE", one, "0", "0", "WITHSCORES"))[1])
        ),
      );
      const lists = await texts("KEYS", key("records:uids:*"));
      const elements = (await Promise.all(lists.map((list) => texts("LRANGE", list, "0", "-1")))).flat();
      return elements.filter((text) => (JSON.parse(text) as [number])[0] < Math.min(...oldest)).length;
    },
    async remove() {
      await link.close();
      await server.remove();
    },
  };
}

const HOMES: [string, () => Promise<Home>][] = [
  ["SQLite", sqliteHome],
  ...SERVERS.map((program): [string, () => Promise<Home>] => [
    nameOf(program),
    async () => redisHome(await startServer(program)),
  ]),
];

function story(title: string, tell: (home: Home) => Promise<void>): void {
  for (const [name, make] of HOMES) {
    Deno.test(`${name}: ${title}`, async () => {
      const home = await make();
      try {
        await tell(home);
      } finally {
        await home.remove();
      }
    });
  }
}

/**
 * Traffic in the order of its times, each its own: one host makes half of it, some of it is nobody's, one has a name that
 * JSON has to quote, and paths are in other scripts.
 */
function traffic(first: number, count: number, pace = 1): NewRecord[] {
  const kinds = ["conn", "dns", "http"] as const;
  return Array.from({ length: count }, (_, at): NewRecord => {
    const ordinal = first + at;
    const kind = kinds[ordinal % 7 % 3]!;
    const profile = ordinal % 2 === 0 ? "10.0.0.53" : ordinal % 31 === 0 ? undefined : `10.0.1."${ordinal % 11}\\`;
    const uri = kind === "http" ? { uri: `/путь/路径/${ordinal}` } : {};
    const record = { kind, ts: T + ordinal * pace, uid: `C${ordinal}`, orig_h: profile, ...uri };
    return { ordinal, profile, window: 1, record: record as unknown as AnyRecord };
  });
}

const ordinalsOf = (records: readonly { readonly ordinal: number }[]): number[] =>
  records.map(({ ordinal }) => ordinal).sort((a, b) => a - b);

story("what goes is the oldest, over all kinds and hosts, and what stays is found as before", async (home) => {
  const store = await home.open();
  await store.putRun(RUN);
  let expected: { last: number; records: readonly AnyRecord[]; ordinals: readonly number[] }[] = [];
  const all = new Map<number, NewRecord>();
  for (let part = 0; part < 5; part++) {
    const records = traffic(1 + 900 * part, 900);
    for (const one of records) all.set(one.ordinal, one);
    await store.write({ run: RUN.id, records });
    expected.push(...blocksOf(records));
  }
  expected.sort((a, b) => a.last - b.last);
  for (const most of [1, 100, 1500, 700]) {
    let count = 0;
    while (count < most) count += expected.shift()!.ordinals.length;
    assert.equal(await store.retain({ ...EVERYTHING, most }), count);
    const kept = expected.flatMap(({ ordinals }) => ordinals).sort((a, b) => a - b);
    assert.deepEqual(ordinalsOf(await store.records({ limit: 5000 })), kept);
    const of = (fits: (one: NewRecord) => boolean): number[] => kept.filter((ordinal) => fits(all.get(ordinal)!));
    for (const kind of ["conn", "dns", "http"] as const) {
      assert.deepEqual(
        ordinalsOf(await store.records({ kind, limit: 5000 })),
        of(({ record }) => record.kind === kind),
      );
    }
    for (const host of new Set([...all.values()].flatMap(({ profile }) => profile ?? []))) {
      const found = await store.records({ profile: host, limit: 5000 });
      assert.deepEqual(ordinalsOf(found), of(({ profile }) => profile === host), host);
    }
    for (const { ordinal, record } of [...all.values()].filter((_, at) => at % 37 === 0)) {
      const found = await store.records({ uid: uidOf(record)!, limit: 10 });
      assert.deepEqual(ordinalsOf(found), kept.includes(ordinal) ? [ordinal] : []);
    }
    assert.deepEqual(await home.problems(), []);
  }
  // By age the same: what ended before a time.
  const newest = T + 4500;
  expected = expected.filter(({ last }) => last >= newest - 600);
  await store.retain({ seconds: 600, bytes: Infinity });
  assert.deepEqual(
    ordinalsOf(await store.records({ limit: 5000 })),
    ordinalsOf(expected.flatMap(({ ordinals }) => ordinals.map((ordinal) => ({ ordinal })))),
  );
  assert.deepEqual(await home.problems(), []);
  await store.close();
});

story("a store that is full stays within its bound while writing goes on, and gives nothing up", async (home) => {
  const bound = 2 * 2 ** 20;
  const warnings: string[] = [];
  const keeper = await createKeeper({
    open: () => home.open(),
    journal: openJournal(join(home.folder, "journal")),
    run: RUN,
    retention: { seconds: Infinity, bytes: bound },
    warning: (sentence) => warnings.push(sentence),
    clock: () => performance.now(),
  });
  const [writings, each] = [50, 1000];
  let largest = 0;
  for (let at = 0; at < writings; at++) {
    keeper.records(traffic(1 + each * at, each, 0.01));
    await keeper.write();
    if (at % 5 === 4) largest = Math.max(largest, await home.bytes());
  }
  assert(largest < 1.5 * bound, `${largest} bytes`);
  assert.deepEqual([keeper.counts().records, keeper.counts().records_not_stored], [writings * each, 0]);
  await keeper.close();
  assert.deepEqual(warnings, []);
  const left = await home.bytes();
  assert(left > bound / 2 && left < 1.2 * bound, `${left} bytes`);
  const reader = await home.open();
  const kept = ordinalsOf(await reader.records({ limit: writings * each }));
  // The newest, without a gap but for the oldest writing: of that some hosts' blocks may have gone before others'.
  const whole = Array.from({ length: kept.length }, (_, at) => writings * each - kept.length + 1 + at)
    .filter((ordinal) => ordinal > kept[0]! + each);
  assert(whole.length > each);
  assert.deepEqual(kept.slice(-whole.length), whole);
  assert.deepEqual(await home.problems(), []);
  await reader.close();
});

story("who is cut off while it forgets leaves nothing behind that others do not take away", async (home) => {
  const first = await home.open();
  await first.putRun(RUN);
  for (let part = 0; part < 40; part++) await first.write({ run: RUN.id, records: traffic(1 + 250 * part, 250) });
  const going = first.retain({ ...EVERYTHING, most: 6000 }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 2));
  await first.close().catch(() => {});
  await going;
  assert.deepEqual(await home.problems(), []);
  // As a run does it that goes on for long: little by little.
  const second = await home.open();
  const left = (await second.records({ limit: 10_000 })).length;
  for (let gone = 0; gone < left / 2;) {
    const step = await second.retain({ ...EVERYTHING, most: 200 });
    assert(step >= 200 && step < 500, `${step} at once`);
    gone += step;
  }
  // Also when nothing more has to go, what they were found by does.
  for (let turn = 0; turn < 200; turn++) await second.retain({ seconds: Infinity, bytes: Infinity, most: 200 });
  assert.equal(await home.oldLists(), 0);
  assert.deepEqual(await home.problems(), []);
  await second.retain(EVERYTHING);
  assert.deepEqual(await second.records({ limit: 10 }), []);
  assert.deepEqual([await home.oldLists(), await home.problems()], [0, []]);
  await second.close();
});
