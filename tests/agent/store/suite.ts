// What every home of the store must do: the same stories over each of them.

import assert from "node:assert/strict";
import type { Alert, Evidence } from "../../../agent/evidence/evidence.ts";
import type {
  RecordSelection,
  Store,
  StoredAlert,
  StoredBlock,
  StoredEvidence,
  StoredRecord,
  StoredRun,
  Writing,
} from "../../../agent/store/store.ts";
import { countedFrom } from "../../../agent/store/old-traffic.ts";
import { conn } from "../../detectors/harness.ts";

/** A home to try: empty when it is made. */
export interface Home {
  open(): Promise<Store>;
  /** Takes everything away. */
  remove(): Promise<void>;
}

const T = 1_700_000_000;
const BOT = "192.168.1.66", SERVER = "192.168.1.10", PC = "192.168.1.23";

export const RUN: StoredRun = {
  id: "run-1",
  sensor: "office",
  version: "0.1.0",
  input: "office.pcap",
  kind: "pcap",
  began: T,
  ended: undefined,
  windowWidth: 3600,
  origin: T,
  summary: undefined,
};

function record(ordinal: number, orig_h: string, more: Partial<Parameters<typeof conn>[0]> = {}): StoredRecord {
  const made = conn({ orig_h, resp_h: SERVER, ts: T + ordinal, uid: `C${ordinal}`, ...more });
  return { run: RUN.id, ordinal, profile: orig_h, window: 1, record: made };
}

export function evidence(ordinal: number, more: Partial<Evidence> = {}): StoredEvidence {
  return {
    run: RUN.id,
    ordinal,
    evidence: {
      id: `0000000${ordinal}-aaaa`,
      type: "vertical_port_scan",
      detector: "port-scan",
      threat: "high",
      confidence: 0.8,
      attacker: { direction: "src", kind: "ip", value: BOT },
      victim: { direction: "dst", kind: "ip", value: SERVER },
      profile: BOT,
      hostname: undefined,
      window: 1,
      timestamp: T + ordinal,
      count: 1,
      count_before: 0,
      since: T + ordinal,
      victims: 1,
      mixed: false,
      uids: ["C1", "C2"],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 22,
      method: "Heuristic",
      description: "a scan",
      related: [],
      ...more,
    },
  };
}

/** An alert with the fields that stores look at. */
export function alert(ordinal: number, listed: readonly string[], more: Partial<Alert> = {}): StoredAlert {
  const made = {
    id: `1111111${ordinal}-bbbb`,
    profile: BOT,
    window: 1,
    timestamp: T + ordinal,
    score: 16,
    confidence: 0.9,
    evidence: listed,
    ...more,
  } as unknown as Alert;
  return { run: RUN.id, ordinal, alert: made };
}

/** A block that stands, for an alert. */
export function block(ip: string, more: Partial<StoredBlock> = {}): Omit<StoredBlock, "sensor"> {
  const how = { means: ["firewall"], alert: "11111111-bbbb", since: T, until: undefined } as const;
  return { ip, ...how, ended: undefined, times: 1, told: T, ...more };
}

/** Declares the tests of one home. */
export function testHome(name: string, home: () => Promise<Home>): void {
  const story = (title: string, tell: (store: Store, reopen: () => Promise<Store>) => Promise<void>): void => {
    Deno.test(`${name}: ${title}`, async () => {
      const place = await home();
      let store = await place.open();
      try {
        await tell(store, async () => {
          await store.close();
          return store = await place.open();
        });
      } finally {
        await store.close().catch(() => {});
        await place.remove();
      }
    });
  };

  story("what was written is there after the home was closed and opened again", async (store, reopen) => {
    await store.putRun(RUN);
    const written: Writing = {
      run: RUN.id,
      records: [record(1, BOT), record(2, BOT, { resp_p: 22 }), record(3, PC)],
      evidence: [evidence(1)],
      alerts: [alert(1, ["00000001-aaaa"])],
      hosts: [{ ip: BOT, hostname: undefined, mac: undefined, first: T, last: T + 2, connections: 2, bytes: 900 }],
      state: { trust: { peer: 0.5 } },
    };
    await store.write(written);
    const again = await reopen();
    assert.deepEqual(await again.runs(), [RUN]);
    assert.deepEqual(await again.records({ limit: 10 }), written.records);
    assert.deepEqual(await again.evidence({ limit: 10 }), JSON.parse(JSON.stringify(written.evidence)));
    assert.deepEqual(await again.alerts({ limit: 10 }), written.alerts);
    assert.deepEqual(await again.state("trust"), { peer: 0.5 });
    assert.equal(await again.state("unknown"), undefined);
  });

  story("an alert can be followed down to its records", async (store) => {
    await store.putRun(RUN);
    await store.write({
      run: RUN.id,
      records: [record(1, BOT), record(2, BOT), record(3, PC)],
      evidence: [evidence(1)],
      alerts: [alert(1, ["00000001-aaaa"])],
    });
    const found = await store.alert("1111");
    const listed = await Promise.all(found!.alert.evidence.map((id) => store.oneEvidence(id)));
    const uids = listed.flatMap((one) => one!.evidence.uids);
    const records = (await Promise.all(uids.map((uid) => store.records({ uid, limit: 10 })))).flat();
    assert.deepEqual(records.map(({ ordinal }) => ordinal), [1, 2]);
  });

  story("the beginning of an id is enough when it is the only one", async (store) => {
    await store.putRun(RUN);
    await store.write({ run: RUN.id, evidence: [evidence(1), evidence(2)] });
    assert.equal((await store.oneEvidence("00000002"))!.ordinal, 2);
    assert.equal(await store.oneEvidence("0000000"), undefined);
    assert.equal(await store.oneEvidence("abc"), undefined);
  });

  story("the same traffic analysed twice has the same ids: each run keeps its own", async (store) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2" });
    for (const run of ["run-1", "run-2"]) {
      await store.write({
        run,
        evidence: [{ ...evidence(1), run }],
        alerts: [{ ...alert(1, ["00000001-aaaa"]), run }],
      });
    }
    assert.equal((await store.alert("1111"))!.run, "run-2");
    assert.equal((await store.oneEvidence("0000"))!.run, "run-2");
    assert.equal((await store.oneEvidence("00000001-aaaa", { run: "run-1" }))!.run, "run-1");
  });

  story("evidence is found by its type", async (store) => {
    await store.putRun(RUN);
    await store.write({ run: RUN.id, evidence: [evidence(1), evidence(2, { type: "long_connection" })] });
    const found = await store.evidence({ type: "long_connection", limit: 10 });
    assert.deepEqual(found.map(({ ordinal }) => ordinal), [2]);
  });

  story(
    "evidence told again keeps its place and has the higher count; an older telling changes nothing",
    async (store) => {
      await store.putRun(RUN);
      await store.write({ run: RUN.id, evidence: [evidence(1), evidence(2)] });
      const again = evidence(1, { count: 5, timestamp: T + 50, description: "a scan, 5 times" });
      await store.write({ run: RUN.id, evidence: [{ ...again, ordinal: 9 }] });
      await store.write({ run: RUN.id, evidence: [evidence(1)] });
      const all = await store.evidence({ limit: 10 });
      assert.deepEqual(all.map(({ ordinal, evidence: { count } }) => [ordinal, count]), [[2, 1], [1, 5]]);
    },
  );

  story("records are found by host, window, kind and time, the newest ones", async (store) => {
    await store.putRun(RUN);
    const records = Array.from({ length: 40 }, (_, i) => record(i + 1, i % 2 === 0 ? BOT : PC));
    await store.write({ run: RUN.id, records: records.map((one, i) => ({ ...one, window: i < 20 ? 1 : 2 })) });
    const ordinals = async (
      selection: Omit<Parameters<Store["records"]>[0], "limit">,
      limit = 100,
    ): Promise<number[]> => (await store.records({ ...selection, limit })).map(({ ordinal }) => ordinal);
    assert.deepEqual(await ordinals({ profile: BOT }, 3), [35, 37, 39]);
    assert.deepEqual(await ordinals({ profile: PC, window: 2, to: T + 24 }), [22, 24]);
    assert.deepEqual(await ordinals({ from: T + 38, kind: "conn" }), [38, 39, 40]);
    assert.deepEqual(await ordinals({ kind: "dns" }), []);
  });

  story("whatever is asked about records, the answer is that of looking at all of them", async (store) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    const kinds = ["conn", "dns", "http"] as const;
    const all: StoredRecord[] = [];
    for (let part = 0; part < 6; part++) {
      const some = Array.from({ length: 500 }, (_, at): StoredRecord => {
        const i = 500 * part + at;
        // Out of order, over five hours, many at the same time; a busy host, quiet ones, and nobody's.
        const ts = T + Math.floor((i * 7919) % 18_000 / 10) * 10;
        const host = i % 3 === 0 ? BOT : i % 50 === 1 ? undefined : `10.0.0.${i % 11}`;
        const kind = i % 400 === 0 ? "http" : kinds[i % 2]!;
        const record = {
          kind,
          ts,
          uid: `C${i >> 1}`,
          orig_h: host,
          resp_h: SERVER,
        } as unknown as StoredRecord["record"];
        return {
          run: part === 3 ? "run-2" : RUN.id,
          ordinal: i + 1,
          profile: host,
          window: 1 + (ts >= T + 9000 ? 1 : 0),
          record,
        };
      });
      all.push(...some);
      await store.write({ run: some[0]!.run, records: some });
    }
    all.sort((a, b) => a.record.ts - b.record.ts || a.ordinal - b.ordinal);
    const narrowings: Omit<RecordSelection, "limit">[] = [
      ...[{}, { profile: BOT }, { kind: "http" as const }, { profile: BOT, kind: "http" as const }, {
        profile: "10.0.0.3",
      }],
      ...[{ window: 2 }, { from: T + 8000, to: T + 8500 }, { profile: BOT, to: T + 5 }, {
        from: T + 17_000,
        kind: "dns" as const,
      }],
      ...[{ uid: "C77" }, { uid: "C77", run: RUN.id }, { uid: "none" }, { sensor: "branch", profile: BOT }, {
        run: "run-2",
      }],
      ...[{ profile: "10.9.9.9" }, { from: T + 99_999 }, { to: T - 1 }],
    ];
    for (const narrowing of narrowings) {
      const { run, sensor, profile, window, from = -Infinity, to = Infinity, kind, uid } = narrowing;
      const expected = all.filter((one) =>
        (run === undefined || one.run === run) &&
        (sensor === undefined || (one.run === "run-2") === (sensor === "branch")) &&
        (profile === undefined || one.profile === profile) && (window === undefined || one.window === window) &&
        (kind === undefined || one.record.kind === kind) &&
        (uid === undefined || (one.record as { uid?: string }).uid === uid) &&
        one.record.ts >= from && one.record.ts <= to
      );
      for (const limit of [1, 37, 5000]) {
        assert.deepEqual(
          (await store.records({ ...narrowing, limit })).map(({ run, ordinal }) => `${run} ${ordinal}`),
          expected.slice(-limit).map(({ run, ordinal }) => `${run} ${ordinal}`),
          JSON.stringify({ ...narrowing, limit }),
        );
      }
    }
    assert.deepEqual((await store.records({ limit: 1 }))[0], all.at(-1));
  });

  story("what is known of a host adds up, with its evidence and alerts", async (store) => {
    await store.putRun(RUN);
    const change = {
      ip: BOT,
      hostname: undefined,
      mac: undefined,
      first: T + 5,
      last: T + 9,
      connections: 2,
      bytes: 100,
    };
    await store.write({ run: RUN.id, hosts: [change] });
    await store.write({
      run: RUN.id,
      hosts: [{ ...change, hostname: "office-pc", mac: "02:00:00:00:00:01", first: T, last: T + 7 }],
      evidence: [evidence(1), evidence(2, { attacker: { direction: "dst", kind: "ip", value: PC } })],
      alerts: [alert(1, [])],
    });
    assert.deepEqual(await store.hosts({ profile: BOT, limit: 10 }), [{
      sensor: "office",
      ip: BOT,
      hostname: "office-pc",
      mac: "02:00:00:00:00:01",
      first: T,
      last: T + 9,
      connections: 4,
      bytes: 200,
      evidence: 1,
      alerts: 1,
    }]);
    assert.deepEqual(await store.hosts({ profile: PC, limit: 10 }), []);
    assert.deepEqual((await store.hosts({ limit: 10 })).map(({ ip }) => ip), [BOT]);
  });

  story("an alert that goes on is told again, and is still one alert", async (store) => {
    await store.putRun(RUN);
    const host = { ip: BOT, hostname: undefined, mac: undefined, first: T, last: T, connections: 1, bytes: 10 };
    const goesOn = alert(2, [], { updates: "11111111-bbbb" });
    await store.write({ run: RUN.id, hosts: [host], alerts: [alert(1, [])] });
    await store.write({ run: RUN.id, alerts: [goesOn, alert(3, [], { updates: goesOn.alert.id })] });
    assert.equal((await store.alerts({ limit: 10 })).length, 3);
    assert.equal((await store.hosts({ profile: BOT, limit: 10 }))[0]!.alerts, 1);
    await store.write({ run: RUN.id, alerts: [alert(4, [])] });
    assert.equal((await store.hosts({ profile: BOT, limit: 10 }))[0]!.alerts, 2);
  });

  story("a run that has ended says how; two sensors are kept apart", async (store) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    await store.putRun({ ...RUN, ended: T + 60, summary: { alerts: 1 } });
    assert.deepEqual((await store.runs()).map(({ id, sensor, ended, summary }) => [id, sensor, ended, summary]), [
      ["run-1", "office", T + 60, { alerts: 1 }],
      ["run-2", "branch", undefined, undefined],
    ]);
    await store.write({ run: "run-2", evidence: [{ ...evidence(1), run: "run-2" }] });
    assert.deepEqual(await store.evidence({ run: "run-1", limit: 10 }), []);
    assert.equal((await store.evidence({ run: "run-2", limit: 10 }))[0]!.run, "run-2");
  });

  story("the same address at two sensors is two hosts, and what each of them saw can be told apart", async (store) => {
    const host = { ip: BOT, hostname: undefined, mac: undefined, first: T, last: T, connections: 1, bytes: 10 };
    for (const [at, sensor] of ["office", "branch"].entries()) {
      const run = `run-${at + 1}`;
      await store.putRun({ ...RUN, id: run, sensor });
      await store.write({
        run,
        hosts: [{ ...host, last: T + at, connections: 1 + at }],
        records: [record(1, BOT)],
        evidence: [{ ...evidence(1), run }],
        alerts: [{ ...alert(1, ["00000001-aaaa"]), run }],
        windows: [{ run, profile: BOT, window: 1, timestamp: T, score: 4 + at, threshold: 8 }],
      });
    }
    const hosts = await store.hosts({ limit: 10 });
    assert.deepEqual(hosts.map((one) => [one.sensor, one.connections, one.evidence, one.alerts]), [
      ["branch", 2, 1, 1],
      ["office", 1, 1, 1],
    ]);
    assert.deepEqual((await store.hosts({ sensor: "office", limit: 10 })).map(({ sensor }) => sensor), ["office"]);
    const of = { sensor: "office", limit: 10 };
    for (const found of [await store.records(of), await store.evidence(of), await store.alerts(of)]) {
      assert.deepEqual(found.map(({ run }) => run), ["run-1"]);
    }
    assert.deepEqual((await store.windows(of)).map(({ run, score }) => [run, score]), [["run-1", 4]]);
    assert.equal((await store.alert("1111"))!.run, "run-2");
    assert.equal((await store.alert("1111", { sensor: "office" }))!.run, "run-1");
    assert.equal((await store.oneEvidence("0000", { sensor: "office" }))!.run, "run-1");
    assert.equal(await store.alert("1111", { sensor: "roof" }), undefined);
  });

  story("a sensor is heard of when it begins, and as long as it says so", async (store, reopen) => {
    assert.deepEqual(await store.sensors(), []);
    await store.putRun(RUN);
    const [first] = await store.sensors();
    assert.deepEqual([first!.name, first!.input, first!.run, first!.first], ["office", "office.pcap", RUN.id, T]);
    assert(Math.abs(await store.now() - first!.last) < 10, "not by the clock of the store");
    await store.putRun({ ...RUN, id: "run-2", began: T + 60, version: "0.2.0", input: "eth0" });
    await store.putRun({ ...RUN, id: "run-3", sensor: "branch" });
    const [branch, office] = await (await reopen()).sensors();
    assert.equal(branch!.name, "branch");
    assert.deepEqual([office!.input, office!.version, office!.run, office!.first], ["eth0", "0.2.0", "run-2", T]);
    assert(office!.last >= first!.last);
  });

  story("windows have the newest score, and go as old as evidence goes", async (store) => {
    await store.putRun(RUN);
    const window = (number: number, score: number, timestamp: number, profile = BOT) => ({
      ...{ run: RUN.id, profile, window: number, timestamp, score, threshold: 8 },
    });
    await store.write({ run: RUN.id, windows: [window(1, 2, T), window(2, 1, T + 3600), window(1, 3, T, PC)] });
    await store.write({ run: RUN.id, windows: [window(1, 9.5, T + 40)] });
    assert.deepEqual(await store.windows({ profile: BOT, limit: 10 }), [
      window(1, 9.5, T + 40),
      window(2, 1, T + 3600),
    ]);
    assert.deepEqual((await store.windows({ window: 1, limit: 10 })).map(({ profile }) => profile), [PC, BOT]);
    assert.deepEqual(await store.windows({ from: T + 41, limit: 10 }), [window(2, 1, T + 3600)]);
    await store.write({ run: RUN.id, records: [record(1, BOT, { ts: T + 3600 })] });
    await store.retain({ seconds: 100, bytes: Infinity });
    assert.deepEqual(await store.windows({ limit: 10 }), [window(2, 1, T + 3600)]);
  });

  story("peers are those that a sensor told last; opinions and answers are the newest", async (store) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    const peer = (name: string, trust: number) => ({
      ...{ peer: name, address: "192.168.1.9", trust, connected: true, since: T },
    });
    await store.write({ run: "run-1", peers: [peer("12D3a", 0.4), peer("12D3b", 0.9)] });
    await store.write({ run: "run-2", peers: [peer("12D3a", 0.1)] });
    await store.write({ run: "run-1", peers: [peer("12D3c", 0.6), peer("12D3b", 0.9)] });
    assert.deepEqual((await store.peers()).map(({ sensor, peer, trust }) => [sensor, peer, trust]), [
      ["branch", "12D3a", 0.1],
      ["office", "12D3b", 0.9],
      ["office", "12D3c", 0.6],
    ]);
    await store.write({ run: "run-2", peers: [] });
    assert.equal((await store.peers()).length, 2);

    const now = Math.floor(Date.now() / 1000);
    const opinion = (score: number, at = now) => ({ ip: BOT, score, confidence: 0.5, voices: 3, at });
    await store.write({ run: "run-1", opinions: [opinion(0.6)] });
    await store.write({ run: "run-1", opinions: [opinion(0.9)] });
    await store.write({ run: "run-2", opinions: [opinion(0.2, now - 8 * 86_400)] });
    const said = async () => (await store.opinions(BOT)).map(({ sensor, score }) => [sensor, score]);
    assert.deepEqual(await said(), [["branch", 0.2], ["office", 0.9]]);
    await store.retain({ seconds: 100, bytes: Infinity });
    assert.deepEqual(await said(), [["office", 0.9]]);

    const question = "address 192.0.2.7";
    const answer = { question, at: now, until: now + 100, data: { services: ["spamhaus"] } };
    await store.write({ run: "run-1", answers: [{ ...answer, at: now - 5 }, answer] });
    await store.write({ run: "run-1", answers: [{ ...answer, question: "domain old.example", until: now - 1 }] });
    assert.deepEqual(await store.answer(question), answer);
    assert.equal(await store.answer("domain old.example"), undefined);
    assert.equal(await store.answer("domain new.example"), undefined);
  });

  story("who is blocked stands as it was told last, whatever a journal brings again", async (store, reopen) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    const begun = block(BOT, { until: T + 3600 });
    const longer = { ...begun, until: T + 7200, told: T + 60 };
    const over = { ...longer, ended: T + 7201, told: T + 7201 };
    const again = {
      ...begun,
      means: ["firewall", "arp"],
      alert: undefined,
      since: T + 9000,
      until: undefined,
    } as const;
    const second = { ...again, times: 2, told: T + 9000 };
    const standing = async () =>
      (await store.blocks({ sensor: "office", limit: 10 })).map(({ sensor: _, ...one }) => one);
    await store.write({ run: RUN.id, blocks: [begun] });
    assert.deepEqual(await standing(), [begun]);
    await store.write({ run: RUN.id, blocks: [longer, over] });
    await store.write({ run: RUN.id, blocks: [begun, longer] });
    assert.deepEqual(await standing(), [over]);
    await store.write({ run: "run-2", blocks: [begun] });
    await store.write({ run: RUN.id, blocks: [second] });
    // A journal of before, and what came without an answer.
    await store.write({ run: RUN.id, blocks: [over, second] });
    assert.deepEqual(await standing(), [second]);
    store = await reopen();
    assert.deepEqual(await store.blocks({ profile: BOT, limit: 10 }), [
      { sensor: "office", ...second },
      { sensor: "branch", ...begun },
    ]);
  });

  story("blocks that stand come first and stay for good, those that have ended go as evidence does", async (store) => {
    await store.putRun(RUN);
    const now = Math.floor(Date.now() / 1000);
    const day = 86_400;
    const blocks = [
      block("10.0.0.1", { since: now - 900 * day, told: now - 900 * day }),
      block("10.0.0.2", { since: now - 30 * day, ended: now - 11 * day }),
      block("10.0.0.3", { since: now - 30 * day, ended: now - 9 * day }),
      block("10.0.0.4", { since: now - 8 * day, ended: now - 2 * day }),
      block("10.0.0.5", { since: now - 60, until: now - 30 }),
    ];
    await store.write({ run: RUN.id, blocks });
    const blocked = async (selection: Omit<Parameters<Store["blocks"]>[0], "limit"> = {}, limit = 10) =>
      (await store.blocks({ ...selection, limit })).map(({ ip }) => ip.slice(-1)).join("");
    assert.equal(await blocked(), "51432");
    assert.equal(await blocked({}, 3), "514");
    assert.equal(await blocked({ from: now - 10 * day, to: now - day }), "143");
    assert.equal(await blocked({ sensor: "branch" }), "");
    await store.retain({ seconds: day, bytes: Infinity });
    assert.equal(await blocked(), "5143");
    await store.retain({ seconds: Infinity, bytes: Infinity });
    assert.equal(await blocked(), "5143");
    await store.retain({ seconds: 0, bytes: 0 });
    assert.equal(await blocked(), "51");
  });

  story("an old capture that is read beside today's traffic is not forgotten for being old", async (store) => {
    const now = Date.now() / 1000;
    const seconds = 14 * 86_400;
    await store.putRun({ ...RUN, began: now - 40 * 86_400, origin: now - 40 * 86_400 });
    const old = { ...RUN, id: "run-2", sensor: "desk", began: now, origin: T };
    await store.putRun(old);
    await store.write({ run: RUN.id, records: [record(1, PC, { ts: now - 20 * 86_400 }), record(2, PC, { ts: now })] });
    await store.write({
      run: "run-2",
      records: [record(1, BOT)],
      evidence: [{ ...evidence(1), run: "run-2" }],
    });
    const retain = async (own: string, later: number): Promise<void> => {
      const from = countedFrom(own, await store.runs(), await store.sensors(), seconds, now + later);
      await store.retain({ seconds, bytes: Infinity, from });
    };
    const kept = async () => [
      (await store.records({ run: "run-2", limit: 10 })).length,
      (await store.evidence({ limit: 10 })).length,
    ];
    await retain(RUN.id, 60);
    assert.deepEqual(await kept(), [1, 1]);
    // Two weeks after it was read it has been there as long as anything else.
    await store.putRun({ ...old, ended: now + 10 });
    await retain(RUN.id, seconds + 60);
    assert.deepEqual(await kept(), [0, 0]);
    assert.deepEqual((await store.records({ limit: 10 })).map(({ ordinal }) => ordinal), [2]);
  });

  story("old records go, evidence stays longer, and the newest stays", async (store) => {
    await store.putRun(RUN);
    await store.write({
      run: RUN.id,
      records: [record(1, BOT, { ts: T - 10_000 }), record(2, BOT, { ts: T - 50 }), record(3, BOT, { ts: T })],
      evidence: [evidence(1, { timestamp: T - 500 }), evidence(2, { timestamp: T - 20_000 })],
    });
    assert.equal(await store.retain({ seconds: 100, bytes: Infinity }), 1);
    assert.deepEqual((await store.records({ limit: 10 })).map(({ ordinal }) => ordinal), [2, 3]);
    assert.deepEqual((await store.evidence({ limit: 10 })).map(({ ordinal }) => ordinal), [1]);
  });
}
