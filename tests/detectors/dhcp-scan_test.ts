// DHCP scans: a client that asks for one address after another.

import assert from "node:assert/strict";
import { dhcpScan } from "../../detectors/dhcp-scan.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_655_297_623;
const CLIENT = "192.168.1.30";

function request(host: number, fields: Partial<RecordOf<"dhcp">> = {}): RecordOf<"dhcp"> {
  return record("dhcp", {
    ts: T + host,
    uids: [`CDhcp${host}`],
    client_addr: CLIENT,
    server_addr: "192.168.1.1",
    mac: "24:4b:fe:1c:48:a4",
    requested_addr: `192.168.1.${host}`,
    msg_types: ["REQUEST", "ACK"],
    ...fields,
  });
}

function requests(count: number, fields: Partial<RecordOf<"dhcp">> = {}): RecordOf<"dhcp">[] {
  return Array.from({ length: count }, (_, n) => request(101 + n, fields));
}

proof("dhcp_scan", "a client that asks for four different addresses in an hour scans", () => {
  const [found, ...more] = watch([dhcpScan], requests(4));
  assert.deepEqual(more, []);
  assert.deepEqual(told(found!), {
    type: "dhcp_scan",
    threat: "medium",
    confidence: 0.8,
    attacker: "src ip 192.168.1.30",
    profile: CLIENT,
    window: 1,
    timestamp: T + 104,
    uids: ["CDhcp101", "CDhcp102", "CDhcp103", "CDhcp104"],
    proto: "udp",
    description: "performing a DHCP scan: 192.168.1.30 asked for 4 different addresses, which tells it the free ones " +
      "or uses them up",
  });
});

twin("dhcp_scan", "a client that asks for three, or renews its lease all day, does not", () => {
  assert.deepEqual(watch([dhcpScan], requests(3)), []);
  assert.deepEqual(watch([dhcpScan], Array.from({ length: 50 }, (_, n) => request(30, { ts: T + n * 60 }))), []);
  assert.deepEqual(watch([dhcpScan], requests(8, { requested_addr: undefined })), []);
});

Deno.test("it is told at 4, 8 and 12 addresses, and addresses asked for again do not count", () => {
  const found = watch([dhcpScan], [...requests(8), ...requests(8), ...requests(13)]);
  assert.deepEqual(found.map(({ description }) => /for (\d+) different/.exec(description)![1]), ["4", "8", "12"]);
});

Deno.test("each window counts for itself", () => {
  const across = requests(6).map((record, n) => ({ ...record, ts: T + n * 1000 }));
  assert.equal(watch([dhcpScan], across).length, 1, "four in the first hour, two in the second");
  assert.deepEqual(watch([dhcpScan], requests(6).map((record, n) => ({ ...record, ts: T + n * 1300 }))), []);
});

Deno.test("an office switched on in the morning is no scan: clients without an address are counted one by one", () => {
  const morning = requests(40).map((record, n) => ({
    ...record,
    client_addr: undefined,
    mac: `24:4b:fe:00:00:${String(10 + n)}`,
  }));
  assert.deepEqual(watch([dhcpScan], morning), []);
});

Deno.test("a client without an address that asks for many is found by its hardware address", () => {
  const [found, ...more] = watch([dhcpScan], requests(5, { client_addr: undefined }));
  assert.deepEqual(more, []);
  assert.equal(found!.profile, "0.0.0.0");
  assert.match(
    found!.description,
    /^performing a DHCP scan: a host without an address \(24:4b:fe:1c:48:a4\) asked for 4/,
  );
});
