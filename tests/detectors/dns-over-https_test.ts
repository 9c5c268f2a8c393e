// Names resolved over HTTPS.

import assert from "node:assert/strict";
import { dnsOverHttps } from "../../detectors/dns-over-https.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const ends = { ts: T, orig_h: "192.168.1.10", orig_p: 40_000, resp_h: "93.184.216.34", resp_p: 443 };

function session(fields: Partial<RecordOf<"ssl">>): RecordOf<"ssl"> {
  return record("ssl", { ...ends, ...fields });
}

function count(records: AnyRecord[], options = {}): number {
  return watch([dnsOverHttps], records, options).length;
}

Deno.test("D10: a host that asks a resolver over HTTPS is told of, on the resolver's profile", () => {
  const asked = session({ server_name: "dns.example", is_DoH: true });
  assert.deepEqual(watch([dnsOverHttps], [asked]).map(told), [{
    type: "different_local_network",
    threat: "info",
    confidence: 0.9,
    attacker: "dst ip 93.184.216.34",
    victim: "src ip 192.168.1.10",
    profile: "93.184.216.34",
    window: 1,
    timestamp: T,
    uids: [asked.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 443,
    description:
      "DNS over HTTPS: 192.168.1.10 resolves names at 93.184.216.34 (dns.example), past the resolver of the " +
      "local network",
  }]);
});

Deno.test("D10: logs that do not say so are judged by name and address", () => {
  assert.equal(count([session({ server_name: "cloudflare-dns.com" })]), 1);
  assert.equal(count([session({ server_name: "Chrome.Cloudflare-DNS.com" })]), 1);
  assert.equal(count([session({ resp_h: "1.1.1.1" })]), 1);
  assert.equal(count([record("quic", { ...ends, server_name: "dns.google" })]), 1);
});

Deno.test("other servers, and resolvers asked in another way, are no DoH", () => {
  assert.equal(
    count([session({ server_name: "www.example.com" }), session({ server_name: "notcloudflare-dns.com" })]),
    0,
  );
  assert.equal(count([session({ resp_h: "1.1.1.1", resp_p: 853 })]), 0, "DNS over TLS");
  assert.equal(count([record("quic", ends)]), 0);
  const plain = record("dns", { ...ends, resp_h: "1.1.1.1", resp_p: 53, proto: "udp", query: "www.example.com" });
  assert.equal(count([plain]), 0);
});

Deno.test("a host that does so all day is one finding with a count", () => {
  const all = Array.from({ length: 30 }, (_, n) => session({ ts: T + n, server_name: "dns.google" }));
  const evidence = watch([dnsOverHttps], all, { folded: true });
  assert.equal(new Set(evidence.map(({ id }) => id)).size, 1);
  assert.equal(evidence.at(-1)!.count, 30);
});
