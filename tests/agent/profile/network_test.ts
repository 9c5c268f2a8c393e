// What the traffic teaches about the network, from records to the picture that detectors see.

import assert from "node:assert/strict";
import { createTeacher } from "../../../agent/profile/learn.ts";
import { createNetworkPicture, type LearningPicture } from "../../../agent/profile/network.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { conn, record } from "../../detectors/harness.ts";

const T = 1_700_000_000;

function learnt(records: readonly AnyRecord[], clientIps: string[] = []): LearningPicture {
  const teacher = createTeacher(clientIps);
  const picture = createNetworkPicture();
  for (const each of records) for (const fact of teacher.learn(each)) picture.learn(fact);
  return picture;
}

function dns(
  fields: { query: string; answers: string[]; qtype_name?: string; ts?: number; orig_h?: string },
): AnyRecord {
  return record("dns", {
    ts: T,
    orig_h: "192.168.1.10",
    orig_p: 5353,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    qtype_name: "A",
    ...fields,
  });
}

Deno.test("an answer teaches who resolved which name to which address, by way of which alias", () => {
  const picture = learnt([dns({ query: "www.Example.com", answers: ["cdn.example.net", "93.184.216.34"] })]);
  assert.deepEqual(picture.resolution("93.184.216.34"), {
    names: ["www.example.com"],
    clients: ["192.168.1.10"],
    last: T,
  });
  assert.deepEqual(picture.addressesOf("cdn.example.net"), ["93.184.216.34"]);
  assert.deepEqual(picture.aliasesOf("www.example.com"), ["cdn.example.net"]);
});

Deno.test("a blocked name, a reverse look-up and a TXT answer resolve nothing", () => {
  const picture = learnt([
    dns({ query: "ads.example.com", answers: ["0.0.0.0", "93.184.216.35"] }),
    dns({ query: "34.216.184.93.in-addr.arpa", answers: ["93.184.216.36"], qtype_name: "PTR" }),
    dns({ query: "txt.example.com", answers: ["TXT 4 93.1"], qtype_name: "TXT" }),
  ]);
  for (const ip of ["0.0.0.0", "93.184.216.35", "93.184.216.36"]) assert.equal(picture.resolution(ip), undefined);
});

Deno.test("D11: connections teach which MAC stands behind an address", () => {
  const picture = learnt([
    conn({
      orig_h: "192.168.1.10",
      orig_l2_addr: "02:00:00:00:00:0a",
      resp_h: "192.168.1.20",
      resp_l2_addr: "02:00:00:00:00:14",
    }),
  ]);
  assert.equal(picture.macOf("192.168.1.10"), "02:00:00:00:00:0a");
  assert.deepEqual(picture.addressesBehind("02:00:00:00:00:14"), ["192.168.1.20"]);
});

Deno.test("D16: the gateway's MAC and its address come at different times and neither wipes out the other", () => {
  const toInternet = conn({
    orig_h: "192.168.1.10",
    orig_l2_addr: "02:00:00:00:00:0a",
    resp_h: "93.184.216.34",
    resp_l2_addr: "02:00:00:00:00:01",
  });
  const gatewayArp = record("arp", {
    ts: T,
    operation: "reply",
    src_mac: "02:00:00:00:00:01",
    dst_mac: "02:00:00:00:00:0a",
    orig_h: "192.168.1.1",
    resp_h: "192.168.1.10",
    orig_hw: "02:00:00:00:00:01",
    resp_hw: "02:00:00:00:00:0a",
  });
  for (const story of [[toInternet, gatewayArp], [gatewayArp, toInternet]]) {
    const { gateway } = learnt(story);
    assert.equal(gateway.mac, "02:00:00:00:00:01");
    assert.equal(gateway.ip, "192.168.1.1");
  }
});

Deno.test("the local network is the private block of the first private host, or what the configuration says", () => {
  const story = [
    conn({ orig_h: "10.1.2.3", resp_h: "93.184.216.34" }),
    conn({ orig_h: "192.168.1.3", resp_h: "93.184.216.34" }),
  ];
  assert.equal(learnt(story).localNetwork, "10.0.0.0/8");
  assert.equal(learnt(story, ["93.184.216.0/24", "192.168.1.0/24"]).localNetwork, "192.168.1.0/24");
  assert.equal(learnt([conn({ orig_h: "93.184.216.34", resp_h: "10.1.2.3" })]).localNetwork, undefined);
});

Deno.test("a DHCP exchange names the host and its server", () => {
  const picture = learnt([
    record("dhcp", {
      ts: T,
      mac: "02:00:00:00:00:0a",
      assigned_addr: "192.168.1.10",
      server_addr: "192.168.1.1",
      host_name: "office-pc",
    }),
  ]);
  assert.equal(picture.hostname("192.168.1.10"), "office-pc");
  assert(picture.isDhcpServer("192.168.1.1"));
});
