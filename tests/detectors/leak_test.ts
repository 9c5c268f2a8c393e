// Leaks, from the notice that the search makes of what a rule has matched.

import assert from "node:assert/strict";
import { type Leak, LEAK_NOTE, writeLeak } from "../../agent/record/leak.ts";
import { leak } from "../../detectors/leak.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";

const T = 1_700_000_000;
const PHONE = "192.168.1.23", CLOUD = "93.184.216.34";

const PLACE: Leak = {
  rule: "network_gps_location_leaked",
  metadata: { evidence: "network_gps_location_leaked", threat: "low", confidence: 90, description: "where it is" },
  excerpt: "lat=50.0875",
  inFile: false,
  fromOrig: true,
};
const PASSWORD: Leak = {
  rule: "form_password",
  metadata: {
    evidence: "sensitive_data_leaked",
    threat: "medium",
    confidence: 80,
    description: "a password",
    secret: true,
  },
  excerpt: "pass… (16 characters)",
  inFile: false,
  fromOrig: true,
};

function notice(found: Leak, more: { note?: string; sub?: string; ts?: number } = {}) {
  const [src, dst] = found.fromOrig ? [PHONE, CLOUD] : [CLOUD, PHONE];
  return record("notice", {
    ts: T,
    orig_h: PHONE,
    orig_p: 50_000,
    resp_h: CLOUD,
    resp_p: 80,
    proto: "tcp",
    note: LEAK_NOTE,
    sub: writeLeak(found),
    src,
    dst,
    p: 80,
    ...more,
  });
}

proof("network_gps_location_leaked", "an app that sends where it is, unencrypted, is told on both ends", () => {
  const found = watch([leak], [notice(PLACE)]);
  assert.equal(found.length, 2);
  const description =
    `${PHONE} sent where it is in the clear to ${CLOUD} (port 80/tcp), where everybody on the way can read it: lat=50.0875`;
  assert.deepEqual(
    found.map((one) => [one.profile, one.threat, one.confidence, one.attacker.direction, one.description]),
    [
      [PHONE, "low", 0.9, "src", description],
      [CLOUD, "high", 0.9, "dst", description],
    ],
  );
  assert.deepEqual(found[0]!.victim, { direction: "dst", kind: "ip", value: CLOUD });
});

twin("network_gps_location_leaked", "a place in what a server answers is what was asked for", () => {
  assert.deepEqual(watch([leak], [notice({ ...PLACE, fromOrig: false })]), []);
});

proof(
  "sensitive_data_leaked",
  "a password in a form without encryption; told once with a count when it comes again",
  () => {
    const found = watch([leak], [notice(PASSWORD), notice(PASSWORD, { ts: T + 60 })]);
    const own = found.filter(({ profile }) => profile === PHONE);
    assert.deepEqual(own.map(({ threat, confidence }) => [threat, confidence]), own.map(() => ["medium", 0.8]));
    assert.match(
      own[0]!.description,
      /^192\.168\.1\.23 sent a password in the clear to 93\.184\.216\.34 \(port 80\/tcp\)/,
    );
  },
);

twin("sensitive_data_leaked", "notices of others, and such that cannot be read, are no leaks", () => {
  assert.deepEqual(
    watch([leak], [notice(PASSWORD, { note: "Scan::Port_Scan" }), notice(PASSWORD, { sub: "not JSON" })]),
    [],
  );
});

Deno.test("a user's rule without metadata is a low finding of the configured confidence", () => {
  const own: Leak = { rule: "my_project_name", metadata: {}, excerpt: "Project X", inFile: true, fromOrig: true };
  const [found] = watch([leak], [notice(own)], { settings: { leak: { confidence: 0.6 } } });
  assert.deepEqual([found!.type, found!.threat, found!.confidence], ["sensitive_data_leaked", "low", 0.6]);
  assert.match(found!.description, /sent my project name in the clear .*, in a file: Project X$/);
});

Deno.test("a rule that claims impossible levels is not believed", () => {
  const odd: Leak = { ...PASSWORD, metadata: { threat: "apocalyptic", confidence: 900 } };
  const [found] = watch([leak], [notice(odd)]);
  assert.deepEqual([found!.threat, found!.confidence], ["low", 1]);
});

Deno.test("a rule that does not say how sure it is is believed as the setting says", () => {
  const { confidence: _confidence, ...metadata } = PASSWORD.metadata;
  const sure = (options = {}) => watch([leak], [notice({ ...PASSWORD, metadata })], options)[0]!.confidence;
  assert.equal(sure(), 0.7);
  assert.equal(sure({ settings: { leak: { confidence: 0.2 } } }), 0.2);
});
