// What a run hears from its user while it works: Ctrl+C, and the signals by which it is asked to read its configuration
// anew (SIGHUP) or to say what it has found so far (SIGUSR1).

/** Signals that ask a program to end: Ctrl+C, and what a service manager sends. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Exit code after the second Ctrl+C, as shells have it: 128 and the number of SIGINT. */
const ENDED_AT_ONCE = 130;

export interface Interruption {
  /** The user has asked for the end. */
  readonly asked: boolean;
  /** Resolves when that happens. */
  readonly heard: Promise<void>;
  release(): void;
}

/** Ctrl+C: the first asks for an orderly end, the second ends at once. */
export function catchInterrupt(): Interruption {
  let hear!: () => void;
  const state = {
    asked: false,
    heard: new Promise<void>((resolve) => hear = resolve),
    release: () => ENDING_SIGNALS.forEach((signal) => Deno.removeSignalListener(signal, onSignal)),
  };
  function onSignal(): void {
    if (state.asked) Deno.exit(ENDED_AT_ONCE);
    state.asked = true;
    hear();
  }
  for (const signal of ENDING_SIGNALS) Deno.addSignalListener(signal, onSignal);
  return state;
}

/** Calls `work` for every signal, one call after the other; what it throws is for `failed`. Returns what ends that. */
export function onSignal(
  signal: "SIGHUP" | "SIGUSR1",
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): () => void {
  let working: Promise<void> = Promise.resolve();
  const listener = (): void => {
    working = working.then(work).catch(failed);
  };
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

/**
 * What `whole` resolves to; or, when that takes longer than so many seconds, what `partly` has come to by then.
 * `cutShort` is told when it is the latter.
 */
export async function within<T>(
  seconds: number,
  whole: Promise<T>,
  partly: Promise<T>,
  cutShort: () => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), seconds * 1000));
  try {
    const first = await Promise.race([whole.then((value) => ({ value })), late]);
    if (first !== undefined) return first.value;
    cutShort();
    return await partly;
  } finally {
    clearTimeout(timer);
  }
}
