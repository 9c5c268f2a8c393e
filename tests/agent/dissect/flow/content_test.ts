// Who gets the bytes of a flow: by port, by recognition, by announcement, by handing on; and what failing costs.

import assert from "node:assert/strict";
import { fromClient, fromServer, hex, type Host, type Network, network } from "../../../craft/craft.ts";
import { dissect, listener } from "./dissecting.ts";

const PORT = 40_000;

function pair(): { net: Network; pc: Host; server: Host } {
  const net = network();
  return { net, pc: net.host("pc", "192.168.1.23"), server: net.host("server", "192.168.1.50") };
}

const startsWith = (word: string) => (bytes: Uint8Array, start: number, end: number) => {
  const seen = new TextDecoder().decode(bytes.subarray(start, end));
  if (seen.startsWith(word)) return "yes";
  return word.startsWith(seen) ? "more" : "no";
};

Deno.test("a protocol is found by its first bytes on any port, and hears the flow from its beginning", () => {
  const { net, pc, server } = pair();
  const other = listener("tcp", { name: "other", recognise: startsWith("OTHER") });
  const wanted = listener("tcp", { name: "wanted", recognise: startsWith("WANTED") });
  net.tcp(pc, server, PORT, {
    mss: 3,
    steps: [fromServer("banner"), fromClient("WANTED thing"), fromServer("yes")],
  });
  dissect(net, [other.protocol, wanted.protocol]);
  assert.deepEqual(other.events, []);
  assert.equal(wanted.heard(true), "WANTED thing");
  assert.equal(wanted.heard(false), "banneryes");
  assert.equal(wanted.events[0], "resp 3");
});

Deno.test("the protocol of a port hears everything, and does not stop another from being found", () => {
  const { net, pc, server } = pair();
  const byPort = listener("tcp", { name: "by-port", ports: [PORT], recognise: () => "no", onDeliver: () => false });
  const byContent = listener("tcp", { name: "by-content", recognise: startsWith("HELLO") });
  net.tcp(pc, server, PORT, { steps: [fromClient("HELLO"), fromServer("hi")] });
  dissect(net, [byPort.protocol, byContent.protocol]);
  assert.deepEqual(byPort.events, ["orig 5", "finish"]);
  assert.equal(byContent.heard(true), "HELLO");
  assert.equal(byContent.heard(false), "hi");
});

Deno.test("nobody is asked any more once the first kilobyte of a side is unknown", () => {
  const { net, pc, server } = pair();
  let asked = 0;
  const never = listener("tcp", { recognise: () => (asked++, "more") });
  net.tcp(pc, server, PORT, { steps: [fromClient(600), fromClient(600), fromClient(600), fromServer(10)] });
  dissect(net, [never.protocol]);
  assert.equal(asked, 2);
  assert.deepEqual(never.events, []);
});

Deno.test("a protocol is found in datagrams after any number of STUN's, but not after many unknown ones", () => {
  const wanted = () => listener("udp", { name: "wanted", recognise: startsWith("WANTED") });
  const told = (first: Uint8Array | string) => {
    const { net, pc, server } = pair();
    const protocol = wanted();
    net.udp(pc, server, PORT, { steps: [...Array(9).fill(fromClient(first)), fromClient("WANTED")] });
    dissect(net, [protocol.protocol]);
    return protocol.heard(true);
  };
  assert.equal(told(hex("0001 0000 2112a442 000102030405060708090a0b")), "WANTED");
  assert.equal(told("something else, twenty bytes long"), "");
});

Deno.test("services stand in the order in which they were confirmed, and can be taken back", () => {
  const { net, pc, server } = pair();
  const { protocol } = listener("tcp", {
    onDeliver(flow, output) {
      for (const name of ["ssl", "http", "ssl", "wrong"]) output.service(flow, name);
      output.notService(flow, "wrong");
    },
  });
  net.tcp(pc, server, PORT, { steps: [fromClient("x")] });
  assert.equal(dissect(net, [protocol]).of("conn")[0]!.service, "ssl,http");
});

Deno.test("an announced connection goes to the protocol it was announced for, and only once", () => {
  const { net, pc, server } = pair();
  const control = listener("tcp", {
    name: "control",
    ports: [21],
    onDeliver: (_flow, output) => output.expect("192.168.1.50", 5555, "data"),
  });
  const data = listener("tcp", { name: "data", recognise: () => "no" });
  net.tcp(pc, server, 21, { steps: [fromClient("PASV")] });
  net.tcp(pc, server, 5555, { steps: [fromServer("file")] });
  net.tcp(pc, server, 5555, { steps: [fromServer("again")] });
  dissect(net, [control.protocol, data.protocol]);
  assert.equal(data.heard(false), "file");
});

Deno.test("an announcement is forgotten after five minutes", () => {
  const { net, pc, server } = pair();
  const control = listener("tcp", {
    name: "control",
    ports: [21],
    onDeliver: (_flow, output) => output.expect("192.168.1.50", 5555, "data"),
  });
  const data = listener("tcp", { name: "data", recognise: () => "no" });
  net.tcp(pc, server, 21, { at: 0, steps: [fromClient("PASV")] });
  net.tcp(pc, server, 5555, { at: 400, steps: [fromServer("file")] });
  dissect(net, [control.protocol, data.protocol]);
  assert.deepEqual(data.events, []);
});

Deno.test("a protocol hands its stream on, to one it names or to whoever knows it", () => {
  for (const to of ["inner", undefined]) {
    const { net, pc, server } = pair();
    const outer = listener("tcp", {
      name: "outer",
      ports: [PORT],
      recognise: startsWith("START"),
      onDeliver(flow, output, text, start) {
        if (text.includes("\n")) output.upgrade(flow, to, start + text.indexOf("\n") + 1);
      },
    });
    const inner = listener("tcp", { name: "inner", recognise: startsWith("INNER") });
    net.tcp(pc, server, PORT, {
      steps: [fromClient("START\nINNER one "), fromServer("answer"), fromClient("two")],
    });
    dissect(net, [outer.protocol, inner.protocol]);
    assert.deepEqual(outer.events, ["orig 16", "finish"]);
    assert.equal(inner.heard(true), "INNER one two");
    assert.equal(inner.heard(false), "answer");
  }
});

Deno.test("an analyzer that throws is dropped and said to have failed; the others go on", () => {
  const { net, pc, server } = pair();
  const broken = listener("tcp", {
    name: "broken",
    ports: [PORT],
    onDeliver() {
      throw new Error("a bug");
    },
  });
  const sound = listener("tcp", { name: "sound", ports: [PORT] });
  net.tcp(pc, server, PORT, { steps: [fromClient("one"), fromServer("two")] });
  const { of, dissector } = dissect(net, [broken.protocol, sound.protocol]);
  assert.deepEqual(of("weird").map(({ name, addl }) => [name, addl]), [["analyzer_failed", "broken"]]);
  assert.equal(dissector.counters().dropped["analyzers_failed"], 1);
  assert.equal(sound.heard(false), "two");
  assert.equal(of("conn").length, 1);
});

Deno.test("a datagram flow that was seen from the wrong side is turned round", () => {
  const { net, pc, server } = pair();
  const seen: string[] = [];
  const answerFirst = listener("udp", {
    onDeliver(flow, output, text) {
      if (text === "answer") output.flip(flow);
      seen.push(`${text} ${flow.orig_h}`);
    },
  });
  // The client's port is unknown too, so that nothing but the protocol can tell.
  net.udp(server, pc, 50_001, { clientPort: 50_002, steps: [fromClient("answer"), fromServer("question")] });
  const [record] = dissect(net, [answerFirst.protocol]).of("conn");
  assert.equal(record!.orig_h, pc.ip);
  assert.equal(record!.history, "D^");
  assert.deepEqual(seen, [`answer ${pc.ip}`, `question ${pc.ip}`]);
});

Deno.test("an odd thing is said once of a flow, however often it happens", () => {
  const { net, pc, server } = pair();
  const { protocol } = listener("tcp", { onDeliver: (flow, output) => output.weird(flow, "odd", "more") });
  net.tcp(pc, server, PORT, { mss: 1, steps: [fromClient("abcdefg")] });
  const { of, dissector } = dissect(net, [protocol]);
  assert.equal(of("weird").length, 1);
  assert.equal(of("weird")[0]!.uid, of("conn")[0]!.uid);
  assert.equal(dissector.counters().weirds["odd"], 7);
});
