// What `smartshield show` tells of a store that several sensors share, and of one that has forgotten.

import assert from "node:assert/strict";
import { join } from "node:path";
import { readRequest, type ShowFlags, type Subject } from "../../../agent/show/request.ts";
import { show } from "../../../agent/show/show.ts";
import { withinWindow } from "../../../agent/show/within-window.ts";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import type { Store } from "../../../agent/store/store.ts";
import { conn } from "../../detectors/harness.ts";
import { alert, block, evidence, RUN } from "../store/suite.ts";

const T = 1_700_000_000;

async function told(store: Store, subject: Subject, word?: string, flags: ShowFlags = {}): Promise<string> {
  let text = "";
  const output = {
    ...{ json: false, width: 120, print: (more: string) => void (text += more) },
    listed: (ip: string) => [`  ${ip} is listed as a network`],
  };
  await show(store, readRequest(subject, word, flags), flags.limit !== undefined, output);
  return text;
}

async function withStore(test: (store: Store) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = openSqlite(join(folder, "store.sqlite"));
  try {
    await test(store);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function flow(run: string, ordinal: number, window: number) {
  const record = conn({ orig_h: "192.168.1.66", resp_h: "192.168.1.10", ts: T + ordinal, uid: `C${ordinal}` });
  return { run, ordinal, profile: "192.168.1.66", window, record };
}

Deno.test("where several sensors write to one store, who saw it is told", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    await store.write({ run: RUN.id, evidence: [evidence(1)] });
    assert.doesNotMatch(await told(store, "evidence"), /sensor/);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    await store.write({ run: "run-2", evidence: [evidence(2)], records: [flow("run-2", 1, 1)] });
    const [head, ...rows] = (await told(store, "evidence")).trimEnd().split("\n");
    assert.match(head!, /^evidence {2}time \(UTC\) {11}sensor {2}host/);
    assert.deepEqual(rows.map((row) => /(office|branch)/.exec(row)![1]), ["office", "branch"]);
    assert(rows.every((row) => row.length <= 120));
    assert.match(await told(store, "flows"), /branch {2}conn/);
    // Of one sensor there is no need to say whose it is.
    const [narrowed, ...ofBranch] = (await told(store, "evidence", undefined, { sensor: "branch" })).trimEnd().split(
      "\n",
    );
    assert.doesNotMatch(narrowed!, /sensor/);
    assert.deepEqual(ofBranch.map((row) => row.slice(0, 8)), ["00000002"]);
    await assert.rejects(
      told(store, "hosts", undefined, { sensor: "roof" }),
      /^InputError: There is no sensor roof in the/,
    );
  });
});

const minutesAgo = (minutes: number): number => Date.now() / 1000 - 60 * minutes;

/** The store, in which a sensor was heard of last so many minutes ago. */
function silentFor(store: Store, name: string, minutes: number): Store {
  const last = minutesAgo(minutes);
  return {
    ...store,
    sensors: async () => (await store.sensors()).map((one) => one.name === name ? { ...one, last } : one),
  };
}

Deno.test("who watches is told, and a sensor that fell silent in the night is not overlooked", async () => {
  await withStore(async (made) => {
    await made.putRun({ ...RUN, input: "eth0" });
    await made.putRun({ ...RUN, id: "run-2", sensor: "branch", input: "eth1" });
    await made.putRun({ ...RUN, id: "run-3", sensor: "lab", ended: T + 60 });
    await made.write({ run: "run-2", alerts: [wholeAlert("run-2", 1, [])] });
    const store = silentFor(silentFor(made, "branch", 190), "lab", 200);
    const rows = (await told(store, "sensors")).trimEnd().split("\n").slice(1);
    assert.deepEqual(rows.map((row) => row.split(/ {2,}/).slice(0, 4)), [
      ["branch", "SILENT", "3 h 10 min ago", "1"],
      ["lab", "ended", "3 h 20 min ago", "0"],
      ["office", "watching", rows[2]!.split(/ {2,}/)[2], "0"],
    ]);
    const silence = /\nbranch \(eth1\) was last heard of 3 h 10 min ago: what it saw since is not here\.\n$/;
    assert.match(await told(store, "alerts"), silence);
    assert.match(await told(store, "hosts"), silence);
    // That there are no alerts is good news only while somebody watches.
    const none = await told(store, "alerts", undefined, { sensor: "office" });
    assert.match(none, /^No alerts\.\n\nsensor +state .*\noffice +watching .* eth0\n$/);
  });
});

function wholeAlert(run: string, ordinal: number, listed: readonly string[], more: object = {}) {
  const made = alert(ordinal, listed);
  const whole = { ...made.alert, hostname: undefined, updates: undefined, stages: [], threshold: 10 };
  return { ...made, run, alert: { ...whole, window_start: T, window_end: T + 3600, evidence_omitted: 0, ...more } };
}

Deno.test("an alert tells what weighs most first, and whose it is where two sensors have the same", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    await store.putRun({ ...RUN, id: "run-2", sensor: "branch" });
    const listed = [1, 2, 3].map((number) => `0000000${number}-aaaa`);
    for (const run of ["run-1", "run-2"]) {
      const found = [
        evidence(1, { threat: "info", type: "connection_without_dns" }),
        evidence(2, { threat: "low", type: "unknown_port" }),
        evidence(3),
      ];
      await store.write({ run, evidence: found.map((one) => ({ ...one, run })), alerts: [wholeAlert(run, 1, listed)] });
    }
    const text = await told(store, "alert", "1111", { sensor: "office" });
    assert.match(text, /\n {2}seen by {2}office, on office\.pcap\n/);
    const order = [...text.matchAll(/^(?:Evidence )?(0000000\d)/gm)].map(([, id]) => id);
    assert.deepEqual(order, ["00000003", "00000002", "00000001"]);
    assert.match(text, /\nAlso seen, which counts nothing by itself:\n/);
    const line = text.replaceAll("\n", " ");
    assert.match(line, / smartshield explain vertical_port_scan, smartshield explain unknown_port\. $/);
    assert.match(await told(store, "alert", "1111"), /\nAn alert of office has the same id: --sensor tells which is/);
  });
});

Deno.test("a host is told as each sensor knows it, with its windows, and with what lists, services and peers say", async () => {
  await withStore(async (store) => {
    const ip = "192.168.1.66";
    for (const [at, sensor] of ["office", "branch"].entries()) {
      const run = `run-${at + 1}`;
      await store.putRun({ ...RUN, id: run, sensor });
      const mac = at === 0 ? "b8:27:eb:00:00:01" : undefined;
      const known = { hostname: "printer", mac, first: T, last: T + 60 * at, bytes: 10 };
      await store.write({
        run,
        hosts: [{ ip, ...known, connections: 1 + at }],
        evidence: [{ ...evidence(1), run }],
        windows: [{ run, profile: ip, window: 1, timestamp: T, score: 3.25 + at, threshold: 60 }],
        opinions: [{ ip, score: 0.9, confidence: 0.5, voices: 3, at: minutesAgo(2) }],
      });
    }
    const at = Math.floor(minutesAgo(180));
    const verdicts = [
      { service: "spamhaus", says: "malicious", words: "SBL (spam sources)" },
      { service: "virustotal", says: "unknown", words: "" },
    ];
    const question = { ask: "address", ip };
    const data = { answer: { question, verdicts, hostname: "a.example" }, at, services: ["spamhaus", "virustotal"] };
    await store.write({ run: "run-1", answers: [{ question: `address ${ip}`, at, until: at + 86_400, data }] });
    const lines = (await told(store, "host", ip)).split("\n");
    assert.equal(lines[0], `printer (${ip})`);
    for (
      const line of [
        /^ {2}seen {5}from 2023-11-14 22:13:20 to 2023-11-14 22:14:20 UTC by branch$/,
        /^ {2}MAC {6}b8:27:eb:00:00:01 \(Raspberry Pi Foundation\)$/,
        /^ {2}traffic {2}1 connection opened, 10 B sent in them$/,
        /^ {2}192\.168\.1\.66 is listed as a network$/,
        /^ {2}name {5}a\.example, by reverse DNS \(asked 3 h 00 min ago\)$/,
        /^ {2}service {2}spamhaus: malicious, SBL \(spam sources\) \(asked 3 h 00 min ago\)$/,
        /^ {2}peers {4}attacker: score 0\.90, confidence 0\.50, 3 voices of office \(2 min 0\d s ago\)$/,
        /^ +1 {2}branch {2}2023-11-14 22:13:20 {2}23:13:20 +4\.25 +60 +1$/,
        /^ +1 {2}office {2}2023-11-14 22:13:20 {2}23:13:20 +3\.25 +60 +1$/,
      ]
    ) assert.equal(lines.filter((one) => line.test(one)).length, 1, `${line} in\n${lines.join("\n")}`);
    assert.doesNotMatch(lines.join("\n"), /virustotal/);
    const office = await told(store, "host", ip, { sensor: "office" });
    assert.doesNotMatch(office, /branch/);
    assert.match(office, /peers {4}attacker: .* 3 voices \(/);
  });
});

Deno.test("hosts with alerts come first, whoever was seen since", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    const host = (ip: string, last: number) => ({
      ...{ ip, hostname: undefined, mac: undefined, first: T, last, connections: 1, bytes: 10 },
    });
    await store.write({
      run: RUN.id,
      hosts: [
        host("192.168.1.66", T),
        ...Array.from({ length: 9 }, (_, at) => host(`192.168.1.${at + 1}`, T + at + 1)),
      ],
      alerts: [wholeAlert(RUN.id, 1, [])],
    });
    const rows = (await told(store, "hosts", undefined, { limit: "3" })).trimEnd().split("\n").slice(1);
    assert.deepEqual(rows.slice(0, 3).map((row) => row.split(" ")[0]), ["192.168.1.66", "192.168.1.9", "192.168.1.8"]);
    assert.match(rows[3]!, /^Hosts with alerts come first, .* there are more: --limit shows them\.$/);
  });
});

Deno.test("an alert that goes on counts once: of its host, its sensor and its window", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    const ip = "192.168.1.66";
    await store.write({
      run: RUN.id,
      hosts: [{ ip, hostname: undefined, mac: undefined, first: T, last: T, connections: 1, bytes: 10 }],
      alerts: [wholeAlert(RUN.id, 1, []), wholeAlert(RUN.id, 2, [], { updates: "11111111-bbbb" })],
      windows: [{ run: RUN.id, profile: ip, window: 1, timestamp: T, score: 80, threshold: 60 }],
    });
    assert.match(await told(store, "hosts"), /\n192\.168\.1\.66 +1 +0 +1 /);
    assert.match(await told(store, "sensors"), /\noffice +\w+ +[\d.]+ m?s ago +1 /);
    const text = await told(store, "host", ip);
    assert.match(text, /^ +1 {2}2023-11-14 22:13:20 {2}23:13:20 +80 +60 +1$/m);
    assert.match(text, / goes on:/);
  });
});

Deno.test("who is blocked is told with its time, its reason and its number, and when nobody ended it", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    assert.match(await told(store, "blocks"), /^No blocks: nobody is, or was, kept from the network\. This version /);
    await store.write({
      run: RUN.id,
      blocks: [
        block("192.168.1.66", { since: T, until: minutesAgo(-30), times: 3, means: ["firewall", "arp"] }),
        block("192.0.2.7", { since: T - 10, alert: undefined }),
        block("192.0.2.8", { since: T - 20, until: minutesAgo(10) }),
        block("192.0.2.9", { since: T, until: T + 600, ended: T + 605 }),
      ],
    });
    const cells = (await told(store, "blocks")).trimEnd().split("\n").map((row) => row.split(/ {2,}/));
    assert.deepEqual(cells[0], "host state since (UTC) until times by why".split(/ (?!\()/));
    assert.deepEqual(cells.slice(1).map(([ip, state]) => [ip, state]), [
      ["192.168.1.66", "blocked"],
      ["192.0.2.7", "blocked"],
      ["192.0.2.8", "OVERDUE"],
      ["192.0.2.9", "ended"],
    ]);
    assert.deepEqual(cells[1]!.slice(-3), ["3", "firewall and ARP", "alert 11111111"]);
    assert.deepEqual(cells[2]!.slice(3), ["for good", "1", "firewall", "peers"]);
    assert.deepEqual(cells[4]![3], "2023-11-14 22:23:25");
    const one = await told(store, "blocks", undefined, { host: "192.0.2.9" });
    assert.equal(one.trimEnd().split("\n").length, 2);
    assert.match(await told(store, "blocks", undefined, { limit: "1" }), /\nBlocks that stand come first, .* --limit/);
    await assert.rejects(told(store, "blocks", undefined, { window: "1" }), /--window does not narrow blocks/);

    const host = await told(store, "host", "192.168.1.66");
    assert.match(
      host,
      /\n {2}blocked {2}since 2023-11-14 22:13:20 until .* UTC, by firewall and ARP, because of alert 11111111, 3 times/,
    );
    for (
      const [ip, line] of [
        ["192.0.2.7", /blocked {2}for good since 2023-11-14 22:13:10 UTC, by firewall, because of peers$/m],
        ["192.0.2.8", /blocked {2}since 2023-11-14 22:13:00 UTC, OVERDUE: it was to end at /],
        ["192.0.2.9", /blocked {2}until 2023-11-14 22:23:25 UTC, for 10 min 05 s, by firewall, because of alert 1/],
      ] as const
    ) assert.match(await told(store, "host", ip), line);
  });
});

Deno.test("peers are told by how much they are trusted", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    assert.match(await told(store, "peers"), /^No peers: no sensor of this store has met another agent/);
    const peer = (name: string, trust: number, connected: boolean) => ({
      ...{ peer: name, address: "192.168.1.9", trust, connected, since: minutesAgo(5) },
    });
    await store.write({ run: RUN.id, peers: [peer("12D3KooWa", 0.2, false), peer("12D3KooWb", 0.75, true)] });
    const rows = (await told(store, "peers")).trimEnd().split("\n");
    assert.match(rows[1]!, /^ 0\.75 {2}192\.168\.1\.9 {2}connected for 5 min 00 s +12D3KooWb$/);
    assert.match(rows[2]!, /^ 0\.20 {2}192\.168\.1\.9 {2}last heard of 5 min 00 s ago {2}12D3KooWa$/);
    await assert.rejects(
      told(store, "peers", undefined, { host: "192.168.1.9" }),
      /--host does not narrow peers; --sensor/,
    );
  });
});

Deno.test("an alert whose evidence has been forgotten says so, and how much it does not list", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    const made = wholeAlert(RUN.id, 1, ["00000001-aaaa", "00000002-aaaa"], { evidence_omitted: 7 });
    await store.write({ run: RUN.id, evidence: [evidence(1)], alerts: [made] });
    const text = await told(store, "alert", "1111");
    assert.match(text, /\nEvidence 00000001: vertical_port_scan of 192\.168\.1\.66/);
    assert.match(text, /\n {2}Its records are not, or no longer, in the store\.\n/);
    assert.match(text, /\nThe alert has 7 more pieces of evidence/);
    assert.match(text, /\n1 piece of its evidence is no longer in the store\.\n/);
  });
});

Deno.test("the records of a window are those that are numbered so, in every run", async () => {
  await withStore(async (store) => {
    const later = { ...RUN, id: "run-2", origin: T + 10, windowWidth: 10 };
    await store.putRun({ ...RUN, windowWidth: 10 });
    await store.putRun(later);
    const at = [1, 9, 11, 19, 25];
    await store.write({ run: "run-1", records: at.map((ts) => flow("run-1", ts, Math.floor(ts / 10) + 1)) });
    await store.write({ run: "run-2", records: at.slice(2).map((ts) => flow("run-2", ts, Math.floor(ts / 10))) });
    const rows = async (window: string) =>
      (await told(store, "flows", undefined, { window })).split("\n").filter((row) => row.includes(" conn ")).length;
    assert.deepEqual([await rows("1"), await rows("2"), await rows("3")], [2 + 2, 2 + 1, 1]);
  });
});

Deno.test("a window is looked for by its times only where all runs say where theirs lie", () => {
  const run = { ...RUN, origin: T, windowWidth: 100 };
  const asked = { window: 2, to: T + 150, limit: 1 };
  assert.deepEqual(withinWindow(asked, [run]), { ...asked, from: T + 100 });
  assert.deepEqual(withinWindow({ window: 1, limit: 1 }, [run, { ...run, origin: T + 50 }]), {
    window: 1,
    limit: 1,
    from: T,
    to: T + 150,
  });
  assert.equal(withinWindow(asked, [run, { ...run, origin: NaN }]), asked);
  const one = withinWindow({ window: 1, limit: 1 }, [{ ...run, windowWidth: Infinity }]);
  assert.deepEqual([one.from, one.to], [-Infinity, Infinity]);
});
