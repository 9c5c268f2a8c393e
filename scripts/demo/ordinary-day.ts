// What the people and machines of the office do when nothing is wrong. All of it uses well-known ports, and resolves first.

import { concat, type DnsRecord, type Host, random, siteChain, u16, u32, u8 } from "../../tests/craft/craft.ts";
import type { Place } from "./place.ts";

/** Length of the story in seconds. */
export const STORY_LENGTH = 7_200;

const FIREFOX_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0";
const ALPN = ["h2", "http/1.1"];

/** Everybody's two hours. */
export function ordinaryDay(at: Place): void {
  arrivals(at);
  lights(at);
  const people: readonly (readonly [Host, number])[] = [[at.alice, 40], [at.bob, 95], [at.officePc, 20], [
    at.carol,
    160,
  ]];
  for (const [person, since] of people) {
    browsing(at, person, since);
    clock(at, person, since + 8);
    gatewayLookups(at, person, since);
  }
  mailCheck(at, at.alice, 210);
  mailCheck(at, at.bob, 260);
  printing(at, at.alice, 1_500);
  printing(at, at.bob, 4_330);
  services(at);
  adminLogin(at);
}

/** A lease for everybody who switches on, and the name they want to be known by. */
function arrivals({ net, officePc, alice, bob, carol, printer }: Place): void {
  net.dhcp(officePc, { at: 0, vendorClass: "MSFT 5.0", domain: "lan" });
  net.dhcp(alice, { at: 30, domain: "lan" });
  net.dhcp(bob, { at: 80, domain: "lan" });
  net.dhcp(carol, { at: 150, domain: "lan" });
  net.dhcp(printer, { at: 12, messages: ["request", "ack"], domain: "lan" });
}

/** The lamps renew their leases and are silent otherwise. */
function lights({ net, lights, router }: Place): void {
  lights.forEach((light, i) => {
    const at = 300 + 97 * i;
    net.arp(light, router, { at: at - 0.01 });
    net.dhcp(light, { at, messages: ["request", "ack"] });
  });
}

/** Pages: a name is resolved, then fetched over TLS, now and then in the clear. */
function browsing({ net, sites }: Place, person: Host, since: number): void {
  const chance = random(person.ipBytes[3]!);
  for (let at = since + 20; at < STORY_LENGTH - 120; at += chance.between(90, 320)) {
    const site = chance.pick(sites);
    const fetch = at + lookUp(net, person, site, at, chance.between(0, 3) === 0);
    if (chance.below(8) === 0) {
      const pages = chance.between(1, 3);
      net.http(person, site, {
        at: fetch,
        userAgent: FIREFOX_LINUX,
        exchanges: Array.from({ length: pages }, (_, i) => ({
          uri: i === 0 ? "/" : `/style-${i}.css`,
          after: i * 0.3,
          response: { body: chance.between(2_000, 20_000), gzip: true },
        })),
      });
      continue;
    }
    const pages = Array.from({ length: chance.between(1, 5) }, () => {
      return [chance.between(300, 900), chance.between(1_000, 30_000)] as const;
    });
    net.tls(person, site, {
      at: fetch,
      version: chance.below(3) === 0 ? "1.2" : "1.3",
      alpn: ALPN,
      certificates: siteChain(site.name),
      exchanges: pages,
      think: chance.between(1, 12),
    });
  }
}

/** Asks the router for a site's address; returns the seconds until the connection can begin. */
function lookUp(net: Place["net"], person: Host, site: Host, at: number, alsoSixth: boolean): number {
  net.dns(person, site.name, { at, answers: [site.ip], roundTrip: 0.018 });
  if (alsoSixth) net.dns(person, site.name, { at: at + 0.0002, type: "AAAA", roundTrip: 0.019 });
  return 0.03;
}

/** The time, every 1,024 seconds, the longest interval of NTP (RFC 5905 section 7.2 calls it 2^10). */
function clock({ net, time }: Place, person: Host, since: number): void {
  const interval = 1_024;
  for (let at = since; at < STORY_LENGTH; at += interval) {
    const wait = lookUp(net, person, time, at, false);
    net.ntp(person, time, { at: at + wait });
  }
}

/** The router's MAC address is asked for again whenever it is forgotten. */
function gatewayLookups({ net, router }: Place, person: Host, since: number): void {
  const interval = 420;
  for (let at = since + 5; at < STORY_LENGTH; at += interval) net.arp(person, router, { at });
}

/** IMAP over TLS, every ten minutes. */
function mailCheck({ net, mail }: Place, person: Host, since: number): void {
  const port = 993;
  for (let at = since; at < STORY_LENGTH - 60; at += 600) {
    const wait = lookUp(net, person, mail, at, false);
    net.tls(person, mail, { at: at + wait, port, exchanges: [[120, 400], [90, 6_000], [60, 200]], think: 0.2 });
  }
}

/** A document for the printer over IPP. */
function printing({ net, printer }: Place, person: Host, at: number): void {
  const port = 631;
  net.arp(person, printer, { at });
  net.http(person, printer, {
    at: at + 0.01,
    port,
    userAgent: "CUPS/2.4.2 (Linux 6.1.0) IPP/2.0",
    exchanges: [{
      method: "POST",
      uri: "/ipp/print",
      headers: { "Content-Type": "application/ipp" },
      body: concat(ippMessage(PRINT_JOB), "%PDF-1.7\n".padEnd(180_000, "0 0 m 100 100 l S\n")),
      response: { contentType: "application/ipp", body: ippMessage(SUCCESSFUL) },
    }],
  });
}

const PRINT_JOB = 0x0002, SUCCESSFUL = 0x0000;

/** An IPP message without attributes (RFC 8010 section 3.1): version 2.0, operation or status, request 1, end of attributes. */
function ippMessage(code: number): Uint8Array {
  return concat(Uint8Array.of(2, 0), u16(code), u32(1), u8(3));
}

/** Printer and NAS tell the link what they offer, every twenty minutes. */
function services({ net, printer, nas }: Place): void {
  const offer = (host: Host, service: string, port: number): DnsRecord[] => [
    { name: `${service}.local`, type: "PTR", data: `${host.name}.${service}.local` },
    { name: `${host.name}.${service}.local`, type: "SRV", data: [String(port), `${host.name}.local`] },
    { name: `${host.name}.local`, type: "A", data: host.ip },
  ];
  for (let at = 15; at < STORY_LENGTH; at += 1_200) {
    net.mdns(printer, { at, answers: offer(printer, "_ipp._tcp", 631) });
    net.mdns(nas, { at: at + 4, answers: offer(nas, "_smb._tcp", 445) });
  }
}

/** Alice looks after the NAS: one password, right at the first attempt. */
function adminLogin({ net, alice, nas }: Place): void {
  const at = 2_700;
  net.arp(alice, nas, { at });
  net.ssh(alice, nas, {
    at: at + 0.01,
    user: "admin",
    session: Array.from({ length: 60 }, (_, i) => [64, 200 + 40 * (i % 7)] as const),
  });
}
