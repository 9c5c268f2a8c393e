// Looks for a store that is away: again every second, beside what goes on, which waits a moment at most.

export interface HomeSearch {
  /** Looks for it, unless somebody does or did just now; resolves when that has ended, or after a moment. */
  begin(): Promise<void>;
  /** The search that goes on. */
  underWay(): Promise<void> | undefined;
  /** It was there until now. */
  lost(): void;
}

/** Milliseconds between two attempts while the store is away. */
const RETRY_MILLISECONDS = 1000;
/** Milliseconds for which a writing waits for a store that comes back: longer would hold up the run. */
const PATIENCE_MILLISECONDS = 250;

/** `arrive` tries it once, and fails when it is not there; `clock` tells milliseconds. */
export function createHomeSearch(arrive: () => Promise<unknown>, clock: () => number): HomeSearch {
  let triedAt = -Infinity;
  let coming: Promise<void> | undefined;
  return {
    async begin() {
      if (coming !== undefined || clock() - triedAt < RETRY_MILLISECONDS) return;
      triedAt = clock();
      coming = arrive().then(() => {}, () => {}).finally(() => {
        coming = undefined;
      });
      let timer: number | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE_MILLISECONDS));
      await Promise.race([coming, patience]);
      clearTimeout(timer);
    },
    underWay: () => coming,
    lost() {
      triedAt = clock();
    },
  };
}
