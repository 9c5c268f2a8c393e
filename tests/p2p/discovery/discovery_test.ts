// Announcements: only the group reads them, nobody can make another's, a recording is worth nothing, and only local
// addresses are believed.

import assert from "node:assert/strict";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { type Announcement, open, seal } from "../../../p2p/discovery/announcement.ts";
import { createDiscovery, type Discovery } from "../../../p2p/discovery/discovery.ts";
import { groupOf } from "../../../p2p/discovery/group.ts";
import { type MdnsMessage, readMdns } from "../../../p2p/discovery/mdns.ts";
import type { LocalInterface } from "../../../p2p/local-addresses.ts";
import { parseCidr } from "../../../agent/record/address-range.ts";

const SECRET = "correct horse battery";
const OFFICE = groupOf("office", SECRET);
const HERE: Omit<Announcement, "peer"> = {
  time: 1_700_000_000_000_000,
  port: 21_747,
  addresses: ["192.168.1.5", "fd00::5"],
  asks: true,
  leaving: false,
};
const ETHERNET: LocalInterface = {
  name: "eth0",
  addresses: [{ ip: "192.168.1.5", cidr: "192.168.1.5/24", network: parseCidr("192.168.1.5/24")! }],
};

async function key() {
  const pair = await generateKeyPair("Ed25519");
  return { pair, id: peerIdFromPrivateKey(pair).toString() };
}

Deno.test("the group reads an announcement and knows who made it; nobody else learns anything", async () => {
  const { pair, id } = await key();
  const sealed = await seal(HERE, pair, OFFICE);
  const opened = open(sealed, OFFICE)!;
  assert.deepEqual(opened.announcement, { ...HERE, peer: id });
  assert.equal(await opened.verify(), true);
  for (const outsider of [groupOf("office", ""), groupOf("office", "another secret!!"), groupOf("home", SECRET)]) {
    assert.equal(open(sealed, outsider), undefined);
  }
  const text = new TextDecoder("latin1").decode(sealed);
  assert.ok(!text.includes(id.slice(8)) && !text.includes("office"));
  assert.notDeepEqual(await seal(HERE, pair, OFFICE), sealed, "not even that it is the same peer twice");
});

Deno.test("an announcement that was changed anywhere is refused", async () => {
  const { pair } = await key();
  const sealed = await seal(HERE, pair, OFFICE);
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    assert.equal(open(changed, OFFICE), undefined, `byte ${at}`);
    assert.equal(open(sealed.subarray(0, at), OFFICE), undefined, `cut at ${at}`);
  }
});

/** Peers whose packets all hear, as on one cable; a test may keep packets back and play them again. */
function cable() {
  const packets: Uint8Array[] = [];
  const all: Discovery[] = [];
  const deliver = (bytes: Uint8Array): void => {
    const message = readMdns(bytes) as MdnsMessage;
    for (const one of all) one.packet(message);
  };
  return {
    packets,
    deliver,
    async join(group: ReturnType<typeof groupOf>, addresses = ["192.168.1.5"]) {
      const { pair, id } = await key();
      const found: [string, readonly string[], number][] = [];
      const left: string[] = [];
      const own = { ...ETHERNET, addresses: addresses.map((ip) => ({ ...ETHERNET.addresses[0]!, ip })) };
      const discovery = createDiscovery({
        key: pair,
        group,
        port: 21_747,
        interfaces: () => [own],
        loopback: false,
        multicast: {
          follow() {},
          reply() {},
          close() {},
          send(make) {
            const bytes = make(own)!;
            packets.push(bytes);
            deliver(bytes);
          },
        },
      }, { found: (...one) => found.push(one), left: (peer) => left.push(peer) });
      all.push(discovery);
      return { id, found, left, discovery };
    },
  };
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

Deno.test("who calls is answered; other groups are not seen", async () => {
  const net = cable();
  const [one, two, other] = [
    await net.join(OFFICE),
    await net.join(OFFICE, ["192.168.1.6"]),
    await net.join(groupOf("home", "")),
  ];
  one.discovery.call();
  await aMoment();
  assert.deepEqual(two.found, [[one.id, ["192.168.1.5"], 21_747]]);
  assert.deepEqual(one.found, [[two.id, ["192.168.1.6"], 21_747]], "the answer");
  assert.deepEqual(other.found, []);
  await one.discovery.leave();
  await aMoment();
  assert.deepEqual(two.left, [one.id]);
});

Deno.test("a recording that is played again is passed over", async () => {
  const net = cable();
  const [one, two] = [await net.join(OFFICE), await net.join(OFFICE)];
  one.discovery.call();
  await aMoment();
  const heard = two.found.length;
  const recorded = net.packets[0]!;
  for (let i = 0; i < 50; i++) net.deliver(recorded);
  await aMoment();
  assert.equal(two.found.length, heard);
});

Deno.test("addresses of the Internet in an announcement are not believed", async () => {
  const net = cable();
  const two = await net.join(OFFICE);
  const one = await net.join(OFFICE, ["8.8.8.8", "2600::1", "127.0.0.1", "192.168.1.7"]);
  one.discovery.call();
  await aMoment();
  assert.deepEqual(two.found, [[one.id, ["192.168.1.7"], 21_747]]);
});

Deno.test("a flood of announcements is opened at a bounded rate", async () => {
  const net = cable();
  const two = await net.join(OFFICE);
  const { pair } = await key();
  const sealed = await seal(HERE, pair, groupOf("home", ""));
  const record = { type: "TXT", name: "x._smartshield._tcp.local", strings: [sealed.slice(0, 255), sealed.slice(255)] };
  for (let i = 0; i < 5000; i++) two.discovery.packet({ response: true, questions: [], records: [record as never] });
  await aMoment();
  const { announcements_refused: refused, announcements_shed: shed } = two.discovery.counters();
  assert.equal(refused! + shed!, 5000);
  assert.ok(refused! <= 400, `${refused}`);
});
