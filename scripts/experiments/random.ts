// Random numbers that are the same in every run of the same seed.

export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** Whole, 0 <= x < below. */
  below(below: number): number;
  chance(probability: number): boolean;
  /** Normally distributed (Box and Muller). */
  normal(mean: number, deviation: number): number;
}

/** A stream of its own for a seed and a name, so that no experiment depends on which others ran before it. */
export function random(seed: number, name: string): Random {
  // FNV-1a over the name, then the mulberry32 generator (T. Ettinger, public domain): 32 bits of state suffice here.
  let state = (seed ^ 0x811c9dc5) >>> 0;
  for (const char of name) state = Math.imul(state ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    below: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
