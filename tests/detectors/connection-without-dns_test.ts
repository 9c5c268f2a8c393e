// Connections to addresses that no name led to.

import assert from "node:assert/strict";
import { connectionWithoutDns } from "../../detectors/connection-without-dns.ts";
import type { AnyRecord, RecordOf } from "../../agent/record/schema.ts";
import { conn, record, watch, type WatchOptions } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = 1_700_000_000;
const HOUR = 3600;
const HOST = "192.168.1.10";
const MASTER = "45.33.32.156";

function resolved(ip: string, seconds: number, fields: Partial<RecordOf<"dns">> = {}): RecordOf<"dns"> {
  return record("dns", {
    ts: T + seconds,
    orig_h: "192.168.1.77",
    orig_p: 50_000,
    resp_h: "192.168.1.1",
    resp_p: 53,
    proto: "udp",
    query: "www.example.net",
    qtype_name: "A",
    rcode_name: "NOERROR",
    answers: [ip],
    ...fields,
  });
}

/** Somebody resolves something: the network's DNS is in sight. */
const dnsInSight = resolved("93.184.216.34", 0);

const to = (resp_h: string, seconds: number, fields: Partial<RecordOf<"conn">> = {}) =>
  conn({ ts: T + seconds, orig_h: HOST, resp_h, ...fields });

function found(records: readonly AnyRecord[], options: WatchOptions = {}): string[] {
  return watch([connectionWithoutDns], [dnsInSight, ...records], options).map(({ victim, description }) =>
    victim?.value ?? /connected to (\S+)/.exec(description)![1]!
  );
}

proof("connection_without_dns", "a host that connects to an address nobody resolved is told", () => {
  const flow = to(MASTER, 10, { resp_p: 4444 });
  const [evidence, ...more] = watch([connectionWithoutDns], [dnsInSight, flow]);
  assert.deepEqual(more, []);
  assert.deepEqual(told(evidence!), {
    type: "connection_without_dns",
    threat: "info",
    confidence: 0.8,
    attacker: "src ip 192.168.1.10",
    victim: "dst ip 45.33.32.156",
    profile: HOST,
    window: 1,
    timestamp: T + 10,
    uids: [flow.uid],
    proto: "tcp",
    src_port: 40_000,
    dst_port: 4444,
    description:
      "Connection without DNS resolution: 192.168.1.10 connected to 45.33.32.156 (port 4444/tcp), an address " +
      "that no name led to in the last 24 hours",
  });
});

twin("connection_without_dns", "a host that connects to what a name led to is not, whoever asked for it", () => {
  assert.deepEqual(found([resolved(MASTER, 1), to(MASTER, 10)]), []);
});

Deno.test("the DNS record may come up to 15 seconds of stream time after the connection's", () => {
  assert.deepEqual(found([to(MASTER, 10, { duration: 0 }), resolved(MASTER, 24)]), []);
  assert.deepEqual(found([to(MASTER, 10, { duration: 0 }), resolved(MASTER, 25.5)]), [MASTER]);
  assert.deepEqual(found([to(MASTER, 10, { duration: 600 }), resolved(MASTER, 620)]), [], "from when it is written");
});

Deno.test("D15: a name counts for 24 hours before the connection, whenever in the run that is", () => {
  for (const hours of [0, 5, 40, 100]) {
    const asked = resolved(MASTER, hours * HOUR);
    assert.deepEqual(found([asked, to(MASTER, (hours + 23.9) * HOUR)]), [], `asked for in hour ${hours}`);
    assert.deepEqual(found([asked, to(MASTER, (hours + 24.1) * HOUR)]), [MASTER], `asked for in hour ${hours}`);
  }
});

Deno.test("D33: the addresses of every well-known organisation are left out, not only the first one's", () => {
  const organisations = ["142.250.1.1", "20.190.128.1", "17.253.1.1", "157.240.1.35", "104.244.42.1"];
  assert.deepEqual(found(organisations.map((ip, n) => to(ip, n))), []);
  const asApple = record("ssl", {
    ts: T + 1,
    orig_h: HOST,
    orig_p: 40_000,
    resp_h: "23.45.67.89",
    resp_p: 443,
    server_name: "gateway.icloud.com",
  });
  assert.deepEqual(found([asApple, to("23.45.67.89", 2)]), [], "by the name asked for in TLS");
});

Deno.test("every connection is told, with its own time and window", () => {
  assert.deepEqual(found([to(MASTER, 1), to(MASTER, 2), to("45.33.32.157", 3)]), [MASTER, MASTER, "45.33.32.157"]);
  const late = watch([connectionWithoutDns], [dnsInSight, to(MASTER, HOUR - 5)])[0]!;
  assert.deepEqual([late.window, late.timestamp], [1, T + HOUR - 5]);
});

Deno.test("traffic that has no names by its nature is left out", () => {
  const dhcp = record("dhcp", { ts: T, server_addr: "45.33.32.1", client_addr: HOST, mac: "08:00:27:00:00:0a" });
  const overHttps = record("ssl", { ts: T, orig_h: HOST, orig_p: 1, resp_h: "9.9.9.9", resp_p: 443, is_DoH: true });
  assert.deepEqual(found([to("8.26.56.26", 1, { service: "dns", proto: "udp", resp_p: 53 })]), []);
  assert.deepEqual(found([to(MASTER, 1, { proto: "icmp", resp_p: 0 })]), []);
  assert.deepEqual(found([dhcp, to("45.33.32.1", 1, { proto: "udp", resp_p: 67 })]), []);
  assert.deepEqual(found([overHttps, to("9.9.9.9", 1)]), []);
  assert.deepEqual(found([to("192.168.1.1", 1), to("224.0.0.251", 1), to("fe80::1", 1), to("255.255.255.255", 1)]), []);
  assert.deepEqual(found([to("147.32.80.13", 1, { local_resp: true })]), []);
  assert.deepEqual(found([to("147.32.83.255", 1, { proto: "udp", resp_p: 17_500, resp_pkts: 0 })]), [], "broadcast");
});

Deno.test("in flows alone (a lone conn.log) no names can be seen, and nothing can be said", () => {
  assert.deepEqual(watch([connectionWithoutDns], [to(MASTER, 1)]), []);
  const beacon = { ts: T + 1, orig_h: HOST, orig_p: 40_000, resp_h: MASTER, resp_p: 443, server_name: "c2.example" };
  const seen = watch([connectionWithoutDns], [record("ssl", beacon), to(MASTER, 1)]);
  assert.equal(seen.length, 1, "where TLS is seen, DNS would be: the host knew the address");
});

Deno.test("on live traffic the first half hour is not judged, and the first five hours with little confidence", () => {
  const confidences = (seconds: number) =>
    watch([connectionWithoutDns], [dnsInSight, to(MASTER, seconds)], { live: true }).map(({ confidence }) =>
      confidence
    );
  // The connection is written down a second after it began, and that is when it is judged.
  assert.deepEqual(confidences(1798), []);
  assert.deepEqual(confidences(1799), [0.1]);
  assert.deepEqual(confidences(5 * HOUR - 10), [0.1]);
  assert.deepEqual(confidences(5 * HOUR + 10), [0.8]);
});

Deno.test("of a flood only as many connections are judged as can wait", () => {
  const flood = Array.from({ length: 3000 }, (_, n) => to(`45.33.${n >> 8}.${n & 255}`, n / 1000, { duration: 0 }));
  assert.equal(found(flood).length, 1024);
  assert.equal(found([...flood, to(MASTER, 60)]).length, 1025, "and those after it again");
});

Deno.test("a program that talks to very many is one finding with a count, however many ports it uses", () => {
  const peers = Array.from({ length: 12 }, (_, n) => to(`45.33.32.${n}`, n, { proto: "udp", resp_p: 40_000 + n }));
  const evidence = watch([connectionWithoutDns], [dnsInSight, ...peers], { folded: true });
  assert.equal(new Set(evidence.map(({ id }) => id)).size, 1);
  assert.deepEqual([evidence.at(-1)!.count, evidence.at(-1)!.victims], [12, 12]);
});
