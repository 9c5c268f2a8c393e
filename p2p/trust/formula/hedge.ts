// When the peers' word may change a decision: two experts, local-only and the network, and a purse.
//
// Following the better expert of two by their graded record is prediction with expert advice (Y. Freund, R. Schapire, "A
// Decision-Theoretic Generalization of On-Line Learning", 1997); never risking more than what was gained before is
// conservative exploration (Y. Wu, R. Shariff, T. Lattimore, C. Szepesvári, "Conservative Bandits", ICML 2016).
//
// The unit is one decision: one host in one decision period. Each decision in which the peers' word is followed against
// our own stakes one unit of credit. A host that turns out to attack pays its stakes back and as much again (we were right
// where local-only was wrong); a harmless one, and one that is forgotten without an answer, costs them. Stakes never exceed
// the credit, so
//
//     wrong decisions (ours) <= wrong decisions (local-only) + credit granted,
//
// at every moment, against every sequence of statements and truths, open stakes counted as lost. Credit is granted without
// a gain only for hosts about which the peers were right while nobody listened: the n-th grant takes 5 · 2^n of them, and
// two more for each that was wrong, so that grants <= log2(1 + hosts / 5): the regret per decision goes to nothing.

/** What we had found ourselves when the peers disagreed; each band has its own record. */
export type Band = "quiet" | "suspected";

/** The record and the purse. Plain data. */
export interface Hedge {
  /** Hosts about which the network was right where we were not, less those where it was wrong, by band. */
  lead: Record<Band, number>;
  /** Decisions that may be lost, and those of them at stake now. */
  credit: number;
  staked: number;
  /** Grants so far, and hosts on the way to the next. */
  grants: number;
  progress: number;
}

/** What was staked on one host. */
export interface Stake {
  band: Band;
  /** Decision periods in which the network said attacker against us, and in which it was followed. */
  advised: number;
  followed: number;
  lastAdvised: number;
  lastFollowed: number;
}

/** The settings that matter here. */
export interface HedgeSettings {
  readonly follow_margin: number;
  readonly follow_periods: number;
  readonly credit_bound: number;
}

/** A wrong accusation counts as much as so many right ones: a false alarm costs more trust than a warning gains. */
export const WRONG_COSTS = 2;
/** Hosts that bring the first grant. */
export const FIRST_GRANT = 5;
/** The lead ends so far above the margin: then two wrong hosts suffice to stop following. */
const LEAD_ABOVE_MARGIN = WRONG_COSTS;
/** The lead never falls below this: so many right hosts, and the margin, make up for everything. */
const WORST_LEAD = -2 * WRONG_COSTS;

export function newHedge(): Hedge {
  return { lead: { quiet: 0, suspected: 0 }, credit: 0, staked: 0, grants: 0, progress: 0 };
}

export function newStake(band: Band): Stake {
  return { band, advised: 0, followed: 0, lastAdvised: -1, lastFollowed: -1 };
}

/** Whether the peers' word against ours is followed about this host in this period. Changes nothing. */
export function mayFollow(hedge: Hedge, stake: Stake, period: number, settings: HedgeSettings): boolean {
  if (hedge.lead[stake.band] < settings.follow_margin) return false;
  if (stake.lastFollowed === period) return true;
  return stake.followed < settings.follow_periods && hedge.staked + 1 <= hedge.credit;
}

/** Enters that the network contradicted us in this period, and whether it was followed. */
export function enterDecision(hedge: Hedge, stake: Stake, period: number, followed: boolean): void {
  if (stake.lastAdvised !== period) {
    stake.advised++;
    stake.lastAdvised = period;
  }
  if (followed && stake.lastFollowed !== period) {
    stake.followed++;
    stake.lastFollowed = period;
    hedge.staked++;
  }
}

/** The truth about a host has come out: settles the stakes. */
export function settle(hedge: Hedge, stake: Stake, attacks: boolean, settings: HedgeSettings): void {
  if (stake.advised === 0) return;
  hedge.staked -= stake.followed;
  if (attacks) {
    hedge.credit = Math.min(settings.credit_bound, hedge.credit + stake.followed);
    changeLead(hedge, stake.band, 1, settings);
    if (stake.followed === 0) progress(hedge, settings);
  } else {
    hedge.credit -= stake.followed;
    hedge.progress = Math.max(0, hedge.progress - WRONG_COSTS);
    changeLead(hedge, stake.band, -WRONG_COSTS, settings);
  }
}

/** A host taken for harmless turned out to attack after all: what was lost with it comes back, and its gain. */
export function settleAnew(hedge: Hedge, stake: Stake, settings: HedgeSettings): void {
  if (stake.advised === 0) return;
  hedge.credit = Math.min(settings.credit_bound, hedge.credit + 2 * stake.followed);
  changeLead(hedge, stake.band, 1 + WRONG_COSTS, settings);
}

/** A host is forgotten before its truth came out: its stakes are lost, its record says nothing. */
export function writeOff(hedge: Hedge, stake: Stake): void {
  hedge.staked -= stake.followed;
  hedge.credit -= stake.followed;
}

/** The most credit that was ever granted without a gain, in decisions: the bound of what peers can cost us. */
export function grantedCredit(hedge: Hedge, settings: HedgeSettings): number {
  return hedge.grants * settings.follow_periods;
}

function changeLead(hedge: Hedge, band: Band, change: number, settings: HedgeSettings): void {
  const best = settings.follow_margin + LEAD_ABOVE_MARGIN;
  hedge.lead[band] = Math.max(WORST_LEAD, Math.min(best, hedge.lead[band] + change));
}

function progress(hedge: Hedge, settings: HedgeSettings): void {
  if (++hedge.progress < FIRST_GRANT * 2 ** hedge.grants) return;
  hedge.grants++;
  hedge.progress = 0;
  hedge.credit = Math.min(settings.credit_bound, hedge.credit + settings.follow_periods);
}
