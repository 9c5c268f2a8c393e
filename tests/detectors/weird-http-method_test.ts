// Methods that HTTP does not know.

import assert from "node:assert/strict";
import { weirdHttpMethod } from "../../detectors/weird-http-method.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const ends = { ts: T, orig_h: "192.168.1.10", orig_p: 40_000, resp_h: "93.184.216.34", resp_p: 8080 };

proof("weird_http_method", "a request with a method of somebody's own is told", () => {
  const weird = record("weird", { ...ends, name: "unknown_HTTP_method", addl: "BREW", uid: "Cweird" });
  assert.deepEqual(watch([weirdHttpMethod], [weird]).map(told), [{
    type: "weird_http_method",
    threat: "medium",
    confidence: 0.9,
    attacker: "src ip 192.168.1.10",
    victim: "dst ip 93.184.216.34",
    profile: "192.168.1.10",
    window: 1,
    timestamp: T,
    uids: ["Cweird"],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 8080,
    description: 'Weird HTTP method "BREW" from 192.168.1.10 to 93.184.216.34 (port 8080): no web server knows it; ' +
      "scanners try such",
  }]);
});

twin("weird_http_method", "other oddities of HTTP, and requests with a known method, are none", () => {
  const odd = ["HTTP_version_mismatch", "missing_HTTP_entity", "unescaped_special_URI_char"].map((name) =>
    record("weird", { ...ends, name })
  );
  const request = record("http", { ...ends, trans_depth: 1, method: "PROPFIND" });
  assert.deepEqual(watch([weirdHttpMethod], [...odd, request]), []);
});

Deno.test("a weird record that does not say between whom accuses nobody", () => {
  const nobody = record("weird", { ts: T, name: "unknown_HTTP_method", addl: "BREW" });
  assert.deepEqual(watch([weirdHttpMethod], [nobody]), []);
});

Deno.test("many methods tried at one server are one finding with a count", () => {
  const tries = ["AAAA", "BBBB", "CCCC"].map((addl, n) =>
    record("weird", { ...ends, ts: T + n, name: "unknown_HTTP_method", addl })
  );
  assert.deepEqual(watch([weirdHttpMethod], tries, { folded: true }).map(({ count }) => count), [1, 2, 3]);
});
