// Keeps a run in a store: gathers what comes into transactions, and goes on when the store cannot be written for a while.
// Records are given up then, and counted; evidence and alerts wait in the journal and arrive once, in order.

import { bringFindings, findingOf, isRefused, together, writeFindings } from "./findings.ts";
import { createFactNotes } from "./fact-notes.ts";
import { createHostNotes } from "./host-notes.ts";
import type { Journal } from "./journal.ts";
import type { Facts, Found, RunProgress, Settled, StoreCounts } from "./messages.ts";
import { NOTHING_STORED } from "./messages.ts";
import { readProgress } from "./progress.ts";
import { createRetaining } from "./retaining.ts";
import { createHomeSearch } from "./search-for-home.ts";
import type { HostChange, NewRecord, Retention, Store, StoredBlock, StoredRun, Writing } from "./store.ts";

export interface Keeper {
  /** Takes the next records of the stream. */
  records(records: readonly NewRecord[]): void;
  found(found: Found): void;
  /** Takes what is known beside them; what is newer replaces what has not been written yet. */
  facts(facts: Facts): void;
  run(run: StoredRun): void;
  /** Writes what has come so far; kept when it was tried. */
  write(): Promise<void>;
  /** As `write`, and waits for a store that is being looked for: the last chance before the counts are told. */
  settle(): Promise<void>;
  /** Records that have come and are not written yet. */
  waiting(): number;
  /** What of all that came is no longer in its hands. */
  settled(): Settled;
  counts(): StoreCounts;
  /** How far the run had come when it was taken up; all zero for one that begins. */
  readonly before: RunProgress;
  /** What the sensor had blocked by then: first what stands, then what has ended, the newest. */
  readonly blocks: readonly StoredBlock[];
  close(): Promise<void>;
}

export interface KeeperOptions {
  readonly open: () => Promise<Store>;
  readonly journal: Journal;
  readonly run: StoredRun;
  readonly retention: Retention;
  /** Name under which the store keeps how far the run has come; undefined when it will not be taken up. */
  readonly progress?: string | undefined;
  readonly warning: (sentence: string) => void;
  /** Milliseconds of some clock, to know when to try again. */
  readonly clock: () => number;
  /**
   * The home may have taken what it did not answer to, as a server may whose connection broke: it is asked when it can be
   * had again, so that nothing counts as given up that is there.
   */
  readonly mayDoubt?: boolean;
}

/** Records that are held while a store is looked for. Own choice: about as many as are written at once. */
const HELD_RECORDS = 10_000;
/** Milliseconds between two signs that the sensor is alive. */
export const HEARD_MILLISECONDS = 10_000;
/** Blocks that are read at the beginning. Own choice: far more than stand at once in any firewall that we know. */
const BLOCKS_READ = 100_000;
/** Findings held in memory when even the journal cannot be written. Own choice: about ten megabytes. */
const HELD_FINDINGS = 10_000;

/**
 * Opens the store and begins the run.
 * @throws {StoreError} when it cannot be opened now.
 */
export async function createKeeper(options: KeeperOptions): Promise<Keeper> {
  const { journal, warning, clock } = options;
  let run = options.run;
  const counts: StoreCounts = { ...NOTHING_STORED, findings_in_journal: journal.length };
  let records: NewRecord[] = [];
  const hosts = createHostNotes();
  let found: Writing[] = [];
  const facts = createFactNotes();
  /** All that came, and what of it is being written. */
  const came = { records: 0, findings: 0 };
  let underWay = { records: 0, findings: 0 };
  let heardAt = clock();

  /** Numbers the writings; the last one that the home did not answer to, and what was in it. */
  let serial = 0;
  const serialName = `written ${run.id}`;
  let doubtful: { serial: number; records: number; hosts: HostChange[] } | undefined;
  let store: Store | undefined;
  const search = createHomeSearch(arrive, clock);

  /** Opens the home, begins the run there, and brings what has waited in the journal. */
  async function arrive(): Promise<Store> {
    const opened = await options.open();
    try {
      await opened.putRun(run);
      await settleDoubt(opened);
      await bringWaiting(opened);
      return opened;
    } catch (error) {
      await opened.close().catch(() => {});
      throw error;
    }
  }

  /** Whether what was not answered to is there. */
  async function settleDoubt(opened: Store): Promise<void> {
    if (doubtful === undefined) return;
    const { serial: asked, records: count, hosts: changes } = doubtful;
    if (await opened.state(serialName) === asked) {
      counts.records += count;
      counts.records_not_stored -= count;
    } else hosts.giveBack(changes);
    doubtful = undefined;
  }

  /** When nothing waits any more, the home is there for what comes. */
  async function bringWaiting(opened: Store): Promise<void> {
    let [brought, refused] = [0, 0];
    // More may begin to wait while some are brought.
    while (journal.length > brought) {
      const waited = journal.read().slice(brought) as Writing[];
      if (waited.length === 0) break;
      refused += await bringFindings(opened, run, waited);
      brought += waited.length;
    }
    // At once: what comes now goes there.
    store = opened;
    if (brought === 0) return;
    journal.clear();
    warning(`The store can be written again; ${brought} findings had waited for it.`);
    tellRefused(refused);
  }

  /** What no store would have is told and counted, and does not keep others from it. */
  function tellRefused(findings: number, given = 0): void {
    if (findings + given === 0) return;
    counts.findings_not_stored += findings;
    counts.records_not_stored += given;
    warning(`The store refused ${findings} findings and ${given} records as malformed. Please report this.`);
  }

  async function away(error: unknown): Promise<void> {
    const lost = store;
    // Two that were under way fail together: it is said once.
    if (lost === undefined) return;
    store = undefined;
    search.lost();
    await lost.close().catch(() => {});
    const why = error instanceof Error ? error.message : String(error);
    warning(`${why} Records are given up until it can be written again, findings wait for it.`);
  }

  const retaining = createRetaining({
    ...{ run: run.id, retention: options.retention, clock },
    failed: async (home, error) => {
      if (home === store) await away(error);
    },
  });

  /** Keeps findings for later: in the journal, or where that fails in memory, as many as fit. */
  function keepForLater(): void {
    if (found.length === 0) return;
    found.splice(0, journal.add(found));
    const tooMany = Math.max(0, found.length - HELD_FINDINGS);
    counts.findings_not_stored += tooMany;
    found.splice(0, tooMany);
  }

  /** One writing at a time; what comes meanwhile goes with the next. */
  let writing: Promise<void> = Promise.resolve();
  async function writeNow(): Promise<void> {
    const hasSomething = records.length > 0 || found.length > 0 || hosts.size > 0 || !facts.isEmpty;
    if (store === undefined && (hasSomething || journal.length > 0)) await search.begin();
    // As it is now: it may have come while one was told that it has not.
    const to = store;
    const [taken, findings] = [records, found];
    // What comes while it is looked for may still find it there.
    if (to !== undefined || search.underWay() === undefined || records.length >= HELD_RECORDS) records = [];
    if (to === undefined) {
      if (records.length === 0) counts.records_not_stored += taken.length;
      keepForLater();
    } else if (hasSomething) {
      underWay = { records: taken.length, findings: findings.length };
      const [changes, known] = [hosts.take(), facts.take()];
      found = [];
      const state = stateOf(++serial);
      try {
        await to.write({ ...together(run.id, findings), records: taken, hosts: changes, ...known, ...state });
        counts.records += taken.length;
      } catch (error) {
        if (isRefused(error)) {
          tellRefused(await writeFindings(to, run.id, findings), taken.length);
        } else {
          found = [...findings, ...found];
          facts.giveBack(known);
          counts.records_not_stored += taken.length;
          if (options.mayDoubt) doubtful = { serial, records: taken.length, hosts: changes };
          else hosts.giveBack(changes);
          await away(error);
          keepForLater();
        }
      }
      underWay = { records: 0, findings: 0 };
    }
    if (store !== undefined && clock() - heardAt > HEARD_MILLISECONDS) {
      heardAt = clock();
      await store.putRun(run).catch(away);
    }
    if (store !== undefined) await retaining.after(store, taken.length);
  }

  /** What the store keeps of how far the run has come: written with what came, all of it or nothing. */
  function stateOf(number: number): Pick<Writing, "state"> {
    const state = {
      ...options.progress === undefined ? {} : { [options.progress]: { run: run.id, ...last } },
      ...options.mayDoubt ? { [serialName]: number } : {},
    };
    return Object.keys(state).length === 0 ? {} : { state };
  }

  const write = (): Promise<void> => writing = writing.then(writeNow);

  async function settle(): Promise<void> {
    await write();
    if (search.underWay() === undefined) return;
    await search.underWay();
    await write();
  }

  const waited = journal.read() as Writing[];
  const opened = await arrive();
  let before: RunProgress;
  let blocks: StoredBlock[];
  try {
    before = await readProgress(opened, options.progress, run.id, waited);
    blocks = await opened.blocks({ sensor: run.sensor, limit: BLOCKS_READ });
  } catch (error) {
    await opened.close().catch(() => {});
    throw error;
  }
  /** Ordinals of the last of each kind that came. */
  const last: RunProgress = { ...before };
  return {
    before,
    blocks,
    records(more) {
      came.records += more.length;
      for (const one of more) {
        const { ordinal, profile, window, record } = one;
        // Read again after a restart, because it was not on the tape yet.
        if (ordinal <= before.records) continue;
        last.records = ordinal;
        // One without a time has no place among the others, and would keep them from theirs.
        if (!Number.isFinite(record.ts) || !Number.isFinite(window)) {
          counts.records_not_stored++;
          continue;
        }
        records.push(one);
        if (profile !== undefined) hosts.note(profile, record);
      }
    },
    found(more) {
      for (const one of more) {
        if ("evidence" in one) counts.evidence++;
        else if ("alert" in one) counts.alerts++;
        found.push(findingOf(run.id, last, one));
        came.findings++;
      }
    },
    facts: (more) => facts.add(more),
    run(now) {
      run = now;
      store?.putRun(run).catch(away);
    },
    write,
    settle,
    waiting: () => records.length,
    settled: () => ({
      records: came.records - records.length - underWay.records,
      findings: came.findings - found.length - underWay.findings,
      counts: { ...counts },
    }),
    counts: () => ({
      ...counts,
      records_not_stored: counts.records_not_stored + (store === undefined ? records.length : 0),
      findings_not_stored: counts.findings_not_stored + found.length,
      findings_in_journal: journal.length,
    }),
    async close() {
      await settle();
      if (found.length > 0) {
        warning(
          `${found.length} findings could be written neither to the store nor to its journal; alerts/ in the output directory has them.`,
        );
      }
      if (store === undefined) return;
      await store.putRun(run).catch(away);
      if (store !== undefined) await retaining.finish(store);
      if (options.mayDoubt) await store?.write({ run: run.id, state: { [serialName]: undefined } }).catch(away);
      await store?.close();
    },
  };
}
