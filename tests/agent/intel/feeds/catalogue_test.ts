// The list of feeds: ours is in order, and mistakes in one of the user's are told with their place.

import assert from "node:assert/strict";
import { builtInFeeds, CatalogueError, hostsOf, readCatalogue } from "../../../../agent/intel/feeds/catalogue.ts";
import manifest from "../../../../deno.json" with { type: "json" };

Deno.test("D5: all feeds that come with the program can be fetched: no address has a stray character", () => {
  const feeds = builtInFeeds();
  assert.equal(feeds.length, 43);
  for (const { name, url, licence } of feeds) {
    assert.match(url!, /^https:\/\/[a-z0-9.-]+\/[A-Za-z0-9_./-]+$/, name);
    assert.notEqual(licence, "", name);
  }
  const byLevel = Object.groupBy(feeds, ({ level }) => level);
  assert.deepEqual(byLevel.high!.map(({ name }) => name), ["sslbl-ja3", "sslbl-certificates"]);
  assert.deepEqual(feeds.find(({ name }) => name === "tor-exits")!.kind, "tor_exit");
});

Deno.test("the executable may contact the hosts of the feeds, and the permission says so by name", () => {
  const permitted: readonly string[] = (manifest.permissions.smartshield as { net?: string[] }).net ?? [];
  for (const host of hostsOf(builtInFeeds().filter(({ enabled }) => enabled))) {
    assert(permitted.includes(host), `${host} is missing in deno.json, permissions.smartshield.net`);
  }
});

function mistakes(text: string): string[] {
  try {
    readCatalogue(text, "my.yaml");
    return [];
  } catch (error) {
    assert(error instanceof CatalogueError, String(error));
    return error.message.split("\n");
  }
}

const GOOD =
  "  - name: mine\n    url: https://feeds.example/ips.txt\n    format: list\n    level: high\n    licence: ours\n";

Deno.test("a feed of the user's own, with what it leaves out", () => {
  assert.deepEqual(
    readCatalogue(`feeds:\n${GOOD}`, "my.yaml").map((
      { name, confidence, enabled, tags },
    ) => [name, confidence, enabled, tags]),
    [
      ["mine", 1, true, []],
    ],
  );
  assert.deepEqual(readCatalogue("feeds: []", "my.yaml"), []);
});

Deno.test("every mistake is told, with line and what would be right", () => {
  assert.deepEqual(mistakes("feeds: [\n"), [
    "my.yaml:2: this is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ]);
  assert.deepEqual(mistakes("lists: []"), ["my.yaml:1: there is no list named feeds"]);
  assert.deepEqual(
    mistakes(
      `feeds:\n${GOOD}${GOOD}  - name: Bad Name\n    url: http://feeds.example/x\n    format: xml\n    level: dreadful\n    colour: red\n    columns: { ioc: 1 }\n`,
    ),
    [
      "my.yaml:7: there are two feeds named mine",
      'my.yaml:12: name is "Bad Name" but must be lower-case letters, digits and hyphens, at most 64',
      'my.yaml:13: url is "http://feeds.example/x" but must be an address that begins with https://',
      'my.yaml:14: format is "xml" but must be one of list, hosts, csv, zeek-intel, json',
      'my.yaml:15: level is "dreadful" but must be one of info, low, medium, high, critical',
      "my.yaml:16: colour is not a key of a feed; there are name, url, format, kind, level, confidence, tags, licence, separator, days, enabled, columns",
      'my.yaml:17: columns is {"ioc":1} but must be names, numbers or paths for some of indicator, kind, description, level, tags, date, removed',
      "my.yaml:12: the feed  lacks licence",
    ],
  );
});

Deno.test("the hosts that are contacted, with ports", () => {
  assert.deepEqual(
    hostsOf(
      readCatalogue(
        `feeds:\n${GOOD}${GOOD.replace("mine", "two").replace("https://feeds.example", "http://127.0.0.1:8080")}`,
        "x",
      ),
    ),
    [
      "127.0.0.1:8080",
      "feeds.example:443",
    ],
  );
});
