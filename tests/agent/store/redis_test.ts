// The Redis home: the suite of all homes over a real server, and what can only go wrong with a server.

import assert from "node:assert/strict";
import { join } from "node:path";
import { openJournal } from "../../../agent/store/journal.ts";
import { createKeeper } from "../../../agent/store/keeper.ts";
import { openStore } from "../../../agent/store/open.ts";
import { readPlace } from "../../../agent/store/place.ts";
import { openRedis } from "../../../agent/store/redis/home.ts";
import { type Store, StoreError } from "../../../agent/store/store.ts";
import { until } from "../../until.ts";
import {
  allowUser,
  freePort,
  makeCertificate,
  nameOf,
  type RedisServer,
  SERVERS,
  startServer,
} from "./redis-server.ts";
import { slowWay } from "./slow-way.ts";
import { alert, evidence, RUN, testHome } from "./suite.ts";

const open = (place: string, options: { readOnly?: boolean } = {}): Promise<Store> =>
  openStore(readPlace(place), options);

type Test = (server: RedisServer) => Promise<void>;
/** Runs a test on a server with these options. */
type WithServer = (options: readonly string[], test: Test) => Promise<void>;

/** The same story over each server that is installed. */
function story(title: string, tell: (withRedis: WithServer) => Promise<void>): void {
  for (const program of SERVERS) {
    Deno.test(`${nameOf(program)}: ${title}`, () =>
      tell(async (options, test) => {
        const server = await startServer(program, ...options);
        try {
          await test(server);
        } finally {
          await server.remove();
        }
      }));
  }
}

for (const program of SERVERS) {
  testHome(nameOf(program), async () => {
    const server = await startServer(program);
    return {
      open: () => open(`redis://127.0.0.1:${server.port}`),
      remove: () => server.remove(),
    };
  });
}

const says = (sentence: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof StoreError, String(error));
  assert.match(error.message, sentence);
  assert.doesNotMatch(error.message, /secret/);
  return true;
};

story("over a Unix socket, in another database, under another prefix", async (withRedis) => {
  await withRedis([], async (server) => {
    const store = await open(`redis+unix://${server.socket}?db=3&prefix=branch.office`);
    await store.putRun(RUN);
    await store.write({ run: RUN.id, evidence: [evidence(1)] });
    await store.close();
    const keys = (await server.command("-n", "3", "KEYS", "*")).split("\n");
    assert(keys.length > 5);
    for (const key of keys) assert(key.startsWith("{branch.office}:"), key);
    assert.equal(await server.command("DBSIZE"), "0");
  });
});

story("password and ACL user; without the right one a sentence that does not tell it", async (withRedis) => {
  await withRedis(["--requirepass", "secret word"], async (server) => {
    const at = `127.0.0.1:${server.port}`;
    await assert.rejects(open(`redis://${at}`), says(/cannot be used: it wants a password/));
    await assert.rejects(open(`redis://:secret@${at}`), says(/cannot be used: the user or the password is wrong\.$/));
    await (await open(`redis://:secret%20word@${at}`)).close();
    await allowUser(server, "secret", "-a", "secret word");
    const store = await open(`redis://sensor:secret@${at}`);
    await store.putRun(RUN);
    await store.write({ run: RUN.id, evidence: [evidence(1)], alerts: [alert(1, [])] });
    await store.retain({ seconds: 1, bytes: 0 });
    await store.close();
    await assert.rejects(
      open(`redis://sensor:secret@${at}?prefix=others`),
      says(/cannot be used: its user may not do what is needed/),
    );
  });
});

story(
  "a server that is not there, has no such database, or is a replica is said in one sentence",
  async (withRedis) => {
    await assert.rejects(open(`redis://127.0.0.1:${freePort()}`), says(/cannot be used: nothing listens there\.$/));
    await assert.rejects(open("redis+unix:///nowhere/redis.sock"), says(/cannot be used: there is no such socket\.$/));
    await assert.rejects(open("redis://no.such.host.invalid"), says(/cannot be used: its name is not known\.$/));
    await withRedis(["--replicaof", "127.0.0.1", "1"], async ({ port }) => {
      await assert.rejects(open(`redis://127.0.0.1:${port}`), says(/it is a replica: name the server that it copies/));
    });
    await withRedis([], async ({ port, command }) => {
      await assert.rejects(open(`redis://127.0.0.1:${port}/99`), says(/it has no such database\.$/));
      await assert.rejects(open(`redis://:secret@127.0.0.1:${port}`), says(/it has no password, but one was given\.$/));
      await assert.rejects(open(`redis://127.0.0.1:${port}`, { readOnly: true }), says(/There is no store at .* yet/));
      await command("SET", "{smartshield}:version", "99");
      await assert.rejects(open(`redis://127.0.0.1:${port}`), says(/was written by a newer smartshield/));
    });
  },
);

story("over TLS, vouched for by an authority of one's own, and by nobody", async (withRedis) => {
  const folder = await Deno.makeTempDir();
  try {
    const { key, certificate } = await makeCertificate(folder);
    const port = freePort();
    const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"];
    await withRedis(["--tls-port", String(port), ...files], async () => {
      const store = await open(`rediss://127.0.0.1:${port}?ca=${certificate}`);
      await store.putRun(RUN);
      assert.deepEqual((await store.runs()).map(({ id }) => id), [RUN.id]);
      await store.close();
      await assert.rejects(
        open(`rediss://127.0.0.1:${port}`),
        says(/its certificate is not to be trusted \(\?ca=FILE/),
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

story("of several servers the one that takes writings is found", async (withRedis) => {
  await withRedis(["--replicaof", "127.0.0.1", "1"], async (replica) => {
    await withRedis([], async (server) => {
      const hosts = [freePort(), replica.port, server.port].map((port) => `127.0.0.1:${port}`);
      const store = await open(`redis://${hosts.join(",")}`);
      await store.putRun(RUN);
      await store.close();
      assert.equal(await server.command("HLEN", "{smartshield}:runs"), "1");
    });
  });
});

story("in a cluster the node that holds the keys is found, or named", async (withRedis) => {
  const cluster = ["--cluster-enabled", "yes"];
  await withRedis(cluster, async (one) => {
    await withRedis(cluster, async (other) => {
      await one.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
      await until(async () => {
        // A greeting that is lost is not sent again by itself.
        await one.command("CLUSTER", "MEET", "127.0.0.1", String(other.port));
        return /cluster_state:ok/.test(await other.command("CLUSTER", "INFO"));
      }, 60);
      await assert.rejects(
        open(`redis://127.0.0.1:${other.port}`),
        says(new RegExp(`in its cluster 127\\.0\\.0\\.1:${one.port} holds our keys; name it too`)),
      );
      const store = await open(`redis://127.0.0.1:${other.port},127.0.0.1:${one.port}`);
      await store.putRun(RUN);
      await store.write({ run: RUN.id, evidence: [evidence(1)], alerts: [alert(1, ["00000001-aaaa"])] });
      assert.equal((await store.alerts({ limit: 1 })).length, 1);
      const record = { kind: "arp", ts: 1000, operation: "request", orig_h: "192.168.1.66" } as never;
      await store.write({ run: RUN.id, records: [{ ordinal: 1, profile: "192.168.1.66", window: 1, record }] });
      assert.equal(await store.retain({ seconds: Infinity, bytes: 0 }), 1);
      await store.close();
    });
  });
});

story("evidence and alerts go to streams, each telling once", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const store = await open(`redis://127.0.0.1:${port}`);
    await store.putRun(RUN);
    const writing = { run: RUN.id, evidence: [evidence(1), evidence(2)], alerts: [alert(1, ["00000001-aaaa"])] };
    await store.write(writing);
    // The connection broke before the answer came: it is written again.
    await store.write(writing);
    await store.write({ run: RUN.id, evidence: [evidence(1, { count: 2 })] });
    await store.close();
    assert.equal(await command("XLEN", "{smartshield}:stream:evidence"), "3");
    assert.equal(await command("XLEN", "{smartshield}:stream:alerts"), "1");
    const entry = (await command("XRANGE", "{smartshield}:stream:alerts", "-", "+")).split("\n");
    assert.deepEqual(entry.slice(1, 8), ["run", "run-1", "sensor", "office", "id", "11111111-bbbb", "data"]);
    assert.equal(JSON.parse(entry[8]!).score, 16);
  });
});

story("beyond its size the oldest records go, and nothing is left of them", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const store = await open(`redis://127.0.0.1:${port}`);
    await store.putRun(RUN);
    const records = Array.from({ length: 3000 }, (_, at) => ({
      run: RUN.id,
      ordinal: at + 1,
      profile: "192.168.1.66",
      window: 1,
      record: { kind: "arp", ts: 1000 + at, uid: `C${at}`, operation: "request", orig_h: "192.168.1.66" } as never,
    }));
    await store.write({ run: RUN.id, records });
    const before = Number(await command("GET", "{smartshield}:bytes"));
    // A step of blocks, so some more than it takes.
    const gone = await store.retain({ seconds: Infinity, bytes: before / 2, most: 1000 }) +
      await store.retain({ seconds: Infinity, bytes: before / 2 });
    const left = (await store.records({ limit: 5000 })).map(({ ordinal }) => ordinal);
    assert(left.length >= 1000 && left.length <= 1500, `${left.length} left`);
    assert.deepEqual(left, Array.from({ length: left.length }, (_, at) => 3000 - left.length + at + 1));
    assert.equal(gone, 3000 - left.length);
    assert.deepEqual(await store.records({ uid: "C5", limit: 10 }), []);
    assert.equal(await store.retain({ seconds: Infinity, bytes: 0 }), left.length);
    assert.equal(await command("GET", "{smartshield}:bytes"), "0");
    assert.deepEqual((await command("KEYS", "*records*")).trim(), "");
    await store.close();
  });
});

story(
  "stopped for a while and started again empty: findings wait in the journal and arrive once, in order",
  async (withRedis) => {
    await withRedis([], async (server) => {
      const place = readPlace(`redis://127.0.0.1:${server.port}`);
      assert(place.kind === "redis");
      const warnings: string[] = [];
      let time = 0;
      const keeper = await createKeeper({
        open: () => openRedis(place),
        journal: openJournal(join(server.folder, "journal")),
        run: RUN,
        retention: { seconds: Infinity, bytes: Infinity },
        warning: (sentence) => warnings.push(sentence),
        clock: () => time,
      });
      keeper.found([{ evidence: evidence(1).evidence }]);
      await keeper.write();
      await server.kill();
      keeper.found([{ evidence: evidence(2).evidence }, { alert: alert(1, ["00000002-aaaa"]).alert }]);
      await keeper.write();
      assert.match(warnings[0]!, /^The store redis:\S+ cannot be used: .*\. Records are given up until/);
      time += 60_000;
      keeper.found([{ evidence: evidence(3).evidence }]);
      await keeper.write();
      assert.equal(keeper.counts().findings_in_journal, 3);
      await server.start();
      time += 2000;
      await keeper.write();
      assert.equal(keeper.counts().findings_in_journal, 0);
      assert.match(warnings.at(-1)!, /can be written again; 3 findings had waited/);
      const reader = await openRedis(place, { readOnly: true });
      const found = await reader.evidence({ limit: 10 });
      assert.deepEqual(found.map(({ evidence }) => evidence.id), ["00000002-aaaa", "00000003-aaaa"]);
      assert.equal((await reader.alerts({ limit: 10 })).length, 1);
      assert.deepEqual((await reader.runs()).map(({ id }) => id), [RUN.id]);
      await reader.close();
      await keeper.close();
    });
  },
);

story("what somebody has damaged goes as well, and keeps nothing else", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const store = await open(`redis://127.0.0.1:${port}`);
    await store.putRun(RUN);
    for (let at = 1; at <= 4; at++) {
      const record = { kind: "conn", ts: 1000 + at, uid: `Cuid0${at}`, orig_h: "192.168.1.66" } as never;
      await store.write({ run: RUN.id, records: [{ ordinal: at, profile: "192.168.1.66", window: 1, record }] });
    }
    const [first, second, third] = (await command("ZRANGE", "{smartshield}:records:kind:conn", "0", "-1")).split("\n");
    await command("SET", `{smartshield}:records:${first}`, '{"kind":"conn","profile":"\\');
    await command("SET", `{smartshield}:records:${second}`, "nonsense");
    await command("DEL", `{smartshield}:records:${third}`);
    await command("LSET", "{smartshield}:records:uids:02", "0", "nonsense");
    await store.retain({ seconds: Infinity, bytes: 0 });
    assert.deepEqual(await store.records({ limit: 10 }), []);
    assert.equal(await command("GET", "{smartshield}:bytes"), "0");
    assert.equal((await command("KEYS", "{smartshield}:records*")).trim(), "");
    await store.close();
  });
});

story("what a connection that broke still had on its way comes too late to change anything", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const way = slowWay(port);
    const host = { ip: "192.168.1.66", hostname: undefined, mac: undefined, first: 1, last: 2, bytes: 0 };
    const telling = (count: number) => ({
      run: RUN.id,
      evidence: [evidence(1, { count })],
      hosts: [{ ...host, connections: count }],
      state: { count },
    });
    const broken = await open(`redis://127.0.0.1:${way.port}`);
    await broken.putRun(RUN);
    await broken.write(telling(1));
    way.hold();
    const lost = assert.rejects(broken.write(telling(2)));
    await until(way.isHolding);
    await broken.close();
    await lost;
    const store = await open(`redis://127.0.0.1:${port}`);
    await store.putRun(RUN);
    await store.write(telling(5));
    await way.release();
    assert.equal((await store.evidence({ limit: 1 }))[0]!.evidence.count, 5);
    assert.equal((await store.hosts({ limit: 1 }))[0]!.connections, 6);
    assert.equal(await store.state("count"), 5);
    assert.equal(await command("XLEN", "{smartshield}:stream:evidence"), "2");
    await store.close();
    way.close();
  });
});

story("a server that is full takes nothing by halves, and forgets", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const store = await open(`redis://127.0.0.1:${port}`);
    await store.putRun(RUN);
    const record = { kind: "arp", ts: 1000, operation: "request", orig_h: "192.168.1.66" } as never;
    await store.write({ run: RUN.id, records: [{ ordinal: 1, profile: "192.168.1.66", window: 1, record }] });
    await command("CONFIG", "SET", "maxmemory", "1");
    await assert.rejects(store.write({ run: RUN.id, evidence: [evidence(1)] }), says(/it is out of memory/));
    // But it lets go of what it has.
    assert.equal(await store.retain({ seconds: Infinity, bytes: 0 }), 1);
    await command("CONFIG", "SET", "maxmemory", "0");
    assert.deepEqual(await store.evidence({ limit: 10 }), []);
    await store.write({ run: RUN.id, evidence: [evidence(1)] });
    assert.equal((await store.evidence({ limit: 10 })).length, 1);
    await store.close();
  });
});

story("older keys are brought up to date by the next run, and refused by those who only read", async (withRedis) => {
  await withRedis([], async ({ port, command }) => {
    const key = (name: string): string => `{smartshield}:${name}`;
    await command("SET", key("version"), "1");
    await command("HSET", key("runs"), "run-1", JSON.stringify({ number: 1, id: "run-1", sensor: "office" }));
    await command("HSET", key("host:192.168.1.66"), "hostname", "office-pc", "connections", "3", "bytes", "900");
    await command("ZADD", key("hosts:first"), "1000", "192.168.1.66");
    await command("ZADD", key("hosts:last"), "1500", "192.168.1.66");
    await command("ZADD", key("host:192.168.1.66:scored"), "1400", "1.0000");
    for (const [at, updates] of [undefined, "aaaa", "bbbb"].entries()) {
      const [id, time] = ["aaaa bbbb cccc".split(" ")[at]!, String(1400 + at)];
      const told = {
        ordinal: at + 1,
        alert: { id, profile: "192.168.1.66", window: 1, timestamp: 1400 + at, updates },
      };
      await command("HSET", key("alerts"), `1.${id}`, JSON.stringify(told));
      await command("ZADD", key("alerts:time"), time, `1.${id}`);
      await command("ZADD", key("host:192.168.1.66:alerts"), time, `1.${id}`);
    }
    for (const [at, uid] of ["Cone", "Ctwo", "Cone"].entries()) {
      const [ordinal, member] = [String(at + 1), `1.00000000${at + 1}`];
      const record = { kind: at === 2 ? "dns" : "conn", ts: 1000 + at, uid, orig_h: "192.168.1.66" };
      await command(
        "HSET",
        key("records:1:0"),
        ordinal,
        JSON.stringify({ profile: "192.168.1.66", window: 1, record }),
      );
      await command("ZADD", key("records:time"), String(1000 + at), member);
      await command("ZADD", key("host:192.168.1.66:records"), String(1000 + at), member);
      await command("SADD", key(`records:uid:${uid.slice(1, 3)}`), `${uid} ${member}`);
    }
    const place = `redis://127.0.0.1:${port}`;
    await assert.rejects(open(place, { readOnly: true }), says(/is of an older version: it is brought up to date by/));
    const store = await open(place);
    assert.deepEqual(await store.sensors(), []);
    await store.putRun({ ...RUN, sensor: "office" });
    const [host] = await store.hosts({ profile: "192.168.1.66", limit: 10 });
    assert.deepEqual(
      [host!.sensor, host!.hostname, host!.first, host!.last, host!.connections, host!.evidence, host!.alerts],
      ["office", "office-pc", 1000, 1500, 3, 1, 1],
    );
    const records = await store.records({ profile: "192.168.1.66", limit: 10 });
    assert.deepEqual(records.map(({ run, ordinal, record }) => [run, ordinal, record.kind]), [
      ["run-1", 1, "conn"],
      ["run-1", 2, "conn"],
      ["run-1", 3, "dns"],
    ]);
    assert.deepEqual((await store.records({ uid: "Cone", limit: 10 })).map(({ ordinal }) => ordinal), [1, 3]);
    await store.retain({ seconds: Infinity, bytes: 0 });
    assert.equal(await command("GET", key("bytes")), "0");
    assert.equal((await command("KEYS", "*records*")).trim(), "");
    assert.equal((await store.alerts({ limit: 10 })).length, 3);
    await store.close();
    assert.equal(await command("GET", key("version")), "4");
    assert.equal(await command("EXISTS", key("host:192.168.1.66")), "0");
  });
});
