// Reading addresses and the questions asked of them.

import assert from "node:assert/strict";
import { groupMac, hex, inNetwork, ipBytes, isGroupAddress, macBytes, reverseName } from "./craft.ts";

Deno.test("IPv6 addresses with and without a gap", () => {
  assert.deepEqual(ipBytes("2001:db8::1"), hex("20010db8000000000000000000000001"));
  assert.deepEqual(ipBytes("::"), new Uint8Array(16));
  assert.deepEqual(ipBytes("1:2:3:4:5:6:7:8"), hex("00010002000300040005000600070008"));
  assert.deepEqual(ipBytes("::ffff:1.2.3.4"), hex("00000000000000000000ffff01020304"));
});

Deno.test("what is not an address is refused", () => {
  for (const text of ["1.2.3", "1.2.3.256", "1.2.3.04", "1::2::3", "1:2:3", "12345::"]) {
    assert.throws(() => ipBytes(text), text);
  }
  assert.throws(() => macBytes("00:11:22:33:44"));
});

Deno.test("networks are compared bit by bit", () => {
  assert.equal(inNetwork("192.168.1.200", "192.168.1.1/24"), true);
  assert.equal(inNetwork("192.168.2.1", "192.168.1.1/24"), false);
  assert.equal(inNetwork("10.0.0.129", "10.0.0.128/25"), true);
  assert.equal(inNetwork("10.0.0.127", "10.0.0.128/25"), false);
  assert.equal(inNetwork("fe80::1", "fe80::/10"), true);
  assert.equal(inNetwork("10.0.0.1", "fe80::/10"), false);
});

Deno.test("groups have their own MAC addresses", () => {
  assert.deepEqual(groupMac("224.0.0.251"), macBytes("01:00:5e:00:00:fb"));
  assert.deepEqual(groupMac("239.255.1.2"), macBytes("01:00:5e:7f:01:02"));
  assert.deepEqual(groupMac("ff02::fb"), macBytes("33:33:00:00:00:fb"));
  assert.deepEqual(groupMac("255.255.255.255"), macBytes("ff:ff:ff:ff:ff:ff"));
  assert.equal(isGroupAddress("192.168.1.1"), false);
});

Deno.test("names for reverse look-ups", () => {
  assert.equal(reverseName("192.168.1.10"), "10.1.168.192.in-addr.arpa");
  assert.match(reverseName("2001:db8::1"), /^1\.0\..*\.8\.b\.d\.0\.1\.0\.0\.2\.ip6\.arpa$/);
});
