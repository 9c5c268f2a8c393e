// Reverse look-ups: of a scanner, of a mail server, of services that announce themselves.

import assert from "node:assert/strict";
import { arpaScan } from "../../detectors/arpa-scan.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const SCANNER = "192.168.1.9";

function lookUp(query: string, seconds: number): RecordOf<"dns"> {
  return record("dns", {
    ts: T + seconds,
    orig_h: SCANNER,
    orig_p: 50_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query,
    qtype_name: "PTR",
  });
}

/** Look-ups of hosts 1, 2, ... `pace` seconds apart. */
function sweep(count: number, pace: number, from = 0): RecordOf<"dns">[] {
  return Array.from({ length: count }, (_, n) => lookUp(`${n}.1.168.192.in-addr.arpa`, from + n * pace));
}

proof("dns_arpa_scan", "a host that looks up the names of ten others within two seconds scans", () => {
  const records = sweep(10, 0.125);
  const [found, ...more] = watch([arpaScan], records);
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "dns_arpa_scan",
    threat: "medium",
    confidence: 0.7,
    attacker: "src ip 192.168.1.9",
    profile: SCANNER,
    window: 1,
    timestamp: T + 1.125,
    uids: records.map(({ uid }) => uid),
    description: "performing a DNS ARPA scan: 192.168.1.9 looked up the names of 10 hosts within 2 seconds, as " +
      "scanners do before they pick a target",
  });
});

twin("dns_arpa_scan", "nine hosts, one host again and again, or ten in three seconds are no scan", () => {
  assert.deepEqual(watch([arpaScan], sweep(9, 0.125)), []);
  assert.deepEqual(watch([arpaScan], Array.from({ length: 99 }, () => sweep(9, 0.01)).flat()), []);
  assert.deepEqual(watch([arpaScan], sweep(500, 0.25)), []);
});

Deno.test("D19: a look-up long before does not hide the scan, nor do many slow ones", () => {
  assert.equal(watch([arpaScan], [lookUp("8.8.8.8.in-addr.arpa", 0), ...sweep(10, 0.125, 60)]).length, 1);
  assert.equal(watch([arpaScan], [...sweep(200, 1), ...sweep(10, 0.125, 1000)]).length, 1);
});

Deno.test("a long scan is told at every tenth host", () => {
  assert.equal(watch([arpaScan], sweep(256, 0.0625)).length, 25);
});

Deno.test("a scan over the edge of a window is one scan", () => {
  assert.equal(watch([arpaScan], [lookUp("1.1.1.1.in-addr.arpa", 0), ...sweep(10, 0.125, 3599.5)]).length, 1);
});

Deno.test("names that are about no host, or no reverse names, do not count", () => {
  const browsing = ["b", "db", "r", "dr", "lb"].flatMap((kind) =>
    [1, 2, 3].map((net) => lookUp(`${kind}._dns-sd._udp.0.${net}.168.192.in-addr.arpa`, 0))
  );
  assert.deepEqual(watch([arpaScan], browsing), []);
  assert.deepEqual(watch([arpaScan], sweep(20, 0.01).map((question, n) => ({ ...question, query: `h${n}.arpa` }))), []);
});
