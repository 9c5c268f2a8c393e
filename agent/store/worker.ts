// The thread of the store: it may use that one file, or that one address, and nothing else. Records come straight from the
// dissector, findings from main.

import { readBatch } from "../profile/flat/batch.ts";
import type { BatchMessage } from "../profile/flat/batch.ts";
import { type WindowClock, windowNumber } from "../profile/window.ts";
import { openJournal } from "./journal.ts";
import { createKeeper, type Keeper } from "./keeper.ts";
import type { FromStore, ToStore } from "./messages.ts";
import { openStore } from "./open.ts";

const thread = self as unknown as {
  postMessage(message: FromStore): void;
  onmessage: ((event: MessageEvent<ToStore>) => void) | null;
};

/**
 * Milliseconds between two writings, so that a crash costs no more than that; and records that are written sooner. A server
 * gets more at once: the more there are, the more of them share a block, whose costs are the server's.
 */
const WRITE_INTERVAL = 1000;
const RECORDS_AT_ONCE = { sqlite: 20_000, redis: 50_000 } as const;

let keeper: Keeper | undefined;
let working: Promise<void> = Promise.resolve();

/** Everything is done one after the other. What fails is said, and `always` done all the same: somebody waits for it. */
function work(task: () => Promise<void>, always: () => void = () => {}): void {
  working = working.then(task).catch(complain).then(always);
}

/** Tells main what has arrived. */
function stand(): void {
  thread.postMessage({ say: "stands", settled: keeper!.settled() });
}

function complain(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  thread.postMessage({ say: "warning", sentence: `The store failed: ${why}. Please report this.` });
}

async function open(message: Extract<ToStore, { say: "open" }>, ports: readonly MessagePort[]): Promise<void> {
  const { place, journal, run, retention, progress } = message;
  try {
    keeper = await createKeeper({
      open: () => openStore(place),
      journal: openJournal(journal),
      run,
      retention,
      progress,
      warning: (sentence) => thread.postMessage({ say: "warning", sentence }),
      clock: () => performance.now(),
      mayDoubt: place.kind === "redis",
    });
    thread.postMessage({ say: "opened", problem: undefined, before: keeper.before, blocks: keeper.blocks });
  } catch (error) {
    thread.postMessage({ say: "opened", problem: error instanceof Error ? error.message : String(error) });
    return;
  }
  const kept = keeper;
  /** The writing that is under way, beside which more is gathered. */
  let underWay: Promise<void> | undefined;
  const write = (): Promise<void> =>
    underWay ??= kept.write().catch(complain).finally(() => {
      underWay = undefined;
      stand();
    });
  let isOriginTold = false;
  for (const port of ports) {
    port.onmessage = ({ data }: MessageEvent<BatchMessage>) => {
      work(() => take(readBatch(data)), () => port.postMessage(data.serial));
    };
  }
  setInterval(write, WRITE_INTERVAL);

  async function take({ steps, origin }: ReturnType<typeof readBatch>): Promise<void> {
    const clock: WindowClock = { origin, width: run.windowWidth };
    // Said as soon as it is known: the numbers of windows mean nothing without it.
    if (!isOriginTold && Number.isFinite(origin)) {
      isOriginTold = true;
      kept.run({ ...run, origin });
    }
    kept.records(steps.map(({ record, profile, position }) => ({
      ordinal: position,
      record: record!,
      profile: profile === "" ? undefined : profile,
      window: windowNumber(clock, record!.ts),
    })));
    // Large transactions: each of them writes every page that it touches, and the indexes are all over the place.
    // While a server is busy with one, the next is gathered, and no more: whoever sends them waits then, or gives up.
    if (kept.waiting() >= RECORDS_AT_ONCE[place.kind]) {
      await underWay;
      void write();
    }
  }
}

thread.onmessage = ({ data, ports }) => {
  switch (data.say) {
    case "open":
      return work(() => open(data, ports));
    case "facts":
      return work(() => Promise.resolve(keeper?.facts(data.facts)));
    case "found":
      return work(() => Promise.resolve(keeper?.found(JSON.parse(data.text))));
    case "run":
      return work(() => Promise.resolve(keeper?.run(data.run)));
    case "settle":
      return work(() => keeper!.settle(), () => {
        stand();
        thread.postMessage({ say: "settled", counts: keeper!.counts() });
      });
    case "close":
      return work(() => keeper!.close(), () => thread.postMessage({ say: "closed" }));
  }
};
