// `smartshield show` from the command line, on what a run over the demo's two hours in an office has kept.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { startRedis } from "./agent/store/redis-server.ts";
import type { StoredAlert, StoredEvidence, StoredRecord } from "../agent/store/store.ts";
import { smartshield } from "./program.ts";

const objects = <T>(out: string): T[] => out.trimEnd().split("\n").map((line) => JSON.parse(line) as T);

Deno.test("what a run found can be asked for later, from the alert down to the records", async (test) => {
  const folder = await Deno.makeTempDir();
  const [capture, office] = [join(folder, "office.pcap"), join(folder, "office")];
  const show = (...args: string[]) => smartshield("show", ...args, "--store", office);
  try {
    story().writePcap(capture);
    assert.equal((await smartshield("--pcap", capture, "--out", office, "--quiet")).code, 0);

    await test.step("the alerts are those of alerts.log, each with its stages", async () => {
      const { out, code } = await show();
      assert.equal(code, 0);
      const log = await Deno.readTextFile(join(office, "alerts/alerts.log"));
      const told = log.split("\n").filter((line) => /Generated an alert|Updated the alert/.test(line)).length;
      const [head, ...rows] = out.trimEnd().split("\n");
      assert.equal(rows.length, told);
      assert.match(head!, /^alert {5}time \(UTC\) .* host {10}name {7}window {2}score {2}sure {2}what$/);
      assert.match(rows[0]!, /^[0-9a-f]{8} {2}2024-03-05 08:\d\d:\d\d {2}192\.168\.1\.23 {2}office-pc/);
      assert.match(rows.at(-1)!, /goes on: .*reconnaissance since 08:31.*exfiltration since 09:30$/);
    });

    await test.step("an alert by the beginning of its id leads to evidence, and that to records that show it", async () => {
      const alerts = objects<StoredAlert>((await show("alerts", "--json")).out);
      const { alert } = alerts.at(-1)!;
      const [first, ...below] = objects<StoredAlert & StoredEvidence & StoredRecord>(
        (await show("alert", alert.id.slice(0, 8), "--json", "--limit", "3")).out,
      );
      assert.equal(first!.alert.id, alert.id);
      assert.deepEqual(below.flatMap(({ evidence }) => evidence?.id ?? []), alert.evidence);
      let shown: StoredEvidence | undefined;
      for (const one of below) {
        if (one.evidence !== undefined) shown = one;
        else assert(shown!.evidence.uids.includes((one.record as { uid: string }).uid));
      }
      assert(below.some(({ record }) => record !== undefined));

      const { out } = await show("alert", alert.id.slice(0, 8));
      assert.match(
        out,
        /^Alert [0-9a-f-]{36}, brings [0-9a-f]{8} up to date\n {2}host {5}192\.168\.1\.23 \(office-pc\)\n/,
      );
      assert.match(out, / conn {2}C\w+ +192\.168\.1\.23:\d+ → 45\.155\.204\.87:4449 tcp ssl SF/);
      assert.match(out, /and \d+ more records: --limit shows more\n/);
    });

    await test.step("a host is told with its alerts, evidence and records", async () => {
      const { out } = await show("host", "192.168.1.23", "--kind", "dns");
      assert.match(out, /^office-pc \(192\.168\.1\.23\)\n {2}seen {5}from 2024-03-05 08:00:00 to /);
      assert.match(out, /\nwindow .*\n[^]*\nalert .*\n[^]*\nevidence .*\n[^]*\ntime \(UTC\) .*\n/);
      assert.match(out, /\n {2}First: take the host off the network now,/);
      assert.match(out, / dns {3}C\w+ +192\.168\.1\.23:\d+ → 192\.168\.1\.1:53 \S+ A NOERROR = /);
      const hosts = (await show("hosts")).out.trimEnd().split("\n");
      assert.match(hosts[0]!, /^host +name +alerts +evidence +connections +sent +first seen/);
      assert.equal(hosts.filter((line) => line.startsWith("192.168.1.23 ")).length, 1);
    });

    await test.step("flows are narrowed by host, kind, window and time, and limited to the newest", async () => {
      const { out } = await show(
        ...["flows", "--host", "192.168.1.21", "--kind", "http", "--window", "2", "--to", "2024-03-05T09:30", "--json"],
      );
      const found = objects<StoredRecord>(out);
      assert(found.length > 0);
      for (const { profile, window, record } of found) {
        assert.deepEqual([profile, window, record.kind], ["192.168.1.21", 2, "http"]);
        assert(record.ts <= Date.UTC(2024, 2, 5, 9, 30) / 1000);
      }
      const all = objects<StoredRecord>((await show("flows", "--limit", "1000000", "--json")).out);
      const newest = objects<StoredRecord>((await show("flows", "--limit", "3", "--json")).out);
      assert.deepEqual(newest, all.slice(-3));
      const summary = JSON.parse(await Deno.readTextFile(join(office, "summary.json")));
      assert.equal(all.length, summary.records.total);
      assert.match((await show("flows", "--limit", "3")).out, /\nOnly the newest 3 are shown: --limit shows more\.\n$/);
    });

    await test.step("a Redis tells the same as the file", async () => {
      const redis = await startRedis();
      try {
        const place = `redis://localhost:${redis.port}`;
        const ran = await smartshield("--pcap", capture, "--out", join(folder, "redis"), "--quiet", "--store", place);
        assert.deepEqual(ran, { code: 0, out: "", err: "" });
        for (
          const asked of [
            ["hosts"],
            ["alerts"],
            ["evidence", "--limit", "1000"],
            ["flows", "--limit", "10000"],
            ["flows", "--host", "192.168.1.21", "--kind", "http", "--window", "2", "--limit", "7"],
            ["host", "192.168.1.23", "--from", "2024-03-05T08:30", "--to", "2024-03-05T09:10"],
          ]
        ) {
          const { out } = await smartshield("show", ...asked, "--store", place);
          assert(out.length > 100);
          assert.equal(out, (await show(...asked)).out, asked.join(" "));
        }
      } finally {
        await redis.remove();
      }
    });

    await test.step("what cannot be is one sentence, and exit code 2", async () => {
      for (
        const [args, sentence] of [
          [["alert", "zz"], "There is not one alert whose id begins with zz: none does, or several do.\n"],
          [["host", "198.51.100.9"], /^The store holds nothing about 198\.51\.100\.9: .*\.\n$/],
          [["hosts", "--sensor", "roof"], /^There is no sensor roof in the store; there is \S+\.\n$/],
          [["flows", "--from", "noon"], /^--from is noon but must be a time in UTC, .*\.\n$/],
        ] as const
      ) {
        const { code, out, err } = await show(...args);
        assert.equal(code, 2);
        assert.equal(out, "");
        if (typeof sentence === "string") assert.equal(err, sentence);
        else assert.match(err, sentence);
      }
      const { code, err } = await smartshield("show", "--store", join(folder, "nothing"));
      assert.equal(code, 2);
      assert.match(err, /^There is no store at .*nothing: name the output directory of a run, .*\.\n$/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--no-records keeps the findings alone, --store puts them where one likes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [capture, kept] = [join(folder, "office.pcap"), join(folder, "kept.sqlite")];
    story().writePcap(capture);
    const ran = await smartshield(
      ...["--pcap", capture, "--out", join(folder, "office"), "--quiet", "--no-records", "--store", kept],
    );
    assert.deepEqual(ran, { code: 0, out: "", err: "" });
    assert.equal((await smartshield("show", "flows", "--store", kept)).out, "No records.\n");
    const [alert] = objects<StoredAlert>((await smartshield("show", "--json", "--store", kept)).out);
    const { out } = await smartshield("show", "alert", alert!.alert.id, "--store", kept);
    assert.match(out, /\n {2}Its records are not, or no longer, in the store\.\n/);
    await assert.rejects(Deno.stat(join(folder, "office/store.sqlite")), Deno.errors.NotFound);
    const { code, err } = await smartshield("show", "--store", join(folder, "office"));
    assert.equal(code, 2);
    assert.match(err, /office holds results, but no store: what that run found is in the store that it was given/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
