// Sums of what several dissectors counted, at the same time or one after the other.

/** The sums of counters of the same shape, number by number; also those that only some of them have. */
export function addUp<Counters>(first: Counters, ...others: readonly Counters[]): Counters {
  const add = (a: unknown, b: unknown): unknown => {
    if (typeof a === "number" || typeof b === "number") return (Number(a ?? 0)) + (Number(b ?? 0));
    const [left, right] = [(a ?? {}) as Record<string, unknown>, (b ?? {}) as Record<string, unknown>];
    return Object.fromEntries(
      [...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [key, add(left[key], right[key])]),
    );
  };
  return others.reduce((sum, other) => add(sum, other) as Counters, first);
}
