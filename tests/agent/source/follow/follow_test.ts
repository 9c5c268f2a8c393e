// Files that are written while they are read: what loggers and those who rotate their logs do to them.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { describeWarning } from "../../../../agent/source/warnings.ts";
import { network } from "../../../craft/craft.ts";
import { jsonLines } from "../records.ts";
import { type Following, following } from "./following.ts";

const ENDS = { "id.orig_h": "10.0.0.5", "id.orig_p": 40042, "id.resp_h": "198.51.100.7", "id.resp_p": 443 };
const connLine = (ts: number) => jsonLines({ ts, uid: `C${ts}`, ...ENDS, proto: "tcp", conn_state: "SF" });
const dnsLine = (ts: number) =>
  jsonLines({ ts, uid: `D${ts}`, ...ENDS, proto: "udp", trans_id: 1, query: "a.example" });
const conn = (...times: number[]) => times.map(connLine).join("");
const flow = (second: number) =>
  jsonLines({
    timestamp: new Date((1_700_000_000 + second) * 1000).toISOString().replace("Z", "000+0000"),
    flow_id: second,
    event_type: "flow",
    src_ip: "10.0.0.5",
    dest_ip: "198.51.100.7",
    proto: "TCP",
    flow: { state: "closed" },
  });

const append = (path: string, text: string) => Deno.writeTextFile(path, text, { append: true });
const uids = ({ records }: Following) => records.map((record) => (record as { uid: string }).uid);

Deno.test("what is there is read first, then every line that is added; half a line waits for its end", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("conn.log"), conn(1, 2));
    await run.until(2);
    await append(run.path("conn.log"), connLine(3).slice(0, 20));
    await run.settle();
    assert.deepEqual(uids(run), ["C1", "C2"]);
    await append(run.path("conn.log"), connLine(3).slice(20) + '{"ts":4');
    await run.until(3);
    const { warnings, counters } = await run.stop();
    // The line that was just being written at the end is nobody's mistake.
    assert.deepEqual([warnings, counters.broken, run.records.length], [[], 0, 3]);
  });
});

Deno.test("a log that is renamed and begun anew goes on under the old name, whatever the rotated one is called", async () => {
  for (const rotated of ["conn.2026-11-21-10-00-00.log", "conn.00:00:00-01:00:00.log", "elsewhere"]) {
    await following(async (run) => {
      await Deno.writeTextFile(run.path("conn.log"), conn(1, 2));
      await run.until(2);
      await Deno.rename(run.path("conn.log"), run.path(rotated));
      // The logger still writes to the old file until it hears of it.
      await append(run.path(rotated), connLine(3));
      await Deno.writeTextFile(run.path("conn.log"), conn(0.5, 4));
      await run.until(5);
      await run.settle();
      assert.deepEqual(uids(run), ["C1", "C2", "C3", "C0.5", "C4"]);
      // Packed later, as logrotate does: that is nothing new.
      await Deno.writeFile(run.path(`${rotated}.gz`), gzipSync(await Deno.readFile(run.path(rotated))));
      await Deno.remove(run.path(rotated));
      await run.settle();
      assert.equal(run.records.length, 5);
    });
  }
});

Deno.test("a log that is copied and emptied is read from its new beginning, the copy not at all, and it is said once", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("conn.log"), conn(1, 2, 3));
    await run.until(3);
    for (const round of [1, 2]) {
      await Deno.copyFile(run.path("conn.log"), run.path(`conn.log.${round}`));
      await Deno.truncate(run.path("conn.log"));
      await append(run.path("conn.log"), connLine(10 * round));
      await run.until(3 + round);
      await run.settle();
      await Deno.writeFile(
        run.path(`conn.log.${round}.gz`),
        gzipSync(await Deno.readFile(run.path(`conn.log.${round}`))),
      );
      await Deno.remove(run.path(`conn.log.${round}`));
      await run.settle();
    }
    assert.deepEqual(uids(run), ["C1", "C2", "C3", "C10", "C20"]);
    const { warnings } = await run.stop();
    assert.equal(warnings.length, 1);
    assert.match(describeWarning(warnings[0]!), /^conn\.log, byte \d+: became shorter while it was read \(and 1 more/);
  });
});

Deno.test("a log that was emptied and has grown beyond its old length between two looks is noticed by its beginning", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("conn.log"), conn(1));
    await run.until(1);
    using file = await Deno.open(run.path("conn.log"), { write: true });
    await file.write(new TextEncoder().encode(conn(5, 6, 7)));
    await run.until(4);
    assert.deepEqual(uids(run), ["C1", "C5", "C6", "C7"]);
  });
});

Deno.test("a logger that restarts brings a header with other columns, in the same file or in a new one", async () => {
  const header = (...fields: string[]) => `#separator \\x09\n#path\tconn\n#fields\t${fields.join("\t")}\n`;
  const usual = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "conn_state"];
  const line = (ts: number) => `${ts}\tC${ts}\t10.0.0.5\t40042\t198.51.100.7\t443\ttcp\tSF`;
  await following(async (run) => {
    // At first there is only the header.
    await Deno.writeTextFile(run.path("conn.log"), header(...usual));
    await run.settle();
    await append(run.path("conn.log"), `${line(1)}\n`);
    await run.until(1);
    await append(run.path("conn.log"), `#close\t2026\n${header("duration", ...usual)}3.5\t${line(2)}\n`);
    await run.until(2);
    await Deno.rename(run.path("conn.log"), run.path("conn.old.log"));
    await Deno.writeTextFile(run.path("conn.log"), `${header(...usual, "service")}${line(3)}\tssl\n`);
    await run.until(3);
    const [, second, third] = run.records as { duration?: number; service?: string }[];
    assert.deepEqual([second!.duration, third!.service, third!.duration], [3.5, "ssl", undefined]);
  });
});

Deno.test("logs come up one by one, and a line waits for lines of other logs that belong before it, but not for ever", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("dns.log"), dnsLine(0.5));
    await Deno.writeTextFile(run.path("conn.log"), conn(1));
    await run.until(2);
    await run.settle();
    // The connection is written before the question it followed.
    await append(run.path("conn.log"), connLine(11));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await append(run.path("dns.log"), dnsLine(10));
    await run.until(4);
    assert.deepEqual(uids(run), ["D0.5", "C1", "D10", "C11"]);
    // The other log stays silent.
    const began = performance.now();
    await append(run.path("conn.log"), connLine(12));
    await run.until(5);
    const waited = performance.now() - began;
    assert.ok(waited > 400 && waited < 3000, `${waited} ms`);
  }, { waitForOthers: 0.5 });
});

Deno.test("eve.json by itself: rotated, emptied, and what else lies beside it is none of it", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("other.json"), flow(100));
    // It need not be there yet.
    await run.settle();
    await Deno.writeTextFile(run.path("eve.json"), flow(1));
    await run.until(1);
    await Deno.rename(run.path("eve.json"), run.path("eve.json.1"));
    await Deno.writeTextFile(run.path("eve.json"), flow(2));
    await run.until(2);
    await Deno.truncate(run.path("eve.json"));
    await append(run.path("eve.json"), flow(3));
    await run.until(3);
    assert.deepEqual(uids(run), ["1", "2", "3"]);
  }, { file: "eve.json" });
});

Deno.test("files named by their time follow one another, without a rename", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("eve-10.json"), flow(1));
    await run.until(1);
    await Deno.writeTextFile(run.path("eve-11.json"), flow(61));
    await run.until(2);
    await append(run.path("eve-11.json"), flow(62));
    await run.until(3);
    assert.deepEqual(uids(run), ["1", "61", "62"]);
    assert.deepEqual(run.notes, ["eve-10.json is over; eve-11.json goes on."]);
  });
});

/** A capture of so many packets from `start` on. */
function capture(start: number, questions: number): Uint8Array {
  const net = network({ start });
  const pc = net.host("pc", "192.168.1.23");
  for (let i = 0; i < questions; i++) net.ping(pc, net.gateway);
  return net.pcap();
}

Deno.test("a capture that is being written: half a packet waits for the other half", async () => {
  await following(async (run) => {
    const bytes = capture(1_700_000_000, 3);
    await Deno.writeFile(run.path("trace.pcap"), bytes.subarray(0, bytes.length - 30));
    await run.until(1);
    await run.settle();
    const before = run.packets.length;
    await Deno.writeFile(run.path("trace.pcap"), bytes.subarray(bytes.length - 30), { append: true });
    await run.until(before + 1);
    const { capture: end } = await run.stop();
    assert.deepEqual([end?.kind, run.packets.length], ["complete", before + 1]);
  }, { file: "trace.pcap" });
});

Deno.test("a ring of captures: each goes on where the one before ended, also when it is written over", async () => {
  await following(async (run) => {
    const parts = [0, 100, 200].map((second) => capture(1_700_000_000 + second, 2));
    const [first, second, third] = parts as [Uint8Array, Uint8Array, Uint8Array];
    const each = 4;
    await Deno.writeFile(run.path("ring0"), first);
    await run.until(each);
    await Deno.writeFile(run.path("ring1"), second);
    await run.until(2 * each);
    await run.settle();
    await Deno.writeFile(run.path("ring0"), third);
    await run.until(3 * each);
    await run.settle();
    assert.equal(run.packets.length, 3 * each);
    assert.deepEqual(run.packets, run.packets.toSorted((a, b) => a - b));
  });
});

Deno.test("while nothing is written, time goes on with the clock", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("conn.log"), conn(1));
    await run.until(1);
    const before = run.silent();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(run.silent() - before > 0.5 && run.silent() - before < 1.5, `${run.silent() - before} s`);
  });
});

Deno.test("logs of another program that come up in the folder are left out, and that is said once", async () => {
  await following(async (run) => {
    await Deno.writeTextFile(run.path("conn.log"), conn(1));
    await run.until(1);
    await Deno.writeTextFile(run.path("eve.json"), flow(1));
    await Deno.writeTextFile(run.path("loaded_scripts.log"), jsonLines({ name: "base/init-bare.zeek" }));
    await run.settle();
    assert.ok(run.notes.includes("eve.json is left out: the input is followed as logs of Zeek."), run.notes.join("\n"));
    assert.equal(run.records.length, 1);
  });
});
