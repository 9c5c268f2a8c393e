// Whether somebody is there who can judge what a sensor sends.

import type { RedisPlace } from "../../store/place.ts";
import { fleetKeys } from "../keys.ts";
import type { Line } from "../line.ts";
import { describeKin, isKin, type KnownJudge, type RunCard } from "../run.ts";
import { pairs, run, SHOW_UP } from "../scripts.ts";

export interface Company {
  /** Nobody is there, and nobody has been since it was found out. */
  readonly isAlone: boolean;
  /** Something was judged, or there is something to judge again. */
  progress(isJudged: boolean): void;
  /** Looks who is there, when nothing was judged for long. */
  look(): Promise<void>;
}

export interface CompanyEvents {
  /** It was found out that nobody is there. */
  alone(): void;
  warning(sentence: string): void;
}

/** Milliseconds without anything judged after which it is asked whether somebody is there. */
const PATIENCE = 5000;

/** The company of a run, which `waits` for those who judge or does not. */
export function createCompany(
  place: RedisPlace,
  line: Line,
  card: RunCard,
  waits: boolean,
  events: CompanyEvents,
): Company {
  const { judges, judgesKnown } = fleetKeys(place);
  let lastProgress = performance.now();
  let isAlone = false;

  return {
    get isAlone() {
      return isAlone;
    },
    progress(isJudged) {
      lastProgress = performance.now();
      if (!isJudged) return;
      if (isAlone) events.warning("Somebody judges again.");
      isAlone = false;
    },
    async look() {
      if (isAlone || performance.now() - lastProgress < PATIENCE) return;
      // Not to wait for a server that is away: nothing would be given up meanwhile.
      const asked = line.try((link) => link.ask(...run(SHOW_UP, judges, judgesKnown, "", "", "")));
      const reply = await asked.catch(() => undefined);
      if (reply === undefined) return;
      const known = pairs(reply).map(([, text]) => JSON.parse(text) as KnownJudge);
      if (known.some((judge) => isKin(judge, card))) return;
      isAlone = true;
      events.alone();
      const [other] = known;
      const advice = `start smartshield detect --store ${place.where}`;
      const what = waits ? "the run waits" : "records wait in Redis, and are given up when they are too many";
      events.warning(
        other === undefined
          ? `Nobody judges, and ${what}: ${advice}.`
          : `Nobody can judge, and ${what}: this is ${describeKin(card, other)}, there is only ${
            describeKin(other, card)
          }; ${advice} of the same version.`,
      );
    },
  };
}
