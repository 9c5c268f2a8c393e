// Keeps a run in a store: gathers what comes into transactions, and goes on when the store cannot be written for a while.
// Records are given up then, and counted; evidence and alerts wait in the journal and arrive once, in order.

import { isMulticast } from "../record/address.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { Journal } from "./journal.ts";
import type { Facts, Found, RunProgress, StoreCounts } from "./messages.ts";
import type { HostChange, Retention, Store, StoredRecord, StoredRun, StoredWindow, Writing } from "./store.ts";

export interface Keeper {
  /** Takes the next records of the stream. */
  records(records: readonly Omit<StoredRecord, "run">[]): void;
  found(found: Found): void;
  /** Takes what is known beside them; what is newer replaces what has not been written yet. */
  facts(facts: Facts): void;
  run(run: StoredRun): void;
  /** Writes what has come so far; kept when it was tried. */
  write(): Promise<void>;
  /** Records that have come and are not written yet. */
  waiting(): number;
  counts(): StoreCounts;
  /** How far the run had come when it was taken up; all zero for one that begins. */
  readonly before: RunProgress;
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
}

/** Milliseconds between two attempts while the store is away, and between two looks at what is too old. */
const RETRY_MILLISECONDS = 1000;
const RETAIN_MILLISECONDS = 60_000;
/** Milliseconds between two signs that the sensor is alive. */
export const HEARD_MILLISECONDS = 10_000;
/** Opinions and answers that wait for the store. Own choice. */
const WAITING_FACTS = 1000;
const KINDS_KEPT = ["records", "evidence", "alerts"] as const;
/** Findings held in memory when even the journal cannot be written. Own choice: about ten megabytes. */
const HELD_FINDINGS = 10_000;

/**
 * Opens the store and begins the run.
 * @throws {StoreError} when it cannot be opened now.
 */
export async function createKeeper(options: KeeperOptions): Promise<Keeper> {
  const { journal, warning, clock } = options;
  let run = options.run;
  const counts: StoreCounts = {
    records: 0,
    evidence: 0,
    alerts: 0,
    records_not_stored: 0,
    findings_not_stored: 0,
    findings_in_journal: journal.length,
  };
  let records: StoredRecord[] = [];
  let hosts = new Map<string, HostChange>();
  let found: Writing[] = [];
  let facts: Facts = {};
  /** Ordinals of the last of each kind that came. */
  const last: RunProgress = { records: 0, evidence: 0, alerts: 0 };
  let triedAt = -Infinity;
  let retainedAt = clock();
  let heardAt = clock();

  /** What a record says about the host whose behaviour it shows. */
  function noteHost(profile: string, record: AnyRecord): void {
    if (isMulticast(profile)) return;
    const known = hosts.get(profile);
    const isConnection = record.kind === "conn";
    const bytes = isConnection ? record.orig_bytes ?? 0 : 0;
    const hostname = record.kind === "dhcp" ? record.host_name : undefined;
    const mac = isConnection ? record.orig_l2_addr : record.kind === "dhcp" ? record.mac : undefined;
    hosts.set(profile, {
      ip: profile,
      hostname: hostname ?? known?.hostname,
      mac: mac ?? known?.mac,
      first: Math.min(known?.first ?? Infinity, record.ts),
      last: Math.max(known?.last ?? -Infinity, record.ts),
      connections: (known?.connections ?? 0) + (isConnection ? 1 : 0),
      bytes: (known?.bytes ?? 0) + bytes,
    });
  }

  /** The home again, if it can be had. */
  async function home(): Promise<Store | undefined> {
    if (store !== undefined) return store;
    if (clock() - triedAt < RETRY_MILLISECONDS) return undefined;
    triedAt = clock();
    try {
      return store = await arrive();
    } catch {
      return undefined;
    }
  }

  /** Opens the home, begins the run there, and brings what has waited in the journal. */
  async function arrive(): Promise<Store> {
    const opened = await options.open();
    try {
      await opened.putRun(run);
      await bringWaiting(opened);
      return opened;
    } catch (error) {
      await opened.close().catch(() => {});
      throw error;
    }
  }

  /** How far the run has come by the store and the journal, should this one go on with it. */
  async function progressIn(opened: Store, waited: readonly Writing[]): Promise<void> {
    if (options.progress === undefined) return;
    const known = await opened.state(options.progress) as (RunProgress & { run: string }) | undefined;
    if (known?.run === run.id) { for (const kind of KINDS_KEPT) last[kind] = known[kind]; }
    for (const { evidence = [], alerts = [] } of waited.filter((one) => one.run === run.id)) {
      for (const { ordinal } of evidence) last.evidence = Math.max(last.evidence, ordinal);
      for (const { ordinal } of alerts) last.alerts = Math.max(last.alerts, ordinal);
    }
  }

  async function bringWaiting(opened: Store): Promise<void> {
    const waited = journal.read() as Writing[];
    if (waited.length === 0) return;
    const runs = new Set((await opened.runs()).map(({ id }) => id));
    for (const writing of waited) {
      // A server may have been started again empty since an earlier run of ours.
      if (!runs.has(writing.run)) await opened.putRun({ ...run, id: writing.run });
      runs.add(writing.run);
      await opened.write(writing);
    }
    warning(`The store can be written again; ${waited.length} findings had waited for it.`);
    journal.clear();
  }

  async function away(error: unknown): Promise<void> {
    const lost = store;
    // Two that were under way fail together: it is said once.
    if (lost === undefined) return;
    store = undefined;
    triedAt = clock();
    await lost.close().catch(() => {});
    const why = error instanceof Error ? error.message : String(error);
    warning(`${why} Records are given up until it can be written again, findings wait for it.`);
  }

  /** Keeps findings for later: in the journal, or where that fails in memory, as many as fit. */
  function keepForLater(): void {
    try {
      for (const writing of found) journal.add(writing);
      found = [];
    } catch {
      const tooMany = Math.max(0, found.length - HELD_FINDINGS);
      counts.findings_not_stored += tooMany;
      found.splice(0, tooMany);
    }
  }

  /** One writing at a time; what comes meanwhile goes with the next. */
  let writing: Promise<void> = Promise.resolve();
  async function writeNow(): Promise<void> {
    const hasFacts = Object.keys(facts).length > 0;
    const hasSomething = records.length > 0 || found.length > 0 || hosts.size > 0 || hasFacts;
    const to = hasSomething || journal.length > 0 ? await home() : store;
    const taken = { records, hosts: [...hosts.values()] };
    const known = facts;
    const findings = found;
    records = [];
    hosts = new Map();
    if (to === undefined) {
      counts.records_not_stored += taken.records.length;
      keepForLater();
    } else if (hasSomething) {
      try {
        found = [];
        const evidence = findings.flatMap((one) => one.evidence ?? []);
        const alerts = findings.flatMap((one) => one.alerts ?? []);
        const windows = newestWindows(findings);
        const reached = { ...last };
        facts = {};
        await to.write({ run: run.id, ...taken, evidence, alerts, windows, ...known, ...stateOf(reached) });
        counts.records += taken.records.length;
      } catch (error) {
        found = [...findings, ...found];
        facts = { ...known, ...facts };
        counts.records_not_stored += taken.records.length;
        await away(error);
        keepForLater();
      }
    }
    if (store !== undefined && clock() - heardAt > HEARD_MILLISECONDS) {
      heardAt = clock();
      await store.putRun(run).catch(away);
    }
    if (store !== undefined && clock() - retainedAt > RETAIN_MILLISECONDS) {
      retainedAt = clock();
      await store.retain(options.retention).catch(away);
    }
  }

  /** What the store keeps of how far the run has come: written with what came, all of it or nothing. */
  function stateOf(reached: RunProgress): Pick<Writing, "state"> {
    return options.progress === undefined ? {} : { state: { [options.progress]: { run: run.id, ...reached } } };
  }

  const waited = journal.read() as Writing[];
  let store: Store | undefined = await arrive();
  try {
    await progressIn(store, waited);
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
  return {
    before: { ...last },
    records(more) {
      for (const { ordinal, profile, window, record } of more) {
        records.push({ run: run.id, ordinal, profile, window, record });
        last.records = ordinal;
        if (profile !== undefined) noteHost(profile, record);
      }
    },
    found(more) {
      for (const one of more) {
        if ("evidence" in one) {
          counts.evidence++;
          const { evidence, standing } = one;
          const { profile, window, timestamp } = evidence;
          found.push({
            run: run.id,
            evidence: [{ run: run.id, ordinal: ++last.evidence, evidence }],
            ...standing === undefined ? {} : { windows: [{ run: run.id, profile, window, timestamp, ...standing }] },
          });
        } else {
          counts.alerts++;
          found.push({ run: run.id, alerts: [{ run: run.id, ordinal: ++last.alerts, alert: one.alert }] });
        }
      }
    },
    facts(more) {
      const newest = <T>(old: readonly T[] = [], next: readonly T[] = []): T[] =>
        [...old, ...next].slice(-WAITING_FACTS);
      facts = {
        ...facts,
        ...more,
        ...more.opinions === undefined ? {} : { opinions: newest(facts.opinions, more.opinions) },
        ...more.answers === undefined ? {} : { answers: newest(facts.answers, more.answers) },
      };
    },
    run(now) {
      run = now;
      store?.putRun(run).catch(away);
    },
    write: () => writing = writing.then(writeNow),
    waiting: () => records.length,
    counts: () => ({
      ...counts,
      findings_not_stored: counts.findings_not_stored + found.length,
      findings_in_journal: journal.length,
    }),
    async close() {
      await (writing = writing.then(writeNow));
      if (found.length > 0) {
        warning(
          `${found.length} findings could be written neither to the store nor to its journal; alerts/ in the output directory has them.`,
        );
      }
      if (store !== undefined) {
        await store.putRun(run).catch(away);
        await store?.retain(options.retention).catch(away);
        await store?.close();
      }
    },
  };
}

/** Of each window the newest standing: they come with every piece of evidence. */
function newestWindows(findings: readonly Writing[]): StoredWindow[] {
  const windows = new Map<string, StoredWindow>();
  for (const window of findings.flatMap((one) => one.windows ?? [])) {
    windows.set(`${window.profile} ${window.window}`, window);
  }
  return [...windows.values()];
}
