// Which addresses peers are looked for at.

import assert from "node:assert/strict";
import { parseCidr } from "../../agent/record/address-range.ts";
import { isLocal, type LocalInterface, subnetOf } from "../../p2p/local-addresses.ts";

function at(...cidrs: string[]): LocalInterface[] {
  return [{
    name: "eth0",
    addresses: cidrs.map((cidr) => ({ ip: cidr.split("/")[0]!, cidr, network: parseCidr(cidr)! })),
  }];
}

Deno.test("private, link-local and unique local addresses are local; the Internet, multicast and loopback are not", () => {
  const here = at("192.168.1.5/24");
  for (const ip of ["10.1.2.3", "172.31.0.1", "192.168.77.1", "169.254.1.1", "fe80::1", "fd12::1"]) {
    assert.ok(isLocal(ip, here), ip);
  }
  for (
    const ip of [
      "8.8.8.8",
      "172.32.0.1",
      "100.64.0.1",
      "2001:db8::1",
      "224.0.0.251",
      "ff02::fb",
      "127.0.0.1",
      "::1",
      "x",
      "",
    ]
  ) {
    assert.ok(!isLocal(ip, here), ip);
  }
  assert.ok(isLocal("127.0.0.1", here, true));
});

Deno.test("a public network is local to who is in it, but not by way of a default route", () => {
  assert.ok(isLocal("147.32.80.9", at("147.32.80.1/24")));
  assert.ok(!isLocal("147.32.81.9", at("147.32.80.1/24")));
  assert.ok(isLocal("2001:db8:1::9", at("2001:db8:1::1/64")));
  assert.ok(!isLocal("8.8.8.8", at("0.0.0.0/0", "1.2.3.4/1")));
});

Deno.test("the subnet of a peer is named by our own interface", () => {
  assert.equal(subnetOf("192.168.1.9", at("192.168.1.5/24", "fd00::5/64")), "192.168.1.0/24");
  assert.equal(subnetOf("fd00::9", at("192.168.1.5/24", "fd00::5/64")), "fd00::/64");
  assert.equal(subnetOf("10.9.9.9", at("192.168.1.5/24")), "10.9.9.9");
});
