import assert from "node:assert/strict";
import { type Certificate, parseCertificate } from "../../../../../agent/dissect/protocol/x509/certificate.ts";
import { childrenOf, elementAt, integerHex, objectIdentifier } from "../../../../../agent/dissect/protocol/x509/der.ts";
import { matchesHostname } from "../../../../../agent/dissect/protocol/x509/hostname.ts";
import { certificateRecord } from "../../../../../agent/dissect/protocol/x509/log.ts";
import { nameText } from "../../../../../agent/dissect/protocol/x509/name.ts";
import { publicKey } from "../../../../../agent/dissect/protocol/x509/public-key.ts";
import { certificateTime } from "../../../../../agent/dissect/protocol/x509/time.ts";
import {
  certificate,
  type CertificateFields,
  concat,
  der,
  derBitString,
  derInteger,
  derNull,
  derOid,
  derSequence,
  derSet,
  derText,
  hex,
  noise,
  random,
  toBytes,
} from "../../../../craft/craft.ts";
import { damaged } from "../listen.ts";

function parse(fields: CertificateFields): Certificate {
  return parseCertificate(certificate(fields))!;
}

Deno.test("a server's certificate as a record, with all its names", () => {
  const record = certificateRecord(
    parse({
      subject: { C: "DE", ST: "Berlin", L: "Berlin", O: "Example GmbH", OU: "IT", CN: "www.example.de" },
      issuer: { C: "US", O: "Example Trust", CN: "CA 1" },
      notBefore: "2024-03-05T08:00:00Z",
      notAfter: "2051-03-05T08:00:00Z",
      serial: "00a1b2c3",
      alternativeNames: ["www.example.de", "*.example.de", "192.0.2.7", "2001:db8::1"],
      authority: false,
    }),
    "host",
    7,
  );
  assert.deepEqual({ ...record, fingerprint: record.fingerprint.length }, {
    kind: "x509",
    ts: 7,
    fingerprint: 64,
    "certificate.version": 3,
    "certificate.serial": "A1B2C3",
    "certificate.subject": "CN=www.example.de,OU=IT,O=Example GmbH,L=Berlin,ST=Berlin,C=DE",
    "certificate.issuer": "CN=CA 1,O=Example Trust,C=US",
    "certificate.not_valid_before": Date.UTC(2024, 2, 5, 8) / 1000,
    "certificate.not_valid_after": Date.UTC(2051, 2, 5, 8) / 1000,
    "certificate.key_alg": "rsaEncryption",
    "certificate.sig_alg": "sha256WithRSAEncryption",
    "certificate.key_type": "rsa",
    "certificate.key_length": 2048,
    "certificate.exponent": "65537",
    "certificate.curve": undefined,
    "san.dns": ["www.example.de", "*.example.de"],
    "san.uri": undefined,
    "san.email": undefined,
    "san.ip": ["192.0.2.7", "2001:db8::1"],
    "basic_constraints.ca": false,
    "basic_constraints.path_len": undefined,
    host_cert: true,
    client_cert: false,
  });
});

Deno.test("an elliptic key has a curve, an old certificate version 1 and no extensions", () => {
  const curve = parse({ subject: { CN: "a" }, key: "ec", authority: true });
  assert.deepEqual(curve.key, { algorithm: "id-ecPublicKey", type: "ecdsa", curve: "prime256v1", length: 256 });
  assert.equal(curve.signatureAlgorithm, "ecdsa-with-SHA256");
  assert.deepEqual(curve.constraints, { ca: true, pathLength: undefined });
  const old = parse({ subject: { CN: "a" }, version: 1 });
  assert.deepEqual([old.version, old.names, old.constraints], [1, undefined, undefined]);
});

function keyOf(algorithm: Uint8Array, key: Uint8Array) {
  const info = derSequence(algorithm, derBitString(key));
  return publicKey(info, elementAt(info, 0, info.length)!);
}

Deno.test("keys of other kinds: Edwards curves, ML-DSA, DSA, and numbers nobody has a name for", () => {
  assert.deepEqual(keyOf(derSequence(derOid("1.3.101.112")), noise(32, 1)), {
    algorithm: "ED25519",
    type: "ED25519",
    length: 256,
  });
  const mlDsa = keyOf(derSequence(derOid("2.16.840.1.101.3.4.3.18")), noise(1952, 1));
  assert.deepEqual(mlDsa, { algorithm: "ML-DSA-65", type: "ML-DSA-65", length: 15_616 });
  const parameters = derSequence(derInteger(concat(hex("00ff"), noise(127, 1))), derInteger(3), derInteger(2));
  const dsa = keyOf(derSequence(derOid("1.2.840.10040.4.1"), parameters), derInteger(5));
  assert.deepEqual(dsa, { algorithm: "dsaEncryption", type: "dsa", length: 1024 });
  assert.deepEqual(keyOf(derSequence(derOid("1.2.3.4.5")), noise(8, 1)), { algorithm: "1.2.3.4.5" });
});

Deno.test("a terminal server that names a signature where the key's kind belongs still has an RSA key", () => {
  const key = derSequence(derInteger(concat(hex("00c1"), noise(63, 1))), derInteger(65_537));
  const read = keyOf(derSequence(derOid("1.2.840.113549.1.1.4"), derNull()), key);
  assert.deepEqual(read, { algorithm: "md5WithRSAEncryption", type: "rsa", length: 512, exponent: "65537" });
});

/** A name of one attribute with this type and value. */
function named(oid: string, value: Uint8Array): string {
  const name = derSequence(derSet(derSequence(derOid(oid), value)));
  return nameText(name, elementAt(name, 0, name.length)!);
}

Deno.test("names are escaped as RFC 2253 has it", () => {
  const commonName = (text: string): string => named("2.5.4.3", derText(text));
  assert.equal(commonName('a,b+c"d\\e<f>g;h'), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h');
  assert.equal(commonName(" both ends "), "CN=\\ both ends\\ ");
  assert.equal(commonName("#1 #2"), "CN=\\#1 #2");
  assert.equal(commonName("line\r\nbreak\x7f"), "CN=line\\0D\\0Abreak\\7F");
  assert.equal(commonName("Zoë €"), "CN=Zo\\C3\\AB \\E2\\82\\AC");
});

Deno.test("names in old alphabets, of unknown types and of several parts", () => {
  assert.equal(named("2.5.4.10", der(0x14, Uint8Array.of(0x5a, 0x6f, 0xeb))), "O=Zo\\C3\\AB");
  assert.equal(named("2.5.4.10", der(0x1e, Uint8Array.of(0, 0x41, 0x20, 0xac))), "O=A\\E2\\82\\AC");
  assert.equal(named("1.2.3.4", derText("x")), "1.2.3.4=#0C0178");
  assert.equal(named("2.5.4.45", derBitString(Uint8Array.of(1))), "x500UniqueIdentifier=#03020001");
  assert.equal(named("1.2.840.113549.1.9.1", der(0x16, "a@b.example")), "emailAddress=a@b.example");
  const parts = [["2.5.4.3", "SERVER"], ["2.5.4.7", "HOME"]].map(([oid, text]) =>
    derSequence(derOid(oid!), derText(text!))
  );
  const name = derSequence(derSet(...parts));
  assert.equal(nameText(name, elementAt(name, 0, name.length)!), "L=HOME+CN=SERVER");
});

Deno.test("a name of megabytes is cut", () => {
  const long = named("2.5.4.3", derText("x".repeat(1_000_000)));
  assert.equal(long.length, 2047);
});

Deno.test("times of both kinds, with offsets, without seconds, and nonsense", () => {
  const time = (tag: number, text: string): number | undefined => {
    const bytes = der(tag, text);
    return certificateTime(bytes, elementAt(bytes, 0, bytes.length)!);
  };
  assert.equal(time(0x17, "491231235959Z"), Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
  assert.equal(time(0x17, "500101000000Z"), Date.UTC(1950, 0, 1) / 1000);
  assert.equal(time(0x17, "2403050800Z"), Date.UTC(2024, 2, 5, 8) / 1000);
  assert.equal(time(0x18, "20510101120000.5Z"), Date.UTC(2051, 0, 1, 12) / 1000);
  assert.equal(time(0x18, "20240101120000+0130"), Date.UTC(2024, 0, 1, 10, 30) / 1000);
  assert.equal(time(0x17, "24030508"), undefined);
  assert.equal(time(0x17, "yesterday..."), undefined);
  assert.equal(time(0x04, "240305080000Z"), undefined);
});

Deno.test("integers and object identifiers at their edges", () => {
  const integer = (text: string): string => {
    const bytes = der(0x02, hex(text));
    return integerHex(bytes, elementAt(bytes, 0, bytes.length)!);
  };
  assert.deepEqual(["00", "0080", "7f", "80", "ff01"].map(integer), ["00", "80", "7F", "-80", "-FF"]);
  const identifier = (text: string): string => {
    const bytes = der(0x06, hex(text));
    return objectIdentifier(bytes, elementAt(bytes, 0, bytes.length)!);
  };
  assert.deepEqual(["2a864886f70d", "8837", "2a86", ""].map(identifier), ["1.2.840.113549", "2.999", "", ""]);
});

Deno.test("DER: lengths that lie, tags of several bytes and endless forms are no elements", () => {
  const element = (text: string) => elementAt(hex(text), 0, hex(text).length);
  assert.equal(element("3003020101")?.end, 5);
  assert.deepEqual(["30", "3004020101", "1f0100", "3080", "308500000000ff"].map(element), Array(5).fill(undefined));
  const bytes = hex("30050201010202");
  assert.equal(childrenOf(bytes, elementAt(bytes, 0, bytes.length)), undefined);
});

Deno.test("hostnames: wildcards stand for one label, the common name only counts alone, case never", () => {
  const site = parse({
    subject: { CN: "old.example" },
    alternativeNames: ["a.example", "*.b.example", "f*.c.example", "192.0.2.1"],
  });
  const matching = ["A.example", "x.b.example", "foo.c.example", "192.0.2.1"];
  const others = ["old.example", "b.example", "x.y.b.example", "bar.c.example", ".b.example", ""];
  assert.deepEqual(matching.map((name) => matchesHostname(site, name)), [true, true, true, true]);
  assert.deepEqual(others.map((name) => matchesHostname(site, name)), Array(6).fill(false));
  assert.equal(matchesHostname(parse({ subject: { CN: "*.old.example" } }), "www.old.example"), true);
  assert.equal(matchesHostname(parse({ subject: { CN: "a" }, alternativeNames: ["*.com"] }), "example.com"), false);
});

Deno.test("eight thousand damaged certificates and every cut: nothing thrown", () => {
  const chance = random(11);
  const whole = certificate({
    subject: { CN: "a.example", O: "x" },
    alternativeNames: ["a.example", "10.0.0.1"],
    authority: true,
  });
  for (let cut = 0; cut < whole.length; cut++) assert.equal(parseCertificate(whole.slice(0, cut)), undefined);
  for (let i = 0; i < 8000; i++) {
    const certificate = parseCertificate(damaged(whole, chance));
    if (certificate !== undefined) certificateRecord(certificate, "host", 0);
  }
  assert.notEqual(parseCertificate(concat(whole, toBytes("more"))), undefined);
});
