// What the doctor says about machines in good and bad health.

import assert from "node:assert/strict";
import {
  checkClock,
  checkDisk,
  checkInterface,
  checkLibrary,
  checkOffloads,
  checkRights,
} from "../../../agent/doctor/checks.ts";
import { type Finding, findingLine } from "../../../agent/doctor/finding.ts";
import type { SystemInterface } from "../../../agent/source/interface/system.ts";

const NOW = 1_764_000_000; // 24 November 2025
const GIBIBYTE = 2 ** 30;

function card(changes: Partial<SystemInterface> = {}): SystemInterface {
  return {
    name: "eth0",
    index: 2,
    hardwareType: 1,
    mac: "02:00:00:00:00:01",
    mtu: 1500,
    up: true,
    running: true,
    addresses: [{ ip: "192.168.1.5", network: "192.168.1.0/24" }],
    ...changes,
  };
}

function states(findings: readonly Finding[]): string[] {
  return findings.map(({ state }) => state);
}

Deno.test("rights: root, capabilities, one of them, none", () => {
  assert.deepEqual(states(checkRights({ user: 0, capabilities: 0x1ffffffffffn })), ["good", "good"]);
  assert.deepEqual(states(checkRights({ user: 1000, capabilities: 0x3000n })), ["good", "good"]);
  assert.deepEqual(states(checkRights({ user: 1000, capabilities: 0x2000n })), ["good", "warning"]);
  const none = checkRights({ user: 1000, capabilities: 0n });
  assert.deepEqual(states(none), ["bad", "warning"]);
  assert.match(none[0]!.advice ?? "", /setcap cap_net_raw,cap_net_admin=eip/);
  // Root in a container may have lost them.
  assert.deepEqual(states(checkRights({ user: 0, capabilities: 0n })), ["bad", "warning"]);
});

Deno.test("interfaces: connected, listening only, unplugged, off, misspelt", () => {
  assert.deepEqual(checkInterface("eth0", [card()]), {
    state: "good",
    subject: "interface eth0",
    finding: "connected, 192.168.1.5",
  });
  assert.match(checkInterface("eth0", [card({ addresses: [] })]).finding, /mirror port/);
  assert.equal(checkInterface("eth0", [card({ running: false })]).state, "warning");
  assert.equal(checkInterface("eth0", [card({ up: false })]).advice, "sudo ip link set eth0 up");
  const misspelt = checkInterface("eht0", [card(), card({ name: "wlan0" }), card({ name: "eth1", up: false })]);
  assert.equal(misspelt.advice, "There are eth0, wlan0");
});

Deno.test("offloads that join packets are to be switched off", () => {
  assert.equal(checkOffloads("eth0", { gro: false, lro: false }).state, "good");
  assert.equal(checkOffloads("eth0", { gro: undefined, lro: undefined }).state, "good");
  assert.equal(checkOffloads("eth0", { gro: true, lro: undefined }).advice, "sudo ethtool -K eth0 gro off");
  assert.equal(checkOffloads("eth0", { gro: true, lro: true }).advice, "sudo ethtool -K eth0 gro off lro off");
});

Deno.test("a library that is missing is named with its packages", () => {
  const libpcap = {
    name: "libpcap",
    neededFor: "filters",
    necessary: false,
    packages: ["libpcap0.8", "libpcap", "libpcap"],
  } as const;
  assert.equal(checkLibrary({ ...libpcap, found: true }).state, "good");
  assert.equal(checkLibrary({ ...libpcap, found: false }).state, "warning");
  assert.equal(checkLibrary({ ...libpcap, found: false, necessary: true }).state, "bad");
  assert.match(checkLibrary({ ...libpcap, found: false }).advice ?? "", /apt install libpcap0\.8/);
});

Deno.test("room on the disk", () => {
  const total = 100 * GIBIBYTE;
  assert.deepEqual([50, 1, 0.9, 0.11, 0.09].map((free) => checkDisk("out", { total, free: free * GIBIBYTE }).state), [
    "good",
    "good",
    "warning",
    "warning",
    "bad",
  ]);
});

Deno.test("clocks: right, drifting, left alone, never set", () => {
  assert.equal(checkClock(NOW, { synchronised: true, maximumError: 0.02 }).state, "good");
  assert.equal(checkClock(NOW, { synchronised: true, maximumError: 16 }).state, "warning");
  assert.equal(checkClock(NOW, { synchronised: false, maximumError: 0.02 }).state, "warning");
  assert.equal(checkClock(100, { synchronised: true, maximumError: 0.02 }).state, "bad");
});

Deno.test("a finding is one line that says what to do", () => {
  assert.equal(
    findingLine(checkInterface("eth0", [card({ up: false })])),
    "BAD   interface eth0: it is switched off. sudo ip link set eth0 up.",
  );
  assert.equal(findingLine(checkInterface("eth0", [card()])), "ok    interface eth0: connected, 192.168.1.5.");
});
