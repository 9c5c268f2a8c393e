// Lists of threat intelligence between the sensors of one Redis: what another sensor has fetched is put where our own
// fetching would have put it, after it was read as if it came from the network; what we fetched is made known.

import type { SourceReport } from "../intel/compile.ts";
import type { Feed } from "../intel/feeds/feed.ts";
import type { FeedState, Shelf } from "../intel/update/shelf.ts";
import type { Sharing } from "./client.ts";
import type { Round, SharedFeed } from "./messages.ts";

/** Reads a text in a thread without rights: what it would give. */
export type ReadFeed = (feed: Feed, bytes: Uint8Array<ArrayBuffer>, fetched: number) => Promise<SourceReport>;

export interface SharedLists {
  /** Takes what others have fetched since. */
  take(round: Round): Promise<void>;
  /** Makes known what we have and others do not. */
  publish(round: Round): Promise<void>;
}

/** Seconds after which it is said again that a text is to be kept; it is kept for a week. */
const KEEP_INTERVAL = 86_400;
/** Texts that were refused and are not fetched again. Own choice. */
const REFUSED = 256;

/** The lists of a library, shared. */
export function shareLists(
  { sharing, feeds, shelf, read, tell, now }: {
    sharing: Sharing;
    feeds: readonly Feed[];
    shelf: Shelf;
    read: ReadFeed;
    tell: (sentence: string) => void;
    /** Unix seconds. */
    now: () => number;
  },
): SharedLists {
  const refused = new Set<string>();
  const keptAt = new Map<string, number>();
  const sharedOf = (round: Round, { name, url }: Feed): SharedFeed | undefined =>
    round.feeds.find((one) => one.name === name && one.url === url);
  const ownOf = (states: Readonly<Record<string, FeedState>>, { name, url }: Feed): FeedState | undefined =>
    states[name]?.url === url ? states[name] : undefined;

  async function takeOne(feed: Feed, shared: SharedFeed): Promise<FeedState | undefined> {
    const bytes = await sharing.text(shared);
    if (bytes === undefined) return undefined;
    const { accepted, bad, examples, failed } = await read(feed, bytes, shared.fetched);
    if (failed !== undefined || accepted === 0) {
      if (refused.size >= REFUSED) refused.clear();
      refused.add(shared.sha256);
      tell(`The list ${feed.name} that ${shared.sensor} put into ${sharing.where} holds no indicator; it is not used.`);
      return undefined;
    }
    shelf.writeFeed(feed.name, bytes);
    shelf.writePart(feed.name, undefined);
    const { url, sha256, fetched, checked, etag, lastModified, sensor } = shared;
    return {
      url,
      checked,
      failures: 0,
      fetched,
      etag,
      lastModified,
      sha256,
      bytes: bytes.length,
      accepted,
      bad,
      examples,
      sensor,
    };
  }

  return {
    async take(round) {
      const states = shelf.states();
      let hasChanged = false;
      for (const feed of feeds) {
        const shared = sharedOf(round, feed);
        const own = ownOf(states, feed);
        if (shared === undefined || refused.has(shared.sha256)) continue;
        const isSame = own?.sha256 === shared.sha256;
        const next = isSame
          ? shared.checked > own.checked
            ? { ...own, checked: shared.checked, failures: 0, reason: undefined }
            : undefined
          : shared.fetched > (own?.fetched ?? 0)
          ? await takeOne(feed, shared)
          : undefined;
        if (next === undefined) continue;
        states[feed.name] = next;
        hasChanged = true;
      }
      if (hasChanged) shelf.writeStates(states);
    },
    async publish(round) {
      const states = shelf.states();
      for (const feed of feeds) {
        const own = ownOf(states, feed);
        if (own?.sha256 === undefined || own.fetched === undefined || own.bytes === undefined) continue;
        const { url, sha256, bytes, fetched, checked, etag, lastModified, sensor = sharing.sensor } = own;
        const shared = sharedOf(round, feed);
        const isKnown = shared?.sha256 === sha256 && shared.checked >= checked;
        if (isKnown && now() - (keptAt.get(feed.name) ?? 0) < KEEP_INTERVAL) continue;
        keptAt.set(feed.name, now());
        const row = { name: feed.name, url, sha256, bytes, fetched, checked, etag, lastModified, sensor };
        await sharing.publish(row, () => shelf.feed(feed.name, sha256));
      }
    },
  };
}
