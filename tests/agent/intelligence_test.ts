// Threat intelligence in a run: loaded at the start, fetched and changed while it goes on, and never fetched offline. The
// feeds' server runs on this machine; the threads are real.

import assert from "node:assert/strict";
import { InputError } from "../../agent/errors.ts";
import { type IntelImages, openIntel } from "../../agent/intel/intel.ts";
import { type IntelligenceOptions, openIntelligence } from "../../agent/intelligence.ts";
import { addCommand, listCommand, lookupCommand, removeCommand, updateCommand } from "../../agent/intel-command.ts";
import { type Configuration, defaultConfiguration } from "../../config/schema.ts";
import { bitsOf, mmdb } from "./intel/mmdb-file.ts";

const MD5 = "44d88612fea8a8f36de82e1278abb02f";

interface Scene {
  folder: string;
  configuration: Configuration;
  /** What the feed has now. */
  feed: { text: string; status: number };
  /** Requests that the server got. */
  requests: () => number;
  options(more?: Partial<IntelligenceOptions>): IntelligenceOptions;
}

/** A server with one feed, `one`, and a place for state. */
async function scene(story: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const feed = { text: "45.9.148.3 # Emotet\n", status: 200 };
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response(feed.text, { status: feed.status });
  });
  try {
    const list =
      `feeds:\n  - { name: one, url: "http://127.0.0.1:${server.addr.port}/one", format: list, level: high, ` +
      "licence: x, tags: [c2] }\n";
    await Deno.writeTextFile(`${folder}/feeds.yaml`, list);
    const configuration = defaultConfiguration();
    configuration.intel.feeds = `${folder}/feeds.yaml`;
    configuration.state.directory = `${folder}/state`;
    await story({
      folder,
      configuration,
      feed,
      requests: () => requests,
      options: (more = {}) => ({
        settings: configuration.intel,
        countryDatabase: "",
        state: configuration.state.directory,
        live: false,
        offline: false,
        ...more,
      }),
    });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a live run fetches what is due, and hands the new table on; a file run contacts nobody", async () => {
  await scene(async ({ options, requests }) => {
    const file = await openIntelligence(options(), () => {});
    file.keepUpToDate(() => assert.fail("nothing can arrive"));
    assert.deepEqual([file.images().mayChange, file.size, requests()], [false, 2, 0]);
    file.close();

    const offline = await openIntelligence(options({ live: true, offline: true }), () => {});
    offline.keepUpToDate(() => assert.fail("nothing has arrived"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    offline.close();
    assert.equal(requests(), 0);

    const said: string[] = [];
    const live = await openIntelligence(options({ live: true }), (sentence) => said.push(sentence));
    const images = await new Promise<IntelImages>((resolve) => live.keepUpToDate(resolve));
    live.close();
    assert.deepEqual([requests(), images.mayChange], [1, true]);
    assert.equal(openIntel(images).address("45.9.148.3")?.description, "Emotet");
    assert.deepEqual(said, ["Threat intelligence has changed: 3 indicators count from now on."]);

    const later = await openIntelligence(options(), () => assert.fail("nothing is worth a word"));
    assert.equal(openIntel(later.images()).address("45.9.148.3")?.level, "high");
    later.close();
  });
});

Deno.test("which hashes are worth taking is said by the table", async () => {
  await scene(async ({ options, folder, configuration }) => {
    const none = await openIntelligence(options(), () => {});
    assert.deepEqual(none.hashes, { files: [], certificates: false });
    none.close();
    await Deno.mkdir(`${folder}/lists`);
    await Deno.writeTextFile(`${folder}/lists/files.txt`, `${MD5}\n${"ab".repeat(32)}\n`);
    await Deno.writeTextFile(`${folder}/lists/certs.csv`, `${"cd".repeat(20)},high,bad\n`);
    configuration.intel.folder = `${folder}/lists`;
    const some = await openIntelligence(options(), () => {});
    assert.deepEqual(some.hashes, { files: ["md5", "sha256"], certificates: true });
    some.close();
  });
});

Deno.test("databases are opened at the start, and a file that is none is refused in words", async () => {
  await scene(async ({ options, folder, configuration }) => {
    configuration.intel.asn_database = `${folder}/asn.mmdb`;
    await assert.rejects(openIntelligence(options(), () => {}), (error: Error) => {
      assert(error instanceof InputError);
      return /asn\.mmdb \(intel\.asn_database\) cannot be used: it does not exist\.$/.test(error.message);
    });
    await Deno.writeTextFile(`${folder}/asn.mmdb`, "ip,asn\n");
    await assert.rejects(openIntelligence(options(), () => {}), /cannot be used: it is no MaxMind database\.$/);
    const system = { autonomous_system_number: 64500, autonomous_system_organization: "Bulletproof Ltd" };
    await Deno.writeFile(`${folder}/asn.mmdb`, mmdb([[bitsOf("45.9.0.0", 16), system]]));
    const found = await openIntelligence(options(), () => {});
    assert.deepEqual(openIntel(found.images()).asnOf("45.9.1.1"), { number: 64500, organisation: "Bulletproof Ltd" });
    found.close();
  });
});

Deno.test("the commands: update, look up, add, remove, list", async () => {
  await scene(async ({ configuration, feed, requests }) => {
    const said: string[] = [];
    const tell = (sentence: string): void => void said.push(sentence);
    const update = async (force = false) => (await updateCommand(configuration, { force, names: [] }, tell)).lines;
    assert.deepEqual(await update(), [
      "1 feeds: 1 new, 0 unchanged, 0 not due, 0 failed. In all 3 indicators: 1 ip, 2 ja3.",
    ]);
    assert.deepEqual(said.splice(0), ["new        one: 1 indicators"]);
    feed.text = "45.9.148.3\nnonsense\n45.10.0.0/16\n";
    await update();
    assert.deepEqual([said.splice(0), requests()], [["not due    one: 1 indicators"], 1]);
    await update(true);
    assert.deepEqual(said.splice(0), [
      "new        one: 2 indicators; 1 line not used, the first: line 2, nonsense: it is no domain",
    ]);

    const lookup = async (...texts: string[]) => (await lookupCommand(configuration, texts, tell)).lines;
    assert.deepEqual(await lookup("45.9.148.3", "45.10.1.2", "evil.example"), [
      "45.9.148.3 is listed as an address: high, confidence 1.",
      "  Lists: one. Tags: c2.",
      "45.10.1.2 is listed as a network by way of 45.10.0.0/16: high, confidence 1.",
      "  Lists: one. Tags: c2.",
      "evil.example is not listed.",
    ]);

    const note = 'our "attacker",\nseen';
    await addCommand(configuration, "evil.example", { kind: undefined, level: "critical", note }, tell);
    await addCommand(configuration, "45.9.148.3", { kind: undefined, level: "info", note: "a sinkhole" }, tell);
    assert.deepEqual(await lookup("www.evil.example", "45.9.148.3"), [
      "www.evil.example is listed as a domain by way of evil.example: critical, confidence 1.",
      "  Lists: own.",
      '  They say: our "attacker", seen',
      "45.9.148.3 is listed as an address: info, confidence 1.",
      "  Lists: own, one. Tags: c2.",
      "  They say: a sinkhole",
    ]);
    await assert.rejects(
      addCommand(configuration, "192.168.1.1", { kind: undefined, level: "high", note: "" }, tell),
      /^InputError: 192\.168\.1\.1 cannot be added: it is an address that nobody has on the Internet\.$/,
    );

    const remove = async (text: string) => (await removeCommand(configuration, text, { kind: undefined }, tell)).lines;
    assert.deepEqual(await remove("evil.example"), ["Removed evil.example, a domain."]);
    assert.deepEqual(await remove("45.9.148.3"), [
      "Removed 45.9.148.3, an address. one still lists it; that is passed over from now on.",
    ]);
    assert.deepEqual(await remove("45.9.148.3"), ["45.9.148.3 is not listed."]);
    assert.deepEqual(await remove("45.10.1.2"), [
      "45.10.1.2 is not listed. 45.10.0.0/16, which holds it, is still listed.",
    ]);
    const { lines, json } = await listCommand(configuration, tell);
    assert.match(lines[1]!, /^one +high +2 +fetched \d+ seconds? ago$/);
    assert(lines.includes("You took 1 out of the lists: ip 45.9.148.3."));
    assert.deepEqual((json as { indicators: object }).indicators, { range: 1, ja3: 2 });

    feed.status = 404;
    const failed = await updateCommand(configuration, { force: false, names: ["one"] }, tell);
    assert.equal(failed.done, false);
    await assert.rejects(updateCommand(configuration, { force: false, names: ["two"] }, tell), /There is no feed two/);
  });
});
