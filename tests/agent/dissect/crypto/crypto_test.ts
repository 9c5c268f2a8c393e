// Our own SHA-256, HMAC and AES give what the library gives, and what the standards print.

import assert from "node:assert/strict";
import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { encryptBlock } from "../../../../agent/dissect/crypto/aes.ts";
import { hmac, hmacKey } from "../../../../agent/dissect/crypto/sha256.ts";

Deno.test("HMAC-SHA256 of any key and message that fit into a block is that of the library", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 55 }), (key, message) => {
      const expected = new Uint8Array(createHmac("sha256", key).update(message).digest());
      assert.deepEqual(hmac(hmacKey(key), message), expected);
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("a longer key or message is refused, not cut", () => {
  assert.throws(() => hmacKey(new Uint8Array(65)), RangeError);
  assert.throws(() => hmac(hmacKey(new Uint8Array(4)), new Uint8Array(56)), RangeError);
});

Deno.test("AES-128 encrypts the example of FIPS 197, appendix C.1", () => {
  const key = Uint8Array.fromHex("000102030405060708090a0b0c0d0e0f");
  const block = Uint8Array.fromHex("00112233445566778899aabbccddeeff");
  assert.equal(encryptBlock(key, block, 0).toHex(), "69c4e0d86a7b0430d8cdb78070b4c55a");
});

Deno.test("AES-128 of any key and block is that of the library", () => {
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(sixteen, sixteen, fc.nat(5), (key, block, at) => {
      const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
      const expected = new Uint8Array([...cipher.update(block), ...cipher.final()]);
      assert.deepEqual(encryptBlock(key, new Uint8Array([...new Array(at).fill(7), ...block]), at), expected);
    }),
    { seed: 1, numRuns: 500 },
  );
});
