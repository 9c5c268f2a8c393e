// TCP conversations: the packets of every outcome, acknowledgements, accidents.

import assert from "node:assert/strict";
import { fromClient, fromServer, network, type Outcome, type Packet, pause, type TcpOptions } from "./craft.ts";

/** Where TCP begins in a frame of Ethernet and IPv4. */
const TCP_START = 34;
const LETTERS = "FSRPAU";

interface Segment {
  from: "client" | "server";
  flags: string;
  seq: number;
  ack: number;
  size: number;
}

/** What the test needs to know of each packet, with sequence numbers counted from the SYNs. */
function segments(packets: readonly Packet[], server = 80): Segment[] {
  const first: Record<string, number> = {};
  return packets.map(({ data }) => {
    const view = new DataView(data.buffer, data.byteOffset + TCP_START);
    const from = view.getUint16(0) === server ? "server" : "client";
    const other = from === "server" ? "client" : "server";
    const flags = [...LETTERS].filter((_, i) => (view.getUint8(13) & (1 << i)) !== 0).join("");
    first[from] ??= view.getUint32(4);
    if (flags.includes("A")) first[other] ??= (view.getUint32(8) - 1) >>> 0;
    return {
      from,
      flags,
      seq: (view.getUint32(4) - first[from]) >>> 0,
      ack: flags.includes("A") ? (view.getUint32(8) - first[other]!) >>> 0 : 0,
      size: data.length - TCP_START - (view.getUint8(12) >> 4) * 4,
    };
  });
}

function play(options: TcpOptions) {
  const net = network();
  return net.tcp(net.host("pc", "192.168.1.2"), net.host("web", "93.184.216.34"), 80, options);
}

/** `C:S S:SA C:A` for a handshake. */
function sketch(packets: readonly Packet[]): string {
  return segments(packets).map(({ from, flags }) => `${from === "client" ? "C" : "S"}:${flags}`).join(" ");
}

const HANDSHAKE = "C:S S:SA C:A";
const OUTCOMES: Readonly<Record<Outcome, string>> = {
  SF: `${HANDSHAKE} C:FA S:FA C:A`,
  S0: "C:S",
  S1: HANDSHAKE,
  S2: `${HANDSHAKE} C:FA S:A`,
  S3: `${HANDSHAKE} S:FA C:A`,
  REJ: "C:S S:RA",
  RSTO: `${HANDSHAKE} C:RA`,
  RSTR: `${HANDSHAKE} S:RA`,
  RSTOS0: "C:S C:R",
  RSTRH: "S:SA S:R",
  SH: "C:S C:F",
  SHR: "S:SA S:FA",
  OTH: "",
  "half-open": "C:S S:SA",
};

for (const [outcome, expected] of Object.entries(OUTCOMES)) {
  Deno.test(`a connection that Zeek would call ${outcome}`, () => {
    assert.equal(sketch(play({ outcome: outcome as Outcome }).packets), expected);
  });
}

Deno.test("a SYN nobody answers is sent again with the same number, ever later", () => {
  const { packets } = play({ outcome: "S0", attempts: 4 });
  assert.deepEqual(segments(packets).map(({ seq }) => seq), [0, 0, 0, 0]);
  const start = packets[0]!;
  const seconds = packets.map((packet) => Math.round(packet.seconds - start.seconds));
  assert.deepEqual(seconds, [0, 1, 3, 7]);
});

Deno.test("whoever refuses acknowledges the SYN and has no number of its own", () => {
  const refusal = segments(play({ outcome: "REJ" }).packets)[1]!;
  assert.equal(refusal.ack, 1);
  const raw = play({ outcome: "REJ" }).packets[1]!.data;
  assert.equal(new DataView(raw.buffer).getUint32(TCP_START + 4), 0);
});

Deno.test("data travels in segments, every second one is acknowledged, and an answer acknowledges by itself", () => {
  const { packets, client, server } = play({
    steps: [fromClient("GET"), fromServer(4_000), pause(1), fromClient("BYE")],
  });
  const middle = segments(packets).slice(3, -3);
  assert.deepEqual(middle.map(({ from, seq, ack, size }) => [from, seq, ack, size]), [
    ["client", 1, 1, 3],
    ["server", 1, 4, 1_460],
    ["server", 1_461, 4, 1_460],
    ["client", 4, 2_921, 0],
    ["server", 2_921, 4, 1_080],
    ["client", 4, 4_001, 0],
    ["client", 4, 4_001, 3],
    ["server", 4_001, 7, 0],
  ]);
  assert.deepEqual([client.bytes, server.bytes], [6, 4_000]);
  assert.equal(client.packets + server.packets, packets.length);
});

Deno.test("the close acknowledges everything", () => {
  const [fin, answer, last] = segments(play({ steps: [fromClient(3_000), fromServer(10)] }).packets).slice(-3);
  assert.deepEqual([fin!.seq, fin!.ack, answer!.seq, answer!.ack, last!.ack], [3_001, 11, 11, 3_002, 12]);
});

Deno.test("a server may close first", () => {
  assert.match(sketch(play({ closedBy: "server" }).packets), /S:FA C:FA S:A$/);
});

Deno.test("a segment seen twice repeats its number and counts twice", () => {
  const { packets, client } = play({ steps: [fromClient(3_000, { repeated: [1] })] });
  const sent = segments(packets).filter(({ from, size }) => from === "client" && size > 0);
  assert.deepEqual(sent.map(({ seq }) => seq), [1, 1_461, 2_921, 1_461]);
  assert.equal(client.bytes, 3_000 + 1_460);
});

Deno.test("a lost segment comes last, and until then the receiver repeats what it has", () => {
  const { packets } = play({ steps: [fromClient(5 * 1_460, { late: [1] })], roundTrip: 0.00001 });
  const middle = segments(packets).slice(3, -3);
  const sent = middle.filter(({ size }) => size > 0).map(({ seq }) => (seq - 1) / 1_460);
  assert.deepEqual(sent, [0, 2, 3, 4, 1]);
  const acknowledged = middle.filter(({ from }) => from === "server").map(({ ack }) => (ack - 1) / 1_460);
  assert.deepEqual(acknowledged, [1, 1, 1, 5]);
});

Deno.test("a segment overtaken by the next arrives after it", () => {
  const { packets } = play({ steps: [fromClient(4 * 1_460, { swapped: [1] })] });
  const sent = segments(packets).filter(({ size }) => size > 0).map(({ seq }) => (seq - 1) / 1_460);
  assert.deepEqual(sent, [0, 2, 1, 3]);
  assert.throws(() => play({ steps: [fromClient("short", { swapped: [0] })] }), /last of 1/);
});

Deno.test("a segment the capture missed is acknowledged all the same", () => {
  const { packets, client } = play({ steps: [fromClient(3 * 1_460, { uncaptured: [1] })] });
  assert.equal(client.bytes, 2 * 1_460);
  const acknowledged = Math.max(...segments(packets).filter(({ from }) => from === "server").map(({ ack }) => ack));
  assert.equal(acknowledged, 3 * 1_460 + 2);
});

Deno.test("large segments are one packet each", () => {
  const { client } = play({ mss: 65_160, steps: [fromClient(130_320)] });
  assert.deepEqual([client.bytes, client.packets], [130_320, 2 + 2 + 2]);
});

Deno.test("the same bytes are sent however they are cut", () => {
  const payloads = (mss: number): string => {
    const { packets } = play({ mss, clientPort: 5_000, steps: [fromClient("0123456789".repeat(400))] });
    const sizes = segments(packets);
    return packets.map(({ data }, i) => new TextDecoder().decode(data.subarray(data.length - sizes[i]!.size))).join("");
  };
  assert.equal(payloads(100), "0123456789".repeat(400));
  assert.equal(payloads(1_460), payloads(100));
});
