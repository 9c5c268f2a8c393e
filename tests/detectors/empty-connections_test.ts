// Requests that only look whether there is a way to the Internet.

import assert from "node:assert/strict";
import { emptyConnections } from "../../detectors/empty-connections.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";

function empty(seconds: number, fields: Partial<RecordOf<"http">> = {}): RecordOf<"http"> {
  return record("http", {
    ts: T + seconds,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: "142.250.1.100",
    resp_p: 80,
    trans_depth: 1,
    method: "GET",
    host: "google.com",
    uri: "/",
    request_body_len: 0,
    ...fields,
  });
}

function count(records: RecordOf<"http">[], options = {}): number {
  return watch([emptyConnections], records, options).length;
}

proof(
  "empty_connections",
  "four empty requests for the front page of a search engine are told, with or without www.",
  () => {
    const requests = [empty(0), empty(1, { host: "www.Google.com" }), empty(2), empty(3)];
    assert.deepEqual(watch([emptyConnections], requests).map(told), [{
      type: "empty_connections",
      threat: "medium",
      confidence: 1,
      attacker: "src ip 192.168.1.10",
      victim: "dst ip 142.250.1.100",
      profile: HOST,
      window: 1,
      timestamp: T + 3,
      uids: requests.map(({ uid }) => uid),
      proto: "tcp",
      src_port: 40_000,
      dst_port: 80,
      description:
        "Multiple empty HTTP connections to google.com: 192.168.1.10 asked 4 times for its front page and sent " +
        "nothing, as malware does to see whether it has a way to the Internet",
    }]);
  },
);

twin(
  "empty_connections",
  "three requests, searches, posts, and front pages of other sites are somebody who browses",
  () => {
    assert.equal(count([0, 1, 2].map((n) => empty(n))), 0);
    assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { uri: "/search?q=weather" }))), 0);
    assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { request_body_len: 20 }))), 0);
    assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { request_body_len: undefined }))), 0);
    assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { host: "example.com" }))), 0);
    assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { host: undefined }))), 0);
  },
);

Deno.test("D29: clients are counted one by one: four hosts that ask once each are nobody", () => {
  assert.equal(count([0, 1, 2, 3].map((n) => empty(n, { orig_h: `192.168.1.${n + 10}` }))), 0);
});

Deno.test("sites are counted one by one, and hour by hour", () => {
  assert.equal(count([empty(0), empty(1), empty(2, { host: "bing.com" }), empty(3, { host: "bing.com" })]), 0);
  assert.equal(count([empty(0), empty(1), empty(3600), empty(3601)]), 0);
});

Deno.test("it is told again at every fourth", () => {
  const evidence = watch([emptyConnections], Array.from({ length: 8 }, (_, n) => empty(n)), { folded: true });
  assert.deepEqual(evidence.map(({ count }) => count), [1, 2]);
});

Deno.test("number and sites come from the settings", () => {
  const settings = { "empty-connections": { requests: 2, sites: ["example.com"] } };
  assert.equal(count([empty(0), empty(1)], { settings }), 0);
  assert.equal(count([empty(0, { host: "www.example.com" }), empty(1, { host: "example.com" })], { settings }), 1);
});
