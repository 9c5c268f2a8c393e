// Threat intelligence in a run, seen from main: the table that is loaded at the start, and on a wire the feeds that are
// fetched and what the user adds while the run goes on. Files are analysed with what is there: nobody is contacted.

import { InputError, systemReason } from "./errors.ts";
import { hostsOf } from "./intel/feeds/catalogue.ts";
import type { SourceReport } from "./intel/compile.ts";
import type { Feed } from "./intel/feeds/feed.ts";
import type { IntelImages } from "./intel/intel.ts";
import { type Library, type LibrarySettings, type Loaded, loadTable, openLibrary } from "./intel/library.ts";
import { MmdbError, openMmdb } from "./intel/mmdb.ts";
import { openShelf, type Shelf } from "./intel/update/shelf.ts";
import { type FeedsThread, startFeedsThread } from "./intel/update/thread.ts";
import { isDue, updateFeeds } from "./intel/update/update.ts";
import type { Sharing } from "./sharing/client.ts";
import { shareLists } from "./sharing/lists.ts";
import type { Round } from "./sharing/messages.ts";
import { FEEDS_URL } from "./thread-urls.ts";
import { VERSION } from "./version.ts";

export interface IntelligenceSettings extends LibrarySettings {
  readonly update: boolean;
  /** Seconds. */
  readonly update_period: number;
  /** A file of PEM certificates, or empty. */
  readonly certificates: string;
  /** MaxMind DB files, or empty. */
  readonly asn_database: string;
}

export interface IntelligenceOptions {
  readonly settings: IntelligenceSettings;
  /** A MaxMind DB with countries, or empty. */
  readonly countryDatabase: string;
  /** The state directory; undefined when there is none. */
  readonly state: string | undefined;
  /** The run goes on: feeds are fetched, and what the user adds counts from then on. */
  readonly live: boolean;
  /** Nobody is contacted. */
  readonly offline: boolean;
  /** What sensors of one Redis share; and who hears which of them updates. */
  readonly sharing?: Sharing | undefined;
  readonly note?: (sentence: string) => void;
  /** Milliseconds between two looks at what has changed, if it is not a minute. */
  readonly lookInterval?: number;
}

export interface Intelligence {
  images(): IntelImages;
  /** Which hashes of files and certificates are looked up in the table. */
  readonly hashes: { readonly files: readonly FileHash[]; readonly certificates: boolean };
  /** Indicators in the table, and what tells this table from others. */
  readonly size: number;
  readonly signature: string;
  /** In a live run: keeps all up to date, and calls `changed` when there is something new. */
  keepUpToDate(changed: (images: IntelImages) => void): void;
  close(): void;
}

export type FileHash = "md5" | "sha1" | "sha256";

/** How we introduce ourselves to feeds. */
export const AGENT = `smartshield/${VERSION}`;
/** Digits of a table's signature that are shown. */
const SIGNATURE_SHOWN = 12;
/** Milliseconds between two looks at whether a feed is due or the user has changed something. */
const LOOK_INTERVAL = 60_000;
/** Milliseconds for which who could reach no feed leaves fetching to other sensors. */
const REST_MILLISECONDS = 600_000;

/**
 * Loads what there is.
 * @throws {InputError} when a setting names what cannot be used.
 */
export async function openIntelligence(
  options: IntelligenceOptions,
  tell: (sentence: string) => void,
): Promise<Intelligence> {
  const { settings, live, offline, state } = options;
  const shelf = state === undefined ? undefined : openShelf(state);
  const library = openLibrary(settings, shelf);
  const fetches = live && !offline && settings.update && shelf !== undefined && library.feeds.length > 0;
  const certificates = fetches ? readCertificates(settings.certificates) : [];
  // Started now: main gives its own right to the network up.
  const fetching = fetches ? startFeedsThread(FEEDS_URL, permittedHosts(library)) : undefined;
  const asn = readDatabase(settings.asn_database, "intel.asn_database");
  const country = readDatabase(options.countryDatabase, "enrichment.country_database");
  const mayChange = live && shelf !== undefined;
  const sharing = mayChange ? options.sharing : undefined;
  const lists = sharing === undefined ? undefined : shareLists({
    sharing,
    feeds: library.feeds,
    shelf: shelf!,
    read: (feed, bytes, fetched) => readWith(fetching, feed, bytes, fetched),
    tell,
    now: () => Date.now() / 1000,
  });
  let loaded = await loadWith(library, shelf, fetching, tell);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const images = (): IntelImages => ({ table: loaded.table, asn, country, mayChange });
  const kinds = loaded.open.facts.kinds;

  /** Who cannot reach any feed does not offer to fetch them for others, until then. */
  let restsUntil = 0;
  let updates: Round["updates"] | undefined;

  /** Brings the lists up to date: with what another sensor has fetched, else by fetching them, then for all. */
  async function bringUpToDate(): Promise<void> {
    const mayUpdate = fetching !== undefined && Date.now() >= restsUntil;
    const round = await sharing?.round(library.feeds.map(({ name, url }) => ({ name, url: url! })), mayUpdate);
    if (round !== undefined) {
      if (round.updates !== updates) noteRole(round);
      updates = round.updates;
      await lists!.take(round);
    }
    const isCovered = ({ name, url }: Feed): boolean =>
      round?.updates === "another" && round.covers.some((one) => one.name === name && one.url === url);
    const ours = library.feeds.filter((feed) => !isCovered(feed));
    if (fetching !== undefined) {
      const reached = await update(library, ours, shelf!, fetching, settings, certificates, tell);
      if (!reached) restsUntil = Date.now() + REST_MILLISECONDS;
    }
    if (round?.updates === "we") await lists!.publish(round);
  }

  function noteRole({ updates, sensor }: Round): void {
    if (updates === "nobody") return;
    options.note?.(
      updates === "we"
        ? `This sensor fetches threat intelligence for all that share ${sharing!.where}.`
        : `The sensor ${sensor} fetches threat intelligence; this one takes it from ${sharing!.where}.`,
    );
  }

  let told: string | undefined;

  async function look(changed: (images: IntelImages) => void): Promise<void> {
    try {
      if (fetching !== undefined || sharing !== undefined) await bringUpToDate();
      if (!closed && library.madeFrom() !== loaded.open.facts.madeFrom) {
        loaded = await loadWith(library, shelf, fetching, tell, true);
        tell(`Threat intelligence has changed: ${count(loaded)} indicators count from now on.`);
        changed(images());
      }
      told = undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      // A thread that is gone fails at each look.
      if (!closed && problem !== told) tell(told = problem);
    }
    if (!closed) timer = setTimeout(() => look(changed), options.lookInterval ?? LOOK_INTERVAL);
  }

  return {
    images,
    hashes: {
      files: (["md5", "sha1", "sha256"] as const).filter((hash) => (kinds[hash] ?? 0) > 0),
      certificates: (kinds.certificate ?? 0) > 0,
    },
    size: sizeOf(loaded),
    signature: loaded.open.facts.madeFrom.slice(0, SIGNATURE_SHOWN),
    keepUpToDate(changed) {
      if (mayChange) timer = setTimeout(() => look(changed), 0);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      fetching?.stop();
    },
  };
}

/** Reads a list that came from elsewhere in a thread without rights, which is started for it when there is none. */
async function readWith(
  running: FeedsThread | undefined,
  ...list: Parameters<FeedsThread["read"]>
): Promise<SourceReport> {
  const thread = running ?? startFeedsThread(FEEDS_URL, []);
  try {
    return await thread.read(...list);
  } finally {
    if (running === undefined) thread.stop();
  }
}

/** The hosts that may be contacted at all: those that the executable was built for. Asking for others would fail. */
export function permittedHosts({ feeds }: Library): string[] {
  return hostsOf(feeds).filter((host) => Deno.permissions.querySync({ name: "net", host }).state === "granted");
}

/** Loads the table; feeds are read in a thread without rights, which is started for it when there is none. */
export async function loadWith(
  library: Library,
  shelf: Shelf | undefined,
  running: FeedsThread | undefined,
  tell: (sentence: string) => void,
  isExpected = false,
): Promise<Loaded> {
  let own: FeedsThread | undefined;
  try {
    return await loadTable(library, shelf, () => running ?? (own = startFeedsThread(FEEDS_URL, [])), tell, isExpected);
  } finally {
    own?.stop();
  }
}

/** Fetches those of the feeds that are due; false when that was tried, and by now none of them could be had. */
async function update(
  { feeds: all }: Library,
  feeds: readonly Feed[],
  shelf: Shelf,
  thread: FeedsThread,
  { update_period: period }: IntelligenceSettings,
  certificates: readonly string[],
  tell: (sentence: string) => void,
): Promise<boolean> {
  const now = Date.now() / 1000;
  const states = shelf.states();
  if (!feeds.some(({ name }) => isDue(states[name], now, period))) return true;
  const also = "nothing";
  const updates = await updateFeeds({ feeds, all, shelf, thread, now, period, also, agent: AGENT, certificates });
  const reached = updates.some(({ state }) => state?.failures === 0);
  const failed = updates.filter(({ outcome, state }) => outcome === "failed" && state?.failures === 1);
  const [first, ...others] = failed;
  if (first === undefined) return reached;
  // Without a network all of them fail: that is one thing to say.
  const more = others.length === 0 ? "" : `, nor ${others.length} others`;
  tell(`The feed ${first.name} could not be fetched: ${first.reason}${more}; what was fetched before still counts.`);
  return reached;
}

/** The PEM texts in a file; none without one. */
export function readCertificates(file: string): string[] {
  if (file === "") return [];
  try {
    return [Deno.readTextFileSync(file)];
  } catch (error) {
    throw new InputError(`The certificates ${file} (intel.certificates) cannot be read: ${systemReason(error)}.`);
  }
}

/** A MaxMind DB as shared memory. */
function readDatabase(file: string, setting: string): SharedArrayBuffer | undefined {
  if (file === "") return undefined;
  try {
    const bytes = Deno.readFileSync(file);
    openMmdb(bytes);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    return shared;
  } catch (error) {
    const reason = error instanceof MmdbError ? error.message : systemReason(error);
    throw new InputError(`The database ${file} (${setting}) cannot be used: ${reason}.`);
  }
}

function sizeOf({ open }: Loaded): number {
  return Object.values(open.facts.kinds).reduce((sum, number) => sum + number, 0);
}

function count(loaded: Loaded): string {
  return sizeOf(loaded).toLocaleString("en-GB");
}
