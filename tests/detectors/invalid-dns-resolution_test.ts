// Names on the Internet that resolve to private addresses.

import assert from "node:assert/strict";
import { invalidDnsResolution } from "../../detectors/invalid-dns-resolution.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOST = "192.168.1.10";

function answer(query: string, answers: readonly string[], fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T,
    orig_h: HOST,
    orig_p: 50_000,
    resp_h: "8.8.8.8",
    resp_p: 53,
    proto: "udp",
    query,
    qtype_name: "A",
    rcode_name: "NOERROR",
    answers,
    ...fields,
  });
}

proof("invalid_dns_resolution", "a name that resolves to a private address is told", () => {
  const dns = answer("rebind.example.net", ["192.168.1.1"]);
  const [found, ...more] = watch([invalidDnsResolution], [dns]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "invalid_dns_resolution",
    threat: "info",
    confidence: 0.8,
    attacker: "src ip 192.168.1.10",
    victim: "dst domain rebind.example.net",
    profile: HOST,
    window: 1,
    timestamp: T,
    uids: [dns.uid],
    description: "invalid DNS resolution: 192.168.1.10 asked for rebind.example.net and was told the private address " +
      "192.168.1.1, which cannot be a host on the Internet",
  });
});

twin("invalid_dns_resolution", "a name that resolves to a public address, by way of another name too, is not", () => {
  assert.deepEqual(watch([invalidDnsResolution], [answer("example.net", ["cdn.example.net", "93.184.216.34"])]), []);
  assert.deepEqual(watch([invalidDnsResolution], [answer("example.net", ["TXT 8 10.0.0.1"])]), []);
  assert.deepEqual(watch([invalidDnsResolution], [answer("example.net", [])]), []);
});

Deno.test("names of the local network resolve to private addresses, as they should", () => {
  const quiet = [
    answer("localhost", ["127.0.0.1"]),
    answer("printer.local", ["192.168.1.7"]),
    answer("7.1.168.192.in-addr.arpa", ["192.168.1.7"]),
    answer("FILESERVER", ["192.168.1.8"], { resp_h: "192.168.1.255", resp_p: 137 }),
    answer("fileserver", ["192.168.1.8"], { resp_h: "224.0.0.252", resp_p: 5355 }),
    answer("fileserver.home", ["192.168.1.8"], { resp_h: "224.0.0.251", resp_p: 5353 }),
  ];
  assert.deepEqual(watch([invalidDnsResolution], quiet), []);
});

Deno.test("every private address in an answer is told, blocked names included", () => {
  const answers = ["10.0.0.1", "93.184.216.34", "fd00::1", "0.0.0.0"];
  assert.equal(watch([invalidDnsResolution], [answer("tracker.example", answers)]).length, 3);
});

Deno.test("a hostile name of great length is cut", () => {
  const [found] = watch([invalidDnsResolution], [answer("a.".repeat(5000), ["10.0.0.1"])]);
  assert.equal(found!.victim!.value.length, 255);
  assert.ok(found!.description.length < 500);
});
