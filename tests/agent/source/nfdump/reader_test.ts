import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { isEstablished } from "../../../../agent/record/conn-state.ts";
import { complaints, ofKind, readFile, setFields } from "../records.ts";
import { ACK, content2, FIN, layout1, layout2, PSH, RST, START, SYN, type TestFlow } from "./files.ts";
import { BZIP2, LZ4, LZO, SCAN } from "./packed.ts";

const CLIENT = { src: "10.0.0.5", srcPort: 50000, dst: "198.51.100.7", dstPort: 443 };
const SERVER = { src: "198.51.100.7", srcPort: 443, dst: "10.0.0.5", dstPort: 50000 };

async function connections(file: Uint8Array) {
  const reading = await readFile(file);
  assert.deepEqual(complaints(reading), []);
  return ofKind(reading, "conn");
}

Deno.test("two directions are one connection, in both layouts and both byte orders", async () => {
  const flows: TestFlow[] = [
    { at: 0.25, seconds: 2, ...SERVER, flags: SYN | ACK | PSH | FIN, packets: 8, bytes: 5000 },
    { at: 0.125, seconds: 2.5, ...CLIENT, flags: SYN | ACK | PSH | FIN, packets: 10, bytes: 900 },
  ];
  for (const layout of [layout1, layout2]) {
    for (const little of [true, false]) {
      const [record, ...more] = await connections(layout(flows, { little }));
      assert.deepEqual(more, []);
      const { uid, vlan: _vlan, ...fields } = setFields(record);
      assert.match(uid as string, /^C[0-9A-Za-z]{17}$/);
      assert.deepEqual(fields, {
        kind: "conn",
        ts: START + 0.125,
        orig_h: "10.0.0.5",
        orig_p: 50000,
        resp_h: "198.51.100.7",
        resp_p: 443,
        proto: "tcp",
        duration: 2.5,
        orig_bytes: 900,
        resp_bytes: 5000,
        conn_state: "SF",
        orig_pkts: 10,
        orig_ip_bytes: 900,
        resp_pkts: 8,
        resp_ip_bytes: 5000,
        ip_proto: 6,
      });
    }
  }
});

Deno.test("whoever sent the first SYN began, even when the clocks of the exporters say otherwise", async () => {
  const [record] = await connections(layout2([
    { at: 0, ...SERVER, flags: SYN | ACK },
    { at: 0.5, ...CLIENT, flags: SYN },
  ]));
  assert.deepEqual([record!.orig_h, record!.ts], ["10.0.0.5", START]);
  const [tie] = await connections(layout2([{ at: 0, ...SERVER, flags: ACK }, { at: 0, ...CLIENT, flags: ACK }]));
  assert.equal(tie!.orig_h, "10.0.0.5", "the lower port is the server's");
});

Deno.test("a record that tells both directions is a connection by itself", async () => {
  for (const layout of [layout1, layout2]) {
    const [record] = await connections(layout([{ at: 0, ...CLIENT, proto: 17, out: [3, 300] }]));
    assert.deepEqual([record!.proto, record!.conn_state, record!.resp_pkts, record!.resp_bytes], ["udp", "SF", 3, 300]);
  }
});

Deno.test("pieces of a long flow are one connection while they come within a minute, or nobody closed it", async () => {
  const piece = (at: number, flags = ACK, proto = 6) => (
    { at, seconds: 30, ...CLIENT, flags, proto, packets: 5, bytes: 500 }
  );
  const told = async (...flows: TestFlow[]) =>
    (await connections(layout2(flows))).map(({ ts, orig_pkts }) => [ts - START, orig_pkts]);
  assert.deepEqual(await told(piece(0), piece(31), piece(62), piece(300, SYN | ACK)), [[0, 15], [300, 5]]);
  assert.deepEqual(await told(piece(0, 0, 17), piece(31, 0, 17), piece(300, 0, 17)), [[0, 10], [300, 5]]);
  assert.deepEqual(await told(piece(0), piece(300), piece(800), piece(2000)), [[0, 15], [2000, 5]], "keepalives");
  assert.deepEqual(await told(piece(0, ACK | FIN), piece(300)), [[0, 5], [300, 5]], "it was closed");
});

Deno.test("IPv6, MAC addresses and VLANs", async () => {
  const flow = {
    at: 0,
    src: "2001:db8::1",
    srcPort: 1,
    dst: "fe80::1:2",
    dstPort: 2,
    proto: 17,
    mac: "00:1b:44:11:3a:b7",
  };
  const [first] = await connections(layout2([flow]));
  const [second] = await connections(layout1([flow]));
  assert.deepEqual([first!.orig_h, first!.resp_h, first!.orig_l2_addr], [
    "2001:db8::1",
    "fe80::1:2",
    "00:1b:44:11:3a:b7",
  ]);
  assert.deepEqual([second!.orig_h, second!.resp_h, second!.vlan], ["2001:db8::1", "fe80::1:2", 7]);
});

Deno.test("echo and reply are one connection with type and code; other ICMP messages are by themselves", async () => {
  const there = { src: "10.0.0.5", dst: "10.0.0.6", proto: 1 };
  const back = { src: "10.0.0.6", dst: "10.0.0.5", proto: 1 };
  const records = await connections(layout2([
    { at: 0.5, ...back, dstPort: 0 },
    { at: 0, ...there, dstPort: 8 * 256 },
    { at: 1, ...back, dstPort: 3 * 256 + 1 },
  ]));
  assert.deepEqual(
    records.map((
      { orig_h, orig_p, resp_p, orig_pkts, resp_pkts, conn_state },
    ) => [orig_h, orig_p, resp_p, orig_pkts, resp_pkts, conn_state]),
    [["10.0.0.5", 8, 0, 1, 1, "OTH"], ["10.0.0.6", 3, 1, 1, 0, "OTH"]],
  );
});

Deno.test("the flags of both sides tell the state", async () => {
  const stories: [orig: number, resp: number | undefined, state: string, established: boolean][] = [
    [SYN, undefined, "S0", false],
    [SYN | RST, undefined, "RSTOS0", false],
    [SYN | FIN, undefined, "SH", false],
    [SYN, RST | ACK, "REJ", false],
    [SYN | ACK | PSH, SYN | ACK | PSH, "S1", true],
    [SYN | ACK | FIN, SYN | ACK, "S2", true],
    [SYN | ACK, SYN | ACK | FIN, "S3", true],
    [SYN | ACK | FIN, SYN | ACK | FIN, "SF", true],
    [SYN | RST, SYN | ACK, "RSTO", true],
    [SYN | ACK | PSH, SYN | ACK | RST, "RSTR", false],
    [ACK, ACK | PSH, "OTH", true],
    [SYN | ACK | PSH, undefined, "S1", true],
    [SYN | ACK, undefined, "SHR", false],
    [RST | ACK, undefined, "RSTRH", false],
  ];
  for (const [orig, resp, state, established] of stories) {
    const flows: TestFlow[] = [{ at: 0, ...CLIENT, flags: orig }];
    if (resp !== undefined) flows.push({ at: 0.001, ...SERVER, flags: resp });
    const [record] = await connections(layout2(flows));
    assert.deepEqual([record!.conn_state, isEstablished(record!)], [state, established], `${orig} ${resp}`);
  }
  const counted = await connections(
    layout2([SYN, SYN | ACK | FIN].map((flags, i) => ({ at: i, ...CLIENT, srcPort: i, flags, out: [1, 40] as const }))),
  );
  assert.deepEqual(counted.map(({ conn_state }) => conn_state), ["REJ", "SF"]);
});

Deno.test("packed blocks of all kinds hold what was packed", async () => {
  const plain = (await readFile(layout2(SCAN))).records;
  assert.equal(plain.length, 40);
  for (const [packing, packed] of [LZO, BZIP2, LZ4, zstdCompressSync(content2(SCAN))].entries()) {
    const file = layout2(SCAN, { packing: packing + 1, packed });
    for (const pieceBytes of [1 << 20, 61]) {
      const reading = await readFile(file, { pieceBytes });
      assert.deepEqual(complaints(reading), []);
      assert.deepEqual(reading.records, plain, `packing ${packing + 1}`);
    }
  }
});

Deno.test("damage costs a block and is said with its place; what cannot be read says how to convert it", async () => {
  const packed = LZ4.slice();
  packed.fill(0xff, 3);
  const damaged = await readFile(layout2(SCAN, { packing: 3, packed }));
  assert.deepEqual(complaints(damaged), ["byte 84: has a block that cannot be unpacked"]);
  const file = layout2(SCAN);
  const cut = await readFile(file.subarray(0, file.length - 100));
  assert.deepEqual(complaints(cut), [
    `byte ${file.length - 100}: is cut off inside a block; what came before was analysed`,
  ]);
  assert.deepEqual(complaints(await readFile(layout2(SCAN, { packing: 9 }))), [
    "byte 40: is packed in a way that cannot be read; convert it with nfdump -r FILE -w NEW",
  ]);
  assert.deepEqual(complaints(await readFile(layout2(SCAN, { encryption: 1 }))), [
    "byte 40: is encrypted; decrypt it with nfdump -r FILE -w NEW",
  ]);
  const newer = layout2(SCAN);
  newer[2] = 3;
  assert.equal(complaints(await readFile(newer)).length, 1);
});

Deno.test("a connection that an exporter tells of once in five minutes is one long connection", async () => {
  const pieces = Array.from({ length: 7 }, (_, n) => ({ at: n * 300, seconds: 299, ...CLIENT, flags: ACK | PSH }));
  const others = Array.from({ length: 200 }, (_, n) => ({ at: n * 10, ...CLIENT, srcPort: 20000 + n, flags: SYN }));
  const records = await connections(layout2([...pieces, ...others]));
  assert.deepEqual(records.filter(({ orig_p }) => orig_p === 50000).map(({ duration }) => duration), [7 * 300 - 1]);
  assert.equal(records.length, 201);
});

Deno.test("flows in any order become the same connections", async () => {
  const flows = Array.from({ length: 50 }, (_, n) => [
    { at: n * 100, seconds: 1, ...CLIENT, flags: SYN | ACK },
    { at: n * 100 + 0.5, seconds: 1, ...SERVER, flags: SYN | ACK },
  ]).flat();
  const inOrder = await connections(layout2(flows));
  const mixed = flows.map((flow, n) => [(n * 37) % 101, flow] as const).sort(([a], [b]) => a - b);
  assert.equal(inOrder.length, 50);
  assert.deepEqual(await connections(layout2(mixed.map(([, flow]) => flow))), inOrder);
});

Deno.test("where an exporter tells no TCP flags, the packets tell how it went", async () => {
  const tried = { at: 0, ...CLIENT, flags: 0, packets: 3, bytes: 180 };
  const back = { at: 0, ...SERVER, flags: 0 };
  const states = await Promise.all([
    [tried],
    [tried, { ...back, packets: 3, bytes: 120 }],
    [{ ...tried, packets: 12, bytes: 3000 }, { ...back, packets: 10, bytes: 9000 }],
    [{ ...tried, packets: 12, bytes: 3000 }],
  ].map(async (flows) => (await connections(layout2(flows)))[0]!.conn_state));
  assert.deepEqual(states, ["S0", "REJ", "SF", "OTH"]);
});

Deno.test("of what was seen from the middle on, or from one side only, a server's port tells who began", async () => {
  const ends = async (...flows: TestFlow[]) =>
    (await connections(layout2(flows))).map(({ orig_h, resp_p, conn_state }) => [orig_h, resp_p, conn_state]);
  const answer = { at: 0, ...SERVER, packets: 5, bytes: 900 };
  assert.deepEqual(await ends({ ...answer, flags: ACK | PSH }), [["10.0.0.5", 443, "OTH"]]);
  assert.deepEqual(await ends({ ...answer, flags: ACK | PSH }, { at: 1, ...CLIENT, flags: ACK }), [[
    "10.0.0.5",
    443,
    "OTH",
  ]]);
  assert.deepEqual(await ends({ ...answer, srcPort: 53, proto: 17 }), [["10.0.0.5", 53, "SHR"]], "nobody tried a port");
  assert.deepEqual(await ends({ ...answer, flags: SYN }), [["198.51.100.7", 50000, "S0"]], "a SYN says it better");
});
