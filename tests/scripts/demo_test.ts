// The demo's story: the same every time, in order, and containing what it is about.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compareTime, type Packet } from "../craft/craft.ts";
import { story } from "../../scripts/demo/story.ts";

const packets: readonly Packet[] = [...story().packets()];

/** Bytes of the file that hold a connection's ends: both addresses and both ports, in Ethernet and IPv4 without options. */
function ends(packet: Packet) {
  const { data } = packet;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const isIp = view.getUint16(12) === 0x0800;
  const address = (at: number): string => [...data.subarray(at, at + 4)].join(".");
  return {
    isArp: view.getUint16(12) === 0x0806,
    protocol: isIp ? data[23] : undefined,
    from: isIp ? address(26) : "",
    to: isIp ? address(30) : "",
    port: isIp && (data[23] === 6 || data[23] === 17) ? view.getUint16(36) : 0,
    flags: isIp && data[23] === 6 ? data[47]! : 0,
    size: packet.length,
  };
}

const seen = packets.map(ends);
const INFECTED = "192.168.1.23", SYN = 2;

Deno.test("the story is the same every time", () => {
  const [one, two] = [story().pcap(), story().pcap()];
  assert.equal(one.length, two.length);
  assert.equal(Buffer.compare(one, two), 0);
});

Deno.test("it is a capture of less than 15 MB that says how long its packets may be", () => {
  const file = story().pcap();
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(0, true), 0xa1b2c3d4);
  assert.ok(file.length < 15e6);
  const snapLength = view.getUint32(16, true);
  let count = 0;
  for (let at = 24; at < file.length; count++) {
    const kept = view.getUint32(at + 8, true), length = view.getUint32(at + 12, true);
    assert.equal(kept, Math.min(length, snapLength));
    at += 16 + kept;
  }
  assert.equal(count, packets.length);
});

Deno.test("its packets are in time order and last two hours", () => {
  assert.ok(packets.every((packet, i) => i === 0 || compareTime(packets[i - 1]!, packet) <= 0));
  const seconds = packets.at(-1)!.seconds - packets[0]!.seconds;
  assert.ok(seconds > 7_100 && seconds <= 7_200);
});

Deno.test("one host probes 120 ports of the NAS", () => {
  const probed = seen.filter((each) => each.from === INFECTED && each.to === "192.168.1.10" && each.flags === SYN);
  assert.equal(new Set(probed.map(({ port }) => port)).size, 120);
});

Deno.test("it knocks at port 445 of more than ten neighbours and asks for every address", () => {
  const knocked = seen.filter((each) => each.from === INFECTED && each.port === 445 && each.flags === SYN);
  assert.ok(new Set(knocked.map(({ to }) => to)).size > 10);
  const asked = packets.filter(({ data }, i) => seen[i]!.isArp && data[21] === 1 && data[31] === 23);
  assert.equal(new Set(asked.map(({ data }) => data[41])).size, 253);
});

Deno.test("it calls home every minute, to an address that nobody resolved", () => {
  const calls = packets.filter((_, i) =>
    seen[i]!.from === INFECTED && seen[i]!.port === 4_449 && seen[i]!.flags === SYN
  );
  assert.ok(calls.length > 100);
  const gaps = calls.slice(1).map(({ seconds }, i) => seconds - calls[i]!.seconds);
  assert.ok(gaps.every((gap) => gap >= 59 && gap <= 61));
  const address = Buffer.from([45, 155, 204, 87]);
  const answers = packets.filter(({ data }, i) =>
    seen[i]!.protocol === 17 && Buffer.from(data).subarray(42).includes(address)
  );
  assert.equal(answers.length, 0);
});

Deno.test("it logs in at the NAS thirty-one times by libssh2", () => {
  const banners = packets.filter(({ data }) => Buffer.from(data).includes("SSH-2.0-libssh2"));
  assert.equal(banners.length, 31);
});

Deno.test("it uploads more than 100 MB", () => {
  const bytes = seen.filter(({ from, to }) => from === INFECTED && to === "93.115.96.14")
    .reduce((sum, { size }) => sum + size - 54, 0);
  assert.ok(bytes > 100e6);
});

Deno.test("the others use well-known ports only", () => {
  const WELL_KNOWN = new Set([22, 53, 67, 68, 80, 123, 443, 631, 993, 5353]);
  const opened = seen.filter((each) =>
    each.from.startsWith("192.168.1.") && each.from !== INFECTED && (each.flags === SYN || each.protocol === 17) &&
    !(each.protocol === 17 && each.from === "192.168.1.1")
  );
  assert.ok(opened.length > 300);
  assert.deepEqual([...new Set(opened.map(({ port }) => port))].filter((port) => !WELL_KNOWN.has(port)), []);
});
