// How fast a sensor's dissector goes on: which batches it is told to be done with. A run over files waits for those who judge,
// one on a wire for nobody. What an earlier life of a run on a wire has left comes as fast as Redis takes it, but while
// somebody judges it does not push out of Redis what is still to be judged.

export interface Pace {
  /** A batch of a partition came from the dissector, is in its stream, or was judged; with its serial. */
  taken(partition: number, serial: number): void;
  appended(partition: number, serial: number): void;
  judged(partition: number, serial: number): void;
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
  done(partition: number, serial: number): void;
}

export function createPace(partitions: number, options: PaceOptions): Pace {
  const counts = Array.from({ length: partitions }, () => ({ taken: 0, appended: 0, judged: 0, done: 0 }));
  let isReplaying = options.replays;

  function goOn(partition: number): void {
    const count = counts[partition]!;
    const upTo = !options.givesUp
      ? count.judged
      : !isReplaying
      ? count.taken
      : options.isFull() && !options.isAlone()
      ? count.judged
      : count.appended;
    if (upTo > count.done) options.done(partition, count.done = upTo);
  }

  function goOnWithAll(): void {
    for (const partition of counts.keys()) goOn(partition);
  }

  function note(what: "taken" | "appended" | "judged", partition: number, serial: number): void {
    const count = counts[partition]!;
    // A server that has lost the run is sent some of it once more.
    count[what] = Math.max(count[what], serial);
    // What one partition makes room for, others may wait for.
    if (isReplaying) goOnWithAll();
    else goOn(partition);
  }

  return {
    lookAgain: goOnWithAll,
    taken: (partition, serial) => note("taken", partition, serial),
    appended: (partition, serial) => note("appended", partition, serial),
    judged: (partition, serial) => note("judged", partition, serial),
    givesUp: () => options.givesUp && (!isReplaying || options.isAlone()),
    live() {
      isReplaying = false;
      goOnWithAll();
    },
  };
}
