// Where the demo's story plays: an office of a few people, its machines, and the sites they use.

import { type Host, type Network, network } from "../../tests/craft/craft.ts";

/** Tuesday, 5 March 2024, 08:00:00 UTC, in seconds since 1970. */
const START = 1_709_625_600;

/**
 * Bytes kept of each packet. Ordinary frames fit; the 64 KiB segments of the large upload, as a capture with segmentation
 * offload sees them, are cut.
 */
const SNAP_LENGTH = 1_600;

/** Everybody in the story. Outside addresses are ordinary public ones; the names are reserved for examples (RFC 2606). */
export interface Place {
  readonly net: Network;
  readonly router: Host;
  readonly nas: Host;
  readonly printer: Host;
  readonly alice: Host;
  readonly bob: Host;
  readonly carol: Host;
  /** The machine that gets infected. */
  readonly officePc: Host;
  readonly lights: readonly Host[];
  readonly sites: readonly Host[];
  readonly mail: Host;
  readonly time: Host;
  /** Serves the infected download. */
  readonly lure: Host;
  /** Command and control, reached by address, without a name. */
  readonly control: Host;
  /** Where the stolen data goes. */
  readonly drop: Host;
}

/** Lamps that answer ARP and little else. */
const LIGHT_COUNT = 12;

const SITES: readonly (readonly [name: string, ip: string])[] = [
  ["www.example.com", "93.184.216.34"],
  ["news.example.org", "93.184.220.29"],
  ["cdn.example.net", "5.9.121.7"],
  ["docs.example.com", "93.158.134.3"],
  ["shop.example.org", "45.33.2.79"],
  ["weather.example.net", "5.79.71.225"],
  ["wiki.example.org", "45.56.79.23"],
  ["video.example.net", "93.115.28.104"],
  ["maps.example.com", "45.79.19.196"],
  ["forum.example.org", "5.135.183.146"],
];

/** Declares everybody. */
export function place(): Place {
  const net = network({
    start: START,
    seed: 2024,
    snapLength: SNAP_LENGTH,
    gateway: { name: "router.lan", ip: "192.168.1.1", mac: "c8:0e:14:5a:21:01" },
  });
  return {
    net,
    router: net.gateway,
    nas: net.host("nas", "192.168.1.10", { mac: "00:11:32:7c:40:aa" }),
    printer: net.host("printer", "192.168.1.20", { mac: "3c:2a:f4:19:77:20" }),
    alice: net.host("alice-laptop", "192.168.1.21", { mac: "f0:18:98:3b:c4:21" }),
    bob: net.host("bob-laptop", "192.168.1.22", { mac: "8c:16:45:e2:0d:22" }),
    officePc: net.host("office-pc", "192.168.1.23", { mac: "d8:9e:f3:61:5f:23" }),
    carol: net.host("carol-phone", "192.168.1.24", { mac: "a4:c3:37:08:9b:24" }),
    lights: Array.from({ length: LIGHT_COUNT }, (_, i) => {
      const number = 101 + i;
      return net.host(`light-${i + 1}`, `192.168.1.${number}`, { mac: `00:17:88:4d:10:${number.toString(16)}` });
    }),
    sites: SITES.map(([name, ip]) => net.host(name, ip)),
    mail: net.host("mail.example.net", "45.79.112.203"),
    time: net.host("time.example.org", "5.148.175.134"),
    lure: net.host("downloads.example.net", "5.45.75.11"),
    control: net.host("", "45.155.204.87"),
    drop: net.host("", "93.115.96.14"),
  };
}
