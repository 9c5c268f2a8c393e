import assert from "node:assert/strict";
import {
  alertName,
  cipherSuiteName,
  groupName,
  isGrease,
  isKnownVersion,
  usesEllipticExchange,
  versionName,
} from "../../../../../agent/dissect/protocol/tls/names.ts";

Deno.test("numbers have Zeek's names, and those without one say so", () => {
  assert.deepEqual([0x0002, 0x0300, 0x0303, 0x0304, 0xfefd].map(versionName), [
    "SSLv2",
    "SSLv3",
    "TLSv12",
    "TLSv13",
    "DTLSv12",
  ]);
  assert.deepEqual([0x7f1c, 0x1234].map(versionName), ["TLSv13-draft28", "unknown-4660"]);
  assert.equal(cipherSuiteName(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  assert.equal(cipherSuiteName(0x0018), "TLS_DH_ANON_WITH_RC4_128_MD5");
  assert.equal(cipherSuiteName(0x0700c0), "SSLv20_CK_DES_192_EDE3_CBC_WITH_MD5");
  assert.equal(cipherSuiteName(0x4242), "unknown-16962");
  assert.deepEqual([29, 23, 0x11ec, 0x9999].map(groupName), ["x25519", "secp256r1", "X25519MLKEM768", "unknown-39321"]);
  assert.deepEqual([0, 40, 120, 255].map(alertName), [
    "close_notify",
    "handshake_failure",
    "no_application_protocol",
    "unknown-255",
  ]);
});

Deno.test("versions that a hello may carry, and those that tell of something else", () => {
  assert.deepEqual([0x0303, 0xfeff, 0x7f17, 0xfb1a, 0x0002].map(isKnownVersion), Array(5).fill(true));
  assert.deepEqual([0x0000, 0x0305, 0x4745, 0xffff].map(isKnownVersion), Array(4).fill(false));
});

Deno.test("the sixteen reserved values of RFC 8701, and their neighbours", () => {
  const reserved = Array.from({ length: 0x10000 }, (_, value) => value).filter(isGrease);
  assert.deepEqual(reserved, Array.from({ length: 16 }, (_, i) => 0x0a0a + i * 0x1010));
});

Deno.test("only ephemeral elliptic suites name a group in their key exchange", () => {
  assert.deepEqual([0xc02f, 0xc016].map(usesEllipticExchange), [true, true]);
  assert.deepEqual([0x002f, 0x0033, 0xc00e, 0x1301, 0xffff].map(usesEllipticExchange), Array(5).fill(false));
});
