// Standard input may come in drops. What has come is handed on when nothing more comes for a moment, not only when a piece is
// full: so it is analysed soon, and nothing of it is lost when the user has had enough.

/** Bytes that are read at once: four times what a pipe of Linux holds (pipe(7)). */
const READ_BYTES = 256 * 1024;
/** Milliseconds without anything new after which what there is goes on. Own choice. */
const MOMENT_MILLISECONDS = 100;

/** Reads of `source` into a buffer from a place on; how many bytes came, 0 at the end. */
export function asItComes(
  source: { read(into: Uint8Array): Promise<number | null> },
): (buffer: Uint8Array, at: number) => Promise<number> {
  const bytes = new Uint8Array(READ_BYTES);
  let rest = bytes.subarray(0, 0);
  /** A read cannot be taken back: one that has brought nothing yet is waited for by the next call. */
  let coming: Promise<number> | undefined;

  async function withinMoment(): Promise<number | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moment = new Promise<undefined>((resolve) => timer = setTimeout(resolve, MOMENT_MILLISECONDS));
    try {
      return await Promise.race([coming, moment]);
    } finally {
      clearTimeout(timer);
    }
  }

  return async (buffer, at) => {
    let filled = at;
    while (filled < buffer.length) {
      if (rest.length === 0) {
        coming ??= source.read(bytes).then((count) => count ?? 0);
        const count = filled === at ? await coming : await withinMoment();
        // At the end the promise stays, for whoever asks again.
        if (count === undefined || count === 0) break;
        coming = undefined;
        rest = bytes.subarray(0, count);
      }
      const part = rest.subarray(0, buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
    }
    return filled - at;
  };
}
