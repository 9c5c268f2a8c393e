// Messages of the protocols, read back by other means where there are any.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  applicationData,
  certificate,
  clientHello,
  concat,
  dhcpMessage,
  dnsMessage,
  dnsName,
  encryptedSshSize,
  handshakeRecords,
  hex,
  httpRequest,
  httpResponse,
  selfSignedChain,
  siteChain,
  SSH_PAYLOAD,
  sshKexInit,
} from "./craft.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("a DNS answer points back to the names before it", () => {
  const bytes = dnsMessage({
    id: 0x1234,
    response: true,
    questions: [{ name: "www.example.com", type: "A" }],
    answers: [
      { name: "www.example.com", type: "CNAME", data: "example.com" },
      { name: "example.com", type: "A", data: "93.184.216.34" },
    ],
  });
  assert.deepEqual(
    bytes,
    concat(
      hex("1234 8180 0001 0002 0000 0000"),
      dnsName("www.example.com"),
      hex("0001 0001  c00c 0005 0001 0000012c 0002 c010  c010 0001 0001 0000012c 0004 5db8d822"),
    ),
  );
});

Deno.test("a long TXT answer is cut into strings of 255 bytes", () => {
  const bytes = dnsMessage({ answers: [{ name: "", type: "TXT", data: "x".repeat(300) }] });
  const data = bytes.subarray(12 + 1 + 10);
  assert.deepEqual([data.length, data[0], data[256]], [302, 255, 45]);
});

Deno.test("response codes and truncation stand in the flags", () => {
  const bytes = dnsMessage({ response: true, rcode: "NXDOMAIN", truncated: true, authoritative: true });
  assert.deepEqual(bytes.subarray(2, 4), hex("8783"));
});

Deno.test("a site's certificate names the site and its authority", () => {
  const [leaf, authority] = siteChain("www.example.com", "example.com").map((der) => new X509Certificate(der));
  assert.equal(leaf!.subject, "CN=www.example.com");
  assert.equal(leaf!.issuer, authority!.subject);
  assert.equal(leaf!.subjectAltName, "DNS:www.example.com, DNS:example.com");
  assert.equal(authority!.ca, true);
  assert.equal(leaf!.publicKey.asymmetricKeyType, "rsa");
});

Deno.test("a self-signed certificate is its own issuer", () => {
  const [der] = selfSignedChain({ C: "XX", O: "Nobody", CN: "localhost" }, {
    key: "ec",
    serial: "0badcafe",
    notBefore: "2024-02-29T12:30:00Z",
    notAfter: "2060-01-01T00:00:00Z",
    alternativeNames: ["localhost", "127.0.0.1"],
  });
  const read = new X509Certificate(der!);
  assert.equal(read.issuer, read.subject);
  assert.equal(read.subject, "C=XX\nO=Nobody\nCN=localhost");
  assert.match(read.serialNumber, /^0?BADCAFE$/);
  assert.equal(Date.parse(read.validFrom), Date.parse("2024-02-29T12:30:00Z"));
  assert.equal(Date.parse(read.validTo), Date.parse("2060-01-01T00:00:00Z"));
  assert.equal(read.publicKey.asymmetricKeyType, "ec");
});

Deno.test("certificates of two seeds differ in serial number and key", () => {
  const [one, two] = [1, 2].map((seed) => new X509Certificate(certificate({ subject: { CN: "x" }, seed })));
  assert.notEqual(one!.serialNumber, two!.serialNumber);
  assert.notEqual(
    one!.publicKey.export({ type: "spki", format: "pem" }),
    two!.publicKey.export({ type: "spki", format: "pem" }),
  );
});

Deno.test("a ClientHello's lengths nest and its SNI can be found", () => {
  const hello = clientHello({ serverName: "www.example.com", alpn: ["h2"], ciphers: [0x1301, 0xc02f] });
  assert.equal((hello[1]! << 16) | (hello[2]! << 8) | hello[3]!, hello.length - 4);
  // Type, length, version, random, session id, ciphers, compression.
  const extensionsAt = 4 + 2 + 32 + 1 + hello[38]! + 2 + 4 + 2;
  assert.equal((hello[extensionsAt]! << 8) | hello[extensionsAt + 1]!, hello.length - extensionsAt - 2);
  assert.ok(text(hello).includes("www.example.com"));
  assert.ok(!text(clientHello({ serverName: null })).includes("example"));
});

Deno.test("handshake messages longer than a record are spread over several", () => {
  const records = handshakeRecords(new Uint8Array(20_000));
  assert.equal(records.length, 20_000 + 10);
  assert.deepEqual(records.subarray(0, 5), hex("16 0303 4000"));
  assert.deepEqual(records.subarray(5 + 16_384, 10 + 16_384), hex("16 0303 0e20"));
});

Deno.test("application data has a record header wherever one belongs, however it is cut", () => {
  const source = applicationData(40_000, "1.2");
  const headers: number[] = [];
  // Pieces of an awkward size, so that headers fall across their edges.
  const pieces = Array.from({ length: Math.ceil(source.size / 1_003) }, (_, i) => {
    return source.piece(i * 1_003, Math.min(1_003, source.size - i * 1_003));
  });
  const whole = concat(...pieces);
  assert.equal(whole.length, source.size);
  for (let at = 0; at < whole.length;) {
    assert.deepEqual(whole.subarray(at, at + 3), hex("17 0303"));
    const size = (whole[at + 3]! << 8) | whole[at + 4]!;
    headers.push(size - 24);
    at += 5 + size;
  }
  assert.deepEqual(headers, [16_384, 16_384, 7_232]);
});

Deno.test("an SSH success is 16 bytes shorter than the service's acceptance, a refusal is longer", () => {
  const accepted = encryptedSshSize(SSH_PAYLOAD.service);
  assert.equal(accepted - encryptedSshSize(SSH_PAYLOAD.success), 16);
  assert.ok(encryptedSshSize(SSH_PAYLOAD.failure) > accepted);
});

Deno.test("a KEXINIT is padded to whole blocks and holds its lists", () => {
  const packet = sshKexInit({ cipher: ["chacha20-poly1305@openssh.com"] }, new Uint8Array(16));
  assert.equal(packet.length % 8, 0);
  assert.equal(new DataView(packet.buffer).getUint32(0), packet.length - 4);
  assert.equal(text(packet).split("chacha20-poly1305@openssh.com").length - 1, 2);
});

Deno.test("HTTP bodies: by length, compressed, in chunks, until the end, none", () => {
  assert.equal(
    text(httpRequest({ method: "POST", uri: "/x", host: "h", userAgent: "u", body: "abc" })),
    "POST /x HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nContent-Length: 3\r\n\r\nabc",
  );
  assert.match(text(httpResponse({ body: "abcdef", chunkSize: 4 })), /\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n$/);
  const zipped = httpResponse({ body: "hello", gzip: true });
  const start = zipped.findIndex((byte, i) => byte === 0x1f && zipped[i + 1] === 0x8b);
  assert.equal(text(gunzipSync(zipped.subarray(start))), "hello");
  assert.ok(!text(httpResponse({ body: "x", untilClose: true })).includes("Length"));
  assert.match(text(httpResponse({ body: "x" }, { head: true })), /Content-Length: 1\r\n\r\n$/);
  assert.equal(text(httpResponse({ status: 304 })), "HTTP/1.1 304 Not Modified\r\n\r\n");
});

Deno.test("a DHCP message has the cookie, its type and at least 300 bytes", () => {
  const bytes = dhcpMessage({ type: "request", mac: "02:00:00:00:00:01", transaction: 7, options: [[12, "pc"]] });
  assert.equal(bytes.length, 300);
  assert.deepEqual(bytes.subarray(236, 248), hex("63825363 350103 0c027063 ff"));
});
