// Our trust model, as stories of peers: who earns to be heard, how liars fall, and what they cannot do.

import assert from "node:assert/strict";
import { DAY, HOUR, network, SUBNET } from "./network.ts";

const HONEST = ["anna", "ben", "carla"];
const TARGET = "198.51.100.20";

Deno.test("who warns of attackers before we see them earns weight; who praises them loses it", () => {
  const here = network();
  for (const peer of [...HONEST, "liar"]) here.meet(peer);
  for (let i = 0; i < 10; i++) {
    const ip = `203.0.113.${i}`;
    here.blame(HONEST, ip);
    here.praise(["liar"], ip);
    here.quietHour(ip);
    here.attacked(ip);
  }
  for (const peer of HONEST) assert.ok(here.trust.trust(peer, here.now()) > 0.6);
  assert.equal(here.trust.trust("liar", here.now()), 0);
  assert.deepEqual(
    [here.trust.explain("liar", here.now()).right, here.trust.explain("liar", here.now()).wrong],
    [0, 10],
  );
});

Deno.test("repeating what we found out ourselves earns nothing", () => {
  const here = network();
  here.meet("echo");
  for (let i = 0; i < 20; i++) {
    here.attacked(`203.0.113.${i}`);
    here.pass(1);
    here.blame(["echo"], `203.0.113.${i}`);
  }
  assert.equal(here.trust.trust("echo", here.now()), 0);
});

Deno.test("who blames a host that was quiet for a day was likely wrong; new blames of it cost at once", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  const before = here.trust.trust("anna", here.now());
  here.blame(["anna"], "198.51.100.80");
  for (let i = 0; i < 24; i++) here.quietHour("198.51.100.80");
  const after = here.trust.trust("anna", here.now());
  assert.ok(after < before, "graded when we knew");
  here.blame(["ben"], "198.51.100.80");
  assert.ok(here.trust.trust("ben", here.now()) < before, "graded at once");
});

Deno.test("a blame that proves right after all is paid back", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST, 10);
  here.blame(["anna"], "198.51.100.81");
  for (let i = 0; i < 24; i++) here.quietHour("198.51.100.81");
  const doubted = here.trust.trust("anna", here.now());
  here.attacked("198.51.100.81");
  assert.ok(here.trust.trust("anna", here.now()) > doubted);
  assert.equal(here.trust.explain("anna", here.now()).wrong, 0);
});

Deno.test("a traitor loses half its weight within five graded lies, whichever way it lies and however long it was good", () => {
  for (const goodDeeds of [5, 25, 200]) {
    for (const lie of ["praises attackers", "blames the innocent"]) {
      const here = network({ benign_after: 2 });
      for (const peer of [...HONEST, "traitor"]) here.meet(peer);
      here.earnTrust([...HONEST, "traitor"], goodDeeds);
      const before = here.trust.trust("traitor", here.now());
      assert.ok(before > 0);
      for (let i = 0; i < 5; i++) {
        const ip = `198.18.0.${i}`;
        if (lie === "praises attackers") here.say(["traitor"], ip, 0, 0.9);
        else here.say(["traitor"], ip, 1, 0.9);
        here.quietHour(ip);
        if (lie === "praises attackers") here.attacked(ip);
        else here.quietHour(ip);
      }
      const after = here.trust.trust("traitor", here.now());
      assert.ok(after <= before / 2, `${lie} after ${goodDeeds}: ${before} to ${after}`);
    }
  }
});

Deno.test("changing the story just before the truth comes out saves nobody", () => {
  const stories: Record<string, (here: ReturnType<typeof network>) => void> = {
    stands: () => {},
    "turns round": (here) => here.praise(["traitor"], TARGET),
    "takes it back": (here) => here.trust.retract("traitor", TARGET, here.now()),
    whispers: (here) => here.say(["traitor"], TARGET, 0.51, 0.1),
  };
  const left = Object.values(stories).map((end) => {
    const here = network({ benign_after: 3 });
    here.meet("traitor");
    here.earnTrust(["traitor"], 10);
    const before = here.trust.trust("traitor", here.now());
    here.blame(["traitor"], TARGET);
    here.quietHour(TARGET);
    here.quietHour(TARGET);
    end(here);
    here.quietHour(TARGET);
    return here.trust.trust("traitor", here.now()) / before;
  });
  for (const share of left) assert.ok(share < 0.95, `${left}`);
  assert.ok(left[2]! > left[0]!, "to take it back is better than to stand by it");
  assert.equal(left[3], left[0], "whispering is not");
});

Deno.test("k identities on one host have the influence of one, and answer for each other", () => {
  const scores = [1, 2, 10, 50].map((k) => {
    const here = network();
    for (const peer of HONEST) here.meet(peer);
    const many = Array.from({ length: k }, (_, i) => `sybil ${i}`);
    for (const peer of many) here.meet(peer, "192.168.1.99");
    here.earnTrust([...HONEST, ...many], 25);
    here.praise(HONEST.slice(0, 1), TARGET);
    here.blame(many, TARGET);
    const { score, voices, independentTrustedVoices } = here.trust.aggregate(TARGET, here.now());
    return { score, voices, independentTrustedVoices };
  });
  for (const result of scores) assert.deepEqual(result, scores[0]);
  assert.equal(scores[0]!.voices, 2);

  const here = network();
  for (const peer of ["one", "two"]) here.meet(peer, "192.168.1.99");
  here.earnTrust(["one", "two"], 25);
  for (let i = 0; i < 5; i++) {
    here.praise(["one"], `198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
    here.attacked(`198.18.0.${i}`);
  }
  assert.ok(here.trust.trust("two", here.now()) < 0.5, "the other identity pays as well");
  assert.match(here.trust.explain("two", here.now()).reasons.join(), /another identity on the same machine was wrong/);
  assert.deepEqual(here.trust.explain("two", here.now()).sharesMachineWith, ["one"]);
});

Deno.test("a machine is known by its MAC address; one with many IPv6 addresses is one machine", () => {
  const here = network();
  const sighting = (address: string, hardware?: string) => {
    const subnet = "2001:db8::/64";
    return { address, subnet, at: here.now(), ...(hardware === undefined ? {} : { hardware }) };
  };
  here.trust.peerSeen("a", sighting("10.0.0.1", "02:00:00:00:00:01"));
  here.trust.peerSeen("b", sighting("10.0.0.2", "02:00:00:00:00:01"));
  here.trust.peerSeen("c", sighting("2001:db8::1"));
  here.trust.peerSeen("d", sighting("2001:db8::2"));
  here.blame(["a", "b", "c", "d"], TARGET);
  assert.equal(here.trust.aggregate(TARGET, here.now()).voices, 2);
});

Deno.test("a new name is worth nothing, on the old machine less than that", () => {
  const here = network();
  here.meet("liar", "192.168.1.66");
  for (let i = 0; i < 10; i++) {
    here.praise(["liar"], `198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
    here.attacked(`198.18.0.${i}`);
  }
  here.meet("born again", "192.168.1.66");
  here.meet("elsewhere", "192.168.1.67");
  here.earnTrust(["born again", "elsewhere"], 6);
  assert.equal(here.trust.trust("born again", here.now()), 0);
  assert.ok(here.trust.trust("elsewhere", here.now()) > 0);
});

Deno.test("an honest peer keeps its weight when its address changes", () => {
  const here = network();
  here.meet("anna", "192.168.1.5");
  here.earnTrust(["anna"], 25);
  const before = here.trust.trust("anna", here.now());
  here.meet("anna", "192.168.1.6");
  assert.equal(here.trust.trust("anna", here.now()), before);
});

Deno.test("a peer of today weighs little even with a good record; bad manners weigh it down", () => {
  const here = network({ newcomer_age: DAY });
  here.meet("anna");
  here.earnTrust(["anna"], 12);
  const halfDay = here.trust.trust("anna", here.now());
  here.pass(12);
  const grown = here.trust.trust("anna", here.now());
  assert.ok(Math.abs(halfDay / grown - 0.5) < 0.02);
  for (let i = 0; i < 5; i++) here.trust.manners("anna", "malformed", here.now());
  assert.ok(Math.abs(here.trust.trust("anna", here.now()) / grown - 0.5) < 0.01);
  here.pass(24 * 30);
  assert.ok(here.trust.explain("anna", here.now()).manners > 0.99, "and it is forgotten");
});

Deno.test("opinions fade, and count no more after a day", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  here.blame(HONEST, TARGET);
  const fresh = here.trust.aggregate(TARGET, here.now()).score;
  here.pass(12);
  assert.ok(Math.abs(here.trust.aggregate(TARGET, here.now()).score - (0.5 + (fresh - 0.5) / 2)) < 1e-9);
  here.pass(13);
  assert.equal(here.trust.aggregate(TARGET, here.now()).voices, 0);
});

Deno.test("liars who are wrong together become one voice", () => {
  const here = network({ benign_after: 2 });
  const gang = ["x", "y", "z"];
  for (const peer of gang) here.meet(peer);
  here.earnTrust(gang, 40);
  here.blame(gang, TARGET);
  assert.equal(here.trust.aggregate(TARGET, here.now()).independentTrustedVoices, 3);
  for (let i = 0; i < 2; i++) {
    here.blame(gang, `198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
  }
  here.blame(gang, TARGET);
  assert.ok(here.trust.aggregate(TARGET, here.now()).independentTrustedVoices <= 1);
});

Deno.test("peers who warned of the same attackers before all others are not taken for a gang", () => {
  const here = network({ benign_after: 2 });
  for (const peer of ["anna", "ben"]) here.meet(peer);
  here.earnTrust(["anna", "ben"], 20);
  const attackers = ["198.18.0.1", "198.18.0.2", "198.18.0.3"];
  for (const ip of attackers) {
    here.blame(["anna", "ben"], ip);
    for (let i = 0; i < 2; i++) here.quietHour(ip);
  }
  for (const ip of attackers) here.attacked(ip);
  here.blame(["anna", "ben"], TARGET);
  assert.deepEqual(here.trust.snapshot().mistakes, [], "nothing is held against them");
});

Deno.test("many half-trusted voices are not enough, though together they weigh a lot", () => {
  const here = network();
  const newcomers = ["u", "v", "w", "x", "y"];
  for (const peer of [...HONEST, ...newcomers]) here.meet(peer);
  here.earnTrust(HONEST);
  here.earnTrust(newcomers, 4);
  here.blame(newcomers, TARGET);
  const answer = here.trust.decide(TARGET, here.now());
  assert.ok(answer.score > 0.9, "the vote is for it");
  assert.deepEqual([answer.independentTrustedVoices, answer.decision], [0, "harmless"]);
});

Deno.test("a host that is forgotten before the truth came out costs what was staked on it", () => {
  const here = network({ targets: 100 });
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  here.blame(HONEST, TARGET);
  here.quietHour(TARGET);
  const { credit, staked } = here.trust.snapshot().hedge;
  assert.equal(staked, 1);
  for (let i = 0; i < 100; i++) here.trust.ownDetection(`192.0.2.${i}`, { kind: "quiet" }, here.now());
  const after = here.trust.snapshot().hedge;
  assert.deepEqual([after.credit, after.staked], [credit - 1, 0]);
});

Deno.test("peers of good record change our judgement where we know nothing, for half a day; praise never clears anybody", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  let followed = 0;
  for (let hour = 0; hour < 20; hour++) {
    here.blame(HONEST, TARGET);
    const { decision, byPeers, threat, mayBlock } = here.quietHour(TARGET);
    if (byPeers) {
      followed++;
      assert.deepEqual([decision, threat, mayBlock], ["attacker", "medium", false]);
    } else assert.deepEqual([decision, threat], ["harmless", "info"]);
  }
  assert.equal(followed, 12);

  here.attacked("198.51.100.30");
  here.praise(HONEST, "198.51.100.30");
  const own = here.trust.decide("198.51.100.30", here.now());
  assert.deepEqual([own.decision, own.byPeers], ["attacker", false]);
});

Deno.test("one trusted peer alone changes nothing", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  here.blame(["anna"], TARGET);
  assert.deepEqual([here.quietHour(TARGET).decision, here.trust.aggregate(TARGET, here.now()).score], [
    "harmless",
    0.5,
  ]);
});

Deno.test("a host that we know as harmless stays so, whoever blames it", () => {
  const here = network();
  for (const peer of HONEST) {
    here.meet(peer);
    here.trust.vouch(peer, { trust: 1 });
  }
  here.earnTrust(HONEST);
  for (let i = 0; i < 24; i++) here.quietHour(TARGET);
  here.blame(HONEST, TARGET);
  const answer = here.trust.decide(TARGET, here.now());
  assert.deepEqual([answer.decision, answer.mayBlock], ["harmless", false]);
  here.trust.ownDetection(TARGET, { kind: "suspicion", share: 0.4 }, here.now());
  here.pass(1);
  here.blame(HONEST, TARGET);
  assert.equal(here.trust.decide(TARGET, here.now()).decision, "attacker", "until we suspect it ourselves");
});

Deno.test("peers get a host blocked only when enough of those whom the user trusts by name agree", () => {
  const here = network();
  for (const peer of [...HONEST, "dora"]) here.meet(peer);
  here.earnTrust([...HONEST, "dora"]);
  here.blame([...HONEST, "dora"], TARGET);
  const earned = here.trust.decide(TARGET, here.now());
  assert.deepEqual([earned.independentTrustedVoices, earned.mayBlock], [4, false]);
  for (const peer of HONEST.slice(0, 2)) here.trust.vouch(peer, { trust: 1 });
  assert.ok(!here.trust.decide(TARGET, here.now()).mayBlock);
  here.trust.vouch("carla", { trust: 1 });
  const vouched = here.trust.decide(TARGET, here.now());
  assert.deepEqual([vouched.mayBlock, vouched.threat], [true, "high"]);
  for (const peer of HONEST) here.trust.peerSeen(peer, { address: "192.168.1.50", subnet: SUBNET, at: here.now() });
  assert.ok(!here.trust.decide(TARGET, here.now()).mayBlock, "three names on one machine are one");
});

Deno.test("where the user allows it, earned trust suffices for a block", () => {
  const here = network({ block_voices_from: "earned" });
  for (const peer of HONEST) here.meet(peer);
  here.earnTrust(HONEST);
  here.blame(HONEST.slice(0, 2), TARGET);
  assert.ok(!here.trust.decide(TARGET, here.now()).mayBlock);
  here.blame(HONEST, TARGET);
  assert.ok(here.trust.decide(TARGET, here.now()).mayBlock);
});

Deno.test("peers trusted by name are heard at once, and stop counting when they lie", () => {
  const here = network({ benign_after: 2 });
  for (const peer of HONEST) {
    here.meet(peer);
    here.trust.vouch(peer, { trust: 1 });
  }
  here.blame(HONEST, TARGET);
  assert.ok(here.trust.decide(TARGET, here.now()).mayBlock, "without any record");
  for (let i = 0; i < 5; i++) {
    here.blame(["anna"], `198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
    here.quietHour(`198.18.0.${i}`);
  }
  here.blame(HONEST, "198.51.100.99");
  assert.ok(!here.trust.decide("198.51.100.99", here.now()).mayBlock);
});

Deno.test("with two agents only, the user may have one follow the other", () => {
  const here = network({ follow_voices: 1, block_voices: 1 });
  here.meet("anna");
  here.blame(["anna"], TARGET);
  assert.equal(here.trust.decide(TARGET, here.now()).decision, "harmless", "a stranger is not followed");
  here.trust.vouch("anna", { trust: 1 });
  const answer = here.trust.decide(TARGET, here.now());
  assert.deepEqual([answer.decision, answer.mayBlock], ["attacker", true]);
});

Deno.test("two peers trusted by name are followed at once, and block nobody", () => {
  const here = network();
  for (const peer of HONEST) here.meet(peer);
  for (const peer of ["anna", "ben"]) here.trust.vouch(peer, { trust: 1 });
  here.blame(["anna", "ben"], TARGET);
  const answer = here.trust.decide(TARGET, here.now());
  assert.deepEqual([answer.decision, answer.threat, answer.mayBlock], ["attacker", "medium", false]);
});

Deno.test("who is distrusted by the user is not heard, whatever its record", () => {
  const here = network();
  here.meet("anna");
  here.earnTrust(["anna"]);
  here.trust.vouch("anna", { trust: 0 });
  assert.equal(here.trust.trust("anna", here.now()), 0);
  here.trust.vouch("anna", undefined);
  assert.ok(here.trust.trust("anna", here.now()) > 0.9);
});

Deno.test("an attack is remembered for a week; then the host begins anew", () => {
  const here = network();
  here.attacked(TARGET);
  here.pass(24 * 7 - 1);
  assert.equal(here.trust.decide(TARGET, here.now()).decision, "attacker");
  here.pass(2);
  assert.equal(here.trust.aggregate(TARGET, here.now()).decision, "harmless");
  here.trust.ownDetection(TARGET, { kind: "quiet" }, here.now());
  assert.equal(here.trust.decide(TARGET, here.now() + HOUR).decision, "harmless");
});
