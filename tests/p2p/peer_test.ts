// Peers talking to peers over real libp2p connections on this machine.

import assert from "node:assert/strict";
import { join } from "node:path";
import { privateKeyFromProtobuf } from "@libp2p/crypto/keys";
import type { Asked, PeerList, Shown } from "../../p2p/commands.ts";
import { type Host, startHost, type Stream } from "../../p2p/host/host.ts";
import { ownKey } from "../../p2p/identity.ts";
import { PROTOCOL } from "../../p2p/protocol/message.ts";
import { encode } from "../../p2p/protocol/wire.ts";
import { until } from "../until.ts";
import { attack, type Companion, peerTest } from "./company.ts";

const SCANNER = "10.0.0.66";

peerTest(
  "an attack that one found is blamed to the other within a moment, and answered when asked",
  async ({ join, meet }) => {
    const [one, two] = [await join(), await join()];
    await meet(one, two);
    const began = performance.now();
    one.peer.found(attack(SCANNER), 1);
    await until(() => two.reports().length > 0);
    assert.ok(performance.now() - began < 500);
    const [{ report }] = two.reports() as [Extract<Companion["events"][number], { say: "report" }>];
    assert.equal(report.kind, "blame");
    assert.deepEqual(report.indicator, { kind: "ip", value: SCANNER });
    assert.equal(report.peer, one.peer.id);
    assert.equal(report.reception, "taken");
    const asked = await two.peer.command("ask", [SCANNER]) as Asked;
    assert.deepEqual([asked.asked, asked.answered, asked.own], [1, 1, undefined]);
    // Nobody earned any trust yet, so nothing follows.
    assert.deepEqual([asked.opinion.byPeers, asked.opinion.mayBlock], [false, false]);
  },
);

peerTest(
  "three names on one machine are one voice, though the user trusts all three",
  async ({ join, meet }) => {
    const watcher = await join();
    const others = [await join(), await join(), await join()];
    await meet(watcher, ...others);
    for (const { peer } of others) await watcher.peer.command("trust", [peer.id]);
    const levels: string[] = [];
    for (const [at, { peer }] of others.entries()) {
      peer.found(attack(SCANNER), 1);
      await until(() => watcher.reports().length > at);
      const { opinion } = watcher.reports()[at]!;
      levels.push(`${opinion.threat}${opinion.mayBlock ? " and may block" : ""}`);
    }
    // All three sit on one machine here: one voice, however many names it has.
    assert.deepEqual(levels, ["info", "info", "info"]);
  },
);

peerTest(
  "nothing to say looks the same whether a host was seen or not, and hearsay is never passed on",
  async ({ join, meet }) => {
    const [one, two, three] = [await join(), await join(), await join()];
    await meet(one, two, three);
    one.peer.found(attack(SCANNER), 1);
    await until(() => two.reports().length > 0 && three.reports().length > 0);
    await one.peer.stop();
    await until(() => three.peer.counters()["peers"] === 1);
    two.peer.seen(["10.0.0.7"]);
    const { answered, opinion } = await three.peer.command("ask", ["10.0.0.99"]) as Asked;
    assert.equal(answered, 1);
    assert.equal(opinion.voices, 0, "two was told of the scanner, and has seen others, but found nothing itself");
  },
);

peerTest("what was wrong is taken back everywhere", async ({ join, meet }) => {
  const [one, two] = [await join(), await join()];
  await meet(one, two);
  one.peer.found(attack(SCANNER), 1);
  await until(() => two.reports().length === 1);
  assert.deepEqual(await one.peer.command("retract", [SCANNER]), {
    indicator: { kind: "ip", value: SCANNER },
    retracted: true,
  });
  await until(() => two.reports().length === 2);
  assert.equal(two.reports()[1]!.report.kind, "retract");
  assert.equal(two.reports()[1]!.opinion.confidence, 0);
});

peerTest("domains, URLs and hashes are told by the same messages", async ({ join, meet }) => {
  const [one, two] = [await join(), await join()];
  await meet(one, two);
  const hash = "d41d8cd98f00b204e9800998ecf8427e";
  const indicators = [["domain", "evil.example"], ["url", "http://evil.example/x"], ["hash", hash]] as const;
  for (const [kind, value] of indicators) {
    one.peer.found({ indicator: { kind, value }, score: 1, confidence: 1, alert: false }, 0);
  }
  await until(() => two.reports().length === 3);
  assert.deepEqual(two.reports().map(({ report }) => [report.indicator.kind, report.indicator.value]), indicators);
  const { indicator, answered } = await two.peer.command("ask", [hash]) as Asked;
  assert.deepEqual([indicator.kind, answered], ["hash", 1]);
});

peerTest(
  "every new address is asked about, answers come within milliseconds, and nobody waits for them",
  async ({ join, meet }) => {
    const [one, two, three] = [await join(), await join(), await join()];
    await meet(one, two, three);
    const addresses = Array.from({ length: 200 }, (_, at) => `10.1.0.${at}`);
    const began = performance.now();
    one.peer.seen(addresses);
    assert.ok(performance.now() - began < 200, "asking does not block");
    const opinions = () => one.events.filter((event) => event.say === "opinion");
    await until(() => opinions().length === 200);
    const times = opinions().map((event) => event.took).sort((a, b) => a - b);
    assert.ok(times[100]! < 0.05, `the median answer took ${times[100]} s`);
    assert.ok(opinions().every(({ asked, answered }) => asked === 2 && answered === 2));
  },
);

peerTest(
  "the same key, trust and peers after a restart; who was trusted by name stays trusted",
  async ({ join, meet }) => {
    const [one, two] = [await join(), await join()];
    await meet(one, two);
    await one.peer.command("trust", [two.peer.id.slice(-8)]);
    one.peer.found(attack(SCANNER), 1);
    await one.peer.stop();
    const again = await join({ directory: one.directory });
    assert.equal(again.peer.id, one.peer.id);
    await until(() => again.peer.counters()["peers"] === 1);
    const shown = await again.peer.command("show", [two.peer.id]) as Shown;
    assert.ok(shown.trust > 0.5 && shown.connected, JSON.stringify(shown));
    const { own } = await again.peer.command("ask", [SCANNER]) as Asked;
    assert.equal(own?.score, 1);
  },
);

peerTest(
  "a group with a secret is closed: who has another one, or none, cannot even shake hands",
  async ({ join, introduce, meet }) => {
    const secret = "correct horse battery";
    const [one, two] = [await join({ secret }), await join({ secret })];
    const [outsider, guesser] = [await join(), await join({ secret: "incorrect horse!" })];
    introduce(one, two, outsider, guesser);
    await meet(one, two);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(one.peer.counters()["peers"], 1);
    assert.equal(outsider.peer.counters()["peers"], 0);
    assert.equal(guesser.peer.counters()["peers"], 0);
  },
);

peerTest(
  "a list of those allowed keeps all others out, and a peer that is distrusted has to go",
  async ({ join, introduce }) => {
    const [friend, stranger] = [await join(), await join()];
    const one = await join({ settings: { allow: [friend.peer.id] } });
    introduce(one, friend, stranger);
    await until(() => one.peer.counters()["peers"] === 1);
    await until(() => friend.peer.counters()["peers"] === 2);
    const { peers } = await one.peer.command("list", []) as PeerList;
    assert.deepEqual(peers.filter(({ connected }) => connected).map(({ peer }) => peer), [friend.peer.id]);
    const shown = await one.peer.command("distrust", ["127.0.0.1"]) as Shown;
    assert.equal(shown.trust, 0);
  },
);

peerTest("a command that cannot be done says why", async ({ join }) => {
  const { peer } = await join();
  await assert.rejects(peer.command("show", ["nobody"]), /^CommandError: No peer is known by nobody/);
  await assert.rejects(peer.command("ask", ["what"]), /what is no address, domain, URL or hash/);
  await assert.rejects(peer.command("dance", []), /There is no command peers dance/);
  assert.deepEqual((await peer.command("ask", ["10.0.0.1"]) as Asked).asked, 0);
});

/** A peer by libp2p alone, to misbehave with. */
async function roughHost(directory: string): Promise<Host> {
  const key = await ownKey(join(directory, `rough-${Math.random()}.key`));
  return await startHost(
    {
      key,
      port: 0,
      listen: ["127.0.0.1"],
      connectionKey: undefined,
      maximumPeers: 100,
      maximumPeersPerHost: 100,
      addressAllowed: () => true,
      peerAllowed: () => true,
    },
    [],
    { stream() {}, connected() {}, disconnected() {} },
  );
}

peerTest(
  "whoever sends rubbish, giants, messages before the hello or the same again is cut off and kept out",
  async ({ join: enter }) => {
    const hello = encode({ type: "hello", version: 0, kinds: ["ip"] }, 1);
    const retract = encode({ type: "retract", indicator: { kind: "ip", value: SCANNER } }, 2);
    const attacks: Record<string, Uint8Array<ArrayBuffer>[]> = {
      rubbish: [hello, crypto.getRandomValues(new Uint8Array(500)).fill(0, 0, 1).fill(40, 1, 2)],
      giants: [hello, Uint8Array.of(0xff, 0xff, 4)],
      "before the hello": [retract],
      "the same again": [hello, retract, retract, retract],
    };
    for (const [name, pieces] of Object.entries(attacks)) {
      const victim = await enter();
      const rough = await roughHost(victim.directory);
      const connection = await rough.dial(victim.peer.id, ["127.0.0.1"], victim.peer.port);
      const stream: Stream = await rough.open(connection, PROTOCOL);
      for (const piece of pieces) stream.send(piece);
      await until(() => connection.status !== "open");
      assert.ok(victim.logged(/misbehaves/), name);
      await assert.rejects(
        rough.dial(victim.peer.id, ["127.0.0.1"], victim.peer.port),
        Error,
        `${name}: not again`,
      );
      await rough.stop();
    }
  },
);

peerTest("who opens a connection and says nothing is sent away", async ({ join: enter }) => {
  const victim = await enter();
  const rough = await roughHost(victim.directory);
  const silent = await rough.dial(victim.peer.id, ["127.0.0.1"], victim.peer.port);
  await rough.open(silent, PROTOCOL);
  await until(() => silent.status !== "open", 12);
  await rough.stop();
});

peerTest(
  "an exchange over a kept connection takes milliseconds: nothing waits for Nagle's algorithm",
  async ({ join, meet }) => {
    const [one, two] = [await join(), await join()];
    await meet(one, two);
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      await one.peer.command("ask", [`10.9.9.${i}`]);
      times.push(performance.now() - began);
    }
    const median = times.sort((a, b) => a - b)[10]!;
    assert.ok(median < 20, `${median} ms`);
  },
);

peerTest("peers that dial each other at the same moment end up in one conversation", async ({ join, meet }) => {
  const all: Companion[] = [];
  while (all.length < 8) all.push(await join());
  // Everybody dials everybody, whoever's turn it is.
  for (const one of all) {
    for (const other of all) if (one !== other) one.peer.met(other.peer.id, ["127.0.0.1"], other.peer.port);
    for (const other of all) if (one !== other) void one.peer.dial(other.peer.id, ["127.0.0.1"], other.peer.port);
  }
  await meet(...all);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await meet(...all);
  const { answered } = await all[0]!.peer.command("ask", ["10.0.0.9"]) as Asked;
  assert.equal(answered, 7);
});

peerTest("messages of any size get through", async ({ join, meet }) => {
  const [one, two] = [await join(), await join()];
  await meet(one, two);
  // A hundred reports of long URLs in one piece, many times the size at which Deno's own cipher fails.
  for (let i = 0; i < 100; i++) {
    const value = `http://evil.example/${i}/${"x".repeat(1500)}`;
    one.peer.found({ indicator: { kind: "url", value }, score: 1, confidence: 1, alert: false }, 0);
  }
  await until(() => two.reports().length === 100);
});

peerTest("the key file is libp2p's own form, so that it can be moved", async ({ join: enter }) => {
  const { directory, peer } = await enter();
  const key = privateKeyFromProtobuf(await Deno.readFile(join(directory, "peer.key")));
  assert.ok(key.publicKey.toString().length > 0 && peer.id.startsWith("12D3KooW"));
});
