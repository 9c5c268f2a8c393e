// A peer of the old protocol, as Slips 1.1 brings it, in a network of ours: lines of text, a stream for each.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Connection, type Host, startHost, type Stream } from "../../../p2p/host/host.ts";
import { ownKey } from "../../../p2p/identity.ts";
import type { Asked } from "../../../p2p/commands.ts";
import { LEGACY_PROTOCOL, type LegacyMessage, readLegacy, writeLegacy } from "../../../p2p/slips/message.ts";
import { until } from "../../until.ts";
import { attack, peerTest } from "../company.ts";

const SCANNER = "10.0.0.66";

interface Old {
  host: Host;
  heard: LegacyMessage[];
  /** Sends a line on a stream of its own; what comes back on it. */
  say(connection: Connection, line: string): Promise<string>;
}

/** Collects what comes on a stream until it ends its line. */
function line(stream: Stream): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    stream.addEventListener("message", ({ data }) => {
      text += new TextDecoder().decode(data.subarray());
      if (text.endsWith("\n")) resolve(text.trim());
    });
    stream.addEventListener("close", () => resolve(text.trim()));
  });
}

async function oldPeer(directory: string): Promise<Old> {
  const heard: LegacyMessage[] = [];
  const bytes = (text: string) => new TextEncoder().encode(text);
  const host = await startHost(
    {
      key: await ownKey(join(directory, "old.key")),
      port: 0,
      listen: ["127.0.0.1"],
      connectionKey: undefined,
      maximumPeers: 10,
      maximumPeersPerHost: 10,
      addressAllowed: () => true,
      peerAllowed: () => true,
    },
    [{ name: LEGACY_PROTOCOL, legacy: true }],
    {
      async stream(_protocol, _peer, _ip, stream, connection) {
        const message = readLegacy(await line(stream));
        heard.push(message);
        if (message.type === "hello") stream.send(bytes("hello version1\n"));
        if (message.type === "ping") stream.send(bytes("pong\n"));
        stream.close().catch(() => {});
        if (message.type === "request") {
          const judgement = { score: 0.9, confidence: 0.8, age: 0 };
          const answer = await connection.newStream(LEGACY_PROTOCOL);
          answer.send(bytes(writeLegacy({ type: "report", ip: message.ip, judgement })));
          answer.close().catch(() => {});
        }
      },
      connected() {},
      disconnected() {},
    },
  );
  return {
    host,
    heard,
    async say(connection, text) {
      const stream = await connection.newStream(LEGACY_PROTOCOL);
      stream.send(bytes(text));
      return await line(stream);
    },
  };
}

peerTest("an old peer says hello, reports, asks and is asked, and hears of our findings", async ({ join: enter }) => {
  const one = await enter({ settings: { slips_compatibility: true } });
  const old = await oldPeer(one.directory);
  const connection = await old.host.dial(one.peer.id, ["127.0.0.1"], one.peer.port);
  assert.equal(await old.say(connection, "hello version1\n"), "hello version1");
  assert.equal(await old.say(connection, "ping\n"), "pong");
  await until(() => one.peer.counters()["peers"] === 1);

  const judgement = { score: 0.9, confidence: 0.7, age: 0 };
  void old.say(connection, writeLegacy({ type: "report", ip: "10.0.0.7", judgement }));
  await until(() => one.reports().length === 1);
  assert.equal(one.reports()[0]!.report.indicator.value, "10.0.0.7");
  assert.ok(Math.abs(one.reports()[0]!.report.judgement.score - 0.9) < 1e-9);

  one.peer.found(attack(SCANNER), 1);
  await until(() => old.heard.some(({ type }) => type === "blame"));
  const asked = await one.peer.command("ask", ["10.0.0.8"]) as Asked;
  assert.deepEqual([asked.asked, asked.answered, asked.opinion.voices], [1, 1, 1]);

  void old.say(connection, writeLegacy({ type: "request", ip: SCANNER }));
  await until(() => old.heard.some((message) => message.type === "report" && message.ip === SCANNER));
  await old.host.stop();
});

peerTest(
  "we say hello to an old peer that we dialled, and take lines that are no messages for what they are",
  async (company) => {
    const one = await company.join({ settings: { slips_compatibility: true } });
    const old = await oldPeer(one.directory);
    await one.peer.dial(old.host.peer, ["127.0.0.1"], old.host.port);
    await until(() => old.heard.some(({ type }) => type === "hello"));
    await until(() => one.peer.counters()["peers"] === 1);
    const [connection] = old.host.connections(one.peer.id);
    void old.say(connection!, "what is this?\n");
    await until(() => connection!.status !== "open");
    assert.ok(one.logged(/misbehaves: a line that is no JSON/));
    await old.host.stop();
  },
);

peerTest("as long as it is switched off, an old peer is not understood", async ({ join: enter }) => {
  const one = await enter();
  const old = await oldPeer(one.directory);
  const connection = await old.host.dial(one.peer.id, ["127.0.0.1"], one.peer.port);
  await assert.rejects(old.say(connection, "hello version1\n"));
  await old.host.stop();
});
