// The thread that looks for leaks, a real one: a rule of the user's or a fault in the engine costs what it must, and neither
// holds up whoever waits for answers nor ends the run.

import assert from "node:assert/strict";
import { readEngine } from "../../../agent/dissect/leaks/engine.ts";
import type { RuleFile } from "../../../agent/dissect/leaks/messages.ts";
import type { Batch } from "../../../agent/dissect/leaks/pieces.ts";
import { createLeakSearch } from "../../../agent/dissect/leaks/search.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { startLeaks } from "../../../agent/threads/leaks.ts";

/** Millions of millions of rounds. */
const ENDLESS: RuleFile = {
  name: "endless.yar",
  source: "rule endless { condition: for all i in (1..1000000000000) : (i != 0) }",
};
/** Backtracks over all that begins with it: hours for a megabyte of the same letter. */
const NESTED: RuleFile = { name: "nested.yar", source: "rule nested { strings: $a = /(a+)+b/ condition: $a }" };
const TEAPOT: RuleFile = {
  name: "teapot.yar",
  source: 'rule teapot { strings: $a = "Operation Teapot" condition: $a }',
};
const ABSENCE: RuleFile = {
  name: "absence.yar",
  source: 'rule no_host { strings: $a = "GET " $b = "Host:" condition: $a and not $b }',
};
const PASSWORD = "USER bob\r\nPASS hunter2\r\n";

function batchOf(...texts: readonly string[]): Batch {
  const bytes = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
  let at = 0;
  const pieces = texts.map((text, i) => {
    const start = at;
    at += text.length + 1;
    return {
      uid: `C${i}`,
      orig_h: "192.168.1.23",
      orig_p: 40_000 + i,
      resp_h: "93.184.216.34",
      resp_p: 80,
      proto: "tcp" as const,
      fromOrig: true,
      fuid: undefined,
      ts: 1,
      start,
      end: at - 1,
    };
  });
  return { bytes, length: bytes.length, pieces };
}

interface Looked {
  found: string[];
  warnings: string[];
  notScanned: number;
}

/** What a dissector hears when it sends these batches one after the other, and waits for each. */
async function lookAt(
  batches: readonly Batch[],
  options: { rules?: readonly RuleFile[]; hangSeconds?: number; url?: URL; engine?: typeof readEngine } = {},
): Promise<Looked> {
  const looked: Looked = { found: [], warnings: [], notScanned: 0 };
  const ports: MessagePort[] = [];
  const leaks = startLeaks(
    {
      engine: options.engine ?? readEngine,
      rules: options.rules ?? [],
      hangSeconds: options.hangSeconds ?? 1,
      ...(options.url === undefined ? {} : { url: options.url }),
    },
    1,
    {
      warning: (sentence) => looked.warnings.push(sentence),
      moved(next) {
        search.moved(next?.[0]);
        ports.push(...next ?? []);
      },
    },
  );
  ports.push(...leaks.ports);
  const search = createLeakSearch(leaks.ports[0]!, (record: AnyRecord) => {
    if (record.kind === "notice") looked.found.push(`${record.uid} ${record.msg!.split(":")[0]}`);
  });
  try {
    for (const batch of batches) {
      search.scan(batch);
      await search.settle(0);
    }
    return { ...looked, notScanned: search.notScanned() };
  } finally {
    leaks.stop();
    for (const port of ports) port.close();
  }
}

const FAILING = new URL("./failing-leaks.ts", import.meta.url);
const OWN_UNUSED =
  "they are not used any more in this run. Make them cheaper (docs/leaks.md), or allow them more time " +
  "(leaks.hang_seconds).";

Deno.test("rules that find their leaks in time stay in use, however much there is to look at", async () => {
  const batches = Array.from({ length: 60 }, (_, i) => batchOf("x".repeat(60_000), `${i} Operation Teapot`, PASSWORD));
  const began = performance.now();
  const { found, warnings, notScanned } = await lookAt(batches, { rules: [TEAPOT, ABSENCE] });
  assert.deepEqual(warnings, []);
  assert.deepEqual(found, ["C1 teapot", "C2 mail_or_ftp_password"], "each is told once for each connection");
  assert.equal(notScanned, 0);
  assert.ok(performance.now() - began < 60_000);
});

Deno.test("a rule that would take minutes is left out, and the built-in ones look at what it held up", async () => {
  const { found, warnings, notScanned } = await lookAt([batchOf("hello", PASSWORD)], { rules: [ENDLESS] });
  assert.deepEqual(warnings, [
    `Looking for leaks with your YARA rules endless.yar took more than 1 s; ${OWN_UNUSED}`,
  ]);
  assert.deepEqual(found, ["C1 mail_or_ftp_password"]);
  assert.equal(notScanned, 0);
});

Deno.test("of several files the one with the slow rule is found and left out, the others stay", async () => {
  const { found, warnings, notScanned } = await lookAt(
    [batchOf("hello"), batchOf("a".repeat(60_000), "Operation Teapot"), batchOf("GET / HTTP/1.0\r\n", PASSWORD)],
    { rules: [ABSENCE, NESTED, TEAPOT] },
  );
  assert.deepEqual(warnings, [
    "Looking for leaks with your YARA rules took more than 1 s; they are tried one by one from now on.",
    `Looking for leaks with your YARA rules nested.yar took more than 1 s; ${OWN_UNUSED}`,
  ]);
  assert.deepEqual(found, ["C1 teapot", "C0 no_host", "C1 mail_or_ftp_password"]);
  assert.equal(notScanned, 0);
});

Deno.test("a file that cannot be compiled is said once, also when another thread has to take over", async () => {
  const broken: RuleFile = { name: "broken.yar", source: "rule broken { condition: }" };
  const { warnings } = await lookAt([batchOf("hello")], { rules: [broken, ENDLESS] });
  assert.deepEqual(
    warnings.map((warning) => warning.slice(0, 60)),
    [
      "The YARA rules broken.yar cannot be used: syntax error in line 1.",
      "Looking for leaks with your YARA rules endless.yar took more than 1 s",
    ].map((warning) => warning.slice(0, 60)),
  );
});

Deno.test("where the engine says an error the piece is not scanned, which is counted and said once", async () => {
  const { found, warnings, notScanned } = await lookAt(
    [
      batchOf(PASSWORD),
      batchOf("say an error", PASSWORD),
      batchOf("hello", "say an error", PASSWORD),
      batchOf("x", "y", "z", PASSWORD),
    ],
    { rules: [ABSENCE], url: FAILING },
  );
  assert.deepEqual(found, [0, 1, 2, 3].map((i) => `C${i} mail_or_ftp_password`));
  assert.equal(notScanned, 2);
  assert.deepEqual(warnings, [
    "The search for leaks failed at a piece of traffic (Error: the engine has an error); summary.json counts such pieces " +
    "as leak_pieces_not_scanned. Please report this.",
  ]);
});

Deno.test("an engine that breaks down at the built-in rules is given up, and what it has not seen is counted", async () => {
  const { found, warnings, notScanned } = await lookAt(
    [batchOf(PASSWORD), batchOf("run into a trap", PASSWORD), batchOf("x", "y", PASSWORD)],
    { url: FAILING },
  );
  assert.deepEqual(found, ["C0 mail_or_ftp_password"]);
  assert.equal(notScanned, 5);
  assert.deepEqual(warnings, [
    "The search for leaks with the built-in rules failed (RuntimeError: unreachable); leaks are not looked for any more in " +
    "this run. Please report this.",
  ]);
});

Deno.test("a thread that dies holds nobody up", async () => {
  // It dies a moment after it has answered.
  const batches = Array.from({ length: 200 }, (_, i) => batchOf(i === 0 ? "kill the thread" : "x", PASSWORD));
  const { warnings, notScanned } = await lookAt(batches, { url: FAILING });
  assert.match(
    warnings[0]!,
    /^The search for leaks with the built-in rules failed \(.*no JSON.*\); leaks are not looked/,
  );
  assert.equal(warnings.length, 1);
  assert.ok(notScanned > 0 && notScanned % 2 === 0);
});

Deno.test("an engine that is not there is said, and nothing waits for it", async () => {
  const engine = () => Promise.reject(new Deno.errors.NotFound("no such file"));
  const { warnings, notScanned } = await lookAt([batchOf("hello", PASSWORD)], { engine });
  assert.equal(notScanned, 2);
  assert.deepEqual(warnings, [
    "The engine that looks for leaks cannot be read (NotFound: no such file); leaks are not looked for any more in this run.",
  ]);
});

Deno.test("the engine is not read for traffic in which there is nothing to look at", async () => {
  const engine = () => Promise.reject(new Error("nobody needs it"));
  const { warnings, notScanned } = await lookAt([batchOf("hello", "GET / HTTP/1.1\r\nHost: a\r\n")], { engine });
  assert.deepEqual([warnings, notScanned], [[], 0]);
});
