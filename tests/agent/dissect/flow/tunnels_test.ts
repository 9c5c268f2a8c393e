// What a tunnel is called, and when there is a record of it: as in Zeek, when a flow is found inside.

import assert from "node:assert/strict";
import { ethernet, gre, gtpUser, hex, ipv4, ipv6, network, payload, tcp, udp, vxlan } from "../../../craft/craft.ts";
import { dissect } from "./dissecting.ts";

const HOUR = 3600;
const syn = tcp({ from: 1000, to: 80, flags: "S" });
const inner = ipv4({ from: "10.1.0.1", to: "10.2.0.1" });
const ask = ipv6({ from: "2001:0:1::1", to: "2001:db8::2" });
const answer = ipv6({ from: "2001:db8::2", to: "2001:0:1::1" });

function twoRouters() {
  const net = network();
  return { net, near: net.host("near", "192.168.1.2"), far: net.host("far", "198.51.100.9") };
}

Deno.test("Teredo is named once both sides have spoken it, but what one side sends is followed at once", () => {
  const { net, near, far } = twoRouters();
  net.send(near, far, 0, udp({ from: 40_000, to: 3544 }), ask, syn);
  const oneSided = dissect(net);
  assert.deepEqual(oneSided.of("tunnel").map(({ action }) => action), ["Tunnel::DISCOVER", "Tunnel::CLOSE"]);
  assert.equal(oneSided.of("conn").find(({ resp_p }) => resp_p === 3544)!.service, undefined);
  assert.ok(oneSided.of("conn").some(({ resp_h }) => resp_h === "2001:db8::2"));

  const both = twoRouters();
  both.net.send(both.near, both.far, 0, udp({ from: 40_000, to: 3544 }), ask, syn);
  both.net.send(
    both.far,
    both.near,
    1,
    udp({ from: 3544, to: 40_000 }),
    answer,
    tcp({ from: 80, to: 1000, flags: "SA", ack: 1 }),
  );
  assert.equal(dissect(both.net).of("conn").find(({ resp_p }) => resp_p === 3544)!.service, "teredo");
});

Deno.test("Teredo bubbles alone open holes in NATs, and are no tunnel yet", () => {
  const { net, near, far } = twoRouters();
  const bubble = (from: string, to: string) => ipv6({ from, to, nextHeader: 59 });
  net.send(near, far, 0, udp({ from: 40_000, to: 3544 }), bubble("2001:0:1::1", "2001:0:1::2"));
  net.send(far, near, 1, udp({ from: 3544, to: 40_000 }), bubble("2001:0:1::2", "2001:0:1::1"));
  const { of } = dissect(net);
  assert.deepEqual(of("tunnel"), []);
  assert.deepEqual(of("conn").map(({ service }) => service), ["teredo"]);
});

Deno.test("two GTP nodes that only ask for each other's health have no tunnel, and no service", () => {
  const { net, near, far } = twoRouters();
  const echoRequest = hex("32 01 0004 00000000 0001 0000");
  net.send(near, far, 0, udp({ from: 2152, to: 2152 }), payload(echoRequest));
  const { of } = dissect(net);
  assert.deepEqual(of("tunnel"), []);
  assert.deepEqual(of("conn").map(({ service }) => service), [undefined]);
});

Deno.test("GTP is never carried in GTP: inside, its port is a user's", () => {
  const { net, near, far } = twoRouters();
  const gtpPort = udp({ from: 2152, to: 2152 });
  net.send(near, far, 0, gtpPort, gtpUser(1), inner, gtpPort, gtpUser(2), inner, syn);
  const { of } = dissect(net);
  assert.deepEqual(of("conn").map(({ resp_h, service }) => `${resp_h} ${service}`).sort(), [
    "10.2.0.1 undefined",
    "198.51.100.9 gtpv1",
  ]);
  assert.equal(of("tunnel").filter(({ action }) => action === "Tunnel::DISCOVER").length, 1);
});

Deno.test("Teredo in GTP is a tunnel in a tunnel", () => {
  const { net, near, far } = twoRouters();
  const layers = [udp({ from: 2152, to: 2152 }), gtpUser(1), inner, udp({ from: 5000, to: 3544 }), ask, syn];
  net.send(near, far, 0, ...layers);
  const { of } = dissect(net);
  assert.deepEqual(
    of("tunnel").filter(({ action }) => action === "Tunnel::DISCOVER").map(({ tunnel_type }) => tunnel_type),
    ["Tunnel::GTPv1", "Tunnel::TEREDO"],
  );
  const outermost = of("conn").find(({ resp_p }) => resp_p === 2152)!;
  const middle = of("conn").find(({ resp_p }) => resp_p === 3544)!;
  const innermost = of("conn").find(({ resp_p }) => resp_p === 80)!;
  assert.deepEqual([middle.tunnel_parents, innermost.tunnel_parents], [[outermost.uid], [middle.uid]]);
});

Deno.test("a GRE tunnel that carries spanning tree only has no record; a silent one expires after a day", () => {
  const { net, near, far } = twoRouters();
  net.send(near, far, 0, gre({ protocol: 0x0026 }), payload("00000000"));
  assert.deepEqual(dissect(net).of("tunnel"), []);

  const used = twoRouters();
  used.net.send(used.near, used.far, 0, gre(), inner, syn);
  used.net.udp(used.near, used.far, 9, { at: 26 * HOUR });
  const later = twoRouters().net.host("later", "198.51.100.77");
  used.net.send(used.near, later, 26 * HOUR, gre(), inner, syn);
  assert.deepEqual(
    dissect(used.net).of("tunnel").map(({ resp_h, action }) => `${resp_h} ${action}`),
    ["198.51.100.9 Tunnel::DISCOVER", "198.51.100.9 Tunnel::EXPIRE", "198.51.100.77 Tunnel::DISCOVER"],
  );
});

Deno.test("GRE in GRE: both are known when something is found in the inner one", () => {
  const { net, near, far } = twoRouters();
  net.send(near, far, 0, gre(), inner, gre(), ipv4({ from: "10.3.0.1", to: "10.4.0.1" }), syn);
  assert.deepEqual(dissect(net).of("tunnel").map(({ orig_h }) => orig_h), ["192.168.1.2", "10.1.0.1"]);
});

Deno.test("VXLAN in VXLAN: each is known when something is found inside, the outer one first", () => {
  const { net, near, far } = twoRouters();
  const frame = ethernet({ from: "02:00:00:00:00:0a", to: "02:00:00:00:00:0b" });
  const port = udp({ from: 40_000, to: 4789 });
  net.send(near, far, 0, port, vxlan(1), frame, inner, port, vxlan(2), frame, inner, syn);
  const discovered = dissect(net).of("tunnel").filter(({ action }) => action === "Tunnel::DISCOVER");
  assert.deepEqual(discovered.map(({ orig_h }) => orig_h), ["192.168.1.2", "10.1.0.1"]);
});

Deno.test("a flow whose directions have a tunnel each says so once it has changed too often", () => {
  const { net, near, far } = twoRouters();
  const port = udp({ from: 2152, to: 2152 });
  const back = ipv4({ from: "10.2.0.1", to: "10.1.0.1" });
  net.send(near, far, 0, port, gtpUser(1), inner, syn);
  const other = net.host("other", "198.51.100.10");
  net.send(other, near, 1, port, gtpUser(2), back, tcp({ from: 80, to: 1000, flags: "SA", seq: 900, ack: 1 }));
  for (let at = 2; at < 7; at += 2) {
    net.send(near, far, at, port, gtpUser(1), inner, tcp({ from: 1000, to: 80, flags: "A", seq: 1, ack: 901 }));
    net.send(other, near, at + 1, port, gtpUser(2), back, tcp({ from: 80, to: 1000, flags: "A", seq: 901, ack: 1 }));
  }
  const flow = dissect(net).of("conn").find(({ resp_p }) => resp_p === 80)!;
  assert.equal(flow.tunnel_parents!.length, 2);
  assert.equal(flow.history, "ShAaX");
});
