// The thread that looks for leaks: permissions none. Batches of pieces come straight from the dissectors. Its pulse tells
// main what is being called, as neither a rule of the user's nor the engine can be told to stop.

import init from "@virustotal/yara-x";
import builtIn from "../../../config/rules/leaks.yar" with { type: "text" };
import { beatInto } from "../../pulse.ts";
import {
  ALL_RULES,
  FIRST_FILE,
  type FromSearch,
  type Hit,
  type RuleFile,
  type ScanBatch,
  type Scanned,
  type ToSearch,
} from "./messages.ts";
import { mayHoldLeaks } from "./screen.ts";
import { createSearch, isBreakdown, problemOf, type Search } from "./scan.ts";

const thread = self as unknown as {
  postMessage(message: FromSearch): void;
  onmessage: ((event: MessageEvent<ToSearch>) => void) | null;
};

const BUILT_IN: RuleFile = { name: "leaks.yar", source: builtIn };
const NOTHING = { hits: [], notScanned: 0 } as const;

/** Rules that are scanned with in one call, and its number. */
interface Step {
  readonly number: number;
  readonly search: Search;
}

let takeEngine: (engine: Uint8Array<ArrayBuffer>) => void;
const engine = new Promise<Uint8Array<ArrayBuffer>>((resolve) => takeEngine = resolve);

thread.onmessage = ({ data, ports }) => {
  if (data.say === "engine") takeEngine(data.engine);
  else serve(data, ports);
};

function serve({ rules, isOneByOne, pulse }: Extract<ToSearch, { say: "start" }>, ports: readonly MessagePort[]): void {
  const beat = beatInto(pulse);
  /** What is being called. */
  let calling = 0;
  /** Not before there is something to look at: it takes a tenth of a second and some memory. */
  let steps: Promise<readonly Step[]> | undefined;
  let isBroken = false;
  let toldFailure = false;

  function call<Result>(number: number, work: () => Result): Result {
    calling = number;
    beat(number);
    const result = work();
    beat(0);
    calling = 0;
    return result;
  }

  /** Gets the engine ready; files that cannot be used are told and left out. */
  async function begin(): Promise<readonly Step[]> {
    thread.postMessage({ say: "engine" });
    await init({ module_or_path: await engine });
    const numbered = rules.map((file, i) => ({ file, number: FIRST_FILE + i }));
    const sound = numbered.filter(({ file, number }) => {
      const sentence = call(-number, () => problemOf(file));
      if (sentence !== undefined) thread.postMessage({ say: "refused", name: file.name, sentence });
      return sentence === undefined;
    });
    const groups = isOneByOne
      ? [{ number: ALL_RULES, files: [BUILT_IN] }, ...sound.map(({ file, number }) => ({ number, files: [file] }))]
      : [{ number: ALL_RULES, files: [BUILT_IN, ...sound.map(({ file }) => file)] }];
    return groups.map(({ number, files }) => ({ number, search: call(-number, () => createSearch(files)) }));
  }

  async function look(batch: ScanBatch): Promise<Omit<Scanned, "serial">> {
    const { buffer, length } = batch;
    if (steps === undefined && rules.length === 0 && !mayHoldLeaks(new Uint8Array(buffer, 0, length))) return NOTHING;
    const hits: Hit[] = [];
    let notScanned = 0;
    for (const { number, search } of await (steps ??= begin())) {
      try {
        const found = call(number, () => search.scan(batch));
        if (found.problem !== undefined) tellFailure(found.problem);
        hits.push(...found.hits);
        notScanned = Math.max(notScanned, found.notScanned);
      } catch (error) {
        if (isBreakdown(error)) throw error;
        beat(calling = 0);
        tellFailure(error);
        notScanned = batch.bounds.length / 2;
      }
    }
    return { hits: hits.sort((a, b) => a.piece - b.piece), notScanned };
  }

  /** Once: the rest is counted. */
  function tellFailure(error: unknown): void {
    if (toldFailure) return;
    toldFailure = true;
    const sentence =
      `The search for leaks failed at a piece of traffic (${reasonOf(error)}); summary.json counts such ` +
      "pieces as leak_pieces_not_scanned. Please report this.";
    thread.postMessage({ say: "failed", sentence });
  }

  for (const port of ports) {
    port.onmessage = async ({ data: batch }: MessageEvent<ScanBatch>) => {
      if (isBroken) return;
      try {
        const scanned: Scanned = { serial: batch.serial, ...(await look(batch)) };
        port.postMessage(scanned);
      } catch (error) {
        if (isBroken) return;
        isBroken = true;
        beat(0);
        thread.postMessage({ say: "broken", call: calling, reason: reasonOf(error) });
      }
    };
  }
}

/** Why something failed, in a few words of one line. */
function reasonOf(error: unknown): string {
  return String(error).split("\n")[0]!;
}
