// What the fuzzer begins with: sound conversations of every protocol that is read, and of those that are only named.

import {
  type Conversation,
  dhcpMessage,
  type DhcpType,
  dnsMessage,
  gzip,
  hex,
  type Host,
  type Network,
  network,
  selfSignedChain,
  siteChain,
  tlsAlert,
  type TlsOptions,
} from "../../tests/craft/craft.ts";
import { EXAMPLES } from "../../tests/agent/dissect/protocol/labels/examples.ts";
import { datagramTls, quicSayings } from "./encrypted-datagrams.ts";
import { transcribe, type Transcript, written } from "./transcript.ts";

type Teller = (net: Network, client: Host, server: Host) => Conversation;

/** Body of a form with a file, and of a mail with an attachment. */
const MULTIPART =
  '--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--xyz\r\nContent-Disposition: form-data; name="f"; ' +
  'filename="a.pdf"\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjc=\r\n--xyz--\r\n';

const DNS_ANSWERS: readonly (readonly [type: "A" | "AAAA" | "CNAME" | "MX" | "TXT" | "PTR" | "NS", data: string])[] = [
  ["A", "192.0.2.1"],
  ["AAAA", "2001:db8::1"],
  ["CNAME", "www.example.net"],
  ["MX", "mail.example.com"],
  ["TXT", "v=spf1 include:example.org ~all"],
  ["PTR", "host.example.com"],
  ["NS", "ns1.example.com"],
];

const UDP_TELLERS: readonly (readonly [name: string, tell: Teller])[] = [
  ...DNS_ANSWERS.map(([type, data]) =>
    [
      `dns ${type}`,
      (net: Network, client: Host) =>
        net.dns(client, "a.b.example.com", { type, answers: [{ name: "a.b.example.com", type, data }] }),
    ] as const
  ),
  ["dns none", (net, client) => net.dns(client, "nothing.example.com", { rcode: "NXDOMAIN" })],
  ["ntp", (net, client, server) => net.ntp(client, server)],
  ["mdns", (net, client) =>
    net.mdns(client, {
      questions: [{ name: "_ipp._tcp.local", type: "PTR" }],
      answers: [{ name: "_ipp._tcp.local", type: "PTR", data: "printer._ipp._tcp.local" }],
    })],
];

const TLS_VARIANTS: readonly (readonly [name: string, options: TlsOptions])[] = [
  ["1.3", { version: "1.3", alpn: ["h2"], exchanges: [[300, 900]] }],
  ["1.2", { version: "1.2", alpn: ["http/1.1"], exchanges: [[300, 900]] }],
  ["1.0", { version: "1.0", exchanges: [[100, 100]] }],
  ["resumed", { version: "1.2", resumed: true, exchanges: [[100, 100]] }],
  ["refused", { refusedWith: 40 }],
  ["self-signed", { certificates: selfSignedChain({ CN: "localhost", O: "Nobody" }, { key: "ec" }), exchanges: [] }],
  ["chain", { certificates: siteChain("a.example.org", "*.example.org", "192.0.2.7"), exchanges: [] }],
];

const TCP_TELLERS: readonly (readonly [name: string, tell: Teller])[] = [
  ["dns over tcp", (net, client) => net.dns(client, "www.example.com", { over: "tcp", answers: ["192.0.2.1"] })],
  ["http", (net, client, server) =>
    net.http(client, server, {
      exchanges: [
        { uri: "/index.html?a=1", headers: { Authorization: "Basic YWxpY2U6c2VjcmV0", Referer: "http://a.example/" } },
        { uri: "/a.gz", response: { body: 3_000, gzip: true } },
        { uri: "/chunks", response: { body: 900, chunkSize: 100 } },
        { method: "HEAD", uri: "/head" },
        { uri: "/part", response: { status: 206, headers: { "Content-Range": "bytes 0-99/1000" }, body: 100 } },
        { method: "POST", headers: { "Content-Type": "multipart/form-data; boundary=xyz" }, body: MULTIPART },
        { uri: "/end", response: { body: 300, untilClose: true } },
      ],
    })],
  [
    "http pipelined",
    (net, client, server) =>
      net.http(client, server, { pipelined: true, exchanges: [{}, { uri: "/2" }, { uri: "/3" }] }),
  ],
  ["http with a deflated bomb", (net, client, server) =>
    net.http(client, server, {
      exchanges: [{ response: { headers: { "Content-Encoding": "gzip" }, body: gzip(new Uint8Array(2 ** 20)) } }],
    })],
  ...TLS_VARIANTS.map(([name, options]) =>
    [`tls ${name}`, (net: Network, client: Host, server: Host) => net.tls(client, server, options)] as const
  ),
  ["ssh", (net, client, server) => net.ssh(client, server, { failures: 1 })],
  ["smtp", (net, client, server) => net.smtp(client, server, { userAgent: "mutt", text: "one\r\n..two" })],
  [
    "smtp login",
    (net, client, server) => net.smtp(client, server, { login: { user: "a", password: "b", reply: "535 5.7.8 no" } }),
  ],
  ["smtp starttls", (net, client, server) => net.smtp(client, server, { startTls: true })],
  [
    "smtp multipart",
    (net, client, server) =>
      net.smtp(client, server, {
        subject: "x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xyz",
        text: MULTIPART,
      }),
  ],
  ["ftp passive", (net, client, server) => net.ftp(client, server, { transfer: { name: "a.bin", data: 500 } }).control],
  [
    "ftp extended",
    (net, client, server) =>
      net.ftp(client, server, { transfer: { name: "a.bin", data: 500, mode: "extended" } }).control,
  ],
  [
    "ftp active",
    (net, client, server) =>
      net.ftp(client, server, { transfer: { name: "b", data: 90, store: true, mode: "active" } }).control,
  ],
];

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 7);

function dhcp(): Transcript {
  const say = (type: DhcpType) =>
    dhcpMessage({
      type,
      mac: MAC,
      transaction: 7,
      yourIp: "192.168.1.7",
      options: [[12, "pc"], [51, hex("00000e10")]],
    });
  return written("dhcp", "udp", 67, [["C", say("discover")], ["S", say("offer")], ["C", say("request")], [
    "S",
    say("ack"),
  ]]);
}

/** Conversations that change their protocol on the way. */
function upgrades(tls: Transcript): Transcript[] {
  const inside = tls.sayings.map(({ fromClient, bytes }) => [fromClient ? "C" : "S", bytes] as const);
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", found = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  return [
    written("http connect", "tcp", 8080, [
      ["C", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"],
      ["S", "HTTP/1.1 200 Connection established\r\n\r\n"],
      ...inside,
    ]),
    written("websocket", "tcp", 80, [
      ["C", "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
      ["S", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"],
      ["S", hex("8105 48656c6c6f")],
    ]),
    written("postgresql tls", "tcp", 5432, [["C", hex("00000008 04d2162f")], ["S", "S"], ...inside]),
    written("pop3 tls", "tcp", 110, [["S", "+OK ready\r\n"], ["C", "STLS\r\n"], ["S", "+OK\r\n"], ...inside]),
    written("imap tls", "tcp", 143, [["S", "* OK ready\r\n"], ["C", "a STARTTLS\r\n"], ["S", "a OK\r\n"], ...inside]),
    written("ftp tls", "tcp", 21, [["S", "220 ready\r\n"], ["C", "AUTH TLS\r\n"], ["S", "234 go\r\n"], ...inside]),
    written("socks 5", "tcp", 1080, [
      ["C", hex("05 01 00")],
      ["S", hex("05 00")],
      ["C", hex("05 01 00 01 c0000201 0050")],
      ["S", hex("05 00 00 01 00000000 0000")],
      ["C", get],
      ["S", found],
    ]),
    written("telnet", "tcp", 23, [
      ["S", "\r\nrouter login: "],
      ["C", "admin\r\n"],
      ["S", "admin\r\nPassword: "],
      ["C", "hunter2\r\n"],
      ["S", "\r\nLogin incorrect\r\nlogin: "],
      ["C", "root\r\n"],
      ["S", "\r\nPassword: "],
      ["C", "x\r\n"],
      ["S", "\r\nLast login: Mon\r\n$ "],
    ]),
    written("rlogin", "tcp", 513, [["C", "\0alice\0root\0xterm/38400\0"], ["S", "\0"], ["S", "Last login\r\n# "]]),
    written("rsh", "tcp", 514, [["C", "1022\0alice\0root\0id\0"], ["S", "\0uid=0(root)\n"]]),
    written("smtp bdat", "tcp", 25, [
      ["S", "220 a ESMTP\r\n"],
      ["C", "EHLO b\r\n"],
      ["S", "250-a\r\n250 CHUNKING\r\n"],
      ["C", "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 21 LAST\r\nSubject: x\r\n\r\nhello\r\n"],
      ["S", "250 ok\r\n250 ok\r\n250 ok\r\n"],
    ]),
    written("netbios name", "udp", 137, [
      ["C", dnsMessage({ id: 9, questions: [{ name: "FEEFFDFECACACACACACACACACACACAAA", type: 32 }] })],
      ["S", dnsMessage({ id: 9, response: true, answers: [{ name: "A", type: 32, data: hex("6000 c0000201") }] })],
    ]),
    written("tls alert first", "tcp", 443, [["S", tlsAlert(2, 70)]]),
  ];
}

/** Every transcript there is. */
export function corpus(): Transcript[] {
  const transcripts: Transcript[] = [];
  for (const [transport, tellers] of [["tcp", TCP_TELLERS], ["udp", UDP_TELLERS]] as const) {
    for (const [name, tell] of tellers) {
      const net = network();
      const client = net.host("pc.example", "192.168.1.23"), server = net.host("www.example.com", "192.0.2.80");
      transcripts.push(transcribe(name, transport, tell(net, client, server)));
    }
  }
  const tls = transcripts.find(({ name }) => name === "tls 1.2")!;
  transcripts.push(dhcp(), ...upgrades(tls), datagramTls());
  for (const { port, sayings } of quicSayings()) transcripts.push({ name: "quic", transport: "udp", port, sayings });
  for (const { name, transport, port, client, server } of EXAMPLES) {
    transcripts.push(written(name, transport, port, [["C", client], ["S", server], ["C", client], ["S", server]]));
  }
  return transcripts;
}
