// User agents that do not fit the network card.

import assert from "node:assert/strict";
import { incompatibleUserAgent } from "../../detectors/incompatible-user-agent.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
// Blocks that IEEE gave to these makers.
const APPLE = "00:03:93:12:34:56";
const INTEL = "00:02:b3:12:34:56";
const MICROSOFT = "00:15:5d:12:34:56";
const GOOGLE = "00:1a:11:12:34:56";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0";
const SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15";
const FIREFOX_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:120.0) Gecko/20100101 Firefox/120.0";
const LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
const ANDROID = "Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F)";

/** A request of the host, whose card is known from an earlier connection. */
function request(orig_l2_addr: string | undefined, user_agent: string | undefined): AnyRecord[] {
  return [
    conn({ ts: T, orig_h: HOST, resp_h: "192.168.1.2", orig_l2_addr }),
    record("http", {
      ts: T + 1,
      orig_h: HOST,
      orig_p: 40_000,
      resp_h: "93.184.216.34",
      resp_p: 80,
      trans_depth: 1,
      host: "www.example.com",
      uri: "/a",
      user_agent,
    }),
  ];
}

function claims(mac: string | undefined, agent: string | undefined): string[] {
  return watch([incompatibleUserAgent], request(mac, agent)).map(({ description }) =>
    /says that it runs (.*?) \(/.exec(description)![1]!
  );
}

proof("incompatible_user_agent", "a phone of Apple's that runs Windows is told", () => {
  const records = request(APPLE, WINDOWS);
  assert.deepEqual(watch([incompatibleUserAgent], records).map(told), [{
    type: "incompatible_user_agent",
    threat: "high",
    confidence: 0.5,
    attacker: "src ip 192.168.1.10",
    profile: HOST,
    window: 1,
    timestamp: T + 1,
    uids: [(records[1] as { uid: string }).uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 80,
    description: `Incompatible user agent: 192.168.1.10 says that it runs Windows ("${WINDOWS}", to ` +
      "www.example.com/a), but its network card is made by Apple, Inc.",
  }]);
});

twin("incompatible_user_agent", "agents that fit the card, and cards of makers who sell no systems, are fine", () => {
  assert.deepEqual([claims(APPLE, SAFARI), claims(APPLE, FIREFOX_MAC), claims(MICROSOFT, WINDOWS)].flat(), []);
  assert.deepEqual([claims(INTEL, WINDOWS), claims(INTEL, LINUX), claims(INTEL, FIREFOX_MAC)].flat(), []);
  assert.deepEqual([claims(GOOGLE, ANDROID), claims(MICROSOFT, LINUX), claims(APPLE, LINUX)].flat(), []);
});

Deno.test("each maker's devices run their own systems", () => {
  assert.deepEqual(claims(APPLE, ANDROID), ["Android"]);
  assert.deepEqual(claims(MICROSOFT, FIREFOX_MAC), ["Apple"]);
  assert.deepEqual(claims(GOOGLE, WINDOWS), ["Windows"]);
});

Deno.test("Safari runs on Apple's devices alone, whoever made the card", () => {
  assert.deepEqual(claims(INTEL, SAFARI), ["Apple's Safari"]);
});

Deno.test("D13: the maker is known without asking anybody; where it is not known nothing is said", () => {
  assert.deepEqual(claims(undefined, WINDOWS), []);
  assert.deepEqual(claims("02:00:00:12:34:56", WINDOWS), [], "an address that the device made up");
  assert.deepEqual(claims(APPLE, undefined), []);
});

Deno.test("a card that becomes known later is heeded from then on", () => {
  const [known, asked] = request(APPLE, WINDOWS);
  const before = { ...asked!, ts: T - 10, uid: "Cbefore" } as AnyRecord;
  assert.equal(watch([incompatibleUserAgent], [before, known!, asked!]).length, 1);
});

Deno.test("what comes through the gateway has the gateway's card, and says nothing about the host behind it", () => {
  const out = conn({ ts: T - 5, orig_h: "192.168.1.50", resp_h: "93.184.216.34", resp_l2_addr: APPLE });
  assert.deepEqual(watch([incompatibleUserAgent], [out, ...request(APPLE, WINDOWS)]), []);
});
