// Which parts of a file were seen, when they do not come in order.

/** Bytes [start, end) of a file. */
export type Stretch = [start: number, end: number];

/** Separate stretches of one file that are told apart; what comes then is no longer placed. */
export const STRETCHES_LIMIT = 256;

/** Where the last stretch ends, 0 when there is none. */
export function endOf(stretches: readonly Stretch[]): number {
  return stretches.length === 0 ? 0 : stretches[stretches.length - 1]![1];
}

/** `stretches` and [start, end), joined where they touch. */
export function withStretch(stretches: Stretch[], start: number, end: number): Stretch[] {
  const last = stretches[stretches.length - 1];
  if (last !== undefined && last[1] === start) {
    last[1] = end;
    return stretches;
  }
  if (stretches.length >= STRETCHES_LIMIT) return stretches;
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    if (stretch[1] < start || stretch[0] > end) joined.push(stretch);
    else [start, end] = [Math.min(start, stretch[0]), Math.max(end, stretch[1])];
  }
  joined.push([start, end]);
  return joined.sort((a, b) => a[0] - b[0]);
}

/** Bytes between the stretches; what may lie behind the last one is not known to be missing. */
export function holes(stretches: readonly Stretch[]): number {
  let missing = 0;
  let at = 0;
  for (const [start, end] of stretches) {
    missing += Math.max(0, start - at);
    at = Math.max(at, end);
  }
  return missing;
}
