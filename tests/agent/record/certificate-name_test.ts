// Names in certificates: which hosts they cover, and how they are read out of a subject.

import assert from "node:assert/strict";
import {
  attributeOf,
  commonNameOf,
  coversName,
  LONGEST_KNOWN_SUBJECT,
} from "../../../agent/record/certificate-name.ts";

Deno.test("a star stands for (a part of) the first label, and needs two labels behind it", () => {
  for (const name of ["www.example.com", "a.example.com"]) assert(coversName("*.example.com", name), name);
  for (const name of ["example.com", "a.b.example.com", ".example.com", "www.example.org"]) {
    assert(!coversName("*.example.com", name), name);
  }
  assert(coversName("w*w.example.com", "www.example.com"));
  assert(!coversName("ww*w.example.com", "ww.example.com"));
  assert(!coversName("*.com", "example.com"));
  assert(!coversName("www.*.com", "www.example.com"));
  assert(coversName("example.com", "example.com"));
  assert(!coversName("example.com", "example.com.evil.test"), "not by its beginning");
});

Deno.test("the parts of a subject are read in any order, with commas in them", () => {
  const subject = "emailAddress=a@b.c,CN=*.facebook.com,O=Facebook\\, Inc.,L=Menlo Park,C=US";
  assert.equal(attributeOf(subject, "CN"), "*.facebook.com");
  assert.equal(attributeOf(subject, "O"), "Facebook, Inc.");
  assert.equal(attributeOf(subject, "C"), "US");
  assert.equal(attributeOf(subject, "OU"), undefined);
  assert.equal(attributeOf("C=US, ST=California, CN=a.b", "CN"), "a.b");
  assert.equal(attributeOf("", "CN"), undefined);
  assert.equal(attributeOf("CN=end\\", "CN"), "end\\");
});

Deno.test("the common name of a subject is the same each time, in lower case, however long the subject", () => {
  const long = `O=${"x".repeat(LONGEST_KNOWN_SUBJECT)},CN=Long.Example`;
  for (let time = 0; time < 2; time++) {
    assert.equal(commonNameOf("CN=WWW.Example\\, Inc.,O=Example"), "www.example, inc.");
    assert.equal(commonNameOf("O=Nobody"), undefined);
    assert.equal(commonNameOf(long), "long.example");
  }
});
