// A day at the office, in which nothing is wrong: a hundred desks, a domain controller, servers, telephones, printers, and
// administrators whose tools do much of what intruders do: they ask every host whether it is alive, log in everywhere
// within a minute, and move gigabytes to a machine that keeps them.

import {
  dialogue,
  fromClient,
  fromServer,
  type Host,
  network,
  type Packet,
  pause,
  selfSignedChain,
  type Step,
} from "../craft/craft.ts";
import {
  every,
  keptOpen,
  lookUp,
  page,
  secure,
  SNAP_LENGTH,
  sometimes,
  type Surroundings,
  surroundings,
} from "./surroundings.ts";

/** Tuesday, 12 March 2024, 07:00:00 UTC, in seconds since 1970. */
const START = 1_710_226_800;
const HOUR = 3_600;
const LENGTH = 11 * HOUR;
const DESKS = 100;
const SERVERS = 24;
const PHONES = 30;
const DOMAIN = "corp.example.com";

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:123.0) Gecko/20100101 Firefox/123.0",
] as const;

interface Office extends Surroundings {
  readonly desks: readonly Host[];
  readonly servers: readonly Host[];
  readonly phones: readonly Host[];
  readonly printers: readonly Host[];
  readonly controller: Host;
  readonly files: Host;
  readonly mail: Host;
  readonly monitor: Host;
  readonly backup: Host;
  readonly admin: Host;
}

/** The packets of the day in time order; the same every time. */
export function office(): Generator<Packet> {
  const net = network({
    start: START,
    seed: 10,
    snapLength: SNAP_LENGTH,
    gateway: { name: `router.${DOMAIN}`, ip: "10.30.0.1" },
    local: ["10.30.0.0/16"],
  });
  const controller = net.host(`dc1.${DOMAIN}`, "10.30.0.2");
  const at: Office = {
    ...surroundings(net, controller, 5, LENGTH),
    desks: Array.from({ length: DESKS }, (_, i) => net.host(`desk-${i + 1}`, `10.30.1.${10 + i}`)),
    servers: Array.from({ length: SERVERS }, (_, i) => net.host(`srv${i + 1}.${DOMAIN}`, `10.30.0.${50 + i}`)),
    phones: Array.from({ length: PHONES }, (_, i) => net.host(`phone-${i + 1}`, `10.30.2.${10 + i}`)),
    printers: Array.from({ length: 4 }, (_, i) => net.host(`printer-${i + 1}`, `10.30.3.${10 + i}`)),
    controller,
    files: net.host(`files.${DOMAIN}`, "10.30.0.10"),
    mail: net.host(`mail.${DOMAIN}`, "10.30.0.12"),
    monitor: net.host(`monitor.${DOMAIN}`, "10.30.0.20"),
    backup: net.host(`backup.${DOMAIN}`, "10.30.0.21"),
    admin: net.host("desk-admin", "10.30.1.200"),
  };
  for (const [i, desk] of at.desks.entries()) deskDay(at, desk, i);
  telephones(at);
  mailServer(at);
  monitoring(at);
  backups(at);
  administration(at);
  developers(at);
  guests(at);
  return net.packets();
}

/** The domain's hosts by name, at its own resolver. */
function resolve({ net, controller }: Office, who: Host, whom: Host): void {
  net.dns(who, whom.name, { server: controller, answers: [whom.ip] });
}

function deskDay(at: Office, desk: Host, index: number): void {
  const { net, chance, controller, files, mail } = at;
  const comes = 20 * 60 + chance.below(2 * HOUR);
  const day = { from: comes, to: LENGTH - chance.below(2 * HOUR) };
  net.later(comes, () => {
    net.dhcp(desk, { domain: DOMAIN, vendorClass: "MSFT 5.0" });
    net.arp(desk, controller);
    logOn(at, desk);
  });
  every(at, 20 * 60, () => net.arp(desk, net.gateway), day);
  every(at, 90 * 60, () => logOn(at, desk), day);
  every(at, HOUR, () => net.ntp(desk, controller), day);
  sometimes(at, 44, () => page(at, desk, AGENTS[index % AGENTS.length]!), day);
  // What a resolver of a company is asked in vain: the name with the company's own behind it, and proxies that are not there.
  sometimes(at, 14, () => {
    const site = at.site();
    net.dns(desk, `${site.name}.${DOMAIN}`, { server: controller, rcode: "NXDOMAIN" });
    lookUp(at, desk, site);
  }, day);
  every(at, 45 * 60, () => net.dns(desk, `wpad.${DOMAIN}`, { server: controller, rcode: "NXDOMAIN" }), day);
  sometimes(at, 8, () => {
    resolve(at, desk, files);
    const steps: Step[] = [];
    for (let i = chance.between(2, 10); i > 0; i--) {
      steps.push(fromClient(120), fromServer(chance.between(4_000, 60_000)), pause(chance.fraction() * 60));
    }
    net.tcp(desk, files, 445, { steps, mss: 32_000 });
  }, day);
  every(at, 10 * 60, () => {
    resolve(at, desk, mail);
    net.tls(desk, mail, { port: 993, exchanges: [[120, 400], [90, 6_000]], think: 0.2 });
  }, day);
  sometimes(at, 2, () => {
    const printer = chance.pick(at.printers);
    net.udp(desk, printer, 161, { steps: [fromClient(70), fromServer(90)] });
    net.tcp(desk, printer, 9100, { steps: [fromClient(200_000)], mss: 32_000 });
  }, day);
  // A conference: the media go to one relay, on its usual ports.
  if (index % 4 === 0) {
    net.later(comes + HOUR + chance.below(HOUR), () => {
      const relay = at.outside(`relay${chance.below(3)}.teams.example.com`);
      secure(at, desk, at.outside("teams.example.com"), [[2_000, 9_000]]);
      const steps: Step[] = [];
      for (let i = 0; i < 400; i++) steps.push(fromClient(900), fromServer(900), pause(3));
      net.udp(desk, relay, 3479, { clientPort: 50_000 + (index % 20), steps });
    });
  }
  // A chat program that speaks its own protocol on the port of HTTPS, and one on that of HTTP.
  if (index % 10 === 3) {
    every(at, 2 * HOUR, () => {
      const chat = at.outside(index % 20 === 3 ? "e1.chat.example.net" : "venus.messenger.example.org");
      lookUp(at, desk, chat);
      net.tcp(desk, chat, index % 20 === 3 ? 443 : 80, {
        steps: [fromClient(70), fromServer(200), ...keptOpen(at, HOUR, 240, 40)],
      });
    }, { from: day.from, to: day.to - HOUR });
  }
}

/** Kerberos, LDAP, policies, and a remote procedure call on a port that the controller names. */
function logOn(at: Office, desk: Host): void {
  const { net, controller } = at;
  net.dns(desk, `_ldap._tcp.dc._msdcs.${DOMAIN}`, {
    server: controller,
    type: "SRV",
    answers: [{ name: `_ldap._tcp.dc._msdcs.${DOMAIN}`, type: "SRV", data: ["389", controller.name] }],
  });
  resolve(at, desk, controller);
  net.tcp(desk, controller, 88, { steps: [fromClient(1_400), fromServer(1_500)] });
  net.tcp(desk, controller, 389, { steps: [fromClient(300), fromServer(2_500), fromClient(40)] });
  net.tcp(desk, controller, 445, { steps: [fromClient(400), fromServer(4_000), fromClient(300), fromServer(9_000)] });
  net.tcp(desk, controller, 135, { steps: [fromClient(160), fromServer(100), fromClient(150), fromServer(150)] });
  net.tcp(desk, controller, 49_669, { steps: [fromClient(600), fromServer(700)] });
}

function telephones(at: Office): void {
  const { net, chance } = at;
  const exchange = net.host(`pbx.${DOMAIN}`, "10.30.0.13");
  for (const phone of at.phones) {
    net.later(chance.below(600), () => net.dhcp(phone, { domain: DOMAIN, messages: ["request", "ack"] }));
    const register =
      `REGISTER sip:${exchange.name} SIP/2.0\r\nVia: SIP/2.0/UDP ${phone.ip}:5060\r\nCSeq: 1 REGISTER\r\n\r\n`;
    const ok = "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n";
    every(
      at,
      10 * 60,
      () => net.udp(phone, exchange, 5060, { clientPort: 5060, steps: [fromClient(register), fromServer(ok)] }),
    );
    sometimes(at, 5, () => {
      const steps: Step[] = [];
      for (let i = 0; i < 60; i++) steps.push(fromClient(172), fromServer(172), pause(1));
      net.udp(phone, exchange, 2 * chance.between(5_000, 9_999), {
        clientPort: 2 * chance.between(5_000, 9_999),
        steps,
      });
    });
  }
}

/** Mail in and out, and what a mail server asks about everybody who knocks: their names, and whether lists name them. */
function mailServer(at: Office): void {
  const { net, chance, mail } = at;
  sometimes(at, 700, () => {
    const [a, b, c, d] = [
      chance.pick([5, 45, 77, 93, 185]),
      chance.below(256),
      chance.below(256),
      chance.between(1, 254),
    ];
    const sender = net.host(`mx${d}.example.org`, `${a}.${b}.${c}.${d}`);
    const reversed = `${d}.${c}.${b}.${a}`;
    net.dns(mail, `${reversed}.in-addr.arpa`, {
      server: at.controller,
      type: "PTR",
      answers: [{ name: `${reversed}.in-addr.arpa`, type: "PTR", data: sender.name }],
    });
    for (const list of ["zen.list.example.org", "bl.spam.example.net"]) {
      net.dns(mail, `${reversed}.${list}`, { server: at.controller, rcode: "NXDOMAIN" });
    }
    net.smtp(sender, mail, {
      from: "a@example.org",
      to: [`desk-${chance.between(1, DESKS)}@${DOMAIN}`],
      text: "Hello.\r\n".repeat(50),
    });
  });
  sometimes(at, 250, () => {
    const other = at.outside(`mx.customer${chance.below(120)}.example.net`);
    lookUp(at, mail, other);
    net.smtp(mail, other, {
      from: `desk-1@${DOMAIN}`,
      to: ["b@example.net"],
      startTls: chance.below(2) === 0,
      text: "Yes.\r\n".repeat(80),
    });
  });
}

/** Is everybody alive? One server is not, for an hour. */
function monitoring(at: Office): void {
  const { net, monitor } = at;
  const dead = at.servers[7]!;
  for (const [i, server] of at.servers.entries()) {
    const down = (time: number): boolean => server === dead && time > 3 * HOUR && time < 4 * HOUR;
    for (let time = 60 + i; time < LENGTH - 60; time += 300) {
      net.later(time, () => net.ping(monitor, server, { count: 1, answered: !down(time) }));
      net.later(time + 30, () => {
        if (down(time)) net.tcp(monitor, server, 10_050, { outcome: "S0", attempts: 2 });
        else net.tcp(monitor, server, 10_050, { steps: [fromClient(30), fromServer(40)], closedBy: "server" });
      });
    }
  }
  for (const printer of at.printers) {
    every(at, 300, () => net.udp(monitor, printer, 161, { steps: [fromClient(70), fromServer(120)] }));
    every(at, 300, () => net.ping(monitor, printer, { count: 1 }));
  }
  every(at, 600, () => {
    for (const desk of at.desks.slice(0, 20)) net.ping(monitor, desk, { count: 1 });
  }, { from: 3 * HOUR, to: 9 * HOUR });
}

/** Every server is saved, one after the other. */
function backups(at: Office): void {
  const { net, backup } = at;
  at.servers.slice(0, 12).forEach((server, i) => {
    net.later(HOUR + i * 25 * 60, () => {
      resolve(at, backup, server);
      net.ssh(backup, server, { clientBanner: "SSH-2.0-OpenSSH_9.2p1", failures: 0, session: [[200, 400]] });
      net.tcp(server, backup, 873, {
        steps: dialogue([["S", "@RSYNCD: 31.0"], ["C", "@RSYNCD: 31.0"]]).concat([
          fromClient(30_000_000),
          fromServer(20),
        ]),
        mss: 65_000,
      });
    });
  });
}

/** Somebody keeps two dozen servers in order, with a program that logs in to all of them within a minute. */
function administration(at: Office): void {
  const { net, chance, admin } = at;
  for (const time of [2 * HOUR, 5 * HOUR, 8 * HOUR]) {
    at.servers.forEach((server, i) => {
      net.later(time + i * 2, () => {
        resolve(at, admin, server);
        net.ssh(admin, server, {
          clientBanner: "SSH-2.0-OpenSSH_9.6",
          failures: 0,
          session: [[300, 900], [200, 2_000]],
        });
      });
    });
  }
  // The page of a machine without a certificate of a known authority.
  const host = net.host(`vcenter.${DOMAIN}`, "10.30.0.30");
  sometimes(at, 12, () => {
    resolve(at, admin, host);
    net.tls(admin, host, { certificates: selfSignedChain({ CN: "vcenter" }), exchanges: [[600, 12_000]] });
    net.tcp(admin, host, 902, {
      steps: [fromServer("220 VMware Authentication Daemon Version 1.10\r\n"), fromClient(200)],
    });
  });
  sometimes(at, 10, () =>
    net.tcp(admin, chance.pick(at.servers), 3389, {
      steps: [fromClient(60), fromServer(60), ...keptOpen(at, 20 * 60, 20, 400)],
    }), { from: HOUR, to: LENGTH - HOUR });
}

function developers(at: Office): void {
  const { net, chance } = at;
  const [database, cache, registry, staging] = [31, 32, 33, 34].map((last) =>
    net.host(`dev${last}.${DOMAIN}`, `10.30.0.${last}`)
  ) as [
    Host,
    Host,
    Host,
    Host,
  ];
  for (const desk of at.desks.slice(0, 15)) {
    sometimes(at, 6, () => {
      resolve(at, desk, database);
      net.tcp(desk, database, 5432, { steps: keptOpen(at, HOUR, 60, 300) });
    }, { from: 2 * HOUR, to: LENGTH - 2 * HOUR });
    sometimes(at, 10, () => {
      resolve(at, desk, cache);
      net.tcp(desk, cache, 6379, { steps: [fromClient("PING\r\n"), fromServer("+PONG\r\n")] });
    });
    sometimes(at, 3, () => {
      resolve(at, desk, registry);
      net.http(desk, registry, {
        port: 5000,
        userAgent: "docker/25.0.3 go/go1.21.6",
        exchanges: [{ uri: "/v2/", response: { body: 4_000 } }],
      });
    });
    sometimes(at, 10, () => {
      resolve(at, desk, staging);
      net.http(desk, staging, {
        port: 8080,
        userAgent: AGENTS[0],
        exchanges: [{ uri: `/build/${chance.below(99)}`, response: { body: 9_000 } }],
      });
    });
    sometimes(at, 4, () => {
      const forge = at.outside("git.forge.example.org");
      lookUp(at, desk, forge);
      net.ssh(desk, forge, { clientBanner: "SSH-2.0-OpenSSH_9.6", failures: 0, session: [[2_000, 30_000]] });
    });
  }
}

/** Visitors come and go; the pool gives an address of the morning to somebody else in the afternoon. */
function guests(at: Office): void {
  const { net } = at;
  for (let i = 0; i < 10; i++) {
    const ip = `10.30.4.${10 + i}`;
    for (const [half, begins] of [[1, HOUR], [2, 7 * HOUR]] as const) {
      const guest = net.host(`guest-${half}-${i}`, ip, { mac: `06:00:00:00:0${half}:${String(10 + i)}` });
      net.later(begins + i * 60, () => net.dhcp(guest, { domain: DOMAIN }));
      sometimes(at, 15, () => page(at, guest, AGENTS[1]), { from: begins + 900, to: begins + 3 * HOUR });
    }
  }
}
