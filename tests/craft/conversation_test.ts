// Conversations above TCP and UDP: what a reader of the packets finds in them.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Conversation, hex, network, type Packet } from "./craft.ts";

/** Where the payload begins in a frame of Ethernet, IPv4 and UDP. */
const UDP_PAYLOAD = 42;
/** A resolver's question of one name of type A without anything else, behind the id. */
const FLAGS_AND_COUNTS = hex("0100 0001 0000 0000 0000");

function stream(conversation: Conversation, side: "client" | "server"): string {
  const { host } = conversation[side];
  return conversation.packets.filter(({ data }) => Buffer.from(host.ipBytes).equals(data.subarray(26, 30)))
    .map(({ data }) => Buffer.from(data.subarray(34 + (data[46]! >> 4) * 4)).toString("latin1")).join("");
}

function office() {
  const net = network();
  return {
    net,
    pc: net.host("pc", "192.168.1.2"),
    nas: net.host("nas", "192.168.1.3"),
    web: net.host("www.example.com", "93.184.216.34"),
  };
}

Deno.test("a look-up asks the gateway and gets an answer with the same id", () => {
  const { net, pc } = office();
  const [question, answer] = net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] }).packets;
  assert.deepEqual(question!.data.subarray(30, 34), net.gateway.ipBytes);
  assert.deepEqual(question!.data.subarray(UDP_PAYLOAD + 2, UDP_PAYLOAD + 12), FLAGS_AND_COUNTS);
  const ids = [question, answer].map((packet) => packet!.data.slice(UDP_PAYLOAD, UDP_PAYLOAD + 2));
  assert.deepEqual(ids[0], ids[1]);
  assert.deepEqual(answer!.data.slice(-4), Uint8Array.of(93, 184, 216, 34));
});

Deno.test("a name that does not exist comes back with the zone that knows", () => {
  const { net, pc } = office();
  const { packets } = net.dns(pc, "nowhere.example.com", { rcode: "NXDOMAIN" });
  const answer = packets[1]!.data.subarray(UDP_PAYLOAD);
  assert.equal(answer[3]! & 15, 3);
  assert.deepEqual([answer[7], answer[9]], [0, 1]);
});

Deno.test("a look-up may stay without an answer, or go over TCP behind its length", () => {
  const { net, pc } = office();
  assert.equal(net.dns(pc, "www.example.com", { answered: false }).packets.length, 1);
  const overTcp = stream(net.dns(pc, "www.example.com", { over: "tcp" }), "client");
  assert.equal(overTcp.charCodeAt(1), overTcp.length - 2);
});

Deno.test("a lease: discover and request by nobody to everybody, offer and ack with the address", () => {
  const { net, pc } = office();
  net.dhcp(pc);
  const packets = [...net.packets()];
  const types = packets.map(({ data }) => data[UDP_PAYLOAD + 242]);
  assert.deepEqual(types, [1, 2, 3, 5]);
  const senders = packets.map(({ data }) => data.slice(26, 30).join("."));
  assert.deepEqual(senders, ["0.0.0.0", "192.168.1.1", "0.0.0.0", "192.168.1.1"]);
  const given = packets.map(({ data }) => data.slice(UDP_PAYLOAD + 16, UDP_PAYLOAD + 20).join("."));
  assert.deepEqual(given, ["0.0.0.0", "192.168.1.2", "0.0.0.0", "192.168.1.2"]);
  assert.ok(Buffer.from(packets[0]!.data).includes(Buffer.from([12, 2, 0x70, 0x63])));
});

Deno.test("requests in turn and pipelined carry the same text", () => {
  const { net, pc, web } = office();
  const exchanges = [{ uri: "/1" }, { uri: "/2", method: "HEAD" }, { uri: "/3", userAgent: "probe" }];
  const [turn, piped] = [net.http(pc, web, { exchanges }), net.http(pc, web, { exchanges, pipelined: true })];
  assert.equal(stream(turn, "client"), stream(piped, "client"));
  assert.equal(stream(turn, "server"), stream(piped, "server"));
  assert.match(stream(turn, "client"), /^GET \/1 .*\r\nHost: www\.example\.com\r\n/);
  assert.match(stream(turn, "client"), /GET \/3 HTTP\/1\.1\r\nHost: www\.example\.com\r\nUser-Agent: probe\r\n/);
});

Deno.test("TLS shows its certificate before version 1.3 and hides it from then on", () => {
  const { net, pc, web } = office();
  const old = stream(net.tls(pc, web, { version: "1.2" }), "server");
  const modern = stream(net.tls(pc, web, { version: "1.3" }), "server");
  assert.ok(old.includes("Example Issuing CA 1"));
  assert.ok(!modern.includes("Example Issuing CA 1"));
  assert.ok(stream(net.tls(pc, web), "client").startsWith("\x16\x03\x01"));
});

Deno.test("a refused hello ends in a fatal alert", () => {
  const { net, pc, web } = office();
  assert.equal(stream(net.tls(pc, web, { refusedWith: 40 }), "server"), "\x15\x03\x03\x00\x02\x02\x28");
});

Deno.test("a guessed password is refused as often as asked, and a right one is not", () => {
  const { net, pc, nas } = office();
  const refusals = ({ packets }: Conversation): number =>
    // 54 bytes of headers and the 80 of a refusal.
    packets.filter(({ data, length }) => length === 54 + 80 && data[29] === 3).length;
  // The first question, of method "none", is refused too.
  assert.equal(refusals(net.ssh(pc, nas, { failures: 3, success: false })), 4);
  assert.equal(refusals(net.ssh(pc, nas, { session: [] })), 1);
  assert.match(stream(net.ssh(pc, nas, { clientBanner: "SSH-2.0-libssh2_1.11.0" }), "client"), /^SSH-2\.0-libssh2/);
});

Deno.test("a failed mail login ends with the server's word and no mail", () => {
  const { net, pc, web } = office();
  const mail = net.smtp(pc, web, { login: { user: "a", password: "b", reply: "535 bad smtp-auth user" } });
  assert.match(stream(mail, "server"), /535 bad smtp-auth user\r\n221 /);
  assert.ok(!stream(mail, "client").includes("MAIL FROM"));
});

Deno.test("an FTP data connection goes where the control connection said", () => {
  const { net, pc, nas } = office();
  for (const mode of ["passive", "extended", "active"] as const) {
    const { control, data } = net.ftp(pc, nas, { transfer: { name: "a.bin", data: 5_000, mode } });
    const listener = mode === "active" ? pc : nas;
    const said = stream(control, mode === "active" ? "client" : "server");
    const port = data!.server.port;
    const announced = mode === "extended" ? `|||${port}|` : [...listener.ipBytes, port >> 8, port & 255].join(",");
    assert.ok(said.includes(announced), mode);
    assert.equal(data!.server.host, listener);
    assert.ok(control.start < data!.start && data!.end < control.end);
  }
});

Deno.test("pings of every kind have the types of their RFCs", () => {
  const { net, pc, nas } = office();
  for (const kind of ["echo", "timestamp", "address-mask"] as const) net.ping(pc, nas, { kind });
  net.ping(pc, nas, { count: 2, answered: false });
  assert.deepEqual([...net.packets()].map(({ data }) => data[34]), [8, 0, 13, 14, 17, 18, 8, 8]);
});

Deno.test("ARP: a question and its answer, silence, and a lie told to everybody", () => {
  const { net, pc, nas } = office();
  net.arp(pc, nas);
  net.arp(pc, "192.168.1.99");
  net.announce(pc, { ip: net.gateway.ip });
  const operations = [...net.packets()].map(({ data }: Packet) => [data[21], data.slice(28, 32).join(".")]);
  assert.deepEqual(operations, [[1, "192.168.1.2"], [2, "192.168.1.3"], [1, "192.168.1.2"], [2, "192.168.1.1"]]);
});

Deno.test("the time asked for is the story's", () => {
  const { net, pc, web } = office();
  const [question, answer] = net.ntp(pc, web, { at: 60 }).packets;
  const seconds = (packet: Packet, at: number): number => new DataView(packet.data.buffer).getUint32(UDP_PAYLOAD + at);
  assert.equal(seconds(question!, 40), 1_700_000_060 + 2_208_988_800);
  assert.equal(seconds(answer!, 24), seconds(question!, 40));
});
