import assert from "node:assert/strict";
import { InputError } from "../../../agent/errors.ts";
import { createLineWriter, type Sink } from "../../../agent/export/line-writer.ts";

/** A file in memory that takes at most `atOnce` bytes at a time. */
function memoryFile(atOnce = Infinity): Sink & { text(): string; writes: number } {
  const bytes: number[] = [];
  return {
    writes: 0,
    writeSync(some) {
      this.writes++;
      const taken = some.subarray(0, atOnce);
      bytes.push(...taken);
      return taken.length;
    },
    close() {},
    text: () => new TextDecoder().decode(Uint8Array.from(bytes)),
  };
}

Deno.test("a thousand short lines are one write", () => {
  const file = memoryFile();
  const writer = createLineWriter(file, "conn.log");
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i} naïve 🙂`);
  for (const line of lines) writer.line(line);
  assert.equal(file.writes, 0);
  writer.close();
  assert.equal(file.writes, 1);
  assert.equal(file.text(), lines.join("\n") + "\n");
});

Deno.test("lines longer than the buffer and files that take little at a time lose nothing", () => {
  const file = memoryFile(1000);
  const writer = createLineWriter(file, "conn.log");
  const lines = ["short", "é".repeat(100_000), "x".repeat(30_000), "y".repeat(30_000), ""];
  for (const line of lines) writer.line(line);
  writer.flush();
  assert.equal(file.text(), lines.join("\n") + "\n");
});

Deno.test({
  name: "a full disk is one clear sentence",
  ignore: Deno.build.os !== "linux",
  fn() {
    const writer = createLineWriter(Deno.openSync("/dev/full", { write: true }), "out/zeek/conn.log");
    writer.line("hello");
    assert.throws(
      () => writer.flush(),
      new InputError(
        "Cannot write out/zeek/conn.log: the disk is full; free some space or choose another --out.",
      ),
    );
    writer.close();
  },
});

Deno.test("a file is closed even if its last lines cannot be written", () => {
  let closed = false;
  const writer = createLineWriter({
    writeSync: () => {
      throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    },
    close: () => closed = true,
  }, "out/run.log");
  writer.line("hello");
  assert.throws(() => writer.close(), { name: "InputError", message: /^Cannot write out\/run\.log: .*[^.]\.$/ });
  assert.ok(closed);
});
