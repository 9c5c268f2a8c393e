// What analyzers hear of a TCP stream, whatever happened to its segments.

import assert from "node:assert/strict";
import { fromClient, fromServer, type Host, type Network, network, payload, tcp } from "../../../craft/craft.ts";
import { createDissector, DEFAULT_SETTINGS } from "../../../../agent/dissect/dissector.ts";
import { dissect, feed, listener } from "./dissecting.ts";

const PORT = 40_000;

function pair(): { net: Network; pc: Host; server: Host } {
  const net = network();
  return { net, pc: net.host("pc", "192.168.1.23"), server: net.host("server", "192.168.1.50") };
}

/** 10 letters a segment: segment 0 is "aaaaaaaaaa". */
const TEXT = [..."abcdefgh"].map((letter) => letter.repeat(10)).join("");

Deno.test("a stream is heard once and in order, however its segments came", () => {
  for (
    const accidents of [{}, { swapped: [2] }, { late: [1, 4] }, { repeated: [0, 3, 7] }, {
      swapped: [0],
      repeated: [5],
    }]
  ) {
    const { net, pc, server } = pair();
    const { protocol, heard } = listener();
    net.tcp(pc, server, PORT, { mss: 10, steps: [fromClient("hello"), fromServer(TEXT, accidents)] });
    dissect(net, [protocol]);
    assert.equal(heard(true), "hello");
    assert.equal(heard(false), TEXT, JSON.stringify(accidents));
  }
});

Deno.test("bytes that the capture lacks are a gap, told when they are acknowledged", () => {
  const { net, pc, server } = pair();
  const { protocol, heard, events } = listener();
  net.tcp(pc, server, PORT, { mss: 10, steps: [fromServer(TEXT, { uncaptured: [2, 3] })] });
  const { dissector, of } = dissect(net, [protocol]);
  // The first bytes are known before the gap, so that the analyzer is there to hear of it.
  assert.equal(heard(false), TEXT.slice(0, 20) + "<gap 20>" + TEXT.slice(40));
  assert.equal(of("conn")[0]!.missed_bytes, 20);
  assert.equal(dissector.counters().dropped["bytes_missed_by_capture"], 20);
  assert.equal(events.at(-1), "finish");
});

Deno.test("a stream whose segments the capture cut short is heard as far as it goes", () => {
  const { net, pc, server } = pair();
  const { protocol, heard } = listener();
  net.tcp(pc, server, PORT, { mss: 100, steps: [fromServer("x".repeat(100)), fromServer("y".repeat(100))] });
  const ethernetIpTcp = 14 + 20 + 20;
  const cut = [...net.packets()].map((packet) => ({ ...packet, data: packet.data.subarray(0, ethernetIpTcp + 60) }));
  dissect(cut, [protocol]);
  assert.match(heard(false), /^x{30,60}<gap \d+>y{30,60}<gap \d+>$/);
});

/** A handshake, then segments of the client at will: relative number and text. */
function segments(list: readonly (readonly [number, string])[]): Network {
  const { net, pc, server } = pair();
  const client = { from: 50_000, to: PORT };
  net.send(pc, server, 0, tcp({ ...client, flags: "S", seq: 999 }));
  net.send(server, pc, 0.001, tcp({ from: PORT, to: 50_000, flags: "SA", seq: 0, ack: 1000 }));
  net.send(pc, server, 0.002, tcp({ ...client, flags: "A", seq: 1000, ack: 1 }));
  for (const [i, [at, text]] of list.entries()) {
    net.send(pc, server, 0.01 + i / 1000, tcp({ ...client, flags: "A", seq: 1000 + at, ack: 1 }), payload(text));
  }
  return net;
}

Deno.test("where segments overlap, the copy that came first counts", () => {
  for (
    const [list, expected] of [
      [[[0, "abc"], [2, "XYZ"]], "abcYZ"],
      [[[3, "def"], [0, "ABCDEF"]], "ABCdef"],
      [[[0, "a"], [4, "efg"], [2, "CDEFGHI"], [1, "b"]], "abCDefgHI"],
      [[[0, "a"], [2, "c"], [4, "e"], [1, "BCDEF"]], "aBcDeF"],
    ] as const
  ) {
    const { protocol, heard } = listener();
    dissect(segments(list), [protocol]);
    assert.equal(heard(true), expected);
  }
});

Deno.test("what waits behind a hole is bounded, for one side and in all, and given up aloud", () => {
  const { protocol, heard } = listener();
  const list: [number, string][] = [[0, "start"]];
  for (let i = 0; i < 40; i++) list.push([100 + i * 1000, "z".repeat(1000)]);
  const { dissector, of } = dissect(segments(list), [protocol], { reassemblyBytesPerSide: 12_000 });
  assert.ok(heard(true).startsWith("start<gap 95>zzz"));
  const { dropped } = dissector.counters();
  assert.equal(dropped["reassembly_holes_given_up"], 1);
  assert.equal(dropped["reassembly_bytes_given_up"], 95);
  // Nothing proves that the capture lacks them.
  assert.equal(of("conn")[0]!.missed_bytes, 0);
});

Deno.test("a side that nobody acknowledges is not waited for", () => {
  const { protocol, heard } = listener();
  const list: [number, string][] = [[0, "start"]];
  for (let i = 0; i < 20; i++) list.push([100 + i * 1000, "z".repeat(1000)]);
  const { of } = dissect(segments(list), [protocol]);
  assert.ok(heard(true).startsWith("start<gap 95>"));
  assert.deepEqual(of("weird").map(({ name }) => name), ["above_hole_data_without_any_acks"]);
});

Deno.test("holes cost nothing once the flow is over", () => {
  const { net, pc, server } = pair();
  for (let i = 0; i < 50; i++) {
    net.tcp(pc, server, PORT, { clientPort: 1000 + i, steps: [fromClient(5), fromServer(9000, { late: [0] })] });
  }
  const { protocol } = listener();
  const dissector = createDissector({ emit() {}, settings: DEFAULT_SETTINGS, protocols: [protocol] });
  for (const packet of net.packets()) feed(dissector, packet);
  dissector.finish();
  assert.equal(dissector.counters().dropped["reassembly_bytes_never_in_order"], 0);
  assert.deepEqual(dissector.counters().in_hand, { reassembly_bytes: 0, recognition_bytes: 0, analyzers: 0 });
  assert.equal(dissector.counters().flows_alive, 0);
});
