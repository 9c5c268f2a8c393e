import assert from "node:assert/strict";
import { isEstablished } from "../../../../agent/record/conn-state.ts";
import type { LabelledConnection } from "../../../../agent/source/record-reader.ts";
import { complaints, ofKind, readFile, setFields } from "../records.ts";

const HEADER =
  "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label";
const FLOW =
  "2024/05/06 12:00:00.075359,0.500000,tcp,10.0.0.5,52691,   ->,198.51.100.7,445,FSPA_FSPA,0,0,5,700,400,3,Malicious";
const START = Date.UTC(2024, 4, 6, 12) / 1000 + 0.075359;

Deno.test("a flow's other side is what is left of the total", async () => {
  const reading = await readFile(`${HEADER}\n${FLOW}\n`);
  const [record] = reading.records as LabelledConnection[];
  const { uid, ...fields } = setFields(record);
  assert.match(uid as string, /^C[0-9A-Za-z]{17}$/);
  assert.deepEqual(fields, {
    kind: "conn",
    ts: START,
    orig_h: "10.0.0.5",
    orig_p: 52691,
    resp_h: "198.51.100.7",
    resp_p: 445,
    proto: "tcp",
    duration: 0.5,
    orig_bytes: 400,
    resp_bytes: 300,
    conn_state: "FSPA_FSPA",
    orig_pkts: 3,
    orig_ip_bytes: 400,
    resp_pkts: 2,
    resp_ip_bytes: 300,
    label: "Malicious",
  });
});

Deno.test("the columns are those of the header, in any order, by commas or tabs, times as numbers too", async () => {
  const text = "stime\tltime\tsaddr\tdaddr\tproto\tsport\tdport\tspkts\tdpkts\tsbytes\tdbytes\tstate\n" +
    "1714996800.075359\t1714996801.075359\t10.0.0.5\t198.51.100.7\tudp\t53\t0x0050\t1\t2\t3\t4\tCON\n";
  const [record] = ofKind(await readFile(text), "conn");
  assert.deepEqual(
    [
      record!.ts,
      record!.duration,
      record!.orig_p,
      record!.resp_p,
      record!.orig_pkts,
      record!.resp_pkts,
      record!.resp_bytes,
    ],
    [START, 1, 53, 80, 1, 2, 4],
  );
});

Deno.test("without a column of source packets, the source counts as 0 and the sum is right", async () => {
  const [record] = ofKind(
    await readFile(
      "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n" +
        "2018/09/27 22:40:52.362768,1.5,tcp,10.0.0.5,52893,  ->,10.0.0.6,81,REQ,16,16,35,3766,1224,\n",
    ),
    "conn",
  );
  assert.deepEqual([record!.orig_pkts, record!.resp_pkts, record!.orig_bytes, record!.resp_bytes], [0, 35, 1224, 2542]);
});

Deno.test("states of Argus say whether a connection came to be", async () => {
  const states = ["S_", "S_RA", "SPA_SPA", "REQ", "CON", "PA_PA", "INT"];
  const lines = states.map((state) => FLOW.replace("FSPA_FSPA", state));
  const connections = ofKind(await readFile([HEADER, ...lines].join("\n")), "conn");
  assert.deepEqual(connections.map(isEstablished), [false, false, true, false, true, true, false]);
});

Deno.test("an arrow from the destination to the source turns a TCP flow round", async () => {
  const reversed = FLOW.replace("   ->", "   <-").replace("FSPA_FSPA", "SA_S");
  const [record] = ofKind(await readFile(`${HEADER}\n${reversed}\n`), "conn");
  assert.deepEqual(
    [record!.orig_h, record!.orig_p, record!.resp_p, record!.orig_pkts, record!.conn_state],
    ["198.51.100.7", 445, 52691, 2, "S_SA"],
  );
  const [unsure] = ofKind(await readFile(`${HEADER}\n${FLOW.replace("   ->", "  <?>")}\n`), "conn");
  assert.equal(unsure!.orig_h, "10.0.0.5");
  const late = FLOW.replace("   ->", "  <?>").replace("52691", "80").replace(",445,", ",52691,").replace(
    "FSPA_FSPA",
    "FA_A",
  );
  const [turned] = ofKind(await readFile(`${HEADER}\n${late}\n`), "conn");
  assert.deepEqual(
    [turned!.orig_h, turned!.orig_p, turned!.resp_h, turned!.resp_p, turned!.conn_state],
    ["198.51.100.7", 52691, "10.0.0.5", 80, "A_FA"],
    "where nobody knows who began, a server's port tells",
  );
});

Deno.test("ICMP has type and code in its first port", async () => {
  const echo = FLOW.replace("tcp,10.0.0.5,52691", "icmp,10.0.0.5,0x0008").replace(",445,", ",0x0f72,");
  const unreachable = FLOW.replace("tcp,10.0.0.5,52691", "icmp,10.0.0.5,0x0103").replace(",445,", ",0x0000,");
  const records = ofKind(await readFile([HEADER, echo, unreachable].join("\n")), "conn");
  assert.deepEqual(records.map(({ proto, orig_p, resp_p }) => [proto, orig_p, resp_p]), [["icmp", 8, 0], [
    "icmp",
    3,
    1,
  ]]);
});

Deno.test("flows that are no IP are counted, broken lines located, and a header may come again", async () => {
  const reading = await readFile([
    HEADER,
    FLOW.replace("tcp", "arp"),
    FLOW.replace("10.0.0.5", "00:11:22:33:44:55").replace("tcp", "udp"),
    FLOW.replace("10.0.0.5", "nobody"),
    FLOW.replace("2024/05/06", "2024/15/06"),
    `${FLOW}\0`,
    "",
    HEADER,
    FLOW,
  ].join("\r\n"));
  assert.equal(reading.records.length, 1);
  assert.deepEqual({ ...reading.end.counters.ignored }, { arp: 1, "flow without IP": 1 });
  assert.deepEqual(complaints(reading), [
    "line 4: has no usable addresses",
    "line 5: has no usable start time",
    "line 6: holds NUL bytes",
  ]);
});

Deno.test("a stream that begins after its header has the columns of the published data sets", async () => {
  const reading = await readFile(`${FLOW}\n`, { said: "argus" });
  assert.deepEqual(reading.records.map(({ ts }) => ts), [START]);
});

const SHORT = "10.0.0.5,50000,tcp,198.51.100.7,443";

/** Source, its port, protocol, destination, its port of every connection. */
async function ends(text: string): Promise<string[]> {
  const reading = await readFile(text);
  assert.deepEqual(complaints(reading).filter((one) => !one.includes("has no date")), []);
  return ofKind(reading, "conn").map(({ orig_h, orig_p, proto, resp_h, resp_p }) =>
    [orig_h, orig_p, proto, resp_h, resp_p].join()
  );
}

Deno.test("whatever ra puts between columns: semicolons, bars, quotation marks around values", async () => {
  const lines = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,TotPkts,TotBytes,State\n" +
    "1714996800.075359,0.5,tcp,10.0.0.5,50000,   ->,198.51.100.7,443,5,700,FIN\n";
  for (const separator of [";", "|", "\t"]) assert.deepEqual(await ends(lines.replaceAll(",", separator)), [SHORT]);
  assert.deepEqual(await ends(lines.replace(/[^,\n]+/g, '"$&"')), [SHORT]);
});

Deno.test("the lines for people: blanks between columns, flags with blanks, the port behind the address", async () => {
  const text =
    `         StartTime      Flgs  Proto            SrcAddr  Sport   Dir            DstAddr  Dport  TotPkts   TotBytes State
 1714996800.000000              man                  0      0                        0      0        0          0   STA
 1714996800.075359  e           tcp           10.0.0.5.50000     ->       198.51.100.7.443           5        700   FIN
 1714996801.075359  e s     A   udp   2001:db8::15:80f.5353     <->           ff02::fb.mdns          2        300   CON
 1714996802.075359 *          ipv6-*                ::.135       ->           ff02::16.0             1         86   NNS
 1714996803.075359  e           arp           10.0.0.5          who          10.0.0.1                2        102   CON
 1714996804.075359  e           udp   2001:db8::15:80*.5353     <->           ff02::fb.mdns          2        300   CON
 1714996805.075359  e          igmp           10.0.0.5           ->        224.0.0.22                2        120   INT
`;
  const reading = await readFile(text);
  assert.deepEqual(
    ofKind(reading, "conn").map(({ ts, orig_h, orig_p, proto, resp_h, resp_p, resp_pkts, conn_state }) =>
      [ts - START, orig_h, orig_p, proto, resp_h, resp_p, resp_pkts, conn_state].join()
    ),
    [
      "0,10.0.0.5,50000,tcp,198.51.100.7,443,5,FIN",
      "1,2001:db8::15:80f,5353,udp,ff02::fb,5353,2,CON",
      "2,::,135,icmp,ff02::16,0,1,NNS",
      "5,10.0.0.5,0,igmp,224.0.0.22,0,2,INT",
    ],
  );
  assert.deepEqual({ ...reading.end.counters.ignored }, { man: 1, arp: 1 });
  assert.deepEqual(complaints(reading), ["line 7: has shortened addresses; write columns with ra -c ,"]);
});

Deno.test("names of services are ports, numbers of protocols protocols; a name nobody knows is no port 0", async () => {
  const line = (proto: string, sport: string, dport: string) =>
    FLOW.replace("tcp", proto).replace("52691", sport).replace(",445,", `,${dport},`);
  assert.deepEqual(
    await ends(
      [
        HEADER,
        line("6", "52691", "https"),
        line("17", "bootpc", "bootps"),
        line("58", "0x0087", "0x0000"),
        line("rtp", "5004", "5004"),
      ].join("\n"),
    ),
    [
      "10.0.0.5,52691,tcp,198.51.100.7,443",
      "10.0.0.5,68,udp,198.51.100.7,67",
      "10.0.0.5,135,icmp,198.51.100.7,0",
      "10.0.0.5,5004,udp,198.51.100.7,5004",
    ],
  );
  const reading = await readFile(
    [HEADER, line("tcp", "52691", "our-own"), line("udp", "", ""), line("2054", "", "")].join("\n"),
  );
  assert.deepEqual(complaints(reading), ["line 2: names a port that is not known; ra -n writes numbers"]);
  assert.deepEqual({ ...reading.end.counters.ignored }, { fragment: 1, arp: 1 });
});

Deno.test("times without a date are of the first day of Unix time, and of the next after midnight", async () => {
  const times = ["23:59:58.500000", "23:59:59.000000", "00:00:01.250000", "23:59:59.900000", "00:00:02.000000"];
  const reading = await readFile(
    [HEADER, ...times.map((time) => FLOW.replace("2024/05/06 12:00:00.075359", time))].join("\n"),
  );
  assert.deepEqual(reading.records.map(({ ts }) => ts), [86_398.5, 86_399, 86_401.25, 86_399.9, 86_402]);
  assert.deepEqual(complaints(reading), [
    "line 2: has no date; the first day was taken for 1 January 1970. ra -u writes dates",
  ]);
});
