// Network cards that turn up under another address, and all who only look like it.

import assert from "node:assert/strict";
import { deviceChangingIp } from "../../detectors/device-changing-ip.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const CARD = "00:11:22:33:44:55";
const SERVER = "192.168.1.2";

function from(orig_h: string, seconds: number, fields: Partial<RecordOf<"conn">> = {}): RecordOf<"conn"> {
  return conn({ ts: T + seconds, orig_h, resp_h: SERVER, orig_l2_addr: CARD, ...fields });
}

function found(records: AnyRecord[], options = {}): string[] {
  return watch([deviceChangingIp], records, options).map(({ profile }) => profile);
}

proof("device_changing_ip", "D11: a card known under one address that uses another is told", () => {
  const moved = from("192.168.1.77", 60);
  assert.deepEqual(watch([deviceChangingIp], [from("192.168.1.10", 0), moved]).map(told), [{
    type: "device_changing_ip",
    threat: "medium",
    confidence: 0.8,
    attacker: "src ip 192.168.1.77",
    profile: "192.168.1.77",
    window: 1,
    timestamp: T + 60,
    uids: [moved.uid],
    description: "device changing IP: the network card 00:11:22:33:44:55, known as 192.168.1.10 before, now uses " +
      "192.168.1.77; somebody may get around a rule or pose as another host",
  }]);
});

twin("device_changing_ip", "an address that moves to another card changes the card, not the address", () => {
  assert.deepEqual(
    found([from("192.168.1.10", 0), from("192.168.1.10", 60, { orig_l2_addr: "00:aa:bb:cc:dd:ee" })]),
    [],
  );
});

Deno.test("the address is told once, with the first connection", () => {
  assert.deepEqual(found([from("192.168.1.10", 0), from("192.168.1.77", 1), from("192.168.1.77", 2)]), [
    "192.168.1.77",
  ]);
});

Deno.test("what ARP has taught of a card counts as well", () => {
  const announced = record("arp", {
    ts: T,
    operation: "reply",
    src_mac: CARD,
    dst_mac: "00:aa:bb:cc:dd:ee",
    orig_h: "192.168.1.10",
    resp_h: SERVER,
    orig_hw: CARD,
    resp_hw: "00:aa:bb:cc:dd:ee",
  });
  assert.deepEqual(found([announced, from("192.168.1.77", 1)]), ["192.168.1.77"]);
});

Deno.test("addresses that a card has beside its own change nothing: IPv6, link-local, none yet, public ones behind it", () => {
  for (const other of ["2001:db8::7", "fe80::1", "169.254.7.7", "0.0.0.0", "93.184.216.34"]) {
    assert.deepEqual(found([from(other, 0), from("192.168.1.10", 1)]), [], `${other} first`);
    assert.deepEqual(found([from("192.168.1.10", 0), from(other, 1)]), [], `${other} last`);
  }
});

Deno.test("the gateway forwards for everybody: what comes through it has its card", () => {
  const out = conn({ ts: T, orig_h: "192.168.1.10", resp_h: "93.184.216.34", resp_l2_addr: CARD });
  assert.deepEqual(found([out, from("10.1.1.1", 1), from("10.1.1.2", 2)]), []);
});

Deno.test("a card with many addresses is a router's or a host of virtual machines: told until that is clear", () => {
  const hosts = ["192.168.1.10", "192.168.1.11", "192.168.1.12", "192.168.1.13", "192.168.1.14"];
  const flows = hosts.map((ip, n) => from(ip, n));
  assert.deepEqual(found(flows), ["192.168.1.11", "192.168.1.12"]);
  const settings = { "device-changing-ip": { addresses_of_router: 5 } };
  assert.deepEqual(found(flows, { settings }), ["192.168.1.11", "192.168.1.12", "192.168.1.13"]);
});

Deno.test("without hardware addresses nothing can be said", () => {
  assert.deepEqual(found([from("192.168.1.10", 0), from("192.168.1.77", 1, { orig_l2_addr: undefined })]), []);
});

Deno.test("an address in another network is a second one beside the first, as containers and VPNs have", () => {
  assert.deepEqual(found([from("192.168.1.10", 0), from("172.17.0.1", 1)]), []);
  assert.deepEqual(found([from("172.17.0.1", 0), from("192.168.1.10", 1), from("192.168.7.7", 2)]), ["192.168.7.7"]);
});
