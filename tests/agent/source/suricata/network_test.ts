import assert from "node:assert/strict";
import { isEstablished } from "../../../../agent/record/conn-state.ts";
import { jsonLines, ofKind, readFile, readStreams, setFields } from "../records.ts";

const NOON = Date.UTC(2024, 4, 6, 12) / 1000;

function event(seconds: number, type: string, more: object): Record<string, unknown> {
  return {
    timestamp: new Date((NOON + seconds) * 1000).toISOString().replace("Z", "000+0000"),
    flow_id: 77,
    event_type: type,
    src_ip: "192.168.1.23",
    src_port: 50000,
    dest_ip: "192.168.1.1",
    dest_port: 21,
    proto: "TCP",
    ...more,
  };
}

Deno.test("a lease: what the client said of itself stands in the answer, too", async () => {
  const ends = { src_ip: "0.0.0.0", src_port: 68, dest_ip: "255.255.255.255", dest_port: 67, proto: "UDP" };
  const dhcp = { id: 7, client_mac: "54:ee:75:51:e0:66", client_ip: "0.0.0.0" };
  const reading = await readFile(jsonLines(
    event(1, "dhcp", {
      ...ends,
      dhcp: { ...dhcp, type: "request", dhcp_type: "request", hostname: "office-pc", requested_ip: "192.168.1.23" },
    }),
    event(2, "dhcp", {
      ...ends,
      src_ip: "192.168.1.1",
      dhcp: { ...dhcp, type: "reply", dhcp_type: "ack", assigned_ip: "192.168.1.23", lease_time: 86_400 },
    }),
  ));
  const [request, ack] = ofKind(reading, "dhcp");
  assert.deepEqual(request!.msg_types, ["REQUEST"]);
  assert.equal(request!.server_addr, undefined);
  assert.deepEqual(setFields(ack), {
    kind: "dhcp",
    ts: NOON + 2,
    uids: ["77"],
    server_addr: "192.168.1.1",
    mac: "54:ee:75:51:e0:66",
    host_name: "office-pc",
    requested_addr: "192.168.1.23",
    assigned_addr: "192.168.1.23",
    lease_time: 86_400,
    msg_types: ["ACK"],
  });
});

Deno.test("an FTP session: its user stands in what comes after, its password nowhere, its data connection is announced", async () => {
  const command = (seconds: number, ftp: object) => event(seconds, "ftp", { ftp });
  const [user, pass, pasv] = ofKind(
    await readFile(jsonLines(
      command(1, { command: "USER", command_data: "anna", completion_code: ["331"], reply: ["Password please"] }),
      command(2, { command: "PASS", command_data: "secret", completion_code: ["230"], reply: ["Welcome"] }),
      command(3, { command: "PASV", mode: "passive", dynamic_port: 40_123, completion_code: ["227"] }),
    )),
    "ftp",
  );
  assert.deepEqual([user!.user, user!.reply_code, user!.reply_msg], ["anna", 331, "Password please"]);
  assert.deepEqual([pass!.user, pass!.arg], ["anna", undefined]);
  assert.deepEqual([pasv!["data_channel.resp_h"], pasv!["data_channel.resp_p"]], ["192.168.1.1", 40_123]);
});

Deno.test("ARP and QUIC", async () => {
  const { src_ip: _src, dest_ip: _dest, src_port: _from, dest_port: _to, flow_id: _flow, ...bare } = event(1, "arp", {
    arp: {
      opcode: "request",
      src_mac: "00:00:00:00:00:01",
      src_ip: "192.168.1.23",
      dest_mac: "00:00:00:00:00:00",
      dest_ip: "192.168.1.1",
    },
  });
  const reading = await readFile(jsonLines(
    bare,
    event(2, "quic", { proto: "UDP", dest_port: 443, quic: { version: "1", sni: "www.example.com", ja4: "q13d" } }),
    event(3, "quic", {
      proto: "UDP",
      src_port: 443,
      dest_port: 49_169,
      quic: { version: "1", ja3s: { hash: "eb1d" } },
    }),
  ));
  assert.deepEqual({ ...reading.end.counters.ignored }, { "quic answer": 1 });
  assert.equal(ofKind(reading, "quic").length, 1);
  const [arp] = ofKind(reading, "arp");
  assert.deepEqual(
    [arp!.operation, arp!.orig_h, arp!.resp_h, arp!.orig_hw, arp!.dst_mac],
    ["request", "192.168.1.23", "192.168.1.1", "00:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"],
  );
  const [quic] = ofKind(reading, "quic");
  assert.deepEqual([quic!.server_name, quic!.ja4, quic!.version], ["www.example.com", "q13d", "1"]);
});

/** Both directions of a flow, as Suricata writes them; the second unless nobody answered. */
function netflow(id: number, forth: object, back?: object): Record<string, unknown>[] {
  const part = {
    pkts: 5,
    bytes: 500,
    start: "2024-05-06T12:00:00.000000+0000",
    end: "2024-05-06T12:00:03.500000+0000",
  };
  const one = event(4, "netflow", { flow_id: id, app_proto: "tls", netflow: part, ...forth });
  const reverse = { src_ip: one.dest_ip, src_port: one.dest_port, dest_ip: one.src_ip, dest_port: one.src_port };
  return back === undefined
    ? [one]
    : [one, event(4, "netflow", { flow_id: id, netflow: { ...part, bytes: 90_000 }, ...reverse, ...back })];
}

Deno.test("both directions that netflow tells are one connection, and who did not answer is told by its silence", async () => {
  const reading = await readFile(jsonLines(
    ...netflow(1, {}, { tcp: { tcp_flags: "1b" } }),
    ...netflow(2, {}, { tcp: { tcp_flags: "14" } }),
    ...netflow(3, {}),
  ));
  const connections = ofKind(reading, "conn");
  assert.deepEqual(connections.map(({ uid, conn_state }) => [uid, conn_state]), [["1", "SF"], ["2", "REJ"], [
    "3",
    "S0",
  ]]);
  assert.deepEqual(connections.map(isEstablished), [true, false, false]);
  const [first] = connections;
  assert.deepEqual(
    [first!.ts, first!.duration, first!.orig_bytes, first!.resp_bytes, first!.service],
    [NOON, 3.5, 162, 89_662, "ssl"],
  );
});

Deno.test("flows and netflow in two files tell of the same connections once", async () => {
  const flow = event(1, "flow", { flow: { state: "closed" } });
  const reading = await readStreams([
    [["eve-flow.json", jsonLines(flow)]],
    [["eve-netflow.json", jsonLines(...netflow(1, {}, {}))]],
  ]);
  assert.equal(ofKind(reading, "conn").length, 1);
  assert.deepEqual({ ...reading.end.counters.ignored }, { netflow: 2 });
});

Deno.test("where flows are told as well, netflow is left alone and counted", async () => {
  const flow = event(1, "flow", { flow: { state: "closed" } });
  const reading = await readFile(jsonLines(flow, ...netflow(1, {}, {}), event(9, "drop", { drop: {} })));
  assert.equal(ofKind(reading, "conn").length, 1);
  assert.deepEqual({ ...reading.end.counters.ignored }, { netflow: 2, drop: 1 });
});
