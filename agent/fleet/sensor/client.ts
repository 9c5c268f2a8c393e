// A sensor's fleet, seen from main: starts the thread that speaks to Redis, and hands on what is said.

import type { Control, StartDetectors } from "../../../detectors/messages.ts";
import { InputError } from "../../errors.ts";
import type { Fact } from "../../profile/facts.ts";
import type { RedisPlace } from "../../store/place.ts";
import { FLEET_SENSOR_URL } from "../../thread-urls.ts";
import type { FromSensor, Keep, ToSensor } from "../messages.ts";
import { lifeOf, ownKin } from "../run.ts";
import { startFleetThread } from "../thread.ts";

export interface FleetOptions {
  readonly place: RedisPlace;
  readonly sensor: string;
  readonly input: string;
  /** Id of a run that goes on, or may go on later: what an earlier life of it has left in Redis is taken away. */
  readonly run: string | undefined;
  /** Milliseconds without a sign of life after which a partition is anybody's. */
  readonly lease: number;
  readonly keep: Keep;
}

export interface FleetEvents {
  /** A batch of a partition was judged: a `BatchJudged` as JSON. */
  judged(partition: number, text: string): void;
  hung(partition: number, detector: string): void;
  facts(): Promise<readonly Fact[]>;
  warning(sentence: string): void;
  failed(reason: Error): void;
}

/** Where detectors are that run elsewhere. */
export interface Fleet {
  /**
   * Begins the run, with so many partitions; `port` is the dissector's. Detectors hang after `hang` milliseconds; with
   * `replays`, what an earlier life of the run has left comes first, until `live`.
   */
  start(
    start: Omit<StartDetectors, "pulse">,
    settings: { readonly partitions: number; readonly hang: number; readonly replays: boolean },
    port: MessagePort,
    events: FleetEvents,
  ): void;
  live(): void;
  control(control: Control): void;
  /** Batches of partitions that were given up. */
  givenUp(): number;
  /** Takes the run away. */
  close(): Promise<void>;
}

/** Milliseconds for the end: whoever asks for it does not wait for a server. */
const ENDING_MILLISECONDS = 2000;

/**
 * Opens the way to the fleet.
 * @throws {InputError} when its Redis cannot be used.
 */
export async function openFleet({ place, sensor, input, run, lease, keep }: FleetOptions): Promise<Fleet> {
  const thread = startFleetThread(FLEET_SENSOR_URL, "fleet", place);
  const tell = (message: ToSensor, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  let events: FleetEvents | undefined;
  let givenUp = 0;
  /** The thread is gone: before the run has begun, or since. */
  let failure: Error | undefined;
  let closed: (() => void) | undefined;
  const opened = new Promise<string | undefined>((resolve) => {
    thread.onerror = (event) => {
      event.preventDefault();
      failure = new Error(`The thread of the fleet failed: ${event.message}. Please report this.`);
      resolve(failure.message);
      events?.failed(failure);
    };
    thread.onmessage = ({ data }: MessageEvent<FromSensor>) => {
      switch (data.say) {
        case "opened":
          return resolve(data.problem);
        case "judged":
          for (const { partition, text } of data.told) events?.judged(partition, text);
          return;
        case "hung":
          return events?.hung(data.partition, data.detector);
        case "givenUp":
          givenUp += data.batches;
          return;
        case "facts":
          return void events?.facts().then((facts) => tell({ say: "facts", facts }));
        case "warning":
          return events?.warning(data.sentence);
        case "failed":
          return events?.failed(new Error(data.sentence));
        case "closed":
          return closed?.();
      }
    };
  });
  tell({ say: "open", place });
  const problem = await opened;
  if (problem !== undefined) {
    thread.terminate();
    throw new InputError(problem);
  }
  return {
    start(start, { partitions, hang, replays }, port, heard) {
      events = heard;
      if (failure !== undefined) return heard.failed(failure);
      const card = { ...ownKin(), id: lifeOf(run), sensor, input, partitions, lease, hang };
      tell({ say: "start", card, start, keep, replays }, [port]);
    },
    live: () => tell({ say: "live" }),
    control: (control) => tell({ say: "control", control }),
    givenUp: () => givenUp,
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      tell({ say: "close" });
      await Promise.race([
        new Promise<void>((resolve) => closed = resolve),
        new Promise<void>((resolve) => timer = setTimeout(resolve, ENDING_MILLISECONDS)),
      ]);
      clearTimeout(timer);
      thread.terminate();
    },
  };
}
