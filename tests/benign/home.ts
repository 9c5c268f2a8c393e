// A day at home, in which nothing is wrong: phones, a television, a game console, a camera, a thermostat, a printer, a NAS
// that saves itself to a cloud, and somebody who works for a company through a tunnel. Much of it looks odd to a program
// that does not know homes: boxes that ask the whole link who is there, talk to high ports, or upload at night.

import { fromClient, fromServer, type Host, network, type Packet, pause, type Step } from "../craft/craft.ts";
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

/** Saturday, 9 March 2024, 00:00:00 UTC, in seconds since 1970. */
const START = 1_709_942_400;
const HOUR = 3_600;
const LENGTH = 24 * HOUR;
const EVENING = { from: 17 * HOUR, to: 23 * HOUR };
const AWAKE = { from: 7 * HOUR, to: 23 * HOUR };

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0";
const CHROME_ON_ANDROID =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Mobile Safari/537.36";
const SAFARI_ON_IPAD =
  "Mozilla/5.0 (iPad; CPU OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1";
const EDGE =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 Edg/122.0.0.0";

const SSDP = "239.255.255.250";
const BROADCAST = "192.168.178.255";

/** The packets of the day in time order; the same every time. */
export function home(): Generator<Packet> {
  const net = network({
    start: START,
    seed: 24,
    snapLength: SNAP_LENGTH,
    gateway: { name: "router.home", ip: "192.168.178.1" },
  });
  const host = (name: string, last: number): Host => net.host(name, `192.168.178.${last}`);
  const at = surroundings(net, net.gateway, 11, LENGTH);
  const laptop = host("laptop", 20);
  const windows = host("family-pc", 21);
  const phone = host("phone", 22);
  const tablet = host("tablet", 23);
  const television = host("living-room-tv", 30);
  const console_ = host("console", 31);
  const speaker = host("speaker", 32);
  const camera = host("camera", 33);
  const thermostat = host("thermostat", 34);
  const printer = host("printer", 40);
  const nas = host("nas", 41);
  const work = host("work-laptop", 50);
  const everybody = [
    laptop,
    windows,
    phone,
    tablet,
    television,
    console_,
    speaker,
    camera,
    thermostat,
    printer,
    nas,
    work,
  ];

  everybody.forEach((one, i) => net.later(30 + 7 * i, () => net.dhcp(one, { domain: "home" })));
  everybody.forEach((one) => every(at, 6 * HOUR, () => net.dhcp(one, { messages: ["request", "ack"] })));
  everybody.forEach((one) => every(at, 15 * 60, () => net.arp(one, net.gateway)));
  // The router looks who is there.
  for (const one of everybody) every(at, 20 * 60, () => net.arp(net.gateway, one));
  for (const one of [laptop, phone, tablet, television, thermostat, nas]) every(at, 2 * HOUR, () => clock(at, one));

  reading(at, laptop, 300, FIREFOX);
  reading(at, windows, 250, EDGE);
  reading(at, phone, 400, CHROME_ON_ANDROID);
  reading(at, tablet, 200, SAFARI_ON_IPAD);
  pushes(at, phone, "mtalk.push.example.com", 5228);
  pushes(at, tablet, "courier.push.example.net", 5223);
  windowsHabits(at, windows, laptop);
  linuxHabits(at, laptop, nas, printer);
  watching(at, television, [net.gateway, printer, nas]);
  gaming(at, console_);
  things(at, speaker, camera, thermostat, phone);
  storage(at, nas, printer);
  office(at, work);
  return net.packets();
}

function clock(at: Surroundings, who: Host): void {
  const server = at.outside(`${at.chance.below(4)}.pool.ntp.example.org`);
  lookUp(at, who, server);
  at.net.ntp(who, server);
}

function reading(at: Surroundings, who: Host, pages: number, userAgent: string): void {
  sometimes(at, pages, () => page(at, who, userAgent), AWAKE);
  // A browser that starts asks for three names that cannot exist, to learn whether its resolver lies.
  sometimes(at, 4, () => {
    for (let i = 0; i < 3; i++) {
      const name = Array.from({ length: 11 }, () => String.fromCharCode(97 + at.chance.below(26))).join("");
      at.net.dns(who, name, { rcode: "NXDOMAIN" });
    }
  }, AWAKE);
  // Trackers that the router's filter answers with nowhere.
  sometimes(at, pages, () => {
    at.net.dns(who, `metrics${at.chance.below(30)}.${at.site().name}`, { answers: ["0.0.0.0"] });
  }, AWAKE);
}

/** A connection that is kept open for what comes in; it breaks now and then and is made anew. */
function pushes(at: Surroundings, who: Host, name: string, port: number): void {
  every(at, 3 * HOUR, () => {
    const server = at.outside(name);
    lookUp(at, who, server);
    at.net.tls(who, server, { port, exchanges: Array.from({ length: 10 }, () => [40, 60] as const), think: 15 * 60 });
  }, { to: LENGTH - 4 * HOUR });
}

function windowsHabits(at: Surroundings, pc: Host, neighbour: Host): void {
  const { net, chance } = at;
  const [multicast, broadcast, everyone] = [SSDP, BROADCAST, "224.0.0.252"].map((ip) => net.host("", ip)) as [
    Host,
    Host,
    Host,
  ];
  every(at, 12 * 60, () => net.udp(pc, broadcast, 137, { steps: [fromClient(50)], clientPort: 137 }), AWAKE);
  every(at, 12 * 60, () => net.udp(pc, broadcast, 138, { steps: [fromClient(200)], clientPort: 138 }), AWAKE);
  every(at, 30 * 60, () => net.udp(pc, everyone, 5355, { steps: [fromClient(28)] }), AWAKE);
  every(at, 30 * 60, () => net.udp(pc, multicast, 3702, { steps: [fromClient(600)] }), AWAKE);
  every(at, 5 * 60, () => search(at, pc, []), AWAKE);
  // It asks its neighbours for pieces of updates; they have none.
  every(at, 2 * HOUR, () => net.tcp(pc, neighbour, 7680, { outcome: "REJ" }), AWAKE);
  every(at, HOUR, () => {
    const probe = at.outside("www.connecttest.example.com");
    lookUp(at, pc, probe);
    net.http(pc, probe, {
      userAgent: "Microsoft NCSI",
      exchanges: [{ uri: "/connecttest.txt", response: { contentType: "text/plain", body: 22 } }],
    });
  }, AWAKE);
  sometimes(at, 30, () => {
    const authority = at.outside("ocsp.ca.example.net");
    lookUp(at, pc, authority);
    net.http(pc, authority, {
      userAgent: "Microsoft-CryptoAPI/10.0",
      exchanges: [{ uri: "/MFEwTzBNMEswSTAJ", response: { contentType: "application/ocsp-response", body: 471 } }],
    });
  }, AWAKE);
  sometimes(at, 12, () => {
    const updates = at.outside("dl.delivery.example.com");
    lookUp(at, pc, updates);
    net.http(pc, updates, {
      userAgent: "Microsoft-Delivery-Optimization/10.0",
      exchanges: Array.from({ length: 3 }, () => ({
        uri: `/filestreamingservice/files/${chance.below(1e6)}`,
        response: { contentType: "application/octet-stream", body: 250_000 },
      })),
      mss: 32_000,
    });
  }, AWAKE);
}

/** Somebody asks the link what there is; those who offer something answer from their own port to the asker's. */
function search(at: Surroundings, who: Host, answering: readonly Host[]): void {
  const { net, chance } = at;
  const port = chance.between(49_152, 65_000);
  const question =
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n';
  net.udp(who, net.host("", SSDP), 1900, {
    clientPort: port,
    steps: [fromClient(question), pause(1), fromClient(question)],
  });
  for (const one of answering) {
    const answer = `HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://${one.ip}:49152/description.xml\r\n\r\n`;
    net.udp(one, who, port, { clientPort: 1900, steps: [fromClient(answer)] });
    net.http(who, one, {
      port: 49_152,
      exchanges: [{ uri: "/description.xml", response: { contentType: "text/xml" } }],
    });
  }
}

function linuxHabits(at: Surroundings, laptop: Host, nas: Host, printer: Host): void {
  const { net, chance } = at;
  every(at, 8 * HOUR, () => {
    const mirror = at.outside("deb.mirror.example.org");
    lookUp(at, laptop, mirror);
    net.http(laptop, mirror, {
      userAgent: "Debian APT-HTTP/1.3 (2.6.1)",
      exchanges: Array.from({ length: 8 }, (_, i) => ({
        uri: `/debian/pool/main/p/package${i}.deb`,
        response: { contentType: "application/vnd.debian.binary-package", body: chance.between(20_000, 400_000) },
      })),
      mss: 32_000,
    });
  });
  // The administrator of the house: one mistyped password in the morning.
  net.later(9 * HOUR, () => net.ssh(laptop, nas, { failures: 1, success: true, session: [[60, 400]] }));
  sometimes(
    at,
    6,
    () => net.ssh(laptop, nas, { failures: 0, session: Array.from({ length: 40 }, () => [40, 120] as const) }),
    AWAKE,
  );
  sometimes(at, 4, () => {
    net.http(laptop, printer, {
      port: 631,
      userAgent: "CUPS/2.4.2 (Linux 6.1.0) IPP/2.0",
      exchanges: [{ method: "POST", uri: "/ipp/print", body: "x".repeat(90_000), response: { body: 60 } }],
    });
    net.udp(laptop, printer, 161, { steps: [fromClient(60), fromServer(80)] });
  }, AWAKE);
  every(
    at,
    90,
    () => net.udp(laptop, net.host("", BROADCAST), 57_621, { steps: [fromClient(44)], clientPort: 57_621 }),
    EVENING,
  );
}

function watching(at: Surroundings, television: Host, offering: readonly Host[]): void {
  const { net, chance } = at;
  every(at, 60, () => secure(at, television, at.outside("telemetry.tv.example.com"), [[700, 200]]));
  every(at, 10 * 60, () => search(at, television, offering));
  every(at, 5 * 60, () => net.mdns(television, { questions: [{ name: "_googlecast._tcp.local", type: "PTR" }] }));
  // Films in pieces, from two hosts by turns.
  for (let film = 0; film < 4; film++) {
    const [first, second] = [
      at.outside(`edge${film}.video.example.net`),
      at.outside(`edge${film + 9}.video.example.net`),
    ];
    for (const server of [first, second]) {
      net.later(17 * HOUR + film * 80 * 60 + chance.below(60), () => {
        lookUp(at, television, server);
        net.tls(television, server, {
          version: "1.3",
          exchanges: Array.from({ length: 120 }, () => [600, 300_000] as const),
          think: 30,
          mss: 65_000,
        });
      });
    }
  }
}

function gaming(at: Surroundings, player: Host): void {
  const { net, chance } = at;
  for (let match = 0; match < 8; match++) {
    net.later(19 * HOUR + match * 25 * 60, () => {
      const lobby = at.outside("lobby.game.example.com");
      secure(at, player, lobby, [[900, 4_000]]);
      // Everybody in the match talks to everybody.
      for (let other = 0; other < 11; other++) {
        const steps: Step[] = [];
        for (let i = 0; i < 60; i++) steps.push(fromClient(120), fromServer(120), pause(15));
        net.udp(
          player,
          net.host(
            "",
            `${chance.pick([24, 71, 82, 98])}.${chance.below(250)}.${chance.below(250)}.${chance.between(2, 250)}`,
          ),
          3074,
          {
            clientPort: 3074,
            steps,
          },
        );
      }
    });
  }
  net.later(3 * HOUR, () => {
    const store = at.outside("download.game.example.com");
    lookUp(at, player, store);
    net.http(player, store, {
      userAgent: "Download/1.0",
      exchanges: Array.from({ length: 6 }, (_, i) => ({ uri: `/update/${i}`, response: { body: 1_000_000 } })),
      mss: 65_000,
    });
  });
}

function things(at: Surroundings, speaker: Host, camera: Host, thermostat: Host, phone: Host): void {
  const { net, chance } = at;
  every(at, 5 * 60, () => secure(at, thermostat, at.outside("api.heating.example.com"), [[300, 200]]));
  every(at, 10 * 60, () => {
    net.mdns(speaker, {
      answers: [{ name: "_spotify-connect._tcp.local", type: "PTR", data: "speaker._spotify-connect._tcp.local" }],
    });
  });
  every(at, 4 * HOUR, () => {
    const cloud = at.outside("mqtt.speaker.example.com");
    lookUp(at, speaker, cloud);
    net.tls(speaker, cloud, {
      port: 8883,
      exchanges: Array.from({ length: 100 }, () => [80, 60] as const),
      think: 120,
    });
  }, { to: LENGTH - 5 * HOUR });
  // The camera keeps a hole open to three relays of its maker, on a port of the maker's own.
  const relays = ["p1", "p2", "p3"].map((name) => at.outside(`${name}.relay.camera.example.net`));
  every(at, 10 * 60, () => {
    for (const relay of relays) {
      lookUp(at, camera, relay);
      net.udp(camera, relay, 32_100, { clientPort: 20_190, steps: [fromClient(44), fromServer(20)] });
    }
  });
  sometimes(at, 5, () =>
    net.udp(phone, camera, 20_190, {
      steps: Array.from({ length: 200 }, () => [fromServer(1_000), pause(0.1)]).flat(),
      clientPort: chance.between(30_000, 60_000),
    }), AWAKE);
}

function storage(at: Surroundings, nas: Host, printer: Host): void {
  const { net } = at;
  // The backup of the night: two hundred megabytes up.
  net.later(2 * HOUR, () => {
    const cloud = at.outside("backup.cloud.example.com");
    lookUp(at, nas, cloud);
    net.tls(nas, cloud, {
      version: "1.3",
      exchanges: Array.from({ length: 60 }, () => [3_000_000, 400] as const),
      think: 5,
      mss: 65_000,
    });
  });
  every(at, 20 * 60, () => net.mdns(nas, { answers: [{ name: "nas.local", type: "A", data: nas.ip }] }));
  every(at, 20 * 60, () => net.mdns(printer, { answers: [{ name: "printer.local", type: "A", data: printer.ip }] }));
  every(at, HOUR, () => secure(at, nas, at.outside("update.nas.example.com"), [[300, 2_000]]));
}

/** Somebody works from home: everything goes through a tunnel, but for calls. */
function office(at: Surroundings, work: Host): void {
  const { net, chance } = at;
  net.later(8 * HOUR, () => {
    const gateway = at.outside("vpn.company.example.com");
    lookUp(at, work, gateway);
    net.udp(work, gateway, 4500, { clientPort: 4500, steps: keptOpen(at, 9 * HOUR, 12, 400) });
  });
  for (let call = 0; call < 5; call++) {
    net.later(9 * HOUR + call * 90 * 60, () => {
      const relay = at.outside("worldaz.turn.example.com");
      lookUp(at, work, relay);
      net.udp(work, relay, 3478, { clientPort: 50_000 + call, steps: [fromClient(20), fromServer(60)] });
      const steps: Step[] = [];
      for (let i = 0; i < 1_500; i++) steps.push(fromClient(chance.between(200, 1_100)), fromServer(900), pause(1));
      net.udp(work, relay, 3480, { clientPort: 50_010 + call, steps });
    });
  }
}
