// Turns records into facts about the network. Runs once, in the router, because only there all records pass in order.

import { isAddress, isIgnored, isMulticast, isPrivate, rfc1918Block } from "../record/address.ts";
import { parseIPv4 } from "../record/address-text.ts";
import type { AnyRecord, RecordOf } from "../record/schema.ts";
import { BoundedMap } from "./bounded-map.ts";
import { createCertificateLinks } from "./certificates.ts";
import type { Fact } from "./facts.ts";
import { ADDRESSES_REMEMBERED, HOSTS_REMEMBERED, NAMES_PER_ADDRESS } from "./network.ts";

export interface Teacher {
  /** Takes what the system itself knows, which counts more than what the traffic suggests; the facts that are new. */
  know(localNetwork: string | undefined, gateway: { ip: string; mac: string | undefined } | undefined): Fact[];
  /** Takes back what was taught in an earlier run that is taken up, the oldest first. */
  recall(facts: readonly Fact[]): void;
  /** The facts that a record teaches, in a fixed order; mostly none. */
  learn(record: AnyRecord): Fact[];
  /** The address last seen behind a MAC. */
  addressBehind(mac: string): string | undefined;
}

const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";
const EMPTY_MAC = "00:00:00:00:00:00";

/** The addresses in the answers of a DNS record and the names on the way to them; undefined when it resolves nothing. */
function resolutionIn(record: RecordOf<"dns">): { addresses: string[]; aliases: string[] } | undefined {
  const { query, answers, qtype_name } = record;
  if (query === undefined || answers === undefined || answers.length === 0) return undefined;
  if (qtype_name !== undefined && qtype_name !== "A" && qtype_name !== "AAAA") return undefined;
  if (query.endsWith(".arpa")) return undefined;
  const addresses: string[] = [];
  const aliases: string[] = [];
  for (const answer of answers) {
    // Blocking resolvers answer with these instead of an address: nothing was resolved.
    if (answer === "127.0.0.1" || answer === "0.0.0.0") return undefined;
    if (isAddress(answer)) addresses.push(answer);
    else if (!answer.startsWith("TXT ")) aliases.push(answer.toLowerCase());
  }
  return addresses.length === 0 ? undefined : { addresses, aliases };
}

/** The network that is ours by configuration: the first private IPv4 network of `client_ips`. */
function configuredNetwork(clientIps: readonly string[]): string | undefined {
  return clientIps.find((entry) => {
    const [address = "", width] = entry.split("/");
    return width !== undefined && parseIPv4(address) >= 0 && isPrivate(address);
  });
}

/** Characters of the longest host name (RFC 1035 section 2.3.4, as text). */
const LONGEST_NAME = 253;

/** The names in a certificate of a server: those it says it is for, or its subject's common name where it says none. */
function namesIn(record: RecordOf<"x509">): string[] {
  const subject = record["certificate.subject"] ?? "";
  const names = record["san.dns"] ?? [/(?:^|,)\s*CN=([^,]*)/.exec(subject)?.[1] ?? ""];
  return names.slice(0, NAMES_PER_ADDRESS).map((name) => name.toLowerCase()).filter(isHostName);
}

/** Something that can be the name of one host: no wildcard, no address, no sentence. */
function isHostName(name: string): boolean {
  return name.length <= LONGEST_NAME && name.includes(".") && /^[a-z0-9._-]+$/.test(name) && !isAddress(name);
}

/** A teacher that knows nothing yet but the configured addresses of ours (IPs and CIDRs). */
export function createTeacher(clientIps: readonly string[]): Teacher {
  const macs = new BoundedMap<string, string>(HOSTS_REMEMBERED);
  const behind = new BoundedMap<string, string>(HOSTS_REMEMBERED);
  /** Names already taught, as "address name": most requests name what was named before. */
  const claimed = new BoundedMap<string, true>(ADDRESSES_REMEMBERED);
  /** Names by the fingerprint of their certificate, and servers that showed one that is not known yet. */
  const certificates = new BoundedMap<string, readonly string[]>(HOSTS_REMEMBERED);
  const awaiting = new BoundedMap<string, string>(HOSTS_REMEMBERED);
  const links = createCertificateLinks();
  let localNetwork: string | undefined;
  let gatewayIp: string | undefined;
  let gatewayMac: string | undefined;

  function learnMac(facts: Fact[], ip: string | undefined, mac: string | undefined, ts: number): void {
    if (ip === undefined || mac === undefined) return;
    // These two first, because they are so nearly always: it was learnt long ago, or it is what a router's MAC stands for,
    // which is behind every address that it forwards for. Only its own address belongs to it.
    if (mac === gatewayMac && ip !== gatewayIp && gatewayIp !== undefined) return;
    if (macs.get(ip) === mac && behind.get(mac) === ip) return;
    if (mac === BROADCAST_MAC || mac === EMPTY_MAC) return;
    if (!isPrivate(ip) || ip === "0.0.0.0" || ip === "255.255.255.255") return;
    macs.set(ip, mac);
    behind.set(mac, ip);
    facts.push({ fact: "mac", ts, ip, mac });
  }

  function learnGateway(facts: Fact[], ip: string | undefined, mac: string | undefined): void {
    if ((ip ?? gatewayIp) === gatewayIp && (mac ?? gatewayMac) === gatewayMac) return;
    gatewayIp = ip ?? gatewayIp;
    gatewayMac = mac ?? gatewayMac;
    facts.push({ fact: "gateway", ip: gatewayIp, mac: gatewayMac });
  }

  function learnLocalNetwork(facts: Fact[], ip: string): void {
    localNetwork = configuredNetwork(clientIps) ?? rfc1918Block(ip);
    if (localNetwork !== undefined) facts.push({ fact: "local_network", cidr: localNetwork });
  }

  function learnConn(facts: Fact[], record: RecordOf<"conn">): void {
    const { orig_h, resp_h, orig_l2_addr, resp_l2_addr, ts } = record;
    if (resp_l2_addr !== undefined && gatewayMac === undefined && isPrivate(orig_h) && !isIgnored(resp_h)) {
      // Traffic to the Internet leaves through the gateway: its MAC is on the frames, its address is what ARP said.
      learnGateway(facts, behind.get(resp_l2_addr), resp_l2_addr);
    }
    learnMac(facts, orig_h, orig_l2_addr, ts);
    if (!isMulticast(resp_h)) learnMac(facts, resp_h, resp_l2_addr, ts);
  }

  function learnDns(facts: Fact[], record: RecordOf<"dns">): void {
    const found = resolutionIn(record);
    if (found === undefined) return;
    facts.push({
      fact: "resolved",
      ts: record.ts,
      uid: record.uid,
      client: record.orig_h,
      query: record.query!.toLowerCase(),
      ...found,
    });
  }

  function learnDhcp(facts: Fact[], record: RecordOf<"dhcp">): void {
    const client = record.assigned_addr ?? record.client_addr;
    learnMac(facts, client, record.mac, record.ts);
    if (record.server_addr !== undefined) facts.push({ fact: "dhcp_server", ip: record.server_addr });
    if (client !== undefined && record.host_name !== undefined && record.host_name !== "") {
      facts.push({ fact: "hostname", ip: client, name: record.host_name });
    }
  }

  function learnClaim(facts: Fact[], ip: string, name: string): void {
    const key = `${ip} ${name}`;
    if (claimed.has(key)) return;
    claimed.set(key, true);
    facts.push({ fact: "claimed_name", ip, name });
  }

  function learnHost(facts: Fact[], record: RecordOf<"http">): void {
    const name = record.host?.toLowerCase().replace(/:\d{1,5}$/, "");
    if (name !== undefined && isHostName(name)) learnClaim(facts, record.resp_h, name);
  }

  /** The certificate is a record of its own, before or after that of the session in which it was shown. */
  function learnCertificate(facts: Fact[], record: RecordOf<"x509">): void {
    const fact = links.certificate(record);
    if (fact !== undefined) facts.push(fact);
    if (record.client_cert === true || record["basic_constraints.ca"] === true) return;
    const names = namesIn(record);
    certificates.set(record.fingerprint, names);
    const ip = awaiting.get(record.fingerprint);
    if (ip !== undefined) { for (const name of names) learnClaim(facts, ip, name); }
  }

  function learnSession(facts: Fact[], record: RecordOf<"ssl">): void {
    const fact = links.session(record);
    if (fact !== undefined) facts.push(fact);
    const fingerprint = record.cert_chain_fps?.[0];
    if (fingerprint === undefined) return;
    const names = certificates.get(fingerprint);
    if (names === undefined) awaiting.set(fingerprint, record.resp_h);
    else for (const name of names) learnClaim(facts, record.resp_h, name);
  }

  return {
    know(network, gateway) {
      const facts: Fact[] = [];
      if (network !== undefined && network !== localNetwork) {
        localNetwork = network;
        facts.push({ fact: "local_network", cidr: network });
      }
      if (gateway !== undefined) learnGateway(facts, gateway.ip, gateway.mac);
      return facts;
    },
    addressBehind: (mac) => behind.get(mac),
    recall(facts) {
      for (const fact of facts) {
        if (fact.fact === "mac") {
          macs.set(fact.ip, fact.mac);
          behind.set(fact.mac, fact.ip);
        } else if (fact.fact === "gateway") {
          gatewayIp = fact.ip ?? gatewayIp;
          gatewayMac = fact.mac ?? gatewayMac;
        } else if (fact.fact === "local_network") localNetwork = fact.cidr;
        else if (fact.fact === "claimed_name") claimed.set(`${fact.ip} ${fact.name}`, true);
      }
    },
    learn(record) {
      const facts: Fact[] = [];
      if (localNetwork === undefined && "orig_h" in record && record.orig_h !== undefined) {
        learnLocalNetwork(facts, record.orig_h);
      }
      switch (record.kind) {
        case "conn":
          learnConn(facts, record);
          break;
        case "dns":
          learnDns(facts, record);
          break;
        case "arp":
          learnMac(facts, record.orig_h, record.orig_hw, record.ts);
          if (gatewayMac === record.orig_hw && gatewayIp === undefined) learnGateway(facts, record.orig_h, undefined);
          break;
        case "dhcp":
          learnDhcp(facts, record);
          break;
        case "http":
          learnHost(facts, record);
          break;
        case "x509":
          learnCertificate(facts, record);
          break;
        case "ssl":
          learnSession(facts, record);
        // falls through
        case "quic":
          if (record.server_name !== undefined) {
            facts.push({ fact: "server_name", ip: record.resp_h, name: record.server_name.toLowerCase() });
          }
          break;
        case "ftp": {
          const ip = record["data_channel.resp_h"];
          const port = record["data_channel.resp_p"];
          if (ip !== undefined && port !== undefined) facts.push({ fact: "ftp_data", ip, port });
          break;
        }
        case "notice":
          if (record.note.endsWith("Gateway_addr_identified")) learnGateway(facts, record.src, undefined);
          break;
      }
      return facts;
    },
  };
}
