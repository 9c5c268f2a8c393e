// What a worker that takes over is told of the traffic before its time.

import assert from "node:assert/strict";
import { createFactJournal } from "../../../agent/profile/fact-journal.ts";
import { createTeacher } from "../../../agent/profile/learn.ts";
import { createNetworkPicture, type NetworkPicture } from "../../../agent/profile/network.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { conn, record } from "../../detectors/harness.ts";

const T = 1_700_000_000;

/** The picture of a worker that learns only from the journal. */
function takenOver(records: readonly AnyRecord[]): NetworkPicture {
  const teacher = createTeacher([]);
  const journal = createFactJournal();
  for (const each of records) for (const fact of teacher.learn(each)) journal.note(fact);
  const picture = createNetworkPicture();
  for (const fact of journal.facts()) picture.learn(fact);
  return picture;
}

function dns(query: string, answers: string[], ts = T): AnyRecord {
  return record("dns", {
    ts,
    orig_h: "192.168.1.10",
    orig_p: 5353,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    qtype_name: "A",
    query,
    answers,
  });
}

Deno.test("a worker that takes over knows the names, hosts and servers of the traffic before", () => {
  const picture = takenOver([
    dns("www.example.com", ["cdn.example.net", "93.184.216.34"]),
    dns("example.org", ["93.184.216.34", "93.184.216.40"]),
    conn({
      orig_h: "192.168.1.10",
      orig_l2_addr: "02:00:00:00:00:0a",
      resp_h: "93.184.216.34",
      resp_l2_addr: "02:00:00:00:00:01",
    }),
    record("dhcp", {
      ts: T,
      mac: "02:00:00:00:00:0b",
      assigned_addr: "192.168.1.11",
      server_addr: "192.168.1.1",
      host_name: "printer",
    }),
    record("ssl", {
      ts: T,
      orig_h: "192.168.1.10",
      orig_p: 1,
      resp_h: "93.184.216.34",
      resp_p: 443,
      server_name: "www.example.com",
    }),
    record("ftp", {
      ts: T,
      orig_h: "192.168.1.10",
      orig_p: 1,
      resp_h: "93.184.216.34",
      resp_p: 21,
      "data_channel.resp_h": "93.184.216.34",
      "data_channel.resp_p": 50_000,
    }),
  ]);
  assert.deepEqual(picture.resolution("93.184.216.34"), {
    names: ["www.example.com", "example.org"],
    clients: ["192.168.1.10"],
    last: T,
  });
  assert.deepEqual(picture.addressesOf("example.org"), ["93.184.216.34", "93.184.216.40"]);
  assert.deepEqual(picture.aliasesOf("www.example.com"), ["cdn.example.net"]);
  assert.equal(picture.macOf("192.168.1.10"), "02:00:00:00:00:0a");
  assert.equal(picture.macOf("192.168.1.11"), "02:00:00:00:00:0b");
  assert.equal(picture.hostname("192.168.1.11"), "printer");
  assert(picture.isDhcpServer("192.168.1.1"));
  assert.equal(picture.gateway.mac, "02:00:00:00:00:01");
  assert.equal(picture.localNetwork, "192.168.0.0/16");
  assert.deepEqual(picture.serverNames("93.184.216.34"), ["www.example.com"]);
  assert(picture.isFtpDataPort("93.184.216.34", 50_000));
});

Deno.test("a name whose servers take turns keeps them all, a name asked for again only its last answer", () => {
  const picture = takenOver([
    dns("pool.example.net", ["203.0.113.1", "203.0.113.2"]),
    dns("pool.example.net", ["203.0.113.3", "203.0.113.4"], T + 60),
    dns("www.example.com", ["93.184.216.34"]),
    dns("www.example.com", ["93.184.216.34"], T + 300),
  ]);
  assert.deepEqual(picture.addressesOf("pool.example.net"), [
    "203.0.113.1",
    "203.0.113.2",
    "203.0.113.3",
    "203.0.113.4",
  ]);
  assert.equal(picture.resolution("93.184.216.34")?.last, T + 300);
});
