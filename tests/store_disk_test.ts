// The whole program and a disk that is full, or may not be written: in a mount namespace of its own, with a small disk in
// memory. Needs Linux and the command unshare of util-linux, and that namespaces may be made.

import assert from "node:assert/strict";
import { join } from "node:path";
import { openSqlite } from "../agent/store/sqlite/home.ts";
import { type Outcome, PROGRAM, ROOT, smartshield } from "./program.ts";

const UNSHARE = ["--user", "--map-root-user", "--mount"];
const T = 1_700_000_000;
/** Seconds that a run may take. */
const PATIENCE = "240";

function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return "this is not Linux";
  try {
    const args = [...UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"];
    const { success, stderr } = new Deno.Command("unshare", { args }).outputSync();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = whyNot();
if (reason !== undefined) console.warn(`Full disks are not tested: no mount namespace can be made (${reason}).`);

/** Runs the program with `disk` a disk in memory of so many bytes, prepared by a shell command; what is on it comes to `copy`. */
async function onSmallDisk(
  { disk, size, prepare, copy }: { disk: string; size: number; prepare: string; copy: string },
  ...args: string[]
): Promise<Outcome> {
  const script = `mount -t tmpfs -o size=${size} none "$DISK" && { ${prepare}; } || exit 99
    timeout ${PATIENCE} "$@"; code=$?
    cp -r "$DISK/." "$COPY" && exit $code`;
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: [...UNSHARE, "sh", "-c", script, "sh", Deno.execPath(), ...PROGRAM, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DISK: disk, COPY: copy },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

function diskTest(name: string, test: (folder: { disk: string; copy: string; path: string }) => Promise<void>): void {
  Deno.test({
    name,
    ignore: reason !== undefined,
    async fn() {
      const path = await Deno.makeTempDir();
      const [disk, copy] = [join(path, "disk"), join(path, "copy")];
      await Deno.mkdir(disk);
      await Deno.mkdir(copy);
      try {
        await test({ disk, copy, path });
      } finally {
        await Deno.remove(path, { recursive: true });
      }
    },
  });
}

/** A log of connections to ports where no usual service listens, each to another one. */
async function writeLog(path: string, connections: number): Promise<void> {
  let text = "";
  for (let at = 0; at < connections; at++) {
    const ends = { "id.orig_h": `192.168.1.${20 + at % 5}`, "id.resp_h": "45.155.204.87" };
    const ports = { "id.orig_p": 40_000, "id.resp_p": 4449 + at };
    const rest = { proto: "tcp", conn_state: "SF", duration: 0.1, orig_bytes: 500, resp_bytes: 500 };
    const packets = { orig_pkts: 8, orig_ip_bytes: 900, resp_pkts: 8, resp_ip_bytes: 900, history: "ShADadFf" };
    text += `${JSON.stringify({ ts: T + at, uid: `C${at}xxxxxxxxxxxxxx`, ...ends, ...ports, ...rest, ...packets })}\n`;
  }
  await Deno.writeTextFile(path, text);
}

diskTest(
  "a disk that becomes full: the run goes on, and its counters tell what is in the store and what is not",
  async ({ disk, copy, path }) => {
    const [log, out, store] = [join(path, "conn.log"), join(path, "out"), join(disk, "store.sqlite")];
    await writeLog(log, 50_000);
    const { code, err } = await onSmallDisk(
      { disk, copy, size: 6 * 2 ** 20, prepare: "true" },
      ...["--read", log, "--quiet", "--out", out, "--store", store],
    );
    assert.equal(code, 0, err);
    assert.match(
      err,
      /The store \S+ cannot be used: the disk is full\. Records are given up until it can be written again/,
    );
    const summary = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
    const dropped = summary.drops.by_cause;
    const kept = openSqlite(join(copy, "store.sqlite"));
    const limit = 1_000_000;
    const [records, evidence] = [await kept.records({ limit }), await kept.evidence({ limit })];
    await kept.close();
    assert(dropped.records_not_stored > 0, JSON.stringify(dropped));
    assert.equal(records.length + dropped.records_not_stored, 50_000);
    // What was found until the disk was full is there, and nothing else; what was told again stands there once.
    const origins = new Map<string, string>();
    const told = (await Deno.readTextFile(join(out, "alerts/alerts.json"))).trimEnd().split("\n").map((line) => {
      const { ID, PredID = [] } = JSON.parse(line) as { ID: string; PredID?: string[] };
      origins.set(ID, origins.get(PredID[0] ?? "") ?? ID);
      return origins.get(ID)!;
    });
    const waiting = (dropped.findings_not_stored ?? 0) + (dropped.findings_in_journal ?? 0);
    assert(waiting > 0 && waiting <= told.length, `${waiting} of ${told.length}`);
    const ids = evidence.map((one) => one.evidence.id);
    assert.deepEqual(new Set(ids), new Set(told.slice(0, told.length - waiting)));
  },
);

diskTest(
  "a directory that may not be written is one sentence before anything else happens",
  async ({ disk, copy, path }) => {
    const [log, kept] = [join(path, "conn.log"), join(path, "kept")];
    await writeLog(log, 10);
    const { code, out, err } = await onSmallDisk(
      { disk, copy, size: 2 ** 20, prepare: 'mount -o remount,ro "$DISK"' },
      ...["--read", log, "--quiet", "--out", join(path, "out"), "--store", join(disk, "store.sqlite")],
    );
    assert.equal(code, 2, out);
    assert.match(err, /The store \S+\/store\.sqlite cannot be used: it cannot be opened or written there\.\s*$/);
    // What is there can be shown all the same.
    assert.equal((await smartshield("--read", log, "--quiet", "--out", kept)).code, 0);
    const shown = await onSmallDisk(
      { disk, copy, size: 2 ** 22, prepare: `cp "${kept}/store.sqlite" "$DISK" && mount -o remount,ro "$DISK"` },
      ...["show", "flows", "--json", "--store", join(disk, "store.sqlite")],
    );
    assert.equal(shown.out.trimEnd().split("\n").length, 10, shown.err);
  },
);
