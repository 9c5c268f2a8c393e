import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createFingerprints } from "../../../../../agent/dissect/protocol/tls/fingerprints.ts";
import {
  type ClientHello,
  parseClientHello,
  parseServerHello,
} from "../../../../../agent/dissect/protocol/tls/hello.ts";
import { ja3, ja3s, ja3Text } from "../../../../../agent/dissect/protocol/tls/ja3.ts";
import { ja4 } from "../../../../../agent/dissect/protocol/tls/ja4.ts";
import {
  type ClientHello as ClientOffer,
  clientHello,
  concat,
  type Extension,
  serverHello,
  u16,
  withLength16,
  withLength8,
} from "../../../../craft/craft.ts";

/** Reads a crafted message behind its four bytes of header. */
function parsed(message: Uint8Array): ClientHello {
  return parseClientHello(message, 4, message.length)!;
}

const list16 = (...values: number[]): Uint8Array => withLength16(concat(...values.map(u16)));

Deno.test("JA3 of the two hellos that its description explains", () => {
  const full = parsed(clientHello({
    versions: ["1.0"],
    ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
    extensions: [[0, new Uint8Array(0)], [10, list16(23, 24, 25)], [11, withLength8(Uint8Array.of(0))]],
  }));
  assert.equal(ja3Text(full), "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
  assert.equal(ja3(full), "ada70206e40642a3e4461f35503241d5");
  const bare = parsed(clientHello({
    versions: ["1.0"],
    ciphers: [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99],
    extensions: [],
  }));
  assert.equal(ja3Text(bare), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
  assert.equal(ja3(bare), "de350869b8c85de67a350c8d186f11e6");
});

Deno.test("JA3S of an answer with six extensions", () => {
  const empty = new Uint8Array(0);
  const types = [65281, 0, 11, 35, 5, 16];
  const message = serverHello({
    version: "1.0",
    cipher: 47,
    extensions: types.map((type): Extension => [type, empty]),
  });
  assert.equal(ja3s(parseServerHello(message, 4, message.length)!), "836ce314215654b5b1f85f97c73e506f");
});

/** The browser hello with which the description of JA4 explains it, with reserved values in between. */
function browserHello(grease: boolean): ClientHello {
  const types = [
    0x001b,
    0x0000,
    0x0033,
    0x0010,
    0x4469,
    0x0017,
    0x002d,
    0x000d,
    0x0005,
    0x0023,
    0x0012,
    0x002b,
    0xff01,
  ];
  const content = (type: number): Uint8Array => {
    if (type === 0x0010) return withLength16(concat(withLength8("h2"), withLength8("http/1.1")));
    if (type === 0x002b) return withLength8(concat(...(grease ? [u16(0xcaca)] : []), u16(0x0304), u16(0x0303)));
    if (type === 0x000d) return list16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601);
    return new Uint8Array(0);
  };
  const extensions = [...types, 0x000b, 0x000a, 0x0015].map((type): Extension => [type, content(type)]);
  const ciphers = [
    0x1301,
    0x1302,
    0x1303,
    0xc02b,
    0xc02f,
    0xc02c,
    0xc030,
    0xcca9,
    0xcca8,
    0xc013,
    0xc014,
    0x9c,
    0x9d,
    0x2f,
    0x35,
  ];
  return parsed(clientHello({
    ciphers: grease ? [0x5a5a, ...ciphers] : ciphers,
    extensions: grease ? [[0x0a0a, new Uint8Array(0)], ...extensions, [0xeaea, Uint8Array.of(0)]] : extensions,
  }));
}

Deno.test("JA4 of the browser that its description explains, with and without reserved values", () => {
  assert.equal(ja4(browserHello(true), "t"), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  assert.equal(ja4(browserHello(false), "t"), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  assert.equal(ja4(browserHello(true), "q"), "q13d1516h2_8daaf6152771_e5627efa2ab1");
});

Deno.test("JA4 of a hello without name, protocols, extensions and ciphers counts zeros", () => {
  const hello = parsed(clientHello({ versions: ["1.0"], ciphers: [], extensions: [] }));
  assert.equal(ja4(hello, "t"), "t10i000000_000000000000_000000000000");
});

Deno.test("JA4 writes an unprintable protocol in hex, a single letter twice", () => {
  const withProtocol = (name: Uint8Array | string): string =>
    ja4(parsed(clientHello({ extensions: [[16, withLength16(withLength8(name))]] })), "t").slice(8, 10);
  assert.equal(withProtocol(Uint8Array.of(0xab)), "ab");
  assert.equal(withProtocol(Uint8Array.of(0xab, 0xcd)), "ad");
  assert.equal(withProtocol("h"), "hh");
  assert.equal(withProtocol("http/1.1"), "h1");
});

Deno.test("without signature algorithms the third part hashes the extensions alone", () => {
  const hello = parsed(clientHello({ extensions: [[23, new Uint8Array(0)], [5, new Uint8Array(0)]] }));
  const expected = createHash("sha256").update("0005,0017").digest("hex").slice(0, 12);
  assert.equal(ja4(hello, "t").split("_")[2], expected);
});

Deno.test("fingerprints from memory are those that would be taken anew, for hellos that differ in any part", () => {
  const remembered = createFingerprints();
  const offers: ClientOffer[] = [
    {},
    { serverName: "a.example" },
    { serverName: "b.example" },
    { alpn: ["h2"] },
    { alpn: ["h2", "http/1.1"] },
    { alpn: ["http/1.1"] },
    { versions: ["1.2"] },
    { versions: ["1.3"] },
    { ciphers: [0x1301] },
    { ciphers: [0x1301, 0x2a2a] },
    { groups: [24] },
    { signatures: [0x0403] },
    { signatures: [0x0403, 0x0304] },
    { pointFormats: [0, 1] },
  ];
  for (const offer of [...offers, ...offers]) {
    const hello = parsed(clientHello(offer));
    for (const carrier of ["t", "q", "d"] as const) {
      assert.deepEqual(remembered.client(hello, carrier), { ja3: ja3(hello), ja4: ja4(hello, carrier) });
    }
  }
});
