// The purse: whatever peers say and whatever turns out to be true, following them costs no more than was granted.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  enterDecision,
  FIRST_GRANT,
  grantedCredit,
  type Hedge,
  mayFollow,
  newHedge,
  newStake,
  settle,
  settleAnew,
  type Stake,
  writeOff,
} from "../../../../p2p/trust/formula/hedge.ts";

const SETTINGS = { follow_margin: 3, follow_periods: 4, credit_bound: 20 };

/** A host about which the peers contradict us for some periods; then the truth comes out. */
function host(hedge: Hedge, periods: number, attacks: boolean): number {
  const stake = newStake("quiet");
  for (let period = 0; period < periods; period++) {
    enterDecision(hedge, stake, period, mayFollow(hedge, stake, period, SETTINGS));
  }
  const followed = stake.followed;
  settle(hedge, stake, attacks, SETTINGS);
  return followed;
}

Deno.test("peers are followed after they were right about five hosts while nobody listened", () => {
  const hedge = newHedge();
  for (let i = 0; i < FIRST_GRANT; i++) assert.equal(host(hedge, 3, true), 0, `host ${i} is not followed`);
  assert.equal(hedge.credit, SETTINGS.follow_periods);
  assert.equal(host(hedge, 10, true), SETTINGS.follow_periods, "only for so many periods");
  assert.equal(hedge.credit, 2 * SETTINGS.follow_periods, "what was gained can be lost");
});

Deno.test("what was lost is gone: without credit even a long record is not followed", () => {
  const hedge = newHedge();
  for (let i = 0; i < FIRST_GRANT; i++) host(hedge, 1, true);
  assert.equal(host(hedge, 9, false), SETTINGS.follow_periods);
  assert.deepEqual([hedge.credit, hedge.staked], [0, 0]);
  for (let i = 0; i < 2 * FIRST_GRANT - 1; i++) assert.equal(host(hedge, 9, true), 0, `host ${i}`);
  host(hedge, 1, true);
  assert.equal(hedge.credit, SETTINGS.follow_periods, "the second grant takes twice as many");
});

Deno.test("two wrong accusations end it, and it takes right ones to begin again", () => {
  const hedge = newHedge();
  for (let i = 0; i < 20; i++) host(hedge, 4, true);
  host(hedge, 1, false);
  assert.equal(host(hedge, 1, false), 1, "one mistake is forgiven");
  assert.equal(host(hedge, 1, false), 0);
  assert.equal(host(hedge, 1, true), 0);
  for (let i = 0; i < 5; i++) host(hedge, 1, true);
  assert.equal(host(hedge, 1, true), 1);
});

Deno.test("the record of one band says nothing about another", () => {
  const hedge = newHedge();
  for (let i = 0; i < 20; i++) host(hedge, 4, true);
  assert.ok(mayFollow(hedge, newStake("quiet"), 0, SETTINGS));
  assert.ok(!mayFollow(hedge, newStake("suspected"), 0, SETTINGS));
});

Deno.test("a period is staked once, however often it is asked about", () => {
  const hedge = newHedge();
  for (let i = 0; i < FIRST_GRANT; i++) host(hedge, 1, true);
  const stake = newStake("quiet");
  for (let i = 0; i < 9; i++) enterDecision(hedge, stake, 7, mayFollow(hedge, stake, 7, SETTINGS));
  assert.deepEqual([stake.advised, stake.followed, hedge.staked], [1, 1, 1]);
});

/** What an adversary may do with a number of hosts, in any order. */
const move = fc.record({
  host: fc.nat({ max: 7 }),
  what: fc.constantFrom("accuse", "accuse", "accuse", "attack", "harmless", "flip", "forget"),
});

Deno.test("against every sequence, losses never exceed gains and what was granted", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 400 }), (moves) => {
      const hedge = newHedge();
      const stakes: Stake[] = [];
      const truths: ("harmless" | undefined)[] = [];
      let gained = 0, lost = 0, period = 0, listened = 0;
      for (const { host, what } of moves) {
        const stake = stakes[host] ??= newStake("quiet");
        period++;
        if (what === "accuse" && truths[host] === undefined) {
          enterDecision(hedge, stake, period, mayFollow(hedge, stake, period, SETTINGS));
        } else if (what === "attack" && truths[host] === undefined) {
          gained += stake.followed;
          if (stake.advised > 0 && stake.followed === 0) listened++;
          settle(hedge, stake, true, SETTINGS);
          stakes[host] = newStake("quiet");
        } else if (what === "harmless" && truths[host] === undefined) {
          lost += stake.followed;
          settle(hedge, stake, false, SETTINGS);
          truths[host] = "harmless";
        } else if (what === "flip" && truths[host] === "harmless") {
          lost -= stake.followed;
          gained += stake.followed;
          settleAnew(hedge, stake, SETTINGS);
          stakes[host] = newStake("quiet");
          truths[host] = undefined;
        } else if (what === "forget") {
          if (truths[host] === undefined) {
            lost += stake.followed;
            writeOff(hedge, stake);
          }
          stakes[host] = newStake("quiet");
          truths[host] = undefined;
        }
        const open = stakes.reduce((sum, one, i) => sum + (truths[i] === undefined ? one?.followed ?? 0 : 0), 0);
        assert.equal(hedge.staked, open);
        assert.ok(hedge.staked >= 0 && hedge.staked <= hedge.credit && hedge.credit <= SETTINGS.credit_bound);
        assert.ok(lost + open - gained <= grantedCredit(hedge, SETTINGS));
        assert.ok(hedge.grants <= Math.log2(1 + listened / FIRST_GRANT));
      }
    }),
    { numRuns: 300 },
  );
});
