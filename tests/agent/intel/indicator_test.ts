// Indicators: what a text stands for, in which spelling, and what is no indicator though it looks like one.

import assert from "node:assert/strict";
import { type IndicatorKind, readIndicator } from "../../../agent/intel/indicator.ts";

function read(text: string, kind?: IndicatorKind): string {
  const found = readIndicator(text, kind);
  return "refused" in found ? `refused: ${found.refused}` : `${found.kind} ${found.value}`;
}

Deno.test("each kind is told by its looks, and written in one spelling", () => {
  assert.equal(read("45.9.148.3"), "ip 45.9.148.3");
  assert.equal(read(" 2A02:06E0:0000::1 "), "ip 2a02:6e0::1");
  assert.equal(read("::ffff:45.9.148.3"), "ip 45.9.148.3");
  assert.equal(read("45.9.148.77/24"), "range 45.9.148.0/24");
  assert.equal(read("45.9.148.3/32"), "ip 45.9.148.3");
  assert.equal(read("2a02:6e0::/32"), "range 2a02:6e0::/32");
  assert.equal(read("AS64512"), "asn 64512");
  assert.equal(read("Evil.Example.COM."), "domain evil.example.com");
  assert.equal(read("*.evil.example"), "domain evil.example");
  assert.equal(read("münchen.example"), "domain xn--mnchen-3ya.example");
  assert.equal(read("44D88612FEA8A8F36DE82E1278ABB02F"), "md5 44d88612fea8a8f36de82e1278abb02f");
  assert.equal(read("a".repeat(40)), `sha1 ${"a".repeat(40)}`);
  assert.equal(read("a".repeat(64)), `sha256 ${"a".repeat(64)}`);
  assert.equal(read("2".repeat(62)), `jarm ${"2".repeat(62)}`);
  assert.equal(read("t13d1516h2_8daaf6152771_e5627efa2ab1"), "ja4 t13d1516h2_8daaf6152771_e5627efa2ab1");
});

Deno.test("the same digits are a file, a fingerprint or a certificate, as the feed says", () => {
  assert.equal(read("6734f37431670b3ab4292b8f60f29984", "ja3"), "ja3 6734f37431670b3ab4292b8f60f29984");
  assert.equal(read("AA:".repeat(19) + "AA", "certificate"), `certificate ${"aa".repeat(20)}`);
  assert.equal(read("6734f374", "ja3"), "refused: it does not have the 32 hexadecimal digits of ja3");
  assert.equal(read("185.220.101.1", "tor_exit"), "tor_exit 185.220.101.1");
});

Deno.test("what was written so that nobody clicks on it is read as it was meant", () => {
  assert.equal(read("evil[.]example"), "domain evil.example");
  assert.equal(read("hxxp://evil[.]example/a"), "url evil.example/a");
});

Deno.test("URLs that mean the same page are the same", () => {
  const page = "url www.evil.example/~user/a%20b?q=%2F";
  assert.equal(read("http://WWW.Evil.example:80/~user/a%20b?q=%2f#top"), page);
  assert.equal(read("https://user:pass@www.evil.example:443/%7Euser/a b?q=%2F"), page);
  assert.equal(read("www.evil.example/~user/a%20b?q=%2F"), page);
  assert.equal(read("http://evil.example"), "url evil.example/");
  assert.equal(read("http://evil.example?x"), "url evil.example/?x");
  assert.equal(read("http://evil.example:8080/"), "url evil.example:8080/");
  assert.equal(read("https://evil.example:80/"), "url evil.example:80/");
  assert.equal(read("http://45.9.148.3/x/@y"), "url 45.9.148.3/x/@y");
  assert.equal(read("http://[2A02:6e0::1]:8080/x"), "url [2a02:6e0::1]:8080/x");
});

Deno.test("addresses of home networks and half the Internet are no indicators: bogon lists name them", () => {
  for (const text of ["192.168.1.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "fe80::1", "224.0.0.5"]) {
    assert.equal(read(text), "refused: it is an address that nobody has on the Internet", text);
  }
  for (const text of ["10.0.0.0/8", "100.64.0.0/10", "192.168.0.0/16", "224.0.0.0/8", "fe80::/64"]) {
    assert.equal(read(text), "refused: it holds addresses that nobody has on the Internet", text);
  }
  assert.equal(read("0.0.0.0/0"), "refused: it holds too much of the Internet");
  assert.equal(read("2000::/3"), "refused: it holds too much of the Internet");
});

Deno.test("what is none is refused", () => {
  for (
    const text of [
      "",
      "localhost",
      "evil",
      "a..b",
      "-",
      "1.2.3",
      "1.2.3.4.5",
      "x".repeat(64) + ".com",
      "a b.com",
      "me@evil.example",
    ]
  ) {
    assert.match(read(text), /^refused/, text);
  }
  assert.match(read("ftp://evil.example/x"), /^refused/);
  assert.match(read("http://evil.example:port/x"), /^refused/);
  assert.match(read(`http://evil.example/${"x".repeat(2048)}`), /^refused/);
});
