// Hears everything that the detectors have to say about an input, with the labels of its records: what scorers judge, and
// what they are judged by.

import { defaultConfiguration } from "../../config/schema.ts";
import { kindsRead } from "../../detectors/contract.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { DEFAULT_SETTINGS } from "../../agent/dissect/flow/settings.ts";
import type { Evidence, Repeat } from "../../agent/evidence/evidence.ts";
import { windowNumber } from "../../agent/profile/window.ts";
import type { LabelledConnection } from "../../agent/source/record-reader.ts";
import { feed } from "../../agent/source/feed.ts";
import { openInput } from "../../agent/source/open.ts";
import { startThreads } from "../../agent/threads.ts";

/** Seconds. */
export const WINDOW_WIDTH = 3600;

/** One thing heard, in stream order: evidence that is told, or a repeat of it. */
export type Heard = { evidence: Evidence; repeat?: undefined } | { evidence?: undefined; repeat: Repeat };

/** What a host did in a window, by the labels of its connections. */
export interface HostWindow {
  host: string;
  window: number;
  /** Connections that the host opened, and those of them that are labelled malicious and benign. */
  connections: number;
  malicious: number;
  benign: number;
}

export interface Hearing {
  heard: Heard[];
  /** Unix seconds of the first record. */
  origin: number;
  /** Every host that opened a connection, in every window in which it did. */
  windows: HostWindow[];
}

/** Runs the default detectors over a capture or logs. */
export async function hear(path: string): Promise<Hearing> {
  const configuration = defaultConfiguration();
  const input = await openInput(path);
  const heard: Heard[] = [];
  const connections: Pick<LabelledConnection, "ts" | "orig_h" | "label">[] = [];
  const threads = startThreads({
    streams: input.streams,
    router: {
      workers: 1,
      direction: configuration.traffic.analysis_direction,
      profiles: configuration.limits.profiles,
      clientIps: [],
      judged: kindsRead(DETECTORS),
    },
    dissector: DEFAULT_SETTINGS,
    detectors: configuration.detectors,
    detectorNames: DETECTORS.map(({ name }) => name),
    disabled: [],
    windowWidth: WINDOW_WIDTH,
    live: false,
    repeats: true,
    keepRecords: true,
    hangSeconds: 60,
  }, {
    evidence: (evidence) => heard.push({ evidence }),
    repeat: (repeat) => heard.push({ repeat }),
    records(records) {
      for (const record of records) {
        if (record.kind !== "conn") continue;
        const { ts, orig_h, label } = record as LabelledConnection;
        connections.push({ ts, orig_h, ...label === undefined ? {} : { label } });
      }
    },
    progress: () => {},
    warning: (sentence) => console.error(`${path}: ${sentence}`),
  });
  try {
    await Promise.race([feed(input, threads, () => false, () => {}), threads.failed]);
    await threads.finish();
    const origin = threads.origin();
    return { heard, origin, windows: windowsOf(connections, origin) };
  } finally {
    threads.stop();
    input.close();
  }
}

function windowsOf(
  connections: Iterable<{ ts: number; orig_h: string; label?: string }>,
  origin: number,
): HostWindow[] {
  const windows = new Map<string, HostWindow>();
  for (const { ts, orig_h, label } of connections) {
    const window = windowNumber({ origin, width: WINDOW_WIDTH }, ts);
    const key = `${orig_h} ${window}`;
    const entry = windows.get(key) ?? { host: orig_h, window, connections: 0, malicious: 0, benign: 0 };
    entry.connections++;
    const word = label?.toLowerCase() ?? "";
    if (word.includes("malicious") || word.includes("botnet")) entry.malicious++;
    else if (word.includes("benign") || word.includes("normal")) entry.benign++;
    windows.set(key, entry);
  }
  return [...windows.values()];
}
