// From feeds to the table: reads every source and puts what it names into one table. Runs without any permission.

import { getPublicSuffix } from "tldts";
import { FeedError } from "./feeds/lines.ts";
import type { Feed } from "./feeds/feed.ts";
import { parseFeed, type ParseReport } from "./feeds/parse.ts";
import { createTableBuilder } from "./table/build.ts";
import type { Mention } from "./table/verdict.ts";

/** One feed's bytes. */
export interface Source {
  readonly feed: Feed;
  /** What messages call it. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** When it was fetched, Unix seconds: the day that old indicators are counted from. */
  readonly fetched: number;
}

/** What became of one source. */
export interface SourceReport extends ParseReport {
  readonly name: string;
  readonly file: string;
  /** Why nothing of it could be used: a sentence without a full stop. */
  readonly failed: string | undefined;
}

export interface Compiled {
  readonly table: SharedArrayBuffer;
  readonly reports: SourceReport[];
}

const UTF8 = new TextDecoder();

/** What tells one indicator from all others, for the list of those that the user took out. */
export function indicatorId(kind: string, value: string): string {
  return `${kind} ${value}`;
}

/** Makes a table. `ignored`: indicators (by `indicatorId`) that the user took out. `madeFrom`: see TableFacts. */
export function compile(sources: readonly Source[], ignored: ReadonlySet<string>, madeFrom: string): Compiled {
  const builder = createTableBuilder();
  const reports = sources.map((source) =>
    readSource(source, ({ feed }, indicator) => {
      if (ignored.size > 0 && feed.decides !== true && ignored.has(indicatorId(indicator.kind, indicator.value))) {
        return;
      }
      const { level = feed.level, description = "", tags } = indicator;
      const mention: Mention = {
        feed: feed.name,
        level,
        confidence: feed.confidence,
        tags: tags === undefined ? feed.tags : [...feed.tags, ...tags],
        description,
        decides: feed.decides === true,
      };
      // Names below a public suffix belong to whoever registered them: github.io on a list condemns nobody's pages.
      const isSuffix = indicator.kind === "domain" &&
        getPublicSuffix(indicator.value, { allowPrivateDomains: true }) === indicator.value;
      builder.add(indicator, mention, isSuffix);
    })
  );
  return { table: builder.finish(madeFrom), reports };
}

/** Reads one source without keeping anything: what it would give. */
export function tryOut(source: Source): SourceReport {
  return readSource(source, () => {});
}

function readSource(
  source: Source,
  take: (source: Source, indicator: Parameters<Parameters<typeof parseFeed>[3]>[0]) => void,
): SourceReport {
  const { feed, file } = source;
  try {
    const report = parseFeed(feed, UTF8.decode(source.bytes), source.fetched, (indicator) => take(source, indicator));
    return { name: feed.name, file, failed: undefined, ...report };
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    return { name: feed.name, file, failed: error.message, accepted: 0, bad: 0, examples: [] };
  }
}
