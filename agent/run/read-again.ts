// What a user asks for by SIGHUP: whitelists and configuration are read again, and what can change while a run goes on
// counts from then on.

import { changesBetween, describeChanges } from "../../config/changes.ts";
import { ConfigurationError } from "../../config/read.ts";
import type { Configuration } from "../../config/schema.ts";
import type { Whitelists } from "../evidence/whitelist/whitelist.ts";
import type { Threads } from "../threads.ts";
import type { Verdicts } from "./verdicts.ts";

export interface Changing {
  /** Reads the configuration; throws a `ConfigurationError` when it is wrong. */
  read(): Promise<Configuration>;
  readonly whitelists: Whitelists;
  readonly threads: Threads;
  readonly verdicts: Verdicts;
  /** The configuration decides what is captured: there are interfaces, and no filter was given beside it. */
  readonly filters: boolean;
  warn(sentence: string): void;
}

/** Reads both; the configuration that counts from now on. */
export async function readAgain(
  configuration: Configuration,
  { read, whitelists, threads, verdicts, filters, warn }: Changing,
): Promise<Configuration> {
  if (configuration.whitelist.files.length + configuration.whitelist.lists.length > 0) {
    for (const sentence of whitelists.reload()) warn(sentence);
    threads.whitelist(whitelists.current());
  }
  try {
    const next = await read();
    verdicts.adjust(next.detection);
    threads.configure(next.detectors, next.detection.disabled_detectors);
    if (filters) threads.filter(next.capture.filter || undefined);
    warn(describeChanges(changesBetween(configuration, next)));
    return next;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    warn(`${error.message} The configuration stays as it was.`);
    return configuration;
  }
}
