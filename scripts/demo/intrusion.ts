// What happens on office-pc after somebody opens the wrong attachment.

import { concat, type Host, LIBSSH2_CLIENT, type Random, random, selfSignedChain } from "../../tests/craft/craft.ts";
import { STORY_LENGTH } from "./ordinary-day.ts";
import type { Place } from "./place.ts";

/** Seconds since the story's start. */
const OPENED = 720, SEARCHED = 840, BEACONED = 1_140, PROBED = 1_860, SWEPT = 2_400, GUESSED = 3_900, STOLEN = 5_400;

/** The whole intrusion, in order. */
export function intrusion(at: Place): void {
  const chance = random(23);
  download(at, chance);
  generatedNames(at, chance);
  beacons(at, chance);
  probeNeighbour(at, chance);
  sweepNetwork(at);
  guessPasswords(at, chance);
  upload(at);
}

/** A program disguised as an invoice. */
function download({ net, officePc, lure }: Place, chance: Random): void {
  net.dns(officePc, lure.name, { at: OPENED, answers: [lure.ip], roundTrip: 0.02 });
  net.http(officePc, lure, {
    at: OPENED + 0.03,
    userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:123.0) Gecko/20100101 Firefox/123.0",
    exchanges: [{
      uri: "/files/invoice-0305.exe",
      response: {
        contentType: "application/x-msdownload",
        body: concat("MZ", chance.bytes(180_000)),
      },
    }],
  });
}

const GENERATED_NAMES = 40;

/** It looks for its masters under names made from the date; none is registered. */
function generatedNames({ net, officePc }: Place, chance: Random): void {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"], suffixes = ["com", "net", "org", "info"];
  for (let i = 0; i < GENERATED_NAMES; i++) {
    const name = Array.from({ length: chance.between(13, 19) }, () => chance.pick(letters)).join("");
    net.dns(officePc, `${name}.${chance.pick(suffixes)}`, {
      at: SEARCHED + 6 * i,
      rcode: "NXDOMAIN",
      roundTrip: 0.031,
    });
  }
}

/** So it falls back to an address it carries with it, every minute until the end. */
function beacons({ net, officePc, control }: Place, chance: Random): void {
  const interval = 60, port = 4_449;
  const certificates = selfSignedChain({ CN: "Update Server" }, { keyBits: 1_024, notAfter: "2073-01-01T00:00:00Z" });
  for (let at = BEACONED; at < STORY_LENGTH; at += interval) {
    net.tls(officePc, control, {
      at: at + chance.fraction() * 0.4,
      port,
      serverName: null,
      version: "1.2",
      certificates,
      client: { ciphers: [0xc02f, 0xc030, 0x009c, 0x009d, 0x002f, 0x0035] },
      exchanges: [[220, 90]],
    });
  }
}

/** Ports of the NAS that are open. */
const OPEN_PORTS: ReadonlySet<number> = new Set([22, 80, 443, 445]);
const PROBED_PORTS = 120;

/** It tries the ports of the NAS, twenty a second. */
function probeNeighbour({ net, officePc, nas }: Place, chance: Random): void {
  net.arp(officePc, nas, { at: PROBED - 0.01 });
  const ports = new Set(OPEN_PORTS);
  while (ports.size < PROBED_PORTS) ports.add(chance.between(1, 10_000));
  // A scanner shuffles its ports, so that they do not arrive in order.
  const order = [...ports].map((port) => ({ port, key: chance.next() })).sort((a, b) => a.key - b.key);
  order.forEach(({ port }, i) => {
    const outcome = OPEN_PORTS.has(port) ? "RSTO" : "REJ";
    net.tcp(officePc, nas, port, { at: PROBED + 0.05 * i, outcome });
  });
}

/** It asks for every address of the network, and knocks at port 445 of those that answer. */
function sweepNetwork({ net, officePc, router, nas, printer, alice, bob, carol, lights }: Place): void {
  const port = 445, interval = 0.1;
  const present = new Map<string, Host>();
  for (const host of [router, nas, printer, alice, bob, carol, ...lights]) present.set(host.ip, host);
  for (let last = 1; last < 255; last++) {
    const ip = `192.168.1.${last}`, at = SWEPT + last * interval;
    if (ip === officePc.ip) continue;
    const host = present.get(ip);
    net.arp(officePc, host ?? ip, { at });
    if (host === undefined) continue;
    if (host === nas) net.tcp(officePc, host, port, { at: at + 0.01, outcome: "RSTO" });
    else if (host === printer || host === router) net.tcp(officePc, host, port, { at: at + 0.01, outcome: "REJ" });
    else net.tcp(officePc, host, port, { at: at + 0.01, outcome: "S0", attempts: 2 });
  }
}

const GUESSES = 30;

/** It guesses the NAS's password and in the end knows it. */
function guessPasswords({ net, officePc, nas }: Place, chance: Random): void {
  const settings = { user: "admin", clientBanner: LIBSSH2_CLIENT };
  let at = GUESSED;
  for (let i = 0; i < GUESSES; i++) {
    const attempt = net.ssh(officePc, nas, { ...settings, at, failures: 1, success: false });
    at = attempt.end + 2 + chance.fraction();
  }
  const session = Array.from({ length: 25 }, () => [chance.between(80, 400), chance.between(200, 30_000)] as const);
  net.ssh(officePc, nas, { ...settings, at, session });
}

/** 120 MB leave for an address that nobody resolved, at 1.5 MB a second. */
function upload({ net, officePc, drop }: Place): void {
  net.tls(officePc, drop, {
    at: STOLEN,
    serverName: null,
    version: "1.2",
    certificates: selfSignedChain({ CN: "localhost" }, { seed: 5 }),
    mss: 65_160,
    rate: 1.5e6,
    exchanges: [[120e6, 300]],
  });
}
