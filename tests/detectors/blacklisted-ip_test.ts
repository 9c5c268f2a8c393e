// Connections from and to listed addresses.

import assert from "node:assert/strict";
import { blacklistedIp } from "../../detectors/blacklisted-ip.ts";
import { conn, watch } from "./harness.ts";
import { intelligence } from "./intelligence.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";
const BAD = "45.9.148.3";
const lists = [
  { name: "bots", lines: `${BAD} # Emotet\n45.10.0.0/16\n2a02:6e0::/32`, tags: ["c2"] },
  { name: "grave", level: "high", lines: "45.11.0.1" },
] as const;
const intel = intelligence(lists);

proof(
  "threat_intelligence_to_blacklisted_ip",
  "D1: a host connects to a listed address, which is told for both ends",
  () => {
    const connection = conn({ orig_h: HOST, resp_h: BAD, resp_p: 8080 });
    const found = watch([blacklistedIp], [connection], { intel });
    const common = {
      type: "threat_intelligence_to_blacklisted_ip",
      confidence: 1,
      window: 1,
      timestamp: T,
      uids: [connection.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 8080,
      related: 1,
      description: `Connection from ${HOST} to the blacklisted address ${BAD} (listed by bots: "Emotet"; tags: c2) ` +
        "on destination port 8080/tcp",
    };
    assert.deepEqual(found.map(told), [
      { ...common, threat: "low", attacker: `src ip ${HOST}`, victim: `dst ip ${BAD}`, profile: HOST },
      { ...common, threat: "medium", attacker: `dst ip ${BAD}`, victim: `src ip ${HOST}`, profile: BAD },
    ]);
  },
);

twin(
  "threat_intelligence_to_blacklisted_ip",
  "the next address is not listed, a ping asks nothing, half a flow says nothing",
  () => {
    const records = [
      conn({ orig_h: HOST, resp_h: "45.9.148.4" }),
      conn({ orig_h: HOST, resp_h: BAD, proto: "icmp", orig_p: 8, resp_p: 0 }),
      conn({ orig_h: HOST, resp_h: BAD, conn_state: "OTH" }),
      conn({ orig_h: HOST, resp_h: "192.168.1.1" }),
    ];
    assert.deepEqual(watch([blacklistedIp], records, { intel }), []);
  },
);

proof(
  "threat_intelligence_from_blacklisted_ip",
  "D37: a listed address that connects to us is told as from, not as to",
  () => {
    const connection = conn({ orig_h: BAD, resp_h: HOST, resp_p: 22, conn_state: "S0" });
    const [found, ...more] = watch([blacklistedIp], [connection], { intel });
    assert.deepEqual(more, []);
    assert.deepEqual(told(found!), {
      type: "threat_intelligence_from_blacklisted_ip",
      threat: "medium",
      confidence: 1,
      attacker: `src ip ${BAD}`,
      victim: `dst ip ${HOST}`,
      profile: BAD,
      window: 1,
      timestamp: T,
      uids: [connection.uid],
      proto: "tcp",
      src_port: 40_000,
      dst_port: 22,
      description: `Connection from the blacklisted address ${BAD} (listed by bots: "Emotet"; tags: c2) to ${HOST} ` +
        "on destination port 22/tcp",
    });
  },
);

twin(
  "threat_intelligence_from_blacklisted_ip",
  "a host that is not listed connects to us, and we connect to a listed one",
  () => {
    const found = watch(
      [blacklistedIp],
      [conn({ orig_h: "45.9.148.4", resp_h: HOST }), conn({ orig_h: HOST, resp_h: BAD })],
      { intel },
    );
    assert.deepEqual(found.map(({ type }) => type), Array(2).fill("threat_intelligence_to_blacklisted_ip"));
  },
);

Deno.test("D2: each connection is looked up, and repeats are one finding with a count", () => {
  const calls = Array.from({ length: 20 }, (_, i) => conn({ orig_h: HOST, resp_h: BAD, ts: T + 60 * i }));
  const found = watch([blacklistedIp], calls, { intel, folded: true });
  const own = found.filter(({ profile }) => profile === HOST);
  assert.deepEqual(own.map(({ count }) => count), [1, 2, 5, 10, 20]);
  assert.equal(new Set(own.map(({ id }) => id)).size, 1);
  assert.equal(watch([blacklistedIp], calls, { intel }).length, 40);
});

Deno.test("networks match as addresses do, of either family, and name the network that is listed", () => {
  const [four] = watch([blacklistedIp], [conn({ orig_h: HOST, resp_h: "45.10.7.7" })], { intel });
  assert.match(four!.description, /45\.10\.7\.7 \(listed by bots by way of 45\.10\.0\.0\/16; tags: c2\)/);
  const [six] = watch([blacklistedIp], [conn({ orig_h: "fd00::1", resp_h: "2a02:6e0::99" })], { intel });
  assert.equal(six!.attacker.value, "2a02:6e0::99");
});

Deno.test("what a list calls grave is grave for our host as well", () => {
  const found = watch([blacklistedIp], [conn({ orig_h: HOST, resp_h: "45.11.0.1" })], { intel });
  assert.deepEqual(found.map(({ threat }) => threat), ["high", "high"]);
});

Deno.test("nothing is known, nothing is told", () => {
  assert.deepEqual(watch([blacklistedIp], [conn({ orig_h: HOST, resp_h: BAD })]), []);
});
