// Connections to ports where nothing usual is found: what malware's own servers look like from outside. Known services,
// announced FTP data, peer-to-peer programs and the ports of an organisation's own servers are not strange.

import { isLinkLocal, rfc1918Block } from "../agent/record/address.ts";
import { isAnswerOnly, isEstablished } from "../agent/record/conn-state.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { macVendor } from "../agent/intel/tables/mac-vendors.ts";
import { organisationsOf } from "../agent/intel/tables/organisations.ts";
import { organisationsOfPort, ownsAddress, type PortOwner } from "../agent/intel/tables/organisation-ports.ts";
import { isKnownPort } from "../agent/intel/tables/services.ts";
import { type Context, defineDetector } from "./contract.ts";
import { isForEverybody } from "./everybody.ts";

/** High UDP ports that a profile talked to: how often each destination was counted. Never more than `p2p_destinations`. */
interface Peers {
  counted: Map<string, number>;
  /** Peers with which it has spoken BitTorrent. Never more than `TORRENT_PEERS`. */
  torrentPeers: string[];
  /** Unknown ports outside, and the hosts at which it met them. Never more than `STRANGE_PORTS` of each. */
  strangePorts: Set<number>;
  strangeHosts: Set<string>;
}

/** Peers after which a host is taken to exchange files by BitTorrent. Own choice. */
const TORRENT_PEERS = 3;

/**
 * Unknown ports, and hosts outside at which they were met, after which a host inside is taken to run a peer-to-peer program,
 * whose peers choose their ports at random. Malware knows one port of its master, or a handful. Own choice.
 */
const STRANGE_PORTS = 20;

export const unknownPort = defineDetector({
  name: "unknown-port",
  summary: "A connection to a port where no usual service is found",
  raises: {
    unknown_port: {
      meaning: "A host talked to a port at which no usual service is found. Malware picks such ports for its own " +
        "servers; so do games, calls and programs of a single maker. It is graver (high) when the connection came " +
        "to be than when nobody answered (medium), and of little weight inside a network (low, info), where ports are " +
        "chosen freely.",
      threats: ["info", "low", "medium", "high"],
      techniques: ["T1571"],
      falsePositives: "Games, video calls, peer-to-peer programs, remote support, software made in your house.",
      whatToDo:
        "Look up the address (whose is it, which country) and the program behind the connection. A port that you " +
        "know can be excepted by whitelisting its server.",
    },
  },
  settings: {
    p2p_port_above: {
      value: 30_000,
      unit: "port",
      meaning: "UDP ports above this may belong to peer-to-peer programs, which choose theirs at random",
      minimum: 0,
      maximum: 65_535,
    },
    p2p_destinations: {
      value: 5,
      unit: "hosts",
      meaning: "a host that talks to so many others on such ports runs a peer-to-peer program",
      minimum: 1,
      maximum: 1024,
    },
    p2p_repeats: {
      value: 6,
      unit: "connections",
      meaning: "further connections on such ports to the same host belong to a peer-to-peer program",
      minimum: 1,
    },
  },
  memory: (): Peers => ({ counted: new Map(), torrentPeers: [], strangePorts: new Set(), strangeHosts: new Set() }),
  on: {
    conn(record, context) {
      const { orig_h, resp_h, orig_p, resp_p, proto } = record;
      // Other protocols have no ports; port 0 is a finding of its own.
      if (proto !== "tcp" && proto !== "udp" || resp_p === 0) return;
      noteTorrent(record, context.memory);
      if (isKnownPort(resp_p, proto) || context.marked("port_scanner")) return;
      if (isForEverybody(record) || isAnswerOnly(record)) return;
      if (context.network.isFtpDataPort(resp_h, resp_p)) return;
      if (isPeerToPeer(record, context) || belongsToOrganisation(record, context.network)) return;
      const established = isEstablished(record);
      const inside = isInside(orig_h) && isInside(resp_h);
      // Whoever exchanges files by BitTorrent meets peers at any port, many of whom have left.
      const torrent = !inside && context.memory.torrentPeers.length >= TORRENT_PEERS;
      const wanders = !inside && isInside(orig_h) && noteStrange(record, context.memory);
      const did = established ? "connected to" : "tried to reach";
      const why = torrent
        ? ", as it does while it exchanges files by BitTorrent"
        : wanders
        ? ", one of many ports of many hosts, as those of peer-to-peer programs are"
        : !established
        ? ", in vain"
        : inside
        ? ", an unusual service inside the network"
        : ", where no usual service listens, as on malware's own servers";
      context.raise({
        type: "unknown_port",
        // Inside a network ports are chosen freely (Windows' remote calls, UPnP, telephones); malware's servers are outside.
        threat: torrent || wanders ? "info" : inside ? established ? "low" : "info" : established ? "high" : "medium",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto,
        src_port: orig_p,
        dst_port: resp_p,
        description: `Connection to unknown destination port ${resp_p}/${proto.toUpperCase()}: ${orig_h} ${did} ` +
          `${resp_h}${why}`,
        // Trying and getting through are two things to know.
        fold: torrent ? "BitTorrent" : wanders ? "peers" : `${did} ${inside ? "inside " : ""}${resp_p}/${proto}`,
      });
    },
  },
});

/** Remembers peers with which the profile has spoken BitTorrent, as far as they are needed. */
function noteTorrent({ service, resp_h }: RecordOf<"conn">, { torrentPeers }: Peers): void {
  if (service === undefined || !service.startsWith("bittorrent")) return;
  if (torrentPeers.length < TORRENT_PEERS && !torrentPeers.includes(resp_h)) torrentPeers.push(resp_h);
}

/** Takes in a connection to an unknown port outside; says whether it is one of many. */
function noteStrange({ resp_h, resp_p }: RecordOf<"conn">, { strangePorts, strangeHosts }: Peers): boolean {
  if (strangePorts.size < STRANGE_PORTS) strangePorts.add(resp_p);
  if (strangeHosts.size < STRANGE_PORTS) strangeHosts.add(resp_h);
  return strangePorts.size >= STRANGE_PORTS && strangeHosts.size >= STRANGE_PORTS;
}

/** An address that only exists inside networks: RFC 1918, link-local, IPv6's unique local addresses (RFC 4193). */
function isInside(ip: string): boolean {
  return rfc1918Block(ip) !== undefined || isLinkLocal(ip) || /^f[cd][0-9a-f]{2}:/.test(ip);
}

/** Whether the connection looks like one of a peer-to-peer program: the profile talks to many on high UDP ports, or often. */
function isPeerToPeer(
  { proto, resp_h, resp_p }: RecordOf<"conn">,
  { settings, memory }: Context<
    { p2p_port_above: number; p2p_destinations: number; p2p_repeats: number },
    Peers,
    undefined
  >,
): boolean {
  if (proto !== "udp" || resp_p <= settings.p2p_port_above) return false;
  const { counted } = memory;
  if (counted.size >= settings.p2p_destinations) return true;
  const before = counted.get(resp_h) ?? 0;
  if (before >= settings.p2p_repeats) return true;
  counted.set(resp_h, before + 1);
  return counted.size >= settings.p2p_destinations;
}

/** Whether the port is ordinary at an organisation's servers, and the destination is one of them or its owner's device. */
function belongsToOrganisation({ orig_h, resp_h, resp_p, proto }: RecordOf<"conn">, network: NetworkPicture): boolean {
  const owners = organisationsOfPort(resp_p, proto);
  return owners.length > 0 &&
    owners.some((owner) =>
      ownsAddress(owner, resp_h) || isNamedAfter(owner, resp_h, network) ||
      isMadeBy(owner, orig_h, network) || isMadeBy(owner, resp_h, network)
    );
}

function isNamedAfter({ organisation }: PortOwner, ip: string, network: NetworkPicture): boolean {
  const owns = (domain: string) => organisationsOf({ domain }).includes(organisation);
  return (network.resolution(ip)?.names.some(owns) ?? false) || network.serverNames(ip).some(owns);
}

function isMadeBy({ organisation }: PortOwner, ip: string, network: NetworkPicture): boolean {
  const mac = network.macOf(ip);
  return mac !== undefined && (macVendor(mac)?.toLowerCase().includes(organisation) ?? false);
}
