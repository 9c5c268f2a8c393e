// The central promise: whatever peers say, and whatever turns out to be true, listening to them is never worse than not
// listening by more than what was granted on trust, which grows like the logarithm of what they proved; and innocent hosts
// are never blocked. Adversaries of all kinds try.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Trust } from "../../../p2p/trust/contract.ts";
import { createTrust } from "../../../p2p/trust/trust.ts";
import { HOUR, SUBNET } from "./network.ts";

const PEERS = ["a", "b", "c", "d", "e"];
/** Everything happens faster than by default, so that short sequences reach all of it. */
const FAST = { benign_after: 8, follow_periods: 3, follow_margin: 1, newcomer_age: 0 };

/** A host's life as we see it. */
interface Host {
  readonly attacks: boolean;
  /** Hours after which it attacks us, if it stays so long; hours that it stays; hour in which it looks odd to us. */
  readonly turns: number;
  readonly stays: number;
  readonly odd: number;
}

const host: fc.Arbitrary<Host> = fc.record({
  attacks: fc.boolean(),
  turns: fc.integer({ min: 1, max: 9 }),
  stays: fc.integer({ min: 3, max: 14 }),
  odd: fc.integer({ min: 0, max: 30 }),
});

/** How a peer speaks for some hours. */
type Manner = "honest" | "lies once trusted" | "lies once followed" | "lies" | "half-hearted" | "silent";

/** What each peer does, ten hours at a time; after the last it begins anew. */
const manners = fc.array(
  fc.array(
    fc.constantFrom<Manner>(
      "honest",
      "honest",
      "honest",
      "lies once trusted",
      "lies once followed",
      "lies once followed",
      "lies",
      "half-hearted",
      "silent",
    ),
    { minLength: 1, maxLength: 5 },
  ),
  { minLength: PEERS.length, maxLength: PEERS.length },
);

/** What a liar can know of us. */
interface Knowledge {
  readonly trusted: boolean;
  readonly followed: boolean;
  /** The host came a short while ago: we cannot know it yet. */
  readonly young: boolean;
}

function statement(manner: Manner, attacks: boolean, { trusted, followed, young }: Knowledge) {
  const truth = { score: attacks ? 1 : 0, confidence: attacks ? 0.95 : 0.2 };
  const lie = { score: attacks ? 0 : 1, confidence: 1 };
  switch (manner) {
    case "honest":
      return truth;
    case "lies once trusted":
      return trusted ? lie : truth;
    case "lies once followed":
      return followed && young ? lie : truth;
    case "lies":
      return lie;
    case "half-hearted":
      return { score: 0.7, confidence: 0.5 };
    case "silent":
      return undefined;
  }
}

interface Outcome {
  worstBehind: number;
  finalBehind: number;
  granted: number;
  followed: number;
  falseBlocks: number;
}

/** Lives through all hosts, a new one each hour, and compares every decision with that of our detection alone. */
function live(
  trust: Trust,
  hosts: readonly Host[],
  plans: readonly (readonly Manner[])[],
  vouched: readonly string[] = [],
): Outcome {
  for (const [i, peer] of PEERS.entries()) {
    trust.peerSeen(peer, { address: `192.168.1.${i + 2}`, subnet: SUBNET, at: 0 });
  }
  for (const peer of vouched) trust.vouch(peer, { trust: 1 });
  const outcome = { worstBehind: 0, finalBehind: 0, granted: 0, followed: 0, falseBlocks: 0 };
  const alerted = new Set<number>();
  let mayFollow = false;
  for (let hour = 0; hour < hosts.length + 14; hour++) {
    const at = hour * HOUR;
    for (const [number, { attacks, turns, stays, odd }] of hosts.entries()) {
      const age = hour - number;
      if (age < 0 || age >= stays) continue;
      const ip = `host ${number}`;
      for (const [i, peer] of PEERS.entries()) {
        const plan = plans[i]!;
        const manner = plan[Math.floor(hour / 10) % plan.length]!;
        const said = statement(manner, attacks, {
          trusted: trust.trust(peer, at) > 0.5,
          followed: mayFollow,
          young: age < 4,
        });
        if (said !== undefined) trust.claim(peer, ip, { kind: "opinion", id: `${hour}`, ...said, at });
      }
      const { decision, byPeers, mayBlock } = trust.decide(ip, at);
      const wrong = (decision === "attacker") !== attacks, localWrong = alerted.has(number) !== attacks;
      outcome.finalBehind += Number(wrong) - Number(localWrong);
      if (byPeers) outcome.followed++;
      if (mayBlock && !attacks) outcome.falseBlocks++;
      const attacksNow = attacks && age >= turns;
      if (attacksNow) alerted.add(number);
      const verdict = attacksNow
        ? { kind: "attack" as const }
        : age === odd
        ? { kind: "suspicion" as const, share: 0.5 }
        : { kind: "quiet" as const };
      trust.ownDetection(ip, verdict, at + HOUR / 2);
      outcome.worstBehind = Math.max(outcome.worstBehind, outcome.finalBehind);
    }
    const { hedge } = trust.snapshot();
    mayFollow = hedge.credit > hedge.staked && hedge.lead.quiet >= FAST.follow_margin;
    outcome.granted = hedge.grants * FAST.follow_periods;
    if (vouched.length > 0) continue; // The user's word is not bound by anybody's record.
    assert.ok(outcome.worstBehind <= outcome.granted, `${outcome.worstBehind} behind, ${outcome.granted} granted`);
  }
  return outcome;
}

Deno.test("against every adversary: at no moment further behind local-only than granted, and no innocent host blocked", () => {
  let followed = 0, ahead = 0, behind = 0;
  fc.assert(
    fc.property(fc.array(host, { minLength: 30, maxLength: 70 }), manners, (hosts, plans) => {
      const outcome = live(createTrust("smartshield", FAST), hosts, plans);
      followed += outcome.followed;
      if (outcome.finalBehind < 0) ahead++;
      if (outcome.finalBehind > 0) behind++;
      assert.equal(outcome.falseBlocks, 0);
    }),
    { numRuns: 60 },
  );
  assert.ok(followed > 50, "the promise would be empty if nobody was ever followed");
  assert.ok(ahead > behind, `${ahead} runs ahead, ${behind} behind`);
});

Deno.test("two liars whom the user trusts by name cannot get an innocent host blocked", () => {
  fc.assert(
    fc.property(fc.array(host, { minLength: 10, maxLength: 30 }), manners, (hosts, plans) => {
      // Whatever the two and the others say, three are needed.
      const outcome = live(createTrust("smartshield", FAST), hosts, plans, ["a", "b"]);
      assert.equal(outcome.falseBlocks, 0);
    }),
    { numRuns: 30 },
  );
});

Deno.test("peers who only lie are never followed, and those who are honest bring us ahead", () => {
  const hosts = Array.from({ length: 60 }, (_, i): Host => ({ attacks: i % 2 === 0, turns: 5, stays: 10, odd: 99 }));
  const all = (manner: Manner) => PEERS.map(() => [manner]);
  const honest = live(createTrust("smartshield", FAST), hosts, all("honest"));
  assert.ok(honest.finalBehind < -40, `${honest.finalBehind}`);
  const lying = live(createTrust("smartshield", FAST), hosts, all("lies"));
  assert.deepEqual([lying.followed, lying.finalBehind], [0, 0]);
});

Deno.test("all peers lie as soon as it could pay, and get what was granted at most", () => {
  const hosts = Array.from({ length: 200 }, (_, i): Host => ({ attacks: i % 2 === 0, turns: 5, stays: 10, odd: 99 }));
  const outcome = live(createTrust("smartshield", FAST), hosts, PEERS.map(() => ["lies once followed"]));
  assert.ok(outcome.followed > 0);
  assert.ok(outcome.worstBehind <= outcome.granted && outcome.granted <= 4 * FAST.follow_periods);
});
