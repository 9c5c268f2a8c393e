// An office in which twelve machines attack, each in one way only, and the others work: what a scorer must tell apart.

import {
  fromClient,
  fromServer,
  type Host,
  type Network,
  network,
  random,
  selfSignedChain,
  siteChain,
} from "../../tests/craft/craft.ts";

/** Tuesday, 5 March 2024, 08:00:00 UTC. */
const START = 1_709_625_600;
const HOUR = 3600;
const LENGTH = 3 * HOUR;
const WORKERS = 28;

/** Somebody who attacks, from when to when (Unix seconds). */
export interface Attacker {
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

interface Scene {
  readonly net: Network;
  readonly server: Host;
  readonly outside: Host;
  readonly mail: Host;
}

/** What each attacker does, and when it begins and ends, in seconds of the story. */
const ATTACKS:
  readonly (readonly [from: number, to: number, attack: (scene: Scene, who: Host, from: number) => void])[] = [
    [600, 700, sweep],
    [700, 800, probe],
    [900, 900 + HOUR, probeSlowly],
    [1200, 2400, guessPasswords],
    [1300, 1700, lookForMaster],
    [1000, 1000 + HOUR, knockInVain],
    [2000, 2000 + 1.5 * HOUR, callHomeAndSteal],
    [3000, 3100, pingSweep],
    [3200, 3210, arpSweep],
    [3300, 3900, pretendToBeGateway],
    [3400, 3800, askForAddresses],
    [4000, 4600, guessMailPasswords],
  ];

/** The office's capture, and who attacks in it. */
export function attackers(): { net: Network; attackers: Attacker[] } {
  const net = network({
    start: START,
    seed: 5,
    snapLength: 1_600,
    gateway: { name: "router.office", ip: "192.168.7.1" },
  });
  const scene = {
    net,
    server: net.host("files", "192.168.7.10"),
    outside: net.host("", "45.155.205.11"),
    mail: net.host("mail.example.net", "45.79.112.203"),
  };
  net.dhcp(scene.server, { at: 1, messages: ["request", "ack"], domain: "office" });
  for (let i = 0; i < WORKERS; i++) work(scene, net.host(`desk-${i}`, `192.168.7.${100 + i}`), i);
  const told = ATTACKS.map(([from, to, attack], i): Attacker => {
    const who = net.host(`bad-${i}`, `192.168.7.${40 + i}`);
    work(scene, who, 50 + i);
    attack(scene, who, from);
    // Whoever pretends to be the gateway is told of under the address that he takes.
    const host = attack === pretendToBeGateway ? net.gateway.ip : who.ip;
    return { host, from: START + from, to: START + to };
  });
  return { net, attackers: told };
}

/** Ordinary work: names are resolved, pages fetched, mail looked for, files opened. */
function work({ net, server, mail }: Scene, who: Host, seed: number): void {
  const chance = random(seed);
  net.dhcp(who, { at: 5 + seed * 0.5, domain: "office" });
  for (let at = 60 + chance.between(0, 200); at < LENGTH - 60; at += chance.between(60, 240)) {
    const number = chance.below(40);
    const name = `www.site-${number}.example.com`;
    const site = net.host(name, `93.184.${number}.34`);
    net.dns(who, name, { at, answers: [site.ip] });
    if (chance.below(10) === 0) net.http(who, site, { at: at + 0.05, exchanges: [{ response: { body: 3_000 } }] });
    else net.tls(who, site, { at: at + 0.05, certificates: siteChain(name), exchanges: [[500, 8_000], [400, 20_000]] });
    if (chance.below(6) === 0) net.tcp(who, server, 445, { at: at + 2, steps: [fromClient(300), fromServer(30_000)] });
    if (chance.below(8) === 0) {
      net.dns(who, mail.name, { at: at + 5, answers: [mail.ip] });
      net.tls(who, mail, { at: at + 5.05, port: 993, exchanges: [[120, 400], [60, 2_000]] });
    }
    if (chance.below(60) === 0) net.tcp(who, server, 9_100, { at: at + 8, outcome: "REJ" });
  }
}

function sweep({ net }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 60; i++) {
    net.tcp(who, net.host("", `10.9.8.${1 + i}`), 445, { at: from + i, outcome: "S0", attempts: 1 });
  }
}

function probe({ net, server }: Scene, who: Host, from: number): void {
  for (let port = 1; port <= 200; port++) net.tcp(who, server, port, { at: from + port * 0.3, outcome: "REJ" });
}

/** Twelve ports in an hour. */
function probeSlowly({ net, server }: Scene, who: Host, from: number): void {
  [21, 22, 23, 25, 80, 110, 143, 443, 3306, 3389, 5432, 8080].forEach((port, i) =>
    net.tcp(who, server, port, { at: from + i * 200, outcome: "REJ" })
  );
}

function guessPasswords({ net, server }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 40; i++) net.ssh(who, server, { at: from + i * 25, failures: 1, success: false });
}

function lookForMaster({ net }: Scene, who: Host, from: number): void {
  const chance = random(99);
  for (let i = 0; i < 80; i++) {
    const name = Array.from({ length: 14 }, () => String.fromCharCode(97 + chance.below(26))).join("");
    net.dns(who, `${name}.com`, { at: from + i * 5, rcode: "NXDOMAIN" });
  }
}

/** A bot whose master is down. */
function knockInVain({ net, outside }: Scene, who: Host, from: number): void {
  for (let i = 0; i < HOUR / 15; i++) net.tcp(who, outside, 1_177, { at: from + i * 15, outcome: "S0", attempts: 1 });
}

/** A shell at an odd port, called every minute, and then 150 MB. */
function callHomeAndSteal({ net, outside }: Scene, who: Host, from: number): void {
  const certificates = selfSignedChain({ CN: "localhost" }, { seed: 8 });
  for (let i = 0; i < 80; i++) {
    net.tls(who, outside, { at: from + i * 60, port: 4_449, serverName: null, certificates, exchanges: [[200, 150]] });
  }
  net.tls(who, outside, {
    at: from + HOUR,
    port: 4_449,
    serverName: null,
    certificates,
    mss: 65_160,
    rate: 1.5e6,
    exchanges: [[150e6, 300]],
  });
}

function pingSweep({ net }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 60; i++) net.ping(who, net.host("", `10.9.7.${1 + i}`), { at: from + i * 0.5, answered: false });
}

function arpSweep({ net }: Scene, who: Host, from: number): void {
  for (let last = 1; last < 255; last++) net.arp(who, `192.168.7.${last}`, { at: from + last * 0.03 });
}

function pretendToBeGateway({ net }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 60; i++) net.announce(who, { at: from + i * 10, ip: net.gateway.ip });
}

function askForAddresses({ net }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 24; i++) {
    net.dhcp(who, { at: from + i * 15, messages: ["request"], requested: `192.168.7.${150 + i}` });
  }
}

function guessMailPasswords({ net, mail }: Scene, who: Host, from: number): void {
  for (let i = 0; i < 30; i++) {
    net.smtp(who, mail, {
      at: from + i * 20,
      login: { user: "boss", password: `guess${i}`, reply: "535 5.7.8 Wrong" },
    });
  }
}
