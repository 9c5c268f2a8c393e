// What `smartshield show` tells of a store that several sensors share, and of one that has forgotten.

import assert from "node:assert/strict";
import { join } from "node:path";
import { readRequest, type ShowFlags, type Subject } from "../../../agent/show/request.ts";
import { show } from "../../../agent/show/show.ts";
import { withinWindow } from "../../../agent/show/within-window.ts";
import { openSqlite } from "../../../agent/store/sqlite/home.ts";
import type { Store } from "../../../agent/store/store.ts";
import { conn } from "../../detectors/harness.ts";
import { alert, evidence, RUN } from "../store/suite.ts";

const T = 1_700_000_000;

async function told(store: Store, subject: Subject, word?: string, flags: ShowFlags = {}): Promise<string> {
  let text = "";
  const output = { json: false, width: 120, print: (more: string) => void (text += more) };
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
  });
});

Deno.test("an alert whose evidence has been forgotten says so, and how much it does not list", async () => {
  await withStore(async (store) => {
    await store.putRun(RUN);
    const made = alert(1, ["00000001-aaaa", "00000002-aaaa"]);
    const whole = { ...made.alert, hostname: undefined, updates: undefined, stages: [], threshold: 10 };
    const times = { window_start: T, window_end: T + 3600, evidence_omitted: 7 };
    await store.write({ run: RUN.id, evidence: [evidence(1)], alerts: [{ ...made, alert: { ...whole, ...times } }] });
    const text = await told(store, "alert", "1111");
    assert.match(text, /\nEvidence 00000001-aaaa: vertical_port_scan of 192\.168\.1\.66/);
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
