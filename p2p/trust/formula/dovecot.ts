// The formulas of Slips' local trust model ("Dovecot": D. Hrabalova's thesis and its module p2p_trust), with the signs as
// intended: scores run from -1 (malicious) to +1 (benign). Kept for comparison.

/** One report: what a peer said about the target, and what we know about that peer. */
export interface DovecotRow {
  /** The report: -1..1 and 0..1. */
  readonly reportScore: number;
  readonly reportConfidence: number;
  /** How well the peer keeps to the protocol, 0..1. */
  readonly reliability: number;
  /** Our own opinion of the peer's IP: -1..1 and 0..1. */
  readonly score: number;
  readonly confidence: number;
}

/** The network's opinion: -1..1 and 0..1. */
export interface DovecotOpinion {
  readonly score: number;
  readonly confidence: number;
}

/** Weight of the manners beside the reputation of the peer's IP in its trust. */
const RELIABILITY_WEIGHT = 0.7;

/** Trust in a peer, -0.5..0.85: (0.7 reliability + score confidence) / 2. */
export function dovecotTrust(reliability: number, score: number, confidence: number): number {
  return (RELIABILITY_WEIGHT * reliability + score * confidence) / 2;
}

/** Shares of peers of these trusts; they add up to 1. All equal where every trust is -1. */
export function dovecotWeights(trusts: readonly number[]): number[] {
  const raised = trusts.map((trust) => (trust + 1) / 2);
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => sum > 0 ? value / sum : 1 / trusts.length);
}

/** The network's opinion of these reports, the newest of each reporter; undefined when there is none. */
export function dovecotAggregate(rows: readonly DovecotRow[]): DovecotOpinion | undefined {
  if (rows.length === 0) return undefined;
  const trusts = rows.map((row) => dovecotTrust(row.reliability, row.score, row.confidence));
  const weights = dovecotWeights(trusts);
  let score = 0;
  let confidence = 0;
  for (const [i, row] of rows.entries()) {
    score += row.reportScore * weights[i]!;
    confidence += Math.max(0, row.reportConfidence * trusts[i]!) / rows.length;
  }
  return { score: Math.min(1, Math.max(-1, score)), confidence: Math.min(1, Math.max(0, confidence)) };
}

/** Network and own opinion in one number, negative for attackers: (1 - own) net + own mine, each score times confidence. */
export function dovecotPrediction(network: DovecotOpinion | undefined, own: DovecotOpinion, ownShare: number): number {
  const net = network === undefined ? 0 : network.score * network.confidence;
  return (1 - ownShare) * net + ownShare * own.score * own.confidence;
}

/**
 * The local detector that the thesis' experiments give every peer: how its opinion of a host changes with one round.
 * Attack: score min(s - 0.4, -0.4), confidence max(c + 0.6, 0.6). Benign: score s + 0.3, confidence 0 while s < 0, else
 * c + 0.1.
 */
export function dovecotLocal(own: DovecotOpinion, attacked: boolean): DovecotOpinion {
  if (attacked) {
    return {
      score: Math.max(-1, Math.min(own.score - 0.4, -0.4)),
      confidence: Math.min(1, Math.max(own.confidence + 0.6, 0.6)),
    };
  }
  return {
    score: Math.min(1, own.score + 0.3),
    confidence: own.score < 0 ? 0 : Math.min(1, own.confidence + 0.1),
  };
}
