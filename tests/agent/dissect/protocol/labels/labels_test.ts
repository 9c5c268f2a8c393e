import assert from "node:assert/strict";
import type { Protocol } from "../../../../../agent/dissect/analyzer.ts";
import { DEFAULT_FILE_SETTINGS } from "../../../../../agent/dissect/files/file.ts";
import { createLabelProtocols } from "../../../../../agent/dissect/protocol/labels/index.ts";
import { concat, hex, u16, u32, withLength8 } from "../../../../craft/bytes.ts";
import { random } from "../../../../craft/random.ts";
import { damaged, listen } from "../listen.ts";
import { EXAMPLES } from "./examples.ts";

function protocol(name: string, transport: "tcp" | "udp" = "tcp"): Protocol {
  const found = createLabelProtocols(DEFAULT_FILE_SETTINGS).find((one) =>
    one.name === name && one.transport === transport
  );
  assert.ok(found !== undefined, `no protocol ${name} over ${transport}`);
  return found;
}

const text = (content: string) => concat(content);

for (const { name, transport, port, client, server, oneSided } of EXAMPLES) {
  Deno.test(`${name} over ${transport} is named when ${oneSided ? "one side speaks" : "both sides speak"}`, () => {
    const both = listen(protocol(name, transport), { resp_p: port }).client(client).server(server);
    assert.deepEqual(both.services, [name]);
    const one = listen(protocol(name, transport), { resp_p: port }).client(client);
    assert.deepEqual(one.services, oneSided ? [name] : []);
    const other = listen(protocol(name, transport), { resp_p: port }).client(text("GET / HTTP/1.1\r\n\r\n"));
    assert.deepEqual([other.services, other.wanting], [[], false]);
  });
}

Deno.test("a stream is named wherever its first bytes are split", () => {
  for (const { name, transport, client, server } of EXAMPLES) {
    // These tell a message by its end, which is the end of a segment.
    if (transport === "udp" || name === "openvpn" || name === "postgresql") continue;
    for (let cut = 1; cut < Math.min(client.length, server.length, 12); cut++) {
      const heard = listen(protocol(name)).client(client.subarray(0, cut)).client(client.subarray(cut))
        .server(server.subarray(0, cut)).server(server.subarray(cut));
      assert.deepEqual(heard.services, [name], `${name} cut at ${cut}`);
    }
  }
});

Deno.test("on another port each label knows its own first bytes and no other label's", () => {
  const protocols = createLabelProtocols(DEFAULT_FILE_SETTINGS);
  for (const { name, transport, client, server } of EXAMPLES) {
    const names = new Set<string>();
    for (const one of protocols.filter((each) => each.transport === transport)) {
      if (one.recognise(client, 0, client.length, true) === "yes") names.add(one.name);
      if (one.recognise(server, 0, server.length, false) === "yes") names.add(one.name);
    }
    names.delete(name);
    assert.deepEqual([...names], [], `${name} is also taken for something else`);
  }
});

Deno.test("web, secure shell and mail are no label's, and nobody asks for more of them", () => {
  const said = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "SSH-2.0-OpenSSH_9.6\r\n",
    "EHLO me\r\n",
    "220 mail ESMTP\r\n",
    "\x16\x03\x01\x02\0",
  ];
  for (const words of said.map(text)) {
    for (const one of createLabelProtocols(DEFAULT_FILE_SETTINGS)) {
      for (const fromOrig of [true, false]) {
        assert.equal(one.recognise(words, 0, words.length, fromOrig), "no", `${one.name}: ${words}`);
      }
    }
  }
});

Deno.test("mail that turns to TLS hands its stream on behind the server's agreement", () => {
  const pop = listen(protocol("pop3")).server(text("+OK ready\r\n")).client(text("STLS\r\n")).server(
    text("+OK go\r\n"),
  );
  assert.deepEqual([pop.services, pop.upgrades, pop.wanting], [["pop3"], [{ protocol: "ssl", from: 11 }], false]);
  const imap = listen(protocol("imap")).server(text("* OK ready\r\n")).client(text("a1 STARTTLS\r\n"))
    .server(text("* 1 EXISTS\r\na1 BAD no\r\n* 2 EXISTS\r\n"));
  assert.deepEqual([imap.services, imap.upgrades], [["imap"], []]);
});

Deno.test("a server that refuses STLS keeps its stream", () => {
  const heard = listen(protocol("pop3")).server(text("+OK ready\r\n")).client(text("STLS\r\n")).server(
    text("-ERR no\r\n"),
  )
    .client(text("USER bob\r\n")).server(text("+OK\r\n"));
  assert.deepEqual([heard.services, heard.upgrades], [["pop3"], []]);
});

Deno.test("XMPP and LDAP turn to TLS when the server agrees", () => {
  const xmpp = listen(protocol("xmpp")).client(text("<stream:stream to='a'>")).server(text("<stream:stream from='a'>"))
    .client(text("<starttls xmlns='x'/>")).server(text("<proceed xmlns='x'/>"));
  assert.deepEqual([xmpp.services, xmpp.upgrades.length, xmpp.wanting], [["xmpp"], 1, false]);
  const request = concat(hex("301d 020101 7718"), hex("8016"), "1.3.6.1.4.1.1466.20037");
  const ldap = listen(protocol("ldap_tcp")).client(request).server(hex("300c 020101 7807 0a0100 0400 0400"));
  assert.deepEqual([ldap.services, ldap.upgrades.length], [["ldap_tcp"], 1]);
});

Deno.test("databases hand on what follows their request for TLS", () => {
  const greeting = concat(hex("4a0000 00 0a"), "8.0.36\0", new Uint8Array(64));
  const request = concat(hex("200000 01"), hex("00aa0000"), new Uint8Array(28));
  const mysql = listen(protocol("mysql")).server(greeting).client(concat(request, "\x16\x03"));
  assert.deepEqual([mysql.services, mysql.upgrades], [["mysql"], [{ protocol: "ssl", from: 3 + 36 }]]);
  const postgresql = listen(protocol("postgresql")).client(concat(u32(8), u32(80877103))).server(text("S"));
  assert.deepEqual([postgresql.services, postgresql.upgrades.length], [["postgresql"], 1]);
  const refused = listen(protocol("postgresql")).client(concat(u32(8), u32(80877103))).server(text("N"));
  assert.deepEqual([refused.services, refused.upgrades.length], [["postgresql"], 0]);
});

Deno.test("remote desktop with TLS hands its stream on; without, the server's certificates are logged", () => {
  const request = hex("03000013 0e e0 0000 0000 00 01 00 0800 03000000");
  const agreed = listen(protocol("rdp")).client(request).server(hex("03000013 0e d0 0000 1234 00 02 1f 0800 02000000"));
  assert.deepEqual([agreed.services, agreed.upgrades], [["rdp"], [{ protocol: "ssl", from: 3 + 19 }]]);
  const block = concat(hex("020c 1b00 01000000 02000000 00000000 07000000"), hex("02000000 01000000"));
  const settings = concat("McDn", withLength8(block));
  const plain = listen(protocol("rdp")).client(request).server(hex("03000013 0e d0 0000 1234 00 02 1f 0800 00000000"))
    .server(concat(hex("0300"), u16(settings.length + 4), settings));
  assert.deepEqual([plain.services, plain.upgrades, plain.wanting], [["rdp"], [], false]);
});

Deno.test("SMB names the way its client logs in", () => {
  const message = (body: Uint8Array) => concat(u32(body.length + 8), hex("fe534d42"), body, new Uint8Array(4));
  const negotiated = message(hex("0606 2b0601050502"));
  const start = () => listen(protocol("smb")).client(message(hex("00"))).server(negotiated);
  assert.deepEqual(start().client(message(text("NTLMSSP\0\x01"))).services, ["smb", "gssapi", "ntlm"]);
  assert.deepEqual(start().client(message(hex("06092a864886f71201020201006e"))).services, ["smb", "gssapi", "krb"]);
});

Deno.test("remote procedure calls in SMB 1 are named with the bind that opens them", () => {
  const message = (body: Uint8Array) => concat(u32(body.length + 4), hex("ff534d42"), body);
  const heard = listen(protocol("smb")).client(message(hex("72"))).server(message(hex("72")))
    .client(message(text("NTLMSSP\0\x01"))).client(message(hex("2f 05000b0310000000")));
  assert.deepEqual(heard.services, ["smb", "ntlm", "dce_rpc"]);
});

Deno.test("IRC announces the connection of a file that is sent directly", () => {
  const heard = listen(protocol("irc")).client(text("NICK bob\r\n")).server(text(":irc.example 001 bob :hi\r\n"))
    .client(text("PRIVMSG al :\x01DCC SEND report.pdf 167772167 59130 1320211\x01\r\n"))
    .server(text(':al!a@b PRIVMSG bob :\x01DCC SEND "my file.txt" 167772161 6000\x01\r\n'))
    .client(
      text("PRIVMSG al :\x01DCC CHAT chat 167772167 59131\x01\r\nPRIVMSG al :\x01DCC SEND x 99999999999 1\x01\r\n"),
    );
  assert.deepEqual(heard.expected, ["10.0.0.7:59130 irc-dcc-data", "10.0.0.1:6000 irc-dcc-data"]);
  assert.deepEqual(listen(protocol("irc-dcc-data")).services, ["irc-dcc-data"]);
});

Deno.test("a file sent over IRC has the name that it was offered under", () => {
  const all = createLabelProtocols(DEFAULT_FILE_SETTINGS);
  const named = (name: string) => all.find((one) => one.name === name)!;
  listen(named("irc")).client(text("NICK bob\r\n"))
    .client(text('PRIVMSG al :\x01DCC SEND "my report.pdf" 167772167 59130 12\x01\r\n'));
  const heard = listen(named("irc-dcc-data"), { resp_h: "10.0.0.7", resp_p: 59_130 })
    .server(text("%PDF-1.4 one")).client(u32(12)).server(text(" and two")).gap(false, 5).end();
  const files = heard.records.filter((record) => record.kind === "files");
  assert.deepEqual(
    files.map((file) => [file.source, file.filename, file.is_orig, file.seen_bytes, file.missing_bytes]),
    [
      ["IRC_DATA", "my report.pdf", false, 20, 5],
      ["IRC_DATA", "my report.pdf", true, 4, 0],
    ],
  );
  assert.equal(files[0]!.mime_type, "application/pdf");
});

Deno.test("SOCKS 5: with a login, split anywhere, the tunnel is told of and the rest handed on", () => {
  const client = [
    hex("050102"),
    concat("\x01", withLength8("bob"), withLength8("pw")),
    concat(hex("050100 03"), withLength8("example.org"), u16(443)),
  ];
  const server = [hex("0502"), hex("0100"), hex("050000 01 00000000 0000")];
  for (let cut = 1; cut < 4; cut++) {
    const heard = listen(protocol("socks"));
    for (const [turn, words] of client.entries()) {
      heard.client(words.subarray(0, cut)).client(words.subarray(cut));
      heard.server(server[turn]!.subarray(0, 1));
      heard.server(turn === 2 ? concat(server[turn]!.subarray(1), "rest") : server[turn]!.subarray(1));
    }
    assert.deepEqual(heard.services, ["socks"]);
    assert.deepEqual(heard.upgrades, [{ protocol: "", from: 3 + 9 }]);
    assert.equal(heard.records.length, 1);
    const [tunnel] = heard.records;
    assert.ok(tunnel?.kind === "tunnel" && tunnel.orig_p === 0 && tunnel.tunnel_type === "Tunnel::SOCKS");
  }
});

Deno.test("SOCKS 4 and 4a: one tunnel however many connections, and a refusal hands nothing on", () => {
  const socks = protocol("socks");
  const connect = (heard: ReturnType<typeof listen>, status: string) =>
    heard.client(concat(hex("0401 01bb 00000001"), "bob\0example.org\0")).server(hex(`00${status} 0000 00000000`));
  const first = connect(listen(socks), "5a");
  assert.deepEqual([first.services, first.records.length, first.upgrades.length], [["socks"], 1, 1]);
  const second = connect(listen(socks), "5b");
  assert.deepEqual([second.services, second.records.length, second.upgrades.length], [["socks"], 0, 0]);
});

Deno.test("ten thousand damaged dialogues: nothing thrown, nothing named twice", () => {
  const chance = random(4711);
  const protocols = createLabelProtocols(DEFAULT_FILE_SETTINGS);
  const more = [
    { client: hex("050100"), server: hex("0500") },
    { client: hex("050100 01 c0000201 01bb"), server: hex("050000 01 00000000 0000") },
    { client: text("STLS\r\n"), server: text("+OK\r\n") },
    { client: text("a1 STARTTLS\r\na2 STARTTLS\r\n"), server: text("* 1\r\na1 NO\r\na2 OK\r\n+\r\n") },
    { client: text("PRIVMSG al :\x01DCC SEND a 167772167 59130 1\x01\r\n"), server: text("McDn\x20\x02\x0c") },
  ];
  for (let i = 0; i < 10_000; i++) {
    const example = chance.pick(EXAMPLES);
    const one = chance.fraction() < 0.7 ? protocols.find(({ name }) => name === example.name)! : chance.pick(protocols);
    const heard = listen(one);
    for (const { client, server } of [example, chance.pick(more), chance.pick(more)]) {
      const asked = damaged(client, chance);
      const told = damaged(server, chance);
      one.recognise(asked, 0, asked.length, true);
      one.recognise(told, 0, told.length, false);
      if (chance.fraction() < 0.5) heard.client(asked).server(told);
      else heard.server(told).client(asked);
      if (chance.fraction() < 0.1) heard.gap(chance.fraction() < 0.5, 100);
    }
    heard.end();
    assert.equal(new Set(heard.services).size, heard.services.length);
  }
});
