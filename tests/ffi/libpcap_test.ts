// libpcap through its bindings, where it is installed: filters it compiles, and what our interpreter makes of them.

import assert from "node:assert/strict";
import { compileForFiles, createFileFilter } from "../../agent/source/interface/file-filter.ts";
import { compileFilter, compileFilters } from "../../agent/source/interface/filter.ts";
import { openLibc } from "../../ffi/libc.ts";
import { type Libpcap, openLibpcap, PcapError } from "../../ffi/libpcap.ts";
import { LibraryMissing } from "../../ffi/library-paths.ts";
import { ethernet, fromClient, network, vlan } from "../craft/craft.ts";

function libpcapHere(): Libpcap | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return openLibpcap(openLibc());
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    console.warn("libpcap is not tested: it is not installed (package libpcap0.8).");
    return undefined;
  }
}

const found = libpcapHere();
const ignore = found === undefined;
const libpcap = found!;

function frames(carry?: Parameters<typeof network>[0]): Uint8Array[] {
  const net = network(carry);
  const pc = net.host("pc", "192.168.1.23");
  const web = net.host("www.example.com", "93.184.216.34");
  net.arp(pc, "192.168.1.1");
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  net.tcp(pc, web, 80, { steps: [fromClient("hello")] });
  net.ping(pc, web, { count: 2 });
  return [...net.packets()].map(({ data }) => data);
}

function passing(expression: string, all: readonly Uint8Array[]): number {
  const filter = createFileFilter(compileForFiles(libpcap, expression));
  return all.filter((frame) => filter(frame, 0, frame.length, frame.length, 1)).length;
}

Deno.test({
  name: "expressions let through what they say",
  ignore,
  fn() {
    const all = frames();
    const tcp = all.filter((frame) => frame[12] === 8 && frame[23] === 6).length;
    assert.ok(tcp > 5);
    assert.equal(passing("arp", all), 1);
    assert.equal(passing("udp port 53", all), 2);
    assert.equal(passing("icmp", all), 4);
    assert.equal(passing("tcp port 80 and host 192.168.1.23", all), tcp);
    assert.equal(passing("tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", all), 1);
    assert.equal(passing("not ip", all), 1);
    assert.equal(passing("vlan", all), 0);
    assert.equal(passing("", all), all.length);
  },
});

Deno.test({
  name: "a filter for VLANs is applied after the tags are back, any other by the kernel",
  ignore,
  fn() {
    const tagged = frames({ carry: (ends, inner) => [ethernet(ends), vlan(10), ...inner] });
    assert.equal(passing("vlan 10 and icmp", tagged), 4);
    assert.equal(passing("vlan 11", tagged), 0);
    const source = { linkType: 1, cooked: false };
    assert.equal(compileFilters(libpcap, "vlan 10", source).inSource, undefined);
    assert.equal(compileFilters(libpcap, "tcp", source).inIntake, undefined);
    // Without its link header the packet begins with IP: its version is what is looked at first.
    const cooked = compileFilters(libpcap, "tcp", { linkType: 113, cooked: true }).inSource!;
    assert.deepEqual({ ...cooked[0] }, { code: 0x30, jumpTrue: 0, jumpFalse: 0, operand: 0 });
  },
});

Deno.test({
  name: "a wrong expression is refused with libpcap's own reason",
  ignore,
  fn() {
    assert.throws(() => compileForFiles(libpcap, "tcp porrt 80"), PcapError);
    assert.throws(() => compileFilter(libpcap, "tcp\0", 1), /zero byte/);
    // It makes sense for Ethernet, but not for a tunnel: packets of the tunnel do not pass.
    const programs = compileForFiles(libpcap, "ether host 02:00:00:00:00:01");
    assert.ok(programs.has(1) && !programs.has(101));
    assert.equal(createFileFilter(programs)(new Uint8Array(60), 0, 60, 60, 101), false);
  },
});

Deno.test({
  name: "libpcap knows itself and its interfaces",
  ignore,
  fn() {
    assert.match(libpcap.version(), /^libpcap version \d/);
    assert.ok(libpcap.interfaces().every(({ name }) => name !== ""));
    assert.throws(
      () => libpcap.open("no-such-thing", { snapLength: 100, promiscuous: false, timeout: 10, bufferBytes: 65536 }),
      PcapError,
    );
  },
});
