// A network as a whole: order, sameness, addresses on the link, long stories.

import assert from "node:assert/strict";
import {
  ethernet,
  fromClient,
  LINK_TYPE,
  macBytes,
  merge,
  type Network,
  network,
  type Packet,
  random,
  vlan,
} from "./craft.ts";

function times(packets: Iterable<Packet>): number[] {
  return [...packets].map(({ seconds, nanoseconds }) => seconds - 1_700_000_000 + nanoseconds / 1e9);
}

function isSorted(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || values[i - 1]! <= value);
}

/** A little of everything. */
function smallStory(seed?: number): Network {
  const net = network(seed === undefined ? {} : { seed });
  const pc = net.host("pc", "192.168.1.2"),
    nas = net.host("nas", "192.168.1.3"),
    web = net.host("web", "93.184.216.34");
  net.tls(pc, web, { at: 5 });
  net.ssh(pc, nas, { at: 1, failures: 2 });
  net.dhcp(pc, { at: 0 });
  net.dns(pc, "www.example.com", { at: 4.9, answers: [web.ip] });
  net.ftp(pc, nas, { at: 2, transfer: { name: "a", data: 9_000 } });
  net.smtp(pc, web);
  net.ntp(pc, web);
  net.ping(pc, nas, { count: 3 });
  return net;
}

Deno.test("packets leave in time order whatever the order of the calls", () => {
  const all = times(smallStory().packets());
  assert.equal(all[0], 0);
  assert.ok(all.length > 100);
  assert.ok(isSorted(all));
});

Deno.test("the same story gives the same bytes, another seed others", () => {
  assert.deepEqual(smallStory().pcap(), smallStory().pcap());
  assert.notDeepEqual(smallStory(1).pcap(), smallStory(2).pcap());
});

Deno.test("a story can be told again", () => {
  const net = smallStory();
  assert.deepEqual(net.pcap(), net.pcap());
});

Deno.test("outside hosts are reached through the gateway's MAC, groups through theirs", () => {
  const net = network();
  const pc = net.host("pc", "192.168.1.2", { mac: "02:00:00:00:00:22" });
  const web = net.host("web", "93.184.216.34"), nas = net.host("nas", "192.168.1.3");
  const receivers = [web, nas, net.host("group", "224.0.0.251")].map((to) =>
    net.send(pc, to, 0, new Uint8Array(0)).data.slice(0, 6)
  );
  assert.deepEqual(receivers, [net.gateway.macBytes, nas.macBytes, macBytes("01:00:5e:00:00:fb")]);
  const incoming = net.send(web, pc, 0, new Uint8Array(0)).data;
  assert.deepEqual(incoming.slice(0, 12), Uint8Array.of(...pc.macBytes, ...net.gateway.macBytes));
});

Deno.test("a network may be carried by any link", () => {
  const tagged = network({ carry: (ends, inner) => [ethernet(ends), vlan(10), ...inner] });
  const plain = network({ linkType: LINK_TYPE.RAW, carry: (_, inner) => [...inner] });
  for (const net of [tagged, plain]) net.udp(net.host("a", "192.168.1.2"), net.host("b", "192.168.1.3"), 514);
  assert.deepEqual([...[...tagged.packets()][0]!.data.subarray(12, 18)], [0x81, 0, 0, 10, 8, 0]);
  assert.equal([...plain.packets()][0]!.data[0], 0x45);
  assert.equal(new DataView(plain.pcap().buffer).getUint32(20, true), LINK_TYPE.RAW);
});

Deno.test("a snap length set for the network holds for packets and file", () => {
  const net = network({ snapLength: 60 });
  net.tcp(net.host("a", "192.168.1.2"), net.host("b", "192.168.1.3"), 80, { steps: [fromClient(500)] });
  const sizes = [...net.packets()].map(({ data, length }) => [data.length, length]);
  assert.ok(sizes.some(([kept, length]) => kept === 60 && length === 554));
  assert.equal(new DataView(net.pcap().buffer).getUint32(16, true), 60);
});

Deno.test("what is done later is the same as what is done now, and can be told once", () => {
  const one = network(), two = network();
  const talk = (net: Network, at: number) =>
    net.udp(net.host("a", "192.168.1.2"), net.host("b", "192.168.1.3"), 514, { at, clientPort: 1_000 });
  for (let i = 0; i < 50; i++) {
    talk(one, i);
    two.later(i, () => void talk(two, i));
  }
  const told = [...two.packets()];
  assert.deepEqual(times(told), times(one.packets()));
  assert.throws(() => [...two.packets()], /told only once/);
});

Deno.test("later work may postpone more work, such as the next beacon", () => {
  const net = network();
  const pc = net.host("pc", "192.168.1.2"), web = net.host("web", "93.184.216.34");
  const beacon = (at: number): void => {
    net.udp(pc, web, 53, { steps: [fromClient("alive")] });
    if (at < 540) net.later(at + 60, () => beacon(at + 60));
  };
  net.later(0, () => beacon(0));
  assert.deepEqual(times(net.packets()), [0, 60, 120, 180, 240, 300, 360, 420, 480, 540]);
});

Deno.test("streams merge by time", () => {
  const streams = [1, 2, 3].map((seed) => {
    const net = network();
    const chance = random(seed);
    const a = net.host("a", "192.168.1.2"), b = net.host("b", "192.168.1.3");
    for (let i = 0; i < 100; i++) net.udp(a, b, 514, { at: chance.fraction() * 100 });
    return net.packets();
  });
  const all = times(merge(...streams));
  assert.equal(all.length, 300);
  assert.ok(isSorted(all));
});
