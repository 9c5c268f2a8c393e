// The formulas of Fides, Slips' global trust model (L. Forst's thesis), which follow SORT (A. Can, B. Bhargava, "SORT: A
// Self-ORganizing Trust Model for Peer-to-Peer Systems", IEEE TDSC 10(1), 2013). Scores: -1 malicious … +1 benign.
// Kept for comparison.

/** One interaction: how content we were with it, how much it matters, both 0..1. */
export interface Interaction {
  readonly satisfaction: number;
  readonly weight: number;
}

/** Weights of interactions by their kind. */
export const INTERACTION_WEIGHTS = { firstEncounter: 0.1, request: 0.5, alert: 0.7, answer: 1 } as const;

/** Interactions remembered of one peer. */
export const HISTORY_MAX = 100;

/** What a history tells. */
export interface Beliefs {
  readonly competence: number;
  readonly integrity: number;
}

const clip = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * Competence cb = Σ s w / Σ w; integrity ib = sqrt(mean((s w̄ - cb)²)), the spread around it (0 is best). As published
 * in the code: the mean weight w̄ scales the satisfaction but not cb, so a steady peer has a spread unless all weights
 * are 1.
 */
export function fidesBeliefs(history: readonly Interaction[]): Beliefs {
  let weighted = 0, weights = 0;
  for (const { satisfaction, weight } of history) {
    weighted += satisfaction * weight;
    weights += weight;
  }
  const competence = weights > 0 ? weighted / weights : 0;
  const mean = history.length > 0 ? weights / history.length : 0;
  let squares = 0;
  for (const { satisfaction } of history) squares += (satisfaction * mean - competence) ** 2;
  return { competence, integrity: history.length > 0 ? Math.sqrt(squares / history.length) : 0 };
}

/** Service trust: (n/max)(cb - ib/2) + (1 - n/max) reputation, clipped to 0..1. */
export function fidesServiceTrust(history: readonly Interaction[], reputation: number, maximum = HISTORY_MAX): number {
  const share = Math.min(1, history.length / maximum);
  const { competence, integrity } = fidesBeliefs(history);
  return clip(share * (competence - integrity / 2) + (1 - share) * reputation);
}

/** An answer of a peer, with its service trust. */
export interface TrustedAnswer {
  readonly score: number;
  readonly confidence: number;
  readonly trust: number;
}

export interface FidesOpinion {
  readonly score: number;
  readonly confidence: number;
}

export type FidesAggregation = "average" | "weighted_average" | "stdev_from_score";

/** What the answers say together; (0, 0) for none, and where nobody is trusted. */
export function fidesAggregate(answers: readonly TrustedAnswer[], how: FidesAggregation): FidesOpinion {
  const sum = answers.reduce((total, { trust }) => total + trust, 0);
  if (sum === 0) return { score: 0, confidence: 0 };
  const weights = answers.map(({ trust }) => trust / sum);
  if (how === "stdev_from_score") {
    const merged = answers.map(({ score, confidence }, i) => score * confidence * weights[i]!);
    const score = merged.reduce((a, b) => a + b, 0);
    const mean = score / merged.length;
    const deviation = Math.sqrt(merged.reduce((total, m) => total + (m - mean) ** 2, 0) / merged.length);
    return { score, confidence: clip(1 - deviation) };
  }
  let score = 0, average = 0, weighted = 0;
  for (const [i, answer] of answers.entries()) {
    score += answer.score * weights[i]!;
    average += answer.confidence * answer.trust / answers.length;
    weighted += answer.confidence * weights[i]!;
  }
  return { score, confidence: how === "average" ? average : weighted };
}

/** How content one may be with an answer (s, c), seen from a baseline (S, C): (1 - |S - s|/2 · c) · C. */
export function fidesSatisfaction(baseline: FidesOpinion, answer: FidesOpinion): number {
  return (1 - Math.abs(baseline.score - answer.score) / 2 * answer.confidence) * baseline.confidence;
}

export type FidesStrategy =
  | "even"
  | "distance"
  | "local_distance"
  | "weighed_distance"
  | "max_confidence"
  | "threshold";

/** Share of our own view in `weighed_distance`. */
const LOCAL_SHARE = 0.4;
/** Confidence of the aggregate at which `threshold` grades by distance. */
const THRESHOLD = 0.7;

/** Grades an answer against the aggregate and our own view, in whose place the aggregate stands where there is none. */
export function fidesGrade(
  strategy: FidesStrategy,
  answer: FidesOpinion,
  aggregate: FidesOpinion,
  own: FidesOpinion | undefined,
  threshold = THRESHOLD,
): number {
  const byNetwork = fidesSatisfaction(aggregate, answer);
  const byOwn = own === undefined ? byNetwork : fidesSatisfaction(own, answer);
  switch (strategy) {
    case "even":
      return 1;
    case "distance":
      return byNetwork;
    case "local_distance":
      return byOwn;
    case "weighed_distance":
      return LOCAL_SHARE * byOwn + (1 - LOCAL_SHARE) * byNetwork;
    case "threshold":
      return aggregate.confidence < threshold ? 1 : byNetwork;
    case "max_confidence": {
      const network = aggregate.confidence;
      const local = Math.min(1 - network, (own ?? aggregate).confidence);
      return clip(network * byNetwork + local * byOwn + (1 - network - local));
    }
  }
}

/** A recommendation with the trust in who gives it. */
export interface TrustedRecommendation {
  readonly trust: number;
  readonly competence: number;
  readonly integrity: number;
  readonly historySize: number;
  readonly reputation: number;
  readonly providers: number;
}

/** What recommendations add up to, and how good and how weighty each of them was. */
export interface FidesReputation {
  readonly reputation: number;
  readonly grades: readonly Interaction[];
}

/**
 * Reputation of a newcomer: h (ecb - eib/2) + (1 - h) er, with er, ecb, eib the means of what is recommended, weighed by
 * the trust in the recommender times its experience, and h = floor(mean history) / max. Undefined without any.
 */
export function fidesReputation(
  given: readonly TrustedRecommendation[],
  maximum = HISTORY_MAX,
): FidesReputation | undefined {
  if (given.length === 0) return undefined;
  const mean = (value: (r: TrustedRecommendation) => number, weight: (r: TrustedRecommendation) => number): number => {
    const weights = given.reduce((total, r) => total + r.trust * weight(r), 0);
    return weights > 0 ? given.reduce((total, r) => total + r.trust * weight(r) * value(r), 0) / weights : 0;
  };
  const er = mean((r) => r.reputation, (r) => r.providers);
  const ecb = mean((r) => r.competence, (r) => r.historySize);
  const eib = mean((r) => r.integrity, (r) => r.historySize);
  const size = Math.floor(given.reduce((total, r) => total + r.historySize, 0) / given.length);
  const h = Math.min(1, size / maximum);
  const providers = Math.max(1, ...given.map((r) => r.providers));
  const near = (value: number, expected: number): number =>
    expected === 0 ? 0 : 1 - Math.abs(value - expected) / expected;
  return {
    reputation: clip(h * (ecb - eib / 2) + (1 - h) * er),
    grades: given.map((r) => ({
      satisfaction: clip((near(r.reputation, er) + near(r.competence, ecb) + near(r.integrity, eib)) / 3),
      weight: clip(h * Math.min(1, r.historySize / maximum) + (1 - h) * r.providers / providers),
    })),
  };
}
