// Connections from their first packet to their record: states, history, counts.

import assert from "node:assert/strict";
import {
  fromClient,
  fromServer,
  type Host,
  type Network,
  network,
  type Outcome,
  pause,
  payload,
  tcp,
  type TcpHeader,
} from "../../../craft/craft.ts";
import { dissect, onlyConnection } from "./dissecting.ts";

/** A client and a server that talk on a port nobody knows. */
function pair(): { net: Network; pc: Host; server: Host } {
  const net = network();
  return { net, pc: net.host("pc", "192.168.1.23"), server: net.host("server", "192.168.1.50") };
}

const PORT = 40_000;

/** A story written segment by segment: who sends ("c" client, "s" server), when, and the header. */
type Line = readonly ["c" | "s", number, Partial<TcpHeader> & { flags: string }, number?];

function written(lines: readonly Line[], ports: readonly [number, number] = [50_000, PORT]): Network {
  const { net, pc, server } = pair();
  for (const [who, at, header, bytes] of lines) {
    const [from, to] = who === "c" ? [pc, server] : [server, pc];
    const [fromPort, toPort] = who === "c" ? ports : [ports[1], ports[0]];
    const data = bytes === undefined ? [] : [payload(new Uint8Array(bytes).fill(0x61))];
    net.send(from, to, at, tcp({ from: fromPort, to: toPort, ...header }), ...data);
  }
  return net;
}

const HISTORIES: Readonly<Partial<Record<Outcome, string>>> = {
  SF: "ShADdFf",
  S0: "S",
  S1: "ShADd",
  S2: "ShADdFa",
  S3: "ShADdf",
  REJ: "Sr",
  RSTO: "ShADdR",
  RSTR: "ShADdr",
  RSTOS0: "SR",
  RSTRH: "^hr",
  SH: "SF",
  SHR: "^hf",
};

for (const [outcome, history] of Object.entries(HISTORIES) as [Outcome, string][]) {
  // Without a SYN the server is told by its port, as in Zeek; PORT tells nothing, 443 does.
  const port = outcome === "RSTRH" || outcome === "SHR" ? 443 : PORT;
  Deno.test(`a connection that ends as ${outcome} is called ${outcome}`, () => {
    const { net, pc, server } = pair();
    net.tcp(pc, server, port, { outcome, steps: [fromClient(300), fromServer(5000)] });
    const record = onlyConnection(net);
    assert.equal(record.conn_state, outcome);
    assert.equal(record.history, history);
    assert.equal(record.orig_h, pc.ip);
    assert.equal(record.resp_p, port);
  });
}

Deno.test("a whole connection is counted as it was sent", () => {
  const { net, pc, server } = pair();
  const told = net.tcp(pc, server, PORT, { steps: [fromClient(300), fromServer(5000), pause(2), fromClient(10)] });
  const record = onlyConnection(net);
  assert.equal(record.history, "ShADdaFf");
  assert.equal(record.orig_bytes, 310);
  assert.equal(record.resp_bytes, 5000);
  assert.equal(record.orig_pkts, told.client.packets);
  assert.equal(record.resp_pkts, told.server.packets);
  assert.equal(record.missed_bytes, 0);
  assert.equal(record.orig_l2_addr, pc.mac);
  assert.equal(record.resp_l2_addr, server.mac);
  assert.equal(record.local_orig, true);
  assert.equal(record.ip_proto, 6);
  assert.match(record.uid, /^C[0-9A-Za-z]{17}$/);
  assert.match(record.community_id!, /^1:[0-9A-Za-z+/]{27}=$/);
});

Deno.test("of a capture that keeps only 54 bytes a packet, without TCP's options, connections are told as they were", () => {
  const counted = (snapLength?: number) => {
    const net = network(snapLength === undefined ? {} : { snapLength });
    const told = net.tcp(net.host("pc", "192.168.1.23"), net.host("server", "192.168.1.50"), PORT, {
      steps: [fromClient(300), fromServer(5000)],
    });
    const { conn_state, orig_pkts, orig_bytes, resp_bytes, resp_p } = onlyConnection(net);
    assert.equal(orig_pkts, told.client.packets);
    return { conn_state, orig_bytes, resp_bytes, resp_p };
  };
  assert.deepEqual(counted(54), counted());
});

Deno.test("the acknowledgement of the last FIN does not count for the duration", () => {
  const record = onlyConnection(written([
    ["c", 0, { flags: "S", seq: 100 }],
    ["s", 1, { flags: "SA", seq: 500, ack: 101 }],
    ["c", 2, { flags: "A", seq: 101, ack: 501 }],
    ["c", 3, { flags: "FA", seq: 101, ack: 501 }],
    ["s", 4, { flags: "FA", seq: 501, ack: 102 }],
    ["c", 6, { flags: "A", seq: 102, ack: 502 }],
  ]));
  assert.equal(record.duration, 4);
  assert.equal(record.history, "ShAFf");
  assert.equal(record.orig_pkts, 4);
});

Deno.test("a segment sent again is a T, and so are the tenth and the hundredth", () => {
  for (const [times, letters] of [[1, "T"], [9, "T"], [10, "TT"], [99, "TT"], [100, "TTT"]] as const) {
    const again = Array.from(
      { length: times },
      (_, i): Line => ["c", 4 + i / 100, { flags: "A", seq: 101, ack: 501 }, 50],
    );
    const record = onlyConnection(written([
      ["c", 0, { flags: "S", seq: 100 }],
      ["s", 1, { flags: "SA", seq: 500, ack: 101 }],
      ["c", 2, { flags: "A", seq: 101, ack: 501 }],
      ["c", 3, { flags: "A", seq: 101, ack: 501 }, 50],
      ...again,
    ]));
    assert.equal(record.history, "ShAD" + letters);
    assert.equal(record.orig_bytes, 50);
  }
});

Deno.test("bytes that are acknowledged but were never captured are missed, and a G", () => {
  const { net, pc, server } = pair();
  net.tcp(pc, server, PORT, { steps: [fromClient(300), fromServer(10_000, { uncaptured: [2, 3] }), fromClient(10)] });
  const record = onlyConnection(net);
  assert.equal(record.missed_bytes, 2 * 1460);
  assert.ok(record.history!.includes("g"), record.history);
  assert.equal(record.resp_bytes, 10_000);
  assert.equal(record.conn_state, "SF");
});

Deno.test("a zero window is a W, but not in a reset", () => {
  const handshake: Line[] = [
    ["c", 0, { flags: "S", seq: 100 }],
    ["s", 1, { flags: "SA", seq: 500, ack: 101 }],
    ["c", 2, { flags: "A", seq: 101, ack: 501 }],
  ];
  const full = onlyConnection(written([...handshake, ["s", 3, { flags: "A", seq: 501, ack: 101, window: 0 }]]));
  assert.equal(full.history, "ShAaw");
  const reset = onlyConnection(written([...handshake, ["s", 3, { flags: "R", seq: 501, window: 0 }]]));
  assert.equal(reset.history, "ShAr");
});

Deno.test("segments that contradict themselves are I and Q", () => {
  const record = onlyConnection(written([
    ["c", 0, { flags: "SF", seq: 100 }],
    ["c", 1, { flags: "FR", seq: 101 }],
  ]));
  assert.equal(record.history, "QI");
});

Deno.test("a connection under way when the capture starts is turned to its server, told by the port", () => {
  const record = onlyConnection(written([
    ["s", 0, { flags: "A", seq: 9000, ack: 4000 }, 700],
    ["c", 1, { flags: "A", seq: 4000, ack: 9700 }],
    ["c", 2, { flags: "A", seq: 4000, ack: 9700 }, 30],
  ], [50_000, 443]));
  assert.equal(record.orig_p, 50_000);
  assert.equal(record.resp_p, 443);
  assert.equal(record.conn_state, "OTH");
  assert.equal(record.history, "^dAD");
  assert.equal(record.resp_bytes, 700);
  assert.equal(record.orig_bytes, 30);
  assert.equal(record.missed_bytes, 0);
});

Deno.test("a handshake of which only the SYN was missed is whole all the same", () => {
  const record = onlyConnection(written([
    ["s", 0, { flags: "SA", seq: 500, ack: 101 }],
    ["c", 1, { flags: "A", seq: 101, ack: 501 }],
    ["c", 2, { flags: "A", seq: 101, ack: 501 }, 20],
    ["s", 3, { flags: "A", seq: 501, ack: 121 }, 40],
  ], [50_000, 80]));
  assert.equal(record.history, "^hADd");
  assert.equal(record.conn_state, "S1");
});

Deno.test("a SYN captured after its answer turns the connection round", () => {
  const record = onlyConnection(written([
    ["s", 0, { flags: "SA", seq: 500, ack: 101 }],
    ["c", 0.001, { flags: "S", seq: 100 }],
    ["c", 1, { flags: "A", seq: 101, ack: 501 }, 20],
    ["s", 2, { flags: "A", seq: 501, ack: 121 }, 40],
  ]));
  assert.equal(record.orig_p, 50_000);
  assert.equal(record.conn_state, "S1");
  assert.equal(record.orig_bytes, 20);
  assert.equal(record.resp_bytes, 40);
  assert.equal(record.resp_pkts, 2);
});

Deno.test("sequence numbers may wrap", () => {
  const start = 2 ** 32 - 100;
  const record = onlyConnection(written([
    ["c", 0, { flags: "S", seq: start }],
    ["s", 1, { flags: "SA", seq: 2 ** 32 - 1, ack: start + 1 }],
    ["c", 2, { flags: "A", seq: start + 1, ack: 0 }, 99],
    ["c", 3, { flags: "A", seq: 0, ack: 0 }, 1000],
    ["s", 4, { flags: "A", seq: 0, ack: 1000 }, 500],
    ["c", 5, { flags: "A", seq: 1000, ack: 500 }],
  ]));
  assert.equal(record.orig_bytes, 1099);
  assert.equal(record.resp_bytes, 500);
  assert.equal(record.missed_bytes, 0);
  assert.equal(record.history, "ShDdA");
});

Deno.test("a refused port tried again with the same SYN is another connection", () => {
  const connections = dissect(written([
    ["c", 0, { flags: "S", seq: 100 }],
    ["s", 0.1, { flags: "RA", seq: 0, ack: 101 }],
    ["c", 0.6, { flags: "S", seq: 100 }],
    ["s", 0.7, { flags: "RA", seq: 0, ack: 101 }],
  ])).of("conn");
  assert.deepEqual(connections.map(({ conn_state, history }) => [conn_state, history]), [["REJ", "Sr"], ["REJ", "Sr"]]);
  assert.notEqual(connections[0]!.uid, connections[1]!.uid);
});

Deno.test("a SYN without an answer is given up after five seconds, a quiet connection after an hour", () => {
  const attempts = dissect(written([
    ["c", 0, { flags: "S", seq: 100 }],
    ["c", 1, { flags: "S", seq: 100 }],
    ["c", 7, { flags: "S", seq: 100 }],
  ])).of("conn");
  assert.deepEqual(attempts.map(({ orig_pkts, conn_state }) => [orig_pkts, conn_state]), [[2, "S0"], [1, "S0"]]);

  const quiet = (silence: number) => {
    const { net, pc, server } = pair();
    net.tcp(pc, server, PORT, { outcome: "S1", steps: [fromClient(5), pause(silence), fromClient(5)] });
    return dissect(net).of("conn").length;
  };
  assert.equal(quiet(3500), 1);
  assert.equal(quiet(3700), 2);
});

Deno.test("records leave when their connection is over, not at the end of the input", () => {
  const { net, pc, server } = pair();
  net.tcp(pc, server, PORT, { at: 0, steps: [fromClient(5)] });
  net.udp(pc, server, 5000, { at: 1, steps: [fromClient("x")] });
  net.tcp(pc, server, 40_001, { at: 20, outcome: "S1", steps: [fromClient(5)] });
  net.tcp(pc, server, 40_002, { at: 100, outcome: "S1", steps: [fromClient(5)] });
  assert.deepEqual(dissect(net).of("conn").map(({ resp_p }) => resp_p), [PORT, 5000, 40_001, 40_002]);
});

Deno.test("headers that lie make a weird and no count", () => {
  const { records, of } = dissect(written([["c", 0, { flags: "S", seq: 1, headerWords: 3 }]]));
  assert.deepEqual(of("weird").map(({ name }) => name), ["bad_TCP_header_len"]);
  assert.equal(of("conn")[0]!.orig_pkts, 0);
  assert.equal(of("conn")[0]!.conn_state, "OTH");
  assert.equal(records.length, 2);
});

Deno.test("wrong checksums are ignored unless they are asked for", () => {
  const story = () => written([["c", 0, { flags: "S", seq: 1, checksum: "wrong" }]]);
  assert.equal(onlyConnection(story()).history, "S");
  const checked = onlyConnection(story(), { validateChecksums: true });
  assert.equal(checked.history, "C");
  assert.equal(checked.orig_pkts, 0);
});
