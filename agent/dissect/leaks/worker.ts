// The thread that looks for leaks: permissions none. Batches of pieces come straight from the dissectors.

import init from "@virustotal/yara-x";
import builtIn from "../../../config/rules/leaks.yar" with { type: "text" };
import type { RuleFile, RulesRefused, ScanBatch, Scanned, StartSearch } from "./messages.ts";
import { mayHoldLeaks } from "./screen.ts";
import { createSearch, problemOf, type Search } from "./scan.ts";

const thread = self as unknown as {
  postMessage(message: RulesRefused): void;
  onmessage: ((event: MessageEvent<StartSearch>) => void) | null;
};

const BUILT_IN: RuleFile = { name: "leaks.yar", source: builtIn };

thread.onmessage = ({ data, ports }) => {
  // Not before there is something to look at: it takes a tenth of a second and some memory.
  let search: Promise<Search> | undefined;
  for (const port of ports) {
    port.onmessage = async ({ data: batch }: MessageEvent<ScanBatch>) => {
      const { serial, buffer, length } = batch;
      if (search === undefined && data.rules.length === 0 && !mayHoldLeaks(new Uint8Array(buffer, 0, length))) {
        port.postMessage({ serial, hits: [], notScanned: 0 } satisfies Scanned);
        return;
      }
      const scanned: Scanned = { serial, ...(await (search ??= begin(data))).scan(batch) };
      port.postMessage(scanned);
    };
  }
};

/** Gets the engine ready; files that cannot be used are told and left out. */
async function begin({ engine, rules }: StartSearch): Promise<Search> {
  await init({ module_or_path: engine });
  const sound = rules.filter((file) => {
    const sentence = problemOf(file);
    if (sentence !== undefined) thread.postMessage({ say: "refused", sentence });
    return sentence === undefined;
  });
  return createSearch([BUILT_IN, ...sound]);
}
