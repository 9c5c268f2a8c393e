// Which files of a log were read before a restart, and how far.

import assert from "node:assert/strict";
import { join } from "node:path";
import { knowsFiles, openFiles } from "../../../agent/resume/files.ts";
import type { FileMemory } from "../../../agent/source/follow/feed.ts";
import type { Arrival } from "../../../agent/source/follow/watch.ts";

const never = (error: unknown): never => {
  throw error;
};

function arrival(name: string, inode: number, first: number, head: string, log = "conn"): Arrival {
  return { log, path: `/logs/${name}`, name, first, id: `1:${inode}`, head: new TextEncoder().encode(head) };
}

async function restarted(
  before: (memory: FileMemory) => void,
  positions: { file: number; done: number }[],
  after: (memory: FileMemory) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    before(openFiles(folder, undefined, never));
    after(openFiles(folder, positions, never));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file is read on where it was left, whatever it is called by now; older ones are not, newer ones are", async () => {
  await restarted(
    (memory) => {
      assert.deepEqual(memory.begin(arrival("conn.1", 1, 100, "first")), { number: 1, skip: 0 });
      assert.deepEqual(memory.begin(arrival("conn.log", 2, 200, "sec")), { number: 2, skip: 0 });
      assert.deepEqual(memory.begin(arrival("dns.log", 3, 150, "dns", "dns")), { number: 3, skip: 0 });
    },
    [{ file: 2, done: 17 }, { file: 3, done: 5 }],
    (memory) => {
      assert.equal(memory.begin(arrival("conn.2", 1, 100, "first")), "read");
      // Renamed, and longer than it was.
      assert.deepEqual(memory.begin(arrival("conn.1", 2, 200, "second")), { number: 2, skip: 17 });
      assert.deepEqual(memory.begin(arrival("conn.log", 4, 300, "third")), { number: 4, skip: 0 });
      assert.deepEqual(memory.begin(arrival("dns.log", 3, 150, "dns", "dns")), { number: 3, skip: 5 });
    },
  );
});

Deno.test("a packed copy of what was read is not read again", async () => {
  await restarted(
    (memory) => void memory.begin(arrival("conn.log", 1, 100, "text")),
    [{ file: 1, done: 9 }],
    (memory) => assert.equal(memory.begin(arrival("conn.log.1.gz", 2, 100, "packed")), "read"),
  );
});

Deno.test("a file that was emptied and begun anew is another one, before the restart or meanwhile", async () => {
  const log = arrival("conn.log", 1, 100, "old");
  await restarted(
    (memory) => {
      memory.begin(log);
      assert.deepEqual(memory.cut(log), { number: 2, skip: 0 });
    },
    [{ file: 2, done: 4 }],
    (memory) => {
      assert.deepEqual(memory.begin(arrival("conn.log", 1, 200, "new")), { number: 2, skip: 4 });
    },
  );
  await restarted((memory) => void memory.begin(log), [{ file: 1, done: 4 }], (memory) => {
    assert.deepEqual(memory.begin(arrival("conn.log", 1, 200, "new")), { number: 2, skip: 0 });
  });
});

Deno.test("what had come up but of which nothing was read is read from its beginning", async () => {
  await restarted(
    (memory) => void memory.begin(arrival("conn.log", 1, 100, "text")),
    [],
    (memory) => assert.deepEqual(memory.begin(arrival("conn.log", 1, 100, "text")), { number: 1, skip: 0 }),
  );
});

Deno.test("killed at any moment, it still knows each file of which anything was read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    openFiles(folder, undefined, never).begin(arrival("conn.log", 1, 100, "text"));
    // Cut off while it was being written: nothing of the second can have been read.
    await Deno.writeTextFile(join(folder, "files"), '{"number":2,"log":"co', { append: true });
    assert(knowsFiles(folder, [{ file: 1, done: 5 }]));
    assert(!knowsFiles(folder, [{ file: 2, done: 5 }]));
    const memory = openFiles(folder, [{ file: 1, done: 5 }], never);
    assert.deepEqual(memory.begin(arrival("conn.log", 2, 200, "more")), { number: 2, skip: 0 });
    assert(knowsFiles(folder, [{ file: 1, done: 5 }, { file: 2, done: 1 }]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
