// What main and the thread of sharing say to each other. Plain data.

import type { RedisPlace } from "../store/place.ts";
import type { StoredAnswer } from "../store/store.ts";

/** A list as the catalogue has it. */
export interface Covered {
  readonly name: string;
  readonly url: string;
}

/** What is known of a list that one sensor has fetched for all. Times in Unix seconds. */
export interface SharedFeed extends Covered {
  /** Of the text as it was accepted. */
  readonly sha256: string;
  readonly bytes: number;
  readonly fetched: number;
  /** When it was asked for last, changed or not. */
  readonly checked: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Who fetched it. */
  readonly sensor: string;
}

/** How it stands with the lists. */
export interface Round {
  /** Who updates them: we, another sensor, or nobody. */
  readonly updates: "we" | "another" | "nobody";
  /** That sensor's name, and the lists that it fetches. */
  readonly sensor: string;
  readonly covers: readonly Covered[];
  /** What there is of those that were asked about. */
  readonly feeds: readonly SharedFeed[];
}

/** Where a question stands: answered, or to be asked by us. */
export type Found = StoredAnswer | "ask";

/** Main to the thread; what has a number is answered with it. */
export type ToSharing =
  | {
    readonly say: "start";
    readonly place: RedisPlace;
    readonly sensor: string;
    /** Unlike that of any other run. */
    readonly token: string;
    /** Milliseconds that a lease lasts, where it is not a minute. */
    readonly lease: number | undefined;
    /** Keys of services, by which their limits count: hashes of them. */
    readonly serviceKeys: Readonly<Record<string, string>>;
  }
  | { readonly number: number; readonly say: "round"; readonly feeds: readonly Covered[]; readonly mayUpdate: boolean }
  | { readonly number: number; readonly say: "text"; readonly feed: SharedFeed }
  /** Answered with false when the text is not there and was not sent along. */
  | {
    readonly number: number;
    readonly say: "publish";
    readonly feed: SharedFeed;
    readonly text: Uint8Array<ArrayBuffer> | undefined;
  }
  | { readonly number: number; readonly say: "find"; readonly question: string }
  | { readonly number: number; readonly say: "close" };

export type FromSharing =
  /** `problem`: the server could not be used. */
  | { readonly number: number; readonly result: unknown; readonly problem?: undefined }
  | { readonly number: number; readonly problem: string }
  | { readonly say: "warning"; readonly sentence: string }
  /** How many sensors use the same key of a service. */
  | { readonly say: "holders"; readonly service: string; readonly sensors: number };
