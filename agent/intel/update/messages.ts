// What main and the feeds' thread say to each other. Plain data.

import type { Source, SourceReport } from "../compile.ts";
import type { Feed } from "../feeds/feed.ts";
import type { FetchLimits, FetchRequest, FetchResult } from "./fetch.ts";

/** Main to the feeds' thread; each is answered with the same number. */
export type ToFeeds =
  & { readonly number: number }
  & (
    | {
      readonly say: "fetch";
      readonly feed: Feed;
      readonly request: FetchRequest;
      readonly now: number;
      readonly agent: string;
      readonly certificates: readonly string[];
      readonly limits: FetchLimits | undefined;
    }
    | {
      readonly say: "read";
      readonly feed: Feed;
      readonly bytes: Uint8Array;
      readonly fetched: number;
    }
    | {
      readonly say: "compile";
      readonly sources: readonly Source[];
      readonly ignored: ReadonlySet<string>;
      readonly madeFrom: string;
    }
  );

export type FromFeeds =
  & { readonly number: number }
  & (
    /** With a new feed: what reading it gives. */
    | { readonly say: "fetched"; readonly result: FetchResult; readonly report: SourceReport | undefined }
    | { readonly say: "read"; readonly report: SourceReport }
    | { readonly say: "compiled"; readonly table: SharedArrayBuffer; readonly reports: readonly SourceReport[] }
  );
