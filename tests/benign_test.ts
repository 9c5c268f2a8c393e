// Precision: a day at home and a day at the office in which nothing is wrong. Nobody may be alerted on, and hardly anything
// may be called worse than low, however odd it looks.

import assert from "node:assert/strict";
import { join } from "node:path";
import { home } from "./benign/home.ts";
import { lookalikes } from "./benign/lookalikes.ts";
import { office } from "./benign/office.ts";
import { type Packet, pcapChunks } from "./craft/craft.ts";
import { PROGRAM, ROOT } from "./program.ts";

/** Share of the flows for which evidence above low may be raised. */
const SHARE_ABOVE_LOW = 0.001;

interface Day {
  flows: number;
  aboveLow: number;
  alerts: number;
  /** Evidence above low, one line each; what to read when a test fails. */
  sentences: string[];
}

/** Bytes that go to the program at once: packet by packet, the writing would take longer than all the rest. */
const PIECE = 1 << 20;

/** The same bytes in pieces that are worth writing. */
function* inPieces(chunks: Iterable<Uint8Array>): Generator<Uint8Array<ArrayBuffer>> {
  let piece = new Uint8Array(PIECE);
  let size = 0;
  for (const chunk of chunks) {
    if (size + chunk.length > PIECE) {
      yield piece.subarray(0, size);
      [piece, size] = [new Uint8Array(PIECE), 0];
    }
    piece.set(chunk, size);
    size += chunk.length;
  }
  yield piece.subarray(0, size);
}

/** What the program says about a day. */
async function analysed(day: () => Iterable<Packet>): Promise<Day> {
  const folder = await Deno.makeTempDir();
  try {
    const program = new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, "--stdin", "capture", "--out", join(folder, "day"), "--quiet"],
      cwd: ROOT,
      stdin: "piped",
    }).spawn();
    const into = program.stdin.getWriter();
    for (const piece of inPieces(pcapChunks(day()))) await into.write(piece);
    await into.close();
    assert.equal((await program.status).code, 0);
    const summary = JSON.parse(await Deno.readTextFile(join(folder, "day/summary.json")));
    const { medium, high, critical } = summary.evidence.by_level;
    return {
      flows: summary.records.by_kind.conn,
      aboveLow: medium + high + critical,
      alerts: summary.alerts,
      sentences: (await Deno.readTextFile(join(folder, "day/alerts/alerts.log"))).split("\n")
        .filter((line) => /threat level: (medium|high|critical)|alert/.test(line)),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a day at home and a day at the office: nobody is alerted on", async () => {
  const [atHome, atWork] = [await analysed(home), await analysed(office)];
  for (const { alerts, sentences } of [atHome, atWork]) assert.equal(alerts, 0, sentences.join("\n"));
  const flows = atHome.flows + atWork.flows;
  assert.ok(flows >= 100_000, `${flows} flows`);
  const aboveLow = atHome.aboveLow + atWork.aboveLow;
  assert.ok(
    aboveLow < SHARE_ABOVE_LOW * flows,
    `${aboveLow} of ${flows} flows above low:\n${[...atHome.sentences, ...atWork.sentences].slice(0, 100).join("\n")}`,
  );
});

Deno.test("an hour of programs that look like scanners, guessers and malware: nobody is alerted on", async () => {
  const { alerts, sentences } = await analysed(lookalikes);
  assert.equal(alerts, 0, sentences.join("\n"));
  const conclusive = sentences.filter((line) => /port scan|guessing|generated names/.test(line));
  assert.deepEqual(conclusive, []);
});
