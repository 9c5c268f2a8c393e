// What a run is asked to do.

import type { Configuration } from "../../config/schema.ts";
import type { ZeekFormat } from "../export/zeek-log.ts";
import type { SaidFormat } from "../source/input.ts";

export interface AnalyseOptions {
  /** Path of a file or a folder of logs; undefined for standard input, or when interfaces are watched. */
  readonly input: string | undefined;
  /** What the user says it is; recognised by its content otherwise. */
  readonly said: SaidFormat | undefined;
  /** The input is still being written: stay, and go on with what is added. */
  readonly follow: boolean;
  /** Names of interfaces to watch until the user ends it. */
  readonly interfaces: readonly string[];
  /** Only packets that pass this filter (pcap-filter(7)), of a capture or an interface. */
  readonly filter: string | undefined;
  /** Directory for the results. */
  readonly output: string;
  /** Write into a directory that holds other files. */
  readonly force: boolean;
  /** Begin a new run even if an earlier one could go on. */
  readonly fresh: boolean;
  /** Whether anybody may be contacted; undefined: on a wire and with inputs that grow, but not for files. */
  readonly online: boolean | undefined;
  readonly configuration: Configuration;
  /** Reads the configuration again, as at the beginning; throws a `ConfigurationError` when it is wrong. */
  readonly readAgain: () => Promise<Configuration>;
  /** Also write the records as Zeek logs, in this form. */
  readonly zeekLogs: ZeekFormat | undefined;
  /** Detectors are elsewhere: `smartshield detect` judges (docs/fleet.md). */
  readonly isSensor: boolean;
}
