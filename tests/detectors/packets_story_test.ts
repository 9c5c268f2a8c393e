// From packets to findings: a workstation that misbehaves in every way that only what is said in connections shows, and its
// neighbour that does nearly the same for good reasons. The dissector has to see what the detectors need.

import assert from "node:assert/strict";
import { createDissector, DEFAULT_SETTINGS } from "../../agent/dissect/dissector.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";
import { createCaptureReader } from "../../agent/source/capture.ts";
import { DETECTORS } from "../../detectors/index.ts";
import { fromClient, fromServer, network, selfSignedChain, siteChain } from "../craft/craft.ts";
import { watch } from "./harness.ts";

const BAD = "192.168.1.66";
const GOOD = "192.168.1.10";

const FIREFOX_ON_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0";
const ANDROID = "Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F)";

/** The records of a capture, as without `--zeek-logs`. */
function recordsOf(capture: Uint8Array): AnyRecord[] {
  const records: AnyRecord[] = [];
  const settings = { ...DEFAULT_SETTINGS, logDetails: false };
  const dissector = createDissector({ settings, emit: (record) => void records.push(record) });
  const reader = createCaptureReader(dissector.frame);
  reader.read(capture, 0, capture.length);
  reader.finish(0);
  dissector.finish();
  return records;
}

/** What is found about a host as the one who acts, on its own profile. */
function findings(capture: Uint8Array, profile: string): string[] {
  const evidence = watch(DETECTORS, recordsOf(capture), { folded: true });
  return [...new Set(evidence.filter((one) => one.profile === profile).map(({ type }) => type))].sort();
}

/** A program for Windows, as far as its first bytes tell. */
const PROGRAM = new Uint8Array(4096);
PROGRAM.set(new TextEncoder().encode("MZ"));
new DataView(PROGRAM.buffer).setUint32(0x3c, 0x80, true);
PROGRAM.set(new TextEncoder().encode("PE\0\0"), 0x80);

function story(): Uint8Array {
  const net = network();
  const bad = net.host("bad-pc", BAD);
  const good = net.host("good-pc", GOOD);
  const web = net.host("files.example.com", "93.184.216.34");
  const search = net.host("www.bing.com", "93.184.216.35");
  const mail = net.host("mail.example.com", "93.184.216.36");
  const switchBox = net.host("switch", "192.168.1.3");
  const master = net.host("c2.example.net", "93.184.216.40");
  const paste = net.host("pastebin.com", "93.184.216.41");
  const resolver = net.host("dns.google", "93.184.216.42");

  for (const pc of [bad, good]) {
    for (const name of [web, search, mail, master, paste]) {
      net.dns(pc, name.name, { answers: [name.ip] });
    }
  }
  // What both do: pages with a common browser, a mail that is accepted, TLS with a site that somebody vouches for.
  for (const pc of [bad, good]) {
    net.http(pc, web, {
      userAgent: FIREFOX_ON_WINDOWS,
      exchanges: [{ uri: "/" }, { method: "PROPFIND", uri: "/dav/" }],
    });
    net.tls(pc, web, { serverName: web.name, certificates: siteChain(web.name) });
    net.smtp(pc, mail, { from: "a@example.com", to: ["b@example.com"] });
  }
  // What only the bad one does.
  net.http(bad, web, {
    userAgent: ANDROID,
    exchanges: [
      { uri: "/update.jpg", response: { body: PROGRAM, headers: { "Content-Type": "image/jpeg" } } },
      { method: "BREW", uri: "/pot" },
    ],
  });
  for (let n = 0; n < 4; n++) net.http(bad, search, { exchanges: [{ uri: "/", response: { body: "" } }] });
  net.tls(bad, master, {
    serverName: "login.example.org",
    certificates: selfSignedChain({ CN: "update.microsoft.com", O: "Microsoft Corporation" }),
  });
  net.tls(bad, paste, { serverName: paste.name, exchanges: [[300, 20_000]] });
  net.tls(bad, resolver, { serverName: "dns.google", version: "1.3" });
  for (let n = 0; n < 3; n++) {
    net.smtp(bad, mail, { login: { user: "jane", password: `guess${n}`, reply: "535 5.7.8 no" } });
  }
  net.tcp(bad, switchBox, 23, {
    steps: [
      fromServer("switch login: "),
      fromClient("admin\r\n"),
      fromServer("admin\r\nPassword: "),
      fromClient("secret\r\n"),
      fromServer("\r\nLast login: today\r\n$ "),
    ],
  });
  net.ssh(bad, web, { clientBanner: "SSH-2.0-OpenSSH_8.1" });
  net.ssh(bad, web, { clientBanner: "SSH-2.0-OpenSSH_9.6" });
  return net.pcap();
}

Deno.test("a host that misbehaves in what it says is found out from its packets, its neighbour is left in peace", () => {
  const capture = story();
  const expected = [
    "bad_smtp_login",
    "cn_url_mismatch",
    "empty_connections",
    "executable_mime_type",
    "incompatible_cn",
    "login",
    "multiple_ssh_versions",
    "multiple_user_agent",
    "pastebin_download",
    "self_signed_certificate",
    "smtp_login_bruteforce",
    "weird_http_method",
  ];
  const found = findings(capture, BAD);
  assert.deepEqual(expected.filter((type) => !(found as string[]).includes(type)), [], `found: ${found.join(", ")}`);
  const innocent = findings(capture, GOOD);
  assert.deepEqual(expected.filter((type) => (innocent as string[]).includes(type)), []);
});

Deno.test("names resolved over HTTPS are told on the resolver's profile", () => {
  assert.deepEqual(findings(story(), "93.184.216.42"), ["different_local_network"]);
});
