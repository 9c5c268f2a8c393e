// What kind of address an IP is, at the edges of every block.

import assert from "node:assert/strict";
import {
  isAddress,
  isGlobal,
  isIgnored,
  isInterestingToScans,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isPrivate,
  isReserved,
  isSpecialIPv4,
  rfc1918Block,
} from "../../../agent/record/address.ts";

Deno.test("private blocks are private from their first address to their last, and not one further", () => {
  const edges: [before: string, first: string, last: string, after: string][] = [
    ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
    ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
    ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
    ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
    ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
    ["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
    ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
    ["198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
    ["203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
    ["fbff:ffff::", "fc00::", "fdff:ffff::", "fe00::"],
    ["fe7f:ffff::", "fe80::", "febf:ffff::", "ff00::"],
    ["2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::"],
  ];
  for (const [before, first, last, after] of edges) {
    assert.deepEqual([before, first, last, after].map(isPrivate), [false, true, true, false], first);
  }
  for (const ip of ["0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.0.1", "::1", "::"]) {
    assert.equal(isPrivate(ip), true, ip);
  }
});

Deno.test("addresses shared by a carrier's customers are neither private nor global", () => {
  assert.equal(isPrivate("100.64.0.1"), false);
  assert.equal(isIgnored("100.64.0.1"), false);
  assert.equal(isGlobal("100.64.0.1"), false);
  assert.equal(isGlobal("100.63.255.255"), true);
  assert.equal(isGlobal("100.128.0.0"), true);
});

Deno.test("the two anycast addresses inside 192.0.0.0/24 are global, their neighbours are not", () => {
  assert.deepEqual(["192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.11"].map(isGlobal), [false, true, true, false]);
});

Deno.test("multicast, link-local, loopback and reserved are told apart", () => {
  const kinds = (ip: string) => [isMulticast(ip), isLinkLocal(ip), isLoopback(ip), isReserved(ip)];
  assert.deepEqual(kinds("224.0.0.251"), [true, false, false, false]);
  assert.deepEqual(kinds("239.255.255.250"), [true, false, false, false]);
  assert.deepEqual(kinds("ff02::fb"), [true, false, false, false]);
  assert.deepEqual(kinds("169.254.7.7"), [false, true, false, false]);
  assert.deepEqual(kinds("fe80::1"), [false, true, false, false]);
  assert.deepEqual(kinds("127.0.0.53"), [false, false, true, false]);
  assert.deepEqual(kinds("255.255.255.255"), [false, false, false, true]);
  assert.deepEqual(kinds("4000::1"), [false, false, false, true]);
  assert.deepEqual(kinds("::1"), [false, false, true, true]);
  assert.deepEqual(kinds("2001:4860:4860::8888"), [false, false, false, false]);
});

Deno.test("a scan can be aimed at a private host, not at a group or at oneself", () => {
  for (const ip of ["192.168.1.5", "45.33.32.156", "fd00::5", "2600::1"]) {
    assert.equal(isInterestingToScans(ip), true, ip);
  }
  for (const ip of ["224.0.0.1", "ff02::1", "127.0.0.1", "::1", "169.254.1.1", "fe80::1", "255.255.255.255", ""]) {
    assert.equal(isInterestingToScans(ip), false, ip);
  }
});

Deno.test("only hosts on the public Internet are not ignored", () => {
  for (const ip of ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]) assert.equal(isIgnored(ip), false, ip);
  for (const ip of ["10.1.1.1", "224.0.0.1", "fe80::1", "::1", "240.0.0.1", "example.org", "1.2.3", "1.2.3.4.5", ""]) {
    assert.equal(isIgnored(ip), true, ip);
  }
});

Deno.test("an IPv4 host written as mapped IPv6 is the same host", () => {
  assert.equal(isPrivate("::ffff:10.0.0.1"), true);
  assert.equal(isGlobal("::ffff:8.8.8.8"), true);
  assert.equal(isLoopback("::ffff:7f00:1"), true);
});

Deno.test("text that is no address is of no kind", () => {
  for (const text of ["", "-", "10.0.0", "10.0.0.256", "10.0.0.1/8", "fe80::1%eth0", "[::1]", "localhost"]) {
    assert.equal(isAddress(text), false, text);
    for (const is of [isPrivate, isMulticast, isLinkLocal, isLoopback, isReserved, isGlobal]) {
      assert.equal(is(text), false, `${is.name} ${text}`);
    }
  }
});

Deno.test("the home network's block is found from any of its hosts", () => {
  assert.equal(rfc1918Block("192.168.77.3"), "192.168.0.0/16");
  assert.equal(rfc1918Block("172.16.0.1"), "172.16.0.0/12");
  assert.equal(rfc1918Block("172.31.255.255"), "172.16.0.0/12");
  assert.equal(rfc1918Block("10.200.3.4"), "10.0.0.0/8");
  for (const ip of ["172.32.0.1", "172.15.0.1", "11.0.0.1", "169.254.1.1", "fd00::1", "8.8.8.8", "-"]) {
    assert.equal(rfc1918Block(ip), undefined, ip);
  }
});

Deno.test("no address yet and everybody here are the two special IPv4 addresses", () => {
  assert.deepEqual(["0.0.0.0", "255.255.255.255", "0.0.0.1", "10.0.0.255"].map(isSpecialIPv4), [
    true,
    true,
    false,
    false,
  ]);
});
