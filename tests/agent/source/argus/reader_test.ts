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
