// The network picture: what the traffic has taught about hosts, names and the local network so far. Every detector
// worker holds the same one, because all of them are given the same facts at the same places of the stream.

import type { Fact } from "./facts.ts";
import { BoundedMap } from "./bounded-map.ts";

/** What is known of an address from DNS answers. */
export interface Resolution {
  /** Names that resolved to the address, newest last, at most `NAMES_PER_ADDRESS`. */
  names: string[];
  /** Hosts that asked, newest last, at most `CLIENTS_PER_ADDRESS`. */
  clients: string[];
  /** Stream time of the last answer with this address, Unix seconds. */
  last: number;
}

/** The read-only side, for detectors. Addresses in canonical text, names in lower case. */
export interface NetworkPicture {
  /** Whether the input shows what is said in connections (names, TLS, DHCP), and not flows alone. */
  readonly seesContent: boolean;
  /** What resolved to this address, as far as remembered. */
  resolution(ip: string): Readonly<Resolution> | undefined;
  /** Addresses that a name resolved to (also by way of its aliases), oldest first. */
  addressesOf(name: string): readonly string[];
  /** The CNAMEs that answers to this name went through. */
  aliasesOf(name: string): readonly string[];
  macOf(ip: string): string | undefined;
  /** Addresses seen behind a MAC, oldest first. */
  addressesBehind(mac: string): readonly string[];
  hostname(ip: string): string | undefined;
  isDhcpServer(ip: string): boolean;
  readonly gateway: { readonly ip: string | undefined; readonly mac: string | undefined };
  /** Our network as CIDR; undefined while it is not known. */
  readonly localNetwork: string | undefined;
  /** TLS server names asked for at this address. */
  serverNames(ip: string): readonly string[];
  /** All names that only the two ends of connections to this address gave it: SNI, HTTP's Host, certificates. */
  claimedNames(ip: string): readonly string[];
  isFtpDataPort(ip: string, port: number): boolean;
  /** A certificate that a session named by its fingerprint alone. */
  certificate(fingerprint: string): Readonly<KnownCertificate> | undefined;
}

/** What is known of a certificate; `names` are its alternative DNS names. */
export interface KnownCertificate {
  subject: string | undefined;
  issuer: string | undefined;
  names: readonly string[];
}

// Bounds on what is remembered; the oldest goes first. Own choices: a busy office resolves about 20,000 names a day.
export const ADDRESSES_REMEMBERED = 65_536;
export const NAMES_REMEMBERED = 65_536;
export const HOSTS_REMEMBERED = 16_384;
export const NAMES_PER_ADDRESS = 8;
export const CLIENTS_PER_ADDRESS = 32;
export const ADDRESSES_PER_NAME = 32;
export const ADDRESSES_PER_MAC = 16;
export const CERTIFICATES_REMEMBERED = 4096;

/** A network picture that `learn` keeps up to date. */
export interface LearningPicture extends NetworkPicture {
  learn(fact: Fact): void;
  /** How many entries were dropped because a bound was reached, by table. */
  forgotten(): Readonly<Record<string, number>>;
}

/** Appends, newest last, each value once, at most `bound`. */
function remember(list: string[], value: string, bound: number): void {
  const at = list.indexOf(value);
  if (at === list.length - 1 && at >= 0) return;
  if (at >= 0) list.splice(at, 1);
  list.push(value);
  if (list.length > bound) list.shift();
}

/** Appends in order of first sight, at most `bound` (the oldest goes). */
function append(list: string[], value: string, bound: number): void {
  if (list.includes(value)) return;
  list.push(value);
  if (list.length > bound) list.shift();
}

const NOTHING: readonly string[] = Object.freeze([]);

/** An empty picture. */
export function createNetworkPicture(): LearningPicture {
  const resolutions = new BoundedMap<string, Resolution>(ADDRESSES_REMEMBERED);
  const addresses = new BoundedMap<string, string[]>(NAMES_REMEMBERED);
  const aliases = new BoundedMap<string, string[]>(NAMES_REMEMBERED);
  const macs = new BoundedMap<string, string>(HOSTS_REMEMBERED);
  const behind = new BoundedMap<string, string[]>(HOSTS_REMEMBERED);
  const hostnames = new BoundedMap<string, string>(HOSTS_REMEMBERED);
  const dhcpServers = new BoundedMap<string, true>(HOSTS_REMEMBERED);
  const serverNames = new BoundedMap<string, string[]>(ADDRESSES_REMEMBERED);
  const claims = new BoundedMap<string, string[]>(ADDRESSES_REMEMBERED);
  const ftpData = new BoundedMap<string, true>(HOSTS_REMEMBERED);
  const certificates = new BoundedMap<string, KnownCertificate>(CERTIFICATES_REMEMBERED);
  const gateway: { ip: string | undefined; mac: string | undefined } = { ip: undefined, mac: undefined };
  let localNetwork: string | undefined;

  function learnResolution(fact: Extract<Fact, { fact: "resolved" }>): void {
    for (const ip of fact.addresses) {
      const known = resolutions.use(ip, () => ({ names: [], clients: [], last: fact.ts }));
      known.last = Math.max(known.last, fact.ts);
      remember(known.names, fact.query, NAMES_PER_ADDRESS);
      remember(known.clients, fact.client, CLIENTS_PER_ADDRESS);
      append(addresses.use(fact.query, () => []), ip, ADDRESSES_PER_NAME);
      for (const alias of fact.aliases) append(addresses.use(alias, () => []), ip, ADDRESSES_PER_NAME);
    }
    for (const alias of fact.aliases) append(aliases.use(fact.query, () => []), alias, ADDRESSES_PER_NAME);
  }

  return {
    get seesContent() {
      return resolutions.size + serverNames.size + dhcpServers.size + hostnames.size > 0;
    },
    resolution: (ip) => resolutions.get(ip),
    addressesOf: (name) => addresses.get(name) ?? NOTHING,
    aliasesOf: (name) => aliases.get(name) ?? NOTHING,
    macOf: (ip) => macs.get(ip),
    addressesBehind: (mac) => behind.get(mac) ?? NOTHING,
    hostname: (ip) => hostnames.get(ip),
    isDhcpServer: (ip) => dhcpServers.get(ip) === true,
    gateway,
    get localNetwork() {
      return localNetwork;
    },
    serverNames: (ip) => serverNames.get(ip) ?? NOTHING,
    claimedNames(ip) {
      const asked = serverNames.get(ip) ?? NOTHING;
      const claimed = claims.get(ip);
      return claimed === undefined ? asked : [...new Set([...asked, ...claimed])];
    },
    isFtpDataPort: (ip, port) => ftpData.get(`${ip} ${port}`) === true,
    certificate: (fingerprint) => certificates.get(fingerprint),
    learn(fact) {
      switch (fact.fact) {
        case "resolved":
          learnResolution(fact);
          break;
        case "mac":
          macs.set(fact.ip, fact.mac);
          append(behind.use(fact.mac, () => []), fact.ip, ADDRESSES_PER_MAC);
          break;
        case "hostname":
          hostnames.set(fact.ip, fact.name);
          break;
        case "dhcp_server":
          dhcpServers.set(fact.ip, true);
          break;
        case "gateway":
          // Address and MAC become known at different times: one must not wipe out the other.
          gateway.ip = fact.ip ?? gateway.ip;
          gateway.mac = fact.mac ?? gateway.mac;
          break;
        case "local_network":
          localNetwork = fact.cidr;
          break;
        case "server_name":
          remember(serverNames.use(fact.ip, () => []), fact.name, NAMES_PER_ADDRESS);
          break;
        case "claimed_name":
          remember(claims.use(fact.ip, () => []), fact.name, NAMES_PER_ADDRESS);
          break;
        case "certificate": {
          const { subject, issuer, names } = fact;
          certificates.set(fact.fingerprint, { subject, issuer, names });
          break;
        }
        case "ftp_data":
          ftpData.set(`${fact.ip} ${fact.port}`, true);
          break;
        case "watching":
          // After the clock was set back, nothing was resolved in a time that is still to come.
          for (const [, known] of resolutions.entries()) known.last = Math.min(known.last, fact.since);
          break;
        case "forget":
          break;
      }
    },
    forgotten: () => ({
      resolved_addresses: resolutions.dropped,
      resolved_names: addresses.dropped,
      aliases: aliases.dropped,
      macs: macs.dropped,
      hostnames: hostnames.dropped,
      server_names: serverNames.dropped,
      claimed_names: claims.dropped,
    }),
  };
}
