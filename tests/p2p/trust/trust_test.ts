// The way into trust: who may say what, what is kept, and what a restart keeps.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Claim, ModelName } from "../../../p2p/trust/contract.ts";
import { TRUST_SETTINGS, trustSettings } from "../../../p2p/trust/settings.ts";
import { createTrust } from "../../../p2p/trust/trust.ts";
import { HOUR, network, SUBNET } from "./network.ts";

const MODELS: readonly ModelName[] = ["smartshield", "dovecot", "fides"];
const AT = 1_700_000_000;

function met(model: ModelName = "smartshield", settings = {}) {
  const trust = createTrust(model, settings);
  trust.peerSeen("peer", { address: "192.168.1.7", subnet: SUBNET, at: AT });
  return trust;
}
const report = (id: string, changed: Partial<Claim> = {}): Claim => {
  return { kind: "report", id, score: 0.9, confidence: 0.9, at: AT, ...changed };
};

Deno.test("numbers out of bounds are refused and cost manners", () => {
  const trust = met();
  const bad: Partial<Claim>[] = [
    { score: 1.00001 },
    { score: -0.1 },
    { confidence: -3 },
    { score: NaN },
    { confidence: Infinity },
    { at: NaN },
    { id: "x".repeat(257) },
  ];
  for (const changed of bad) assert.equal(trust.claim("peer", "203.0.113.1", report("1", changed)), "invalid");
  assert.equal(trust.claim("peer", "", report("2")), "invalid");
  assert.equal(trust.claim("peer", "x".repeat(3000), report("3")), "invalid");
  assert.equal(trust.aggregate("203.0.113.1", AT).voices, 0);
  assert.ok(trust.explain("peer", AT).manners < 0.5);
  assert.equal(trust.counters()["claims_invalid"], 9);
});

Deno.test("a stranger who was never met is not heard", () => {
  const trust = createTrust("smartshield");
  assert.equal(trust.claim("nobody", "203.0.113.1", report("1")), "stranger");
  assert.equal(trust.trust("nobody", AT), 0);
  assert.deepEqual(trust.explain("nobody", AT).reasons, ["never met"]);
});

Deno.test("a report is heard once: replaying it is bad manners and nothing else", () => {
  const trust = met();
  assert.equal(trust.claim("peer", "203.0.113.1", report("1")), "taken");
  const before = trust.aggregate("203.0.113.1", AT);
  for (let i = 0; i < 5; i++) assert.equal(trust.claim("peer", "203.0.113.1", report("1")), "replayed");
  assert.deepEqual(trust.aggregate("203.0.113.1", AT), before);
  assert.equal(trust.claim("peer", "203.0.113.1", report("2")), "taken", "a fresh id is a statement of its own");
  assert.equal(trust.aggregate("203.0.113.1", AT).voices, 1, "but of the same voice");
  assert.equal(trust.claim("peer", "203.0.113.2", report("1", { kind: "opinion" })), "taken");
  assert.equal(trust.claim("peer", "203.0.113.2", report("1", { kind: "opinion" })), "replayed");
});

Deno.test("nobody speaks for its own IP, or about hosts that we protect", () => {
  for (const model of MODELS) {
    const trust = met(model);
    trust.protect("192.168.1.1", "the gateway");
    assert.equal(trust.claim("peer", "192.168.1.7", report("1", { score: 0 })), "about_itself");
    assert.equal(trust.claim("peer", "192.168.1.1", report("2")), "about_protected");
    assert.equal(trust.aggregate("192.168.1.1", AT).decision, "harmless");
  }
});

Deno.test("a host that is protected later is safe from what was said before", () => {
  for (const model of MODELS) {
    const here = network({ block_voices: 1, follow_voices: 1 }, model);
    for (const peer of ["a", "b", "c"]) {
      here.meet(peer);
      here.trust.vouch(peer, { trust: 1, enforced: true });
    }
    here.blame(["a", "b", "c"], "192.168.1.53");
    assert.ok(here.trust.decide("192.168.1.53", here.now()).mayBlock, model);
    here.trust.protect("192.168.1.53", "the DNS server");
    const answer = here.trust.decide("192.168.1.53", here.now());
    assert.deepEqual([answer.decision, answer.byPeers, answer.mayBlock, answer.threat], [
      "harmless",
      false,
      false,
      "info",
    ]);
    assert.match(answer.reasons.join(), /protected: the DNS server/);
  }
});

Deno.test("who floods is stopped, is unwelcome soon, and costs no memory", () => {
  const trust = met();
  let taken = 0;
  for (let i = 0; i < 100_000; i++) {
    if (trust.claim("peer", `198.51.${i >> 8}.${i & 255}`, report(`${i}`, { at: AT + i / 10_000 })) === "taken") {
      taken++;
    }
  }
  assert.ok(taken >= 600 && taken <= 610, `${taken} taken, ten minutes' worth and what ten seconds bring`);
  assert.ok(trust.unwelcome("peer", AT + 10));
  assert.ok(trust.explain("peer", AT + 10).manners < 0.1);
  assert.ok(!trust.unwelcome("peer", AT + 20 * 86_400), "and forgiven after weeks");
});

Deno.test("peers, IPs and statements are bounded, and the oldest go first", () => {
  const trust = createTrust("smartshield", { peers: 10, targets: 100, opinions_per_target: 4, opinions: 150 });
  for (let i = 0; i < 50; i++) {
    trust.peerSeen(`peer ${i}`, { address: `10.0.0.${i}`, subnet: "10.0.0.0/8", at: AT + i });
    for (let k = 0; k < 20; k++) trust.claim(`peer ${i}`, `198.51.100.${k}`, report(`${k}`, { at: AT + i }));
    trust.claim(`peer ${i}`, `203.0.113.${i}`, report("x", { at: AT + i }));
  }
  const kept = trust.snapshot();
  assert.equal(kept.peers.length, 10);
  assert.ok(kept.targets.length <= 100);
  assert.ok(kept.targets.every(({ claims }) => claims.length <= 4));
  assert.ok(kept.targets.reduce((sum, { claims }) => sum + claims.length, 0) <= 150);
  assert.ok(trust.counters()["peers_forgotten"]! >= 40);
});

Deno.test("a crowd of strangers pushes out neither a peer with a record nor its statement", () => {
  const here = network({ peers: 10, opinions_per_target: 4 });
  for (const peer of ["old friend", "another"]) here.meet(peer);
  here.earnTrust(["old friend", "another"]);
  here.blame(["old friend", "another"], "198.51.100.9");
  for (let i = 0; i < 100; i++) {
    here.meet(`stranger ${i}`, `10.0.${i}.1`);
    here.praise([`stranger ${i}`], "198.51.100.9");
  }
  assert.ok(here.trust.trust("old friend", here.now()) > 0.9);
  assert.equal(here.trust.aggregate("198.51.100.9", here.now()).independentTrustedVoices, 2);
});

Deno.test("what peers say of hosts that we never saw does not make us forget those that we saw", () => {
  const trust = met("smartshield", { targets: 100, answers_per_second: 1000 });
  trust.ownDetection("203.0.113.66", { kind: "attack" }, AT);
  for (let i = 0; i < 5000; i++) {
    trust.claim("peer", `198.51.${i >> 8}.${i & 255}`, report(`${i}`, { kind: "opinion" }));
  }
  assert.equal(trust.decide("203.0.113.66", AT).decision, "attacker");
});

Deno.test("a statement that was taken back counts no more", () => {
  const here = network();
  for (const peer of ["a", "b"]) here.meet(peer);
  here.blame(["a", "b"], "203.0.113.5");
  here.trust.retract("a", "203.0.113.5", here.now());
  assert.equal(here.trust.aggregate("203.0.113.5", here.now()).voices, 1);
});

Deno.test("after a restart everything is as it was, in each model", () => {
  for (const model of MODELS) {
    const here = network({}, model);
    for (const peer of ["a", "b", "c"]) here.meet(peer);
    here.trust.vouch("c", { trust: 0 });
    here.earnTrust(["a", "b"], 8);
    here.blame(["a", "b", "c"], "198.51.100.1");
    here.quietHour("198.51.100.1");
    const stored = JSON.parse(JSON.stringify(here.trust.snapshot()));
    const again = createTrust(model, { newcomer_age: 0 }, stored);
    assert.deepEqual(JSON.parse(JSON.stringify(again.snapshot())), stored);
    for (const peer of ["a", "b", "c"]) {
      assert.equal(again.trust(peer, here.now()), here.trust.trust(peer, here.now()));
    }
    assert.deepEqual(again.decide("198.51.100.1", here.now()), here.trust.decide("198.51.100.1", here.now()));
  }
});

Deno.test("another model takes over the user's words and nothing else", () => {
  const trust = met();
  trust.vouch("peer", { trust: 0.9, enforced: true });
  const fides = createTrust("fides", {}, trust.snapshot());
  assert.deepEqual(fides.peers(), []);
  fides.peerSeen("peer", { address: "192.168.1.7", subnet: SUBNET, at: AT });
  assert.equal(fides.trust("peer", AT), 0.9);
});

Deno.test("asking changes nothing, deciding does", () => {
  const here = network();
  for (const peer of ["a", "b"]) here.meet(peer);
  here.earnTrust(["a", "b"], 25);
  here.blame(["a", "b"], "198.51.100.77");
  const before = here.trust.snapshot();
  const asked = here.trust.aggregate("198.51.100.77", here.now());
  here.trust.aggregate("never heard of", here.now());
  here.trust.explain("a", here.now());
  assert.deepEqual(here.trust.snapshot(), before);
  assert.deepEqual(here.trust.decide("198.51.100.77", here.now()), asked);
  assert.notDeepEqual(here.trust.snapshot(), before);
});

Deno.test("no input makes any model throw or leave its bounds", () => {
  const step = fc.record({
    what: fc.nat({ max: 7 }),
    peer: fc.constantFrom("a", "b", "c", "", "d"),
    ip: fc.constantFrom("192.0.2.1", "192.168.1.1", "203.0.113.9", "example.org", ""),
    x: fc.double(),
    y: fc.double(),
    hours: fc.integer({ min: -2, max: 40 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...MODELS), fc.array(step, { maxLength: 120 }), (model, steps) => {
      const trust = createTrust(model, { targets: 100, benign_after: 3, follow_margin: 1, newcomer_age: 0 });
      let at = AT;
      for (const [i, { what, peer, ip, x, y, hours }] of steps.entries()) {
        at += hours * HOUR;
        const id = `${i}`, address = `192.168.1.${peer.length === 0 ? 9 : peer.charCodeAt(0) % 3}`;
        if (what <= 1) trust.claim(peer, ip, { kind: "opinion", id, score: Math.abs(x) % 1, confidence: 1, at });
        else if (what === 2) trust.claim(peer, ip, { kind: "blame", id, score: x, confidence: y, at });
        else if (what === 3) trust.peerSeen(peer, { address, subnet: SUBNET, at });
        else if (what === 4) trust.ownDetection(ip, { kind: x > 0 ? "attack" : "quiet" }, at);
        else if (what === 5) trust.vouch(peer, { trust: x });
        else if (what === 6) trust.retract(peer, ip, at);
        else trust.manners(peer, "malformed", at);
        const answer = trust.decide(ip, at);
        for (const value of [answer.score, answer.confidence, trust.trust(peer, at)]) {
          assert.ok(value >= 0 && value <= 1);
        }
        assert.ok(!answer.mayBlock || answer.byPeers);
      }
      JSON.stringify(trust.snapshot());
    }),
    { numRuns: 200 },
  );
});

Deno.test("recommendations are for fides, and are checked", () => {
  const trust = met("fides");
  trust.peerSeen("newcomer", { address: "192.168.1.8", subnet: SUBNET, at: AT });
  const given = trust.recommend("peer")!;
  assert.equal(given.historySize, 1);
  const good = { competence: 0.9, integrity: 0, historySize: 100, reputation: 0.9, providers: 3 };
  trust.recommended("newcomer", [["peer", { ...good, competence: 5 }], ["nobody", good]]);
  assert.equal(trust.recommend("newcomer")!.reputation, 0.5, "nothing valid was said");
  trust.recommended("newcomer", [["peer", good]]);
  assert.ok(Math.abs(trust.trust("newcomer", AT) - 0.9) < 0.01);
  assert.equal(met().recommend("peer"), undefined);
});

Deno.test("each setting has a default within its bounds", () => {
  const values = trustSettings() as unknown as Record<string, unknown>;
  for (const [name, setting] of Object.entries(TRUST_SETTINGS)) {
    const { minimum, maximum, words } = setting as { minimum?: number; maximum?: number; words?: readonly string[] };
    const value = values[name];
    if (words !== undefined) assert.ok(words.includes(value as string), name);
    else assert.ok((value as number) >= (minimum ?? 0) && (value as number) <= (maximum ?? Infinity), name);
    assert.match(setting.meaning, /[^.]$/, name);
  }
});
