import assert from "node:assert/strict";
import { complaints, ofKind, readFile } from "../records.ts";

const START = Date.UTC(2024, 4, 6, 12) / 1000;

/** One handshake with data, told by both directions; an echo with its reply; a question over IPv6 that nobody answers. */
const EXPECTED = [
  ["icmp", "10.0.0.5", 8, "198.51.100.7", 0, 1, 1, "OTH"],
  ["tcp", "10.0.0.5", 50000, "198.51.100.7", 443, 10, 8, "SF"],
  ["udp", "2001:db8::15:80ff:fe05:1", 5000, "2001:db8::53", 53, 2, 0, "S0"],
];

async function told(text: string) {
  const reading = await readFile(text);
  assert.deepEqual(complaints(reading), []);
  assert.equal(reading.end.counters.broken, 0);
  return ofKind(reading, "conn").map((
    { proto, orig_h, orig_p, resp_h, resp_p, orig_pkts, resp_pkts, conn_state },
  ) => [proto, orig_h, orig_p, resp_h, resp_p, orig_pkts, resp_pkts, conn_state]).sort();
}

const WIDE = `ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln
2024-05-06 12:00:00,2024-05-06 12:00:02,2.500,10.0.0.5,198.51.100.7,50000,443,TCP,...AP.SF,0,0,10,900,0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0
2024-05-06 12:00:00,2024-05-06 12:00:02,2.000,198.51.100.7,10.0.0.5,443,50000,TCP,...AP.SF,0,0,8,5000,0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0
2024-05-06 12:00:01,2024-05-06 12:00:01,0.000,10.0.0.5,198.51.100.7,0,2048,ICMP,........,0,0,1,84,0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0
2024-05-06 12:00:01,2024-05-06 12:00:01,0.000,198.51.100.7,10.0.0.5,0,0,ICMP,........,0,0,1,84,0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0
2024-05-06 12:00:03,2024-05-06 12:00:04,1.000,2001:db8::15:80ff:fe05:1,2001:db8::53,5000,53,UDP,........,0,0,2,140,0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0
`;

Deno.test("the wide comma-separated lines of 1.6, with header and summary or without both", async () => {
  assert.deepEqual(
    await told(`${WIDE}Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n5,6208,22,1,1,1\n`),
    EXPECTED,
  );
  assert.deepEqual(await told(WIDE.slice(WIDE.indexOf("\n") + 1)), EXPECTED);
  const [record] = ofKind(await readFile(WIDE), "conn");
  assert.deepEqual([record!.ts, record!.duration], [START + 1, 0], "an echo and its reply in the same second");
});

Deno.test("the comma-separated lines of 1.7.3 and later: other words, any columns, and the fast form in milliseconds", async () => {
  assert.deepEqual(
    await told(`firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows
2024-05-06 12:00:00.125,2.375,TCP,10.0.0.5,50000,198.51.100.7,443,10,900,1
2024-05-06 12:00:00.250,2.250,TCP,198.51.100.7,443,10.0.0.5,50000,8,5000,1
2024-05-06 12:00:01.000,0.000,ICMP,10.0.0.5,0,198.51.100.7,8.0,1,84,1
2024-05-06 12:00:01.100,0.000,ICMP,198.51.100.7,0,10.0.0.5,0.0,1,84,1
2024-05-06 12:00:03.000,1.000,UDP,2001:db8::15:80ff:fe05:1,5000,2001:db8::53,53,2,140,1
`),
    EXPECTED,
  );
  const ms = START * 1000;
  assert.deepEqual(
    await told(
      `cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,bytes
1,2,${ms},${ms + 2500},6,10.0.0.5,50000,198.51.100.7,443,0,0,0,0,...AP.SF,0,10,900
2,2,${ms + 1},${ms + 2400},6,198.51.100.7,443,10.0.0.5,50000,0,0,0,0,...AP.SF,0,8,5000
3,2,${ms + 900},${ms + 900},1,10.0.0.5,0,198.51.100.7,2048,0,0,0,0,........,0,1,84
4,2,${ms + 950},${ms + 950},1,198.51.100.7,0,10.0.0.5,0,0,0,0,0,........,0,1,84
5,10,${ms + 3000},${ms + 4000},17,2001:db8::15:80ff:fe05:1,5000,2001:db8::53,53,0,0,0,0,........,0,2,140
`,
    ),
    EXPECTED,
  );
});

Deno.test("numbers with bars: milliseconds as 1.7 has them, seconds and milliseconds as 1.6", async () => {
  const ms = START * 1000;
  // 10.0.0.5 and 198.51.100.7 as numbers.
  const [client, server] = [0x0a000005, 0xc6336407];
  const v6 = [0x20010db8, 0, 0x001580ff, 0xfe050001].join("|");
  const dns = [0x20010db8, 0, 0, 0x53].join("|");
  const flows = [
    [2, 0, 2500, 6, `0|0|0|${client}`, 50000, `0|0|0|${server}`, 443, 27, 10, 900],
    [2, 100, 2400, 6, `0|0|0|${server}`, 443, `0|0|0|${client}`, 50000, 27, 8, 5000],
    [2, 900, 900, 1, `0|0|0|${client}`, 0, `0|0|0|${server}`, 2048, 0, 1, 84],
    [2, 950, 950, 1, `0|0|0|${server}`, 0, `0|0|0|${client}`, 0, 0, 1, 84],
    [10, 3000, 4000, 17, v6, 5000, dns, 53, 0, 2, 140],
  ] as const;
  const text = (time: (offset: number) => string) =>
    flows.map(([family, first, last, proto, src, sport, dst, dport, flags, packets, bytes]) =>
      [family, time(first), time(last), proto, src, sport, dst, dport, "0|0|0|0", flags, 0, packets, bytes].join("|")
    ).join("\n");
  assert.deepEqual(await told(text((offset) => String(ms + offset))), EXPECTED);
  assert.deepEqual(await told(text((offset) => `${START + Math.floor(offset / 1000)}|${offset % 1000}`)), EXPECTED);
});

const TABLE_END = `Summary: total flows: 5, total bytes: 6208, total packets: 22, avg bps: 1, avg pps: 1, avg bpp: 1
Time window: 2024-05-06 12:00:00 - 2024-05-06 12:00:04
Total flows processed: 5, passed: 5, Blocks skipped: 0, Bytes read: 1000
Sys: 0.0036s User: 0.0000s Wall: 0.0030s flows/second: 294137.3 Runtime: 0.0030s
`;

Deno.test("tables for people: with flags, with both directions, with amounts that are shortened", async () => {
  assert.deepEqual(
    await told(
      `Date first seen             Duration     Proto      Src IP Addr:Port          Dst IP Addr:Port     Flags Tos  Packets    Bytes Flows
2024-05-06 12:00:00.125     00:00:02.375 TCP           10.0.0.5:50000 ->     198.51.100.7:443   ...AP.SF   0       10      900     1
2024-05-06 12:00:00.250     00:00:02.250 TCP       198.51.100.7:443   ->         10.0.0.5:50000 ...AP.SF   0        8    5.0 M     1
2024-05-06 12:00:01.000     00:00:00.000 ICMP          10.0.0.5:0     ->     198.51.100.7:8.0   ........   0        1       84     1
2024-05-06 12:00:01.100     00:00:00.000 ICMP      198.51.100.7:0     ->         10.0.0.5:0.0   ........   0        1       84     1
2024-05-06 12:00:03.000     00:00:01.000 UDP   2001:db8::15:80ff:fe05:1.5000 -> 2001:db8::53.53 ........   0        2      140     1
${TABLE_END}`,
    ),
    EXPECTED,
  );
  assert.deepEqual(
    await told(
      `Date first seen             Duration     Proto      Src IP Addr:Port           Dst IP Addr:Port   Out Pkt   In Pkt Out Byte  In Byte Flows
2024-05-06 12:00:00.125     00:00:02.375 TCP           10.0.0.5:50000 <->     198.51.100.7:443           8       10    5.0 M      900     2
2024-05-06 12:00:01.000     00:00:00.000 ICMP          10.0.0.5:0     <->     198.51.100.7:8.0           1        1       84       84     2
2024-05-06 12:00:03.000     00:00:01.000 UDP   2001:db8::15:80ff:fe05:1.5000 <-> 2001:db8::53.53         0        2        0      140     1
${TABLE_END}`,
    ),
    EXPECTED,
  );
  const shortened = await readFile(
    "Date first seen             Duration     Proto      Src IP Addr:Port          Dst IP Addr:Port   Packets    Bytes Flows\n" +
      "2024-05-06 12:00:03.000     00:00:01.000 UDP   2001:db..f:fe05:1.5000 -> 2001:db8::53.53 2 140 1\n",
  );
  assert.deepEqual(complaints(shortened), [
    "line 2: has shortened addresses; write them with nfdump -o csv, or -o long6",
  ]);
});

const flow = (fields: Record<string, unknown>) => ({ type: "FLOW", sampled: 0, export_sysid: 1, ...fields });
const FLOWS = [
  flow({
    first: "2024-05-06T12:00:00.125",
    last: "2024-05-06T12:00:02.500",
    in_packets: 10,
    in_bytes: 900,
    proto: 6,
    tcp_flags: "...AP.SF",
    src_port: 50000,
    dst_port: 443,
    src4_addr: "10.0.0.5",
    dst4_addr: "198.51.100.7",
    out_packets: 8,
    out_bytes: 5000,
  }),
  flow({
    first: "2024-05-06T12:00:01.000",
    last: "2024-05-06T12:00:01.000",
    in_packets: 1,
    in_bytes: 84,
    proto: 1,
    icmp_type: 8,
    icmp_code: 0,
    src4_addr: "10.0.0.5",
    dst4_addr: "198.51.100.7",
    out_packets: 1,
  }),
  flow({
    t_first: "2024-05-06T12:00:03.000",
    t_last: "2024-05-06T12:00:04.000",
    in_packets: 2,
    in_bytes: 140,
    proto: 17,
    src_port: 5000,
    dst_port: 53,
    src6_addr: "2001:db8::15:80ff:fe05:1",
    dst6_addr: "2001:db8::53",
  }),
];

Deno.test("JSON: a list of objects over many lines, or one object a line; events of firewalls are counted", async () => {
  const pretty = `[\n${
    FLOWS.map((one) => JSON.stringify(one, undefined, "\t").replaceAll('":', '" :')).join(",\n")
  }]\n`;
  assert.deepEqual(await told(pretty), EXPECTED);
  assert.deepEqual(await told(FLOWS.map((one) => JSON.stringify(one)).join("\n")), EXPECTED);
  const reading = await readFile(`${JSON.stringify(FLOWS[0])}\n{"type":"EVENT","first":"x"}\n{"type":\n`);
  assert.deepEqual({ ...reading.end.counters.ignored }, { event: 1 });
  assert.deepEqual(complaints(reading), ["line 3: is no JSON"]);
});

Deno.test("raw text: one value a line", async () => {
  const text = (values: Record<string, string>) =>
    `\nFlow Record: \n${
      Object.entries(values).map(([name, value]) => `  ${name.padEnd(12)} = ${value.padStart(17)}`).join("\n")
    }\n`;
  const ms = START * 1000;
  const at = (offset: number) => `${ms + offset} [2024-05-06 12:00:00.125]`;
  assert.deepEqual(
    await told(
      text({
        Flags: "0x00 PCAP v1, Unsampled",
        first: at(125),
        last: at(2500),
        proto: "6 TCP",
        "tcp flags": "0x1b ...AP.SF",
        "src port": "50000",
        "dst port": "443",
        "in packets": "10",
        "out packets": "8",
        "src addr": "10.0.0.5",
        "dst addr": "198.51.100.7",
      }) + text({
        first: at(900),
        last: at(900),
        proto: "1 ICMP",
        ICMP: "8.0 type.code",
        "in packets": "1",
        "out packets": "1",
        "src addr": "10.0.0.5",
        "dst addr": "198.51.100.7",
      }) + text({
        first: at(3000),
        last: at(4000),
        proto: "17 UDP",
        "src port": "5000",
        "dst port": "53",
        "in packets": "2",
        "src addr": "2001:db8::15:80ff:fe05:1",
        "dst addr": "2001:db8::53",
      }) + TABLE_END,
    ),
    EXPECTED,
  );
});

Deno.test("lines that cannot be read are counted and located", async () => {
  const lines = WIDE.split("\n");
  const reading = await readFile([
    lines[0],
    lines[1]!.replace("10.0.0.5", "somebody"),
    lines[1]!.replace("2024-05-06 12:00:00", "2024-13-06 12:00:00"),
    lines[1],
  ].join("\n"));
  assert.deepEqual(complaints(reading), ["line 2: has no usable addresses", "line 3: has no usable start time"]);
  assert.deepEqual([reading.end.counters.read, reading.end.counters.broken, reading.records.length], [3, 2, 1]);
});
