// Threat intelligence in a run, seen from main: the table that is loaded at the start, and on a wire the feeds that are
// fetched and what the user adds while the run goes on. Files are analysed with what is there: nobody is contacted.

import { InputError, systemReason } from "./errors.ts";
import { hostsOf } from "./intel/feeds/catalogue.ts";
import type { IntelImages } from "./intel/intel.ts";
import { type Library, type LibrarySettings, type Loaded, loadTable, openLibrary } from "./intel/library.ts";
import { MmdbError, openMmdb } from "./intel/mmdb.ts";
import { openShelf, type Shelf } from "./intel/update/shelf.ts";
import { type FeedsThread, startFeedsThread } from "./intel/update/thread.ts";
import { isDue, updateFeeds } from "./intel/update/update.ts";
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
  let loaded = await loadWith(library, shelf, fetching, tell);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const images = (): IntelImages => ({ table: loaded.table, asn, country, mayChange });
  const kinds = loaded.open.facts.kinds;

  async function look(changed: (images: IntelImages) => void): Promise<void> {
    try {
      if (fetching !== undefined) await update(library, shelf!, fetching, settings, certificates, tell);
      if (!closed && library.madeFrom() !== loaded.open.facts.madeFrom) {
        loaded = await loadWith(library, shelf, fetching, tell, true);
        tell(`Threat intelligence has changed: ${count(loaded)} indicators count from now on.`);
        changed(images());
      }
    } catch (error) {
      if (!closed) tell(error instanceof Error ? error.message : String(error));
    }
    if (!closed) timer = setTimeout(() => look(changed), LOOK_INTERVAL);
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

async function update(
  { feeds }: Library,
  shelf: Shelf,
  thread: FeedsThread,
  { update_period: period }: IntelligenceSettings,
  certificates: readonly string[],
  tell: (sentence: string) => void,
): Promise<void> {
  const now = Date.now() / 1000;
  const states = shelf.states();
  if (!feeds.some(({ name }) => isDue(states[name], now, period))) return;
  const updates = await updateFeeds({ feeds, shelf, thread, now, period, also: "nothing", agent: AGENT, certificates });
  const failed = updates.filter(({ outcome, state }) => outcome === "failed" && state?.failures === 1);
  const [first, ...others] = failed;
  if (first === undefined) return;
  // Without a network all of them fail: that is one thing to say.
  const more = others.length === 0 ? "" : `, nor ${others.length} others`;
  tell(`The feed ${first.name} could not be fetched: ${first.reason}${more}; what was fetched before still counts.`);
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
