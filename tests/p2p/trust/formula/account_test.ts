// What a record is worth: strangers nothing, liars nothing, the best no more than one.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Account,
  brierGrade,
  claimedProbability,
  enter,
  fade,
  MAX_BAD,
  MAX_GOOD,
  newAccount,
  takeBack,
  weightOf,
} from "../../../../p2p/trust/formula/account.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const grade = fc.double({ min: -3, max: 1, noNaN: true });
const history = fc.array(grade, { maxLength: 200 });
const DAY = 86_400;

function after(grades: readonly number[]): Account {
  const account = newAccount(0);
  for (const one of grades) enter(account, one);
  return account;
}
const worth = ({ good, bad }: Account): number => weightOf(good, bad);

Deno.test("certain and right is worth one, certain and wrong costs three, no opinion is worth nothing", () => {
  assert.equal(brierGrade(claimedProbability(1, 1), true), 1);
  assert.equal(brierGrade(claimedProbability(1, 1), false), -3);
  assert.equal(brierGrade(claimedProbability(0, 1), true), -3);
  assert.equal(brierGrade(claimedProbability(0.7, 0), true), 0);
  assert.ok(Math.abs(brierGrade(claimedProbability(1, 0.5), true) - 0.75) < 1e-12);
  assert.ok(Math.abs(brierGrade(claimedProbability(1, 0.5), false) + 1.25) < 1e-12);
});

Deno.test("nobody does better than to say what it believes", () => {
  fc.assert(fc.property(share, share, (belief, said) => {
    const expected = (p: number): number => belief * brierGrade(p, true) + (1 - belief) * brierGrade(p, false);
    assert.ok(expected(said) <= expected(belief) + 1e-12);
  }));
});

Deno.test("a lie costs the more, the louder it is", () => {
  fc.assert(fc.property(share, share, (a, b) => {
    const [quiet, loud] = a < b ? [a, b] : [b, a];
    assert.ok(brierGrade(claimedProbability(1, loud), false) <= brierGrade(claimedProbability(1, quiet), false));
  }));
});

Deno.test("a stranger weighs nothing, and one lucky guess does not change that", () => {
  assert.equal(worth(newAccount(0)), 0);
  assert.equal(worth(after([1])), 0);
  assert.ok(worth(after([1, 1])) > 0);
  assert.equal(worth(after(Array.from({ length: 50 }, () => 1))), 1);
});

Deno.test("weights are bounded, whatever the history", () => {
  fc.assert(fc.property(history, (grades) => {
    const account = after(grades);
    assert.ok(account.good >= 0 && account.good <= MAX_GOOD);
    assert.ok(account.bad >= 0 && account.bad <= MAX_BAD);
    assert.ok(worth(account) >= 0 && worth(account) <= 1);
  }));
});

Deno.test("after any history, five certain lies leave at most half of the weight", () => {
  fc.assert(fc.property(history, (grades) => {
    const account = after(grades);
    const before = worth(account);
    for (let lie = 0; lie < 5; lie++) enter(account, -2);
    assert.ok(worth(account) <= before / 2);
  }));
});

Deno.test("a right statement never costs and a wrong one never pays", () => {
  fc.assert(fc.property(history, share, fc.double({ min: -3, max: 0, noNaN: true }), (grades, right, wrong) => {
    const before = worth(after(grades));
    assert.ok(worth(after([...grades, right])) >= before);
    assert.ok(worth(after([...grades, wrong])) <= before);
  }));
});

Deno.test("whatever somebody did, a new name is not worth more", () => {
  fc.assert(fc.property(history, (grades) => assert.ok(worth(newAccount(0)) <= worth(after(grades)))));
});

Deno.test("time takes the good away before the bad, and gives nothing to a liar", () => {
  const honest = after(Array.from({ length: 20 }, () => 1));
  fade(honest, 30 * DAY, 30 * DAY);
  assert.ok(Math.abs(honest.good - 10) < 1e-9);
  fc.assert(fc.property(history, fc.double({ min: 0, max: 1000, noNaN: true }), (grades, days) => {
    const account = after(grades);
    const before = worth(account);
    fade(account, days * DAY, 30 * DAY);
    if (before === 0) assert.equal(worth(account), 0, "nothing is earned by waiting");
  }));
});

Deno.test("each right statement makes us forget one part in twenty of the wrong ones", () => {
  const account = after([-2, -2]);
  enter(account, 1);
  assert.ok(Math.abs(account.bad - 4 * 0.95) < 1e-12);
  for (let i = 0; i < 100; i++) enter(account, 1);
  assert.ok(worth(account) > 0.95);
});

Deno.test("a clock that goes back changes nothing", () => {
  const account = { good: 5, bad: 1, at: 1000 };
  fade(account, 500, DAY);
  assert.deepEqual(account, { good: 5, bad: 1, at: 1000 });
});

Deno.test("a grade that was wrong can be taken back", () => {
  const account = after([1, 1, 1]);
  enter(account, -2);
  takeBack(account, -2);
  assert.deepEqual(account, after([1, 1, 1]));
});
