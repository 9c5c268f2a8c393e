// `smartshield detect`: judges what sensors send to a Redis, until Ctrl+C.

import { DETECTORS } from "../../../detectors/index.ts";
import { InputError } from "../../errors.ts";
import { catchInterrupt } from "../../signals.ts";
import type { RedisPlace } from "../../store/place.ts";
import { DETECTOR_URL, FLEET_DETECT_URL } from "../../thread-urls.ts";
import { VERSION } from "../../version.ts";
import type { FromDetect, ToDetect } from "../messages.ts";
import { startFleetThread } from "../thread.ts";
import { startJudges } from "./judges.ts";

export interface DetectOptions {
  readonly place: RedisPlace;
  readonly workers: number;
  readonly name: string;
  /** End when all runs are over that were found. */
  readonly once: boolean;
  /** Entry module of the judging threads, and the names of the detectors in it. */
  readonly detectors?: { readonly url: URL; readonly names: readonly string[] };
}

export interface DetectEvents {
  note(sentence: string): void;
  warning(sentence: string): void;
}

const OWN_DETECTORS = { url: DETECTOR_URL, names: DETECTORS.map(({ name }) => name) };
/** Milliseconds for the orderly end. */
const ENDING_MILLISECONDS = 4000;

/**
 * Judges until the user has had enough, or, with `once`, until there is nothing more to judge.
 * @throws {InputError} when the Redis cannot be used.
 */
export async function detect(options: DetectOptions, events: DetectEvents): Promise<void> {
  const { place, workers, name, once, detectors = OWN_DETECTORS } = options;
  const thread = startFleetThread(FLEET_DETECT_URL, "fleet", place);
  const tell = (message: ToDetect, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  let fail!: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => fail = reject);
  failed.catch(() => {});
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => finish = resolve);
  let opened!: (problem: string | undefined) => void;
  const opening = new Promise<string | undefined>((resolve) => opened = resolve);
  let closed!: () => void;
  const closing = new Promise<void>((resolve) => closed = resolve);
  let wereRuns = false;

  const { ports, judges } = startJudges(workers, detectors.url, {
    failed: fail,
    replaced: (judge, port, partition, detector) => tell({ say: "replaced", judge, partition, detector }, [port]),
  });
  thread.onerror = (event) => {
    event.preventDefault();
    fail(new Error(`The thread of the fleet failed: ${event.message}. Please report this.`));
  };
  thread.onmessage = ({ data }: MessageEvent<FromDetect>) => {
    switch (data.say) {
      case "opened":
        return opened(data.problem);
      case "note":
        return events.note(data.sentence);
      case "warning":
        return events.warning(data.sentence);
      case "patience":
        return judges.patience(data.judge, data.milliseconds);
      case "runs":
        wereRuns ||= data.count > 0;
        if (once && wereRuns && data.count === 0) finish();
        return;
      case "closed":
        return closed();
    }
  };

  const interruption = catchInterrupt();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    // Others with the same name are others.
    const unique = `${name}/${crypto.randomUUID().slice(0, 8)}`;
    tell({ say: "open", place, name: unique, judges: workers, detectors: detectors.names }, ports);
    const problem = await Promise.race([opening, failed]);
    if (problem !== undefined) throw new InputError(problem);
    // The one thread that contacts somebody has been started.
    for (const right of ["net", "ffi", "write"] as const) Deno.permissions.revokeSync({ name: right });
    events.note(
      `smartshield ${VERSION} judges for ${place.where} as ${name}, with ${workers} ${
        workers === 1 ? "thread" : "threads"
      }, until Ctrl+C.`,
    );
    await Promise.race([interruption.heard, finished, failed]);
    tell({ say: "close" });
    await Promise.race([
      closing,
      failed,
      new Promise<void>((resolve) => timer = setTimeout(resolve, ENDING_MILLISECONDS)),
    ]);
  } finally {
    clearTimeout(timer);
    interruption.release();
    judges.stop();
    thread.terminate();
  }
}
