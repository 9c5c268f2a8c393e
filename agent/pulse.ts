// Whether a thread is stuck in what was put into its hands, a detector or a user's rule: the thread notes in shared memory
// which call is running and how many there were, and main looks from time to time.

/** Words of the shared memory: the call that is running (0 for none), and a count of calls. */
const RUNNING = 0;
const CALLS = 1;
const BYTES = 8;

/** Milliseconds between two looks. */
export const PULSE_INTERVAL = 500;
/** Milliseconds that one look may add: where main itself was held up, or the whole program was, nothing follows from that. */
const MOST_AT_ONCE = 2 * PULSE_INTERVAL;

/** Main's side. */
export interface Pulse {
  /** For the thread. */
  readonly memory: SharedArrayBuffer;
  /** The call that is running, 0 for none. */
  running(): number;
  /** Looks at the time `now`, milliseconds: for how long the call now running has been seen running, milliseconds. */
  look(now: number): number;
}

/** The pulse of a thread that is about to start. */
export function createPulse(): Pulse {
  const memory = new SharedArrayBuffer(BYTES);
  const words = new Int32Array(memory);
  let seenCalls = -1;
  let lastLook = 0;
  let running = 0;
  return {
    memory,
    running: () => words[RUNNING]!,
    look(now) {
      if (words[RUNNING] === 0 || words[CALLS] !== seenCalls) {
        seenCalls = words[CALLS]!;
        running = 0;
      } else running += Math.min(now - lastLook, MOST_AT_ONCE);
      lastLook = now;
      return running;
    },
  };
}

/** The thread's side: to be called before each call with its number, from 1 on, and after it with 0. */
export function beatInto(memory: SharedArrayBuffer): (running: number) => void {
  const words = new Int32Array(memory);
  return (running) => {
    words[RUNNING] = running;
    words[CALLS]!++;
  };
}
