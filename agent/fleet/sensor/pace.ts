// How fast a sensor's dissector goes on: which batches it is told to be done with. A run over files waits for those who judge,
// one on a wire for nobody. What an earlier life of a run on a wire has left comes as fast as Redis takes it, but while
// somebody judges it does not push out of Redis what is still to be judged.

export interface Pace {
  /** All batches up to this serial came from the dissector, are in their streams, or were judged. */
  taken(serial: number): void;
  appended(serial: number): void;
  judged(serial: number): void;
  /** Whether what was not judged may be given up when it is too much. */
  givesUp(): boolean;
  /** What comes from now on comes for the first time. */
  live(): void;
  /** It was found out whether somebody judges. */
  lookAgain(): void;
}

export interface PaceOptions {
  /** The run is on a wire. */
  readonly givesUp: boolean;
  /** What an earlier life has left comes first. */
  readonly replays: boolean;
  /** So much is in Redis that what comes on top may push out what was not judged. */
  isFull(): boolean;
  /** Nobody judges: there is nothing to wait for. */
  isAlone(): boolean;
  /** The dissector may go on: tells it that all up to this serial is done. */
  done(serial: number): void;
}

export function createPace(options: PaceOptions): Pace {
  const counts = { taken: 0, appended: 0, judged: 0 };
  let done = 0;
  let isReplaying = options.replays;

  function goOn(): void {
    const upTo = !options.givesUp
      ? counts.judged
      : !isReplaying
      ? counts.taken
      : options.isFull() && !options.isAlone()
      ? counts.judged
      : counts.appended;
    if (upTo > done) options.done(done = upTo);
  }

  function note(what: keyof typeof counts, serial: number): void {
    // A server that has lost the run is sent some of it once more.
    counts[what] = Math.max(counts[what], serial);
    goOn();
  }

  return {
    lookAgain: goOn,
    taken: (serial) => note("taken", serial),
    appended: (serial) => note("appended", serial),
    judged: (serial) => note("judged", serial),
    givesUp: () => options.givesUp && (!isReplaying || options.isAlone()),
    live() {
      isReplaying = false;
      goOn();
    },
  };
}
