// The tape's files: what was written is there again; what was cut off, spoilt or written by others is noticed.

import assert from "node:assert/strict";
import { join } from "node:path";
import { createBatchWriter, readBatch, takeBatch, writeStep } from "../../../agent/profile/flat/batch.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import type { Taped } from "../../../agent/resume/messages.ts";
import {
  beginSegment,
  examineSegment,
  frameOf,
  playSegment,
  segmentsIn,
  TapeError,
  writeAll,
} from "../../../agent/resume/segments.ts";
import { conn } from "../../detectors/harness.ts";

const T = 1_700_000_000;

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function batchOf(first: number, count: number): Taped {
  const writer = createBatchWriter();
  for (let at = first; at < first + count; at++) {
    const record: AnyRecord = conn({ orig_h: "192.168.1.23", resp_h: "192.168.1.10", ts: T + at, orig_bytes: at });
    writeStep(writer, { clock: T + at, position: at, record, profile: record.orig_h, role: "client" });
  }
  const batch = takeBatch(writer, { serial: first, origin: T, clock: T + first + count, last: false });
  return { batch, positions: [{ file: 3, done: first + count }] };
}

/** A segment with two batches; its path. */
function written(folder: string): string {
  const file = beginSegment(folder, 1, {
    origin: T,
    clock: T,
    facts: [{ fact: "hostname", ip: "10.0.0.1", name: "pc" }],
  });
  for (const taped of [batchOf(1, 5), batchOf(6, 7)]) writeAll(file, frameOf(taped));
  file.close();
  return segmentsIn(folder)[0]!.path;
}

Deno.test("what was written is there again, in its order, with how far the input was read", async () => {
  await inFolder((folder) => {
    const path = written(folder);
    const segment = examineSegment(1, path, true);
    assert.deepEqual({ ...segment, path: "" }, {
      ...{ number: 1, path: "", length: Deno.statSync(path).size, records: 12, from: T, to: T + 13 },
      positions: [{ file: 3, done: 13 }],
    });
    const [snapshot, ...batches] = [...playSegment(segment)];
    assert.deepEqual(snapshot!.snapshot?.facts, [{ fact: "hostname", ip: "10.0.0.1", name: "pc" }]);
    const steps = batches.flatMap(({ batch }) => readBatch(batch!).steps);
    assert.deepEqual(steps.map(({ position }) => position), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual(steps.map(({ clock }) => clock), steps.map(({ record }) => record!.ts));
  });
});

Deno.test("a segment that was cut off anywhere gives what is whole, and can be gone on with only as the last one", async () => {
  await inFolder((folder) => {
    const path = written(folder);
    const bytes = Deno.readFileSync(path);
    let records = 12;
    for (let length = bytes.length - 1; length >= 0; length--) {
      Deno.truncateSync(path, length);
      const segment = examineSegment(1, path, true);
      assert(segment.length <= length && segment.records <= records);
      records = segment.records;
      if (length > segment.length) assert.throws(() => examineSegment(1, path, false), TapeError);
    }
    assert.equal(records, 0);
  });
});

Deno.test("after a power failure the end may be zeros: what is before them counts", async () => {
  await inFolder((folder) => {
    const path = written(folder);
    const { length } = examineSegment(1, path, true);
    Deno.writeFileSync(path, new Uint8Array(5000), { append: true });
    assert.equal(examineSegment(1, path, true).length, length);
  });
});

Deno.test("a byte that is another than the one written is noticed wherever it is, but for the last frame, which goes", async () => {
  await inFolder((folder) => {
    const path = written(folder);
    const bytes = Deno.readFileSync(path);
    const lastFrame = bytes.length - frameOf(batchOf(6, 7)).length;
    for (let at = 0; at < lastFrame; at++) {
      const spoilt = bytes.slice();
      spoilt[at]! ^= 0x40;
      Deno.writeFileSync(path, spoilt);
      // A length that leads beyond the end looks like one that was cut off: then only what is before it counts.
      try {
        assert(examineSegment(1, path, true).length <= at, `byte ${at}`);
      } catch (error) {
        assert(error instanceof TapeError, `byte ${at}: ${error}`);
      }
      assert.throws(() => examineSegment(1, path, false), TapeError, `byte ${at}`);
    }
    const spoilt = bytes.slice();
    spoilt[bytes.length - 1]! ^= 1;
    Deno.writeFileSync(path, spoilt);
    assert.equal(examineSegment(1, path, true).records, 5);
  });
});

Deno.test("a tape of another version, or a file that is none, is told from ours", async () => {
  await inFolder((folder) => {
    const path = join(folder, "tape-000001");
    for (const text of ["smartshield tape 9 0123456789abcdef\nwhatever", "# somebody's notes about something long\n"]) {
      Deno.writeTextFileSync(path, text);
      assert.throws(() => examineSegment(1, path, true), /^TapeError: was written by another version of smartshield$/);
    }
  });
});
