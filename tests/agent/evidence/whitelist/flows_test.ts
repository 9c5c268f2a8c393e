// Flows that the user ignores: their records teach and are logged, but nobody is judged by them.

import assert from "node:assert/strict";
import { createFlowFilter, flowEntries } from "../../../../agent/evidence/whitelist/flows.ts";
import { packEntries } from "../../../../agent/evidence/whitelist/pack.ts";
import { readWhitelistText } from "../../../../agent/evidence/whitelist/read.ts";
import type { Step } from "../../../../agent/profile/batch.ts";
import { ALL_WORKERS, createRouter } from "../../../../agent/profile/router.ts";
import type { AnyRecord } from "../../../../agent/record/schema.ts";
import { conn, record } from "../../../detectors/harness.ts";

const T = 1_700_000_000;
const PC = "192.168.1.10";
const SERVER = "93.184.216.34";

/** Routes records past a filter by these lines; the kinds that are judged, and the router's count of the others. */
function judged(lines: string, records: readonly AnyRecord[]): { kinds: string[]; ignored: number; facts: number } {
  const entries = flowEntries(readWhitelistText(lines, "w.conf").entries);
  const filter = entries.length === 0 ? undefined : createFlowFilter(packEntries(entries));
  const router = createRouter({ workers: 2, direction: "out", profiles: 1000, clientIps: [] });
  router.ignore(filter?.ignores);
  const steps: Step[] = [];
  for (const each of records) {
    router.route(each, each.ts, (worker, step) => {
      if (worker === ALL_WORKERS) filter?.learn(step.fact!);
      steps.push(step);
    });
  }
  return {
    kinds: steps.flatMap(({ record }) => record?.kind ?? []),
    ignored: router.counters().records_whitelisted,
    facts: steps.filter(({ fact }) => fact !== undefined).length,
  };
}

const resolved = (query: string, ip: string): AnyRecord =>
  record("dns", {
    ts: T,
    orig_h: PC,
    orig_p: 40_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query,
    qtype_name: "A",
    answers: [ip],
  });

const greeted = (server_name: string): AnyRecord =>
  record("ssl", { ts: T + 1, orig_h: PC, orig_p: 40_001, resp_h: SERVER, resp_p: 443, server_name });

Deno.test("without entries about flows nothing is filtered, whatever else is whitelisted", () => {
  const { entries } = readWhitelistText("ip,1.1.1.1,both,alerts\norganization,google,both,alerts", "w.conf");
  assert.deepEqual(flowEntries(entries), []);
});

Deno.test("a network whose flows are ignored is not judged, but still teaches and is counted", () => {
  const records = [
    conn({ orig_h: PC, resp_h: SERVER, orig_l2_addr: "02:00:00:00:00:01" }),
    resolved("a.example", SERVER),
  ];
  assert.deepEqual(judged("ip,192.168.1.0/24,src,flows", records), { kinds: [], ignored: 2, facts: 3 });
  assert.deepEqual(judged("ip,192.168.1.0/24,dst,flows", records).kinds, ["conn"]);
  assert.deepEqual(judged("ip,192.168.0.0/24,both,both", records).kinds, ["conn", "dns"]);
});

Deno.test("an exception in an ignored network is judged", () => {
  const records = [conn({ orig_h: PC, resp_h: SERVER }), conn({ orig_h: "192.168.1.11", resp_h: SERVER })];
  assert.deepEqual(judged(`ip,192.168.1.0/24,src,flows\nip,${PC},src,nothing`, records), {
    kinds: ["conn"],
    ignored: 1,
    facts: 1,
  });
});

Deno.test("a domain's flows are known by what the DNS said before, and so is the question itself", () => {
  const records = [
    resolved("Video.example.com", SERVER),
    conn({ orig_h: PC, resp_h: SERVER }),
    conn({ orig_h: PC, resp_h: "93.184.216.35" }),
  ];
  assert.deepEqual(judged("domain,.example.com,dst,flows", records).kinds, ["conn"]);
  assert.deepEqual(judged("domain,example.com,dst,flows", records).kinds, ["dns", "conn", "conn"]);
});

Deno.test("a name that only the client claims is believed until the DNS says otherwise", () => {
  const malware = [resolved("evil.example", SERVER), greeted("www.google.com"), conn({ orig_h: PC, resp_h: SERVER })];
  assert.deepEqual(judged("domain,www.google.com,dst,both", malware).kinds, ["dns", "ssl", "conn"]);
  const quiet = [greeted("www.google.com"), conn({ orig_h: PC, resp_h: SERVER })];
  assert.deepEqual(judged("domain,www.google.com,dst,both", quiet).kinds, []);
});

Deno.test("a device is known by its MAC in connections, ARP and DHCP", () => {
  const mac = "02:00:00:00:00:0a";
  const records = [
    record("dhcp", { ts: T, mac, client_addr: PC }),
    record("arp", {
      ts: T,
      operation: "request",
      src_mac: mac,
      dst_mac: "ff:ff:ff:ff:ff:ff",
      orig_h: PC,
      resp_h: "192.168.1.1",
      orig_hw: mac,
      resp_hw: "00:00:00:00:00:00",
    }),
    conn({ orig_h: PC, resp_h: SERVER }),
    conn({ orig_h: "192.168.1.11", resp_h: PC }),
  ];
  assert.deepEqual(judged(`mac,${mac},src,flows`, records).kinds, ["conn"]);
  assert.deepEqual(judged(`mac,${mac},both,flows`, records).kinds, []);
});
