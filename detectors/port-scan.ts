// Port scans: one port tried on many hosts (horizontal) or many ports tried on one host (vertical), with connections
// that never came to be. Reported at 10 different ones, then at every tenfold, so that a large scan is told in few lines
// that say how large it has become. Zeek's own notices of scans are passed on.

import { isAnswerOnly, isEstablished } from "../agent/record/conn-state.ts";
import { isInterestingToScans } from "../agent/record/address.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { serviceName } from "../agent/intel/tables/services.ts";
import { type Context, defineDetector } from "./contract.ts";
import { countDistinct, scatter, scatterAddress } from "./distinct.ts";
import { answer, createSpreads, postpone, type Spread, type Spreads, widen } from "./spread.ts";

/** A connection that did not come to be, as far as a scan needs it. */
interface Attempt {
  ts: number;
  uid: string;
  host: string;
  port: number;
  proto: "tcp" | "udp";
  packets: number;
  packetsSent: number;
  /** Zeek marks with ^ that it guessed who is the client: the "port" may be the client's own, and so no target. */
  guessed: boolean;
}

interface Tried {
  /** A flood from forged addresses makes a profile for every packet: one attempt is kept as it is, and small. */
  first: Attempt | undefined;
  /** From the second attempt on. */
  spreads: {
    /** Hosts tried by port: tcp ports as they are, udp ports above them. */
    hosts: Spreads<number>;
    /** Ports tried by host. */
    tcpPorts: Spreads<string>;
    udpPorts: Spreads<string>;
  } | undefined;
}

/** Ports of one protocol, and so the distance between the keys of TCP and UDP ports. */
const PORTS = 65_536;

/**
 * Failures that one host which answers makes up for. Who scans does not know where to find anybody; proxies, resolvers and
 * mail servers meet dead hosts all day, but benign first contacts succeed in four of five cases, those of scanners in one of
 * five (J. Jung et al., "Fast portscan detection using sequential hypothesis testing", IEEE S&P 2004: with these numbers a
 * success weighs as much as a failure). Over UDP games and peers ask lists of others whether they are still there: own choice.
 */
const FAILURES_PER_ANSWER = { tcp: 1, udp: 3 } as const;
/** Where the program Transmission listens unless told otherwise. */
const TRANSMISSION_PORT = 51_413;

/** Packets from which on a scan is certain, and how sure one is of a scan without a packet count (Argus may have none). */
const PACKETS_FOR_CERTAINTY = 10;
const CONFIDENCE_WITHOUT_PACKETS = 0.3;

function confidenceIn({ packets }: Spread): number {
  return packets === 0 ? CONFIDENCE_WITHOUT_PACKETS : Math.min(1, packets / PACKETS_FOR_CERTAINTY);
}

/** "http 80/tcp", or "4444/tcp" where no service is usual. */
function portText(port: number, proto: string): string {
  const name = serviceName(port, proto);
  return `${name === undefined ? "" : name + " "}${port}/${proto}`;
}

/** "10", or "about 20000" when not all could be remembered. */
function countText(spread: Spread): string {
  return `${spread.level > 0 ? "about " : ""}${countDistinct(spread)}`;
}

/** Shows the flow that completed the report beside the first ones. */
function uidsOf({ uids }: Spread, { uid }: { uid: string }): string[] {
  return [...uids, uid];
}

export const portScan = defineDetector({
  name: "port-scan",
  summary: "One port tried on many hosts, or many ports tried on one host: somebody looks for a way in",
  raises: {
    horizontal_port_scan: {
      meaning: "One host tried the same port on many others and could hardly connect anywhere: it looks for machines " +
        "that offer a service it can attack. Inside your network this is what a worm or an intruder does right " +
        "after getting in; from the Internet it is daily background noise, worth attention only if a login or an " +
        "upload follows.",
      threats: ["medium", "high"],
      techniques: ["T1046", "T1595.001"],
      falsePositives:
        "Vulnerability scanners, network inventories and monitoring that are yours; peer-to-peer programs on unusual " +
        "ports that look for peers who have left; a capture that misses the answers, so that good connections look failed.",
      whatToDo:
        "Ask who runs the host and whether a scan was planned. If nobody did, take it off the network, look at " +
        "what started the connections (on Linux `ss -tnp`, on Windows `netstat -abn`), and check the hosts that " +
        "did answer on that port.",
    },
    vertical_port_scan: {
      meaning:
        "One host tried many ports of a single other one and could hardly connect: it takes stock of what runs " +
        "there before it picks a way in. The target was chosen, so expect more to follow.",
      threats: ["medium", "high"],
      techniques: ["T1046", "T1595.001"],
      falsePositives:
        "A vulnerability scanner or a port check of your own; a program that hops ports to get through a " +
        "firewall.",
      whatToDo:
        "Find out who uses the scanning host. If the scan was not planned, close what the target need not offer, " +
        "look into the target's logs for logins after the scan, and isolate the scanner when it is one of yours.",
    },
  },
  settings: {
    hosts: {
      value: 10,
      unit: "hosts",
      meaning: "different hosts tried at one port in one time window, without a connection, to be reported",
      minimum: 2,
    },
    ports: {
      value: 10,
      unit: "ports",
      meaning: "different ports tried on one host in one time window, without a connection, to be reported",
      minimum: 2,
    },
    early: {
      value: 0,
      unit: "hosts or ports",
      meaning:
        "report a scan once before that, with level medium, when it has tried so many; 5 finds small scans at the " +
        "price of false alarms, 0 is never",
      minimum: 0,
    },
    factor: {
      value: 10,
      unit: "",
      meaning: "by how much a scan must have grown to be reported again: at 10, 100, 1000 ...",
      minimum: 2,
    },
  },
  windowMemory: (): Tried => ({ first: undefined, spreads: undefined }),
  on: {
    conn(record, context) {
      const { proto } = record;
      if (proto !== "tcp" && proto !== "udp") return;
      if (isEstablished(record) || wentOn(record)) {
        const hosts = context.windowMemory.spreads?.hosts;
        if (hosts !== undefined) {
          answer(hosts, keyOf(record.resp_p, proto), scatterAddress(record.resp_h), FAILURES_PER_ANSWER[proto]);
        }
        return;
      }
      if (isAnswerOnly(record) || !isInterestingToScans(record.resp_h)) return;
      const packetsSent = record.orig_pkts ?? 0;
      const attempt: Attempt = {
        ts: record.ts,
        uid: record.uid,
        host: record.resp_h,
        port: record.resp_p,
        proto,
        packets: packetsSent + (record.resp_pkts ?? 0),
        packetsSent,
        guessed: record.history?.includes("^") === true,
      };
      const tried = context.windowMemory;
      if (tried.first === undefined) {
        tried.first = attempt;
        return;
      }
      if (tried.spreads === undefined) {
        tried.spreads = { hosts: createSpreads(), tcpPorts: createSpreads(), udpPorts: createSpreads() };
        judge(tried.first, tried.spreads, context);
      }
      judge(attempt, tried.spreads, context);
    },
    notice(record, context) {
      if (record.note.includes("Address_Scan")) passOnHorizontal(record, context);
      else if (record.note.includes("Port_Scan")) passOnVertical(record, context);
    },
  },
});

/**
 * Whether the conversation went on, though Zeek's state says that it failed: both sides sent data, or a TCP client went on
 * after its SYN, which it does only when it was answered. A capture that misses packets makes many of those; a scan never
 * gets so far.
 */
function wentOn({ proto, history }: RecordOf<"conn">): boolean {
  if (history === undefined) return false;
  const sent = history.includes("D");
  if (sent && history.includes("d")) return true;
  return proto === "tcp" && history.includes("S") && (sent || history.includes("A"));
}

type Ours = Context<{ hosts: number; ports: number; early: number; factor: number }, undefined, Tried>;

function judge(attempt: Attempt, spreads: NonNullable<Tried["spreads"]>, context: Ours): void {
  if (!attempt.guessed) judgeHosts(attempt, spreads.hosts, context);
  judgePorts(attempt, attempt.proto === "tcp" ? spreads.tcpPorts : spreads.udpPorts, context);
}

function judgeHosts(attempt: Attempt, hosts: Spreads<number>, context: Ours): void {
  const { settings, profile } = context;
  const { port, proto, host, packets } = attempt;
  if (isPortOfPeers(port, proto)) return;
  const report = { early: settings.early, first: settings.hosts, factor: settings.factor };
  const spread = widen(hosts, keyOf(port, proto), scatterAddress(host), attempt, packets, report);
  if (spread === undefined || !isInterestingToScans(profile)) return;
  // Where hosts answer in between, so many more must have failed as make a scan by themselves.
  if (spread.excess < Math.min(countDistinct(spread), settings.hosts)) return postpone(spread);
  const confidence = confidenceIn(spread);
  context.mark("port_scanner");
  context.raise({
    type: "horizontal_port_scan",
    threat: countDistinct(spread) < settings.hosts ? "medium" : "high",
    confidence,
    attacker: { direction: "src", kind: "ip", value: profile },
    timestamp: spread.first,
    uids: uidsOf(spread, attempt),
    proto,
    dst_port: port,
    description:
      `Horizontal port scan to port ${portText(port, proto)}. From ${profile} to ${countText(spread)} hosts, ` +
      `which it could not connect to; ${spread.packets} packets`,
  });
}

function judgePorts(attempt: Attempt, ports: Spreads<string>, context: Ours): void {
  const { settings, profile } = context;
  const { port, proto, host, packetsSent } = attempt;
  const report = { early: settings.early, first: settings.ports, factor: settings.factor };
  const spread = widen(ports, host, scatter(port), attempt, packetsSent, report);
  if (spread === undefined) return;
  const confidence = confidenceIn(spread);
  context.mark("port_scanner");
  context.raise({
    type: "vertical_port_scan",
    threat: countDistinct(spread) < settings.ports ? "medium" : "high",
    confidence,
    attacker: { direction: "src", kind: "ip", value: profile },
    victim: { direction: "dst", kind: "ip", value: host },
    timestamp: spread.first,
    uids: uidsOf(spread, attempt),
    proto,
    description: `vertical port scan to IP ${host} from ${profile}. It tried ${countText(spread)} ${proto} ports and ` +
      `could not connect; ${spread.packets} packets sent`,
  });
}

function keyOf(port: number, proto: string): number {
  return proto === "tcp" ? port : PORTS + port;
}

/**
 * Ports at which programs try others of their kind that somebody told them of, most of whom have left: BitTorrent (also its
 * other usual port, 51413) and Windows' delivery of updates.
 */
function isPortOfPeers(port: number, proto: string): boolean {
  const name = serviceName(port, proto);
  return name === "bittorrent" || name === "ms-do" || port === TRANSMISSION_PORT;
}

/** Zeek's scan policy (https://docs.zeek.org/en/v4.2.0/scripts/policy/misc/scan.zeek.html) saw one port on many hosts. */
function passOnHorizontal(record: RecordOf<"notice">, context: Ours): void {
  const { profile } = context;
  context.mark("port_scanner");
  context.raise({
    type: "horizontal_port_scan",
    threat: "high",
    confidence: 1,
    attacker: { direction: "src", kind: "ip", value: profile },
    proto: record.proto,
    dst_port: record.p,
    description: `Horizontal port scan from ${profile}. Seen by Zeek: ${record.msg ?? record.note}`,
    // Zeek has a notice for every 25 hosts or so.
    fold: `notice ${record.p} ${record.proto}`,
  });
}

/** The same policy saw many ports on one host, which Zeek writes as `dst` or only in its message. */
function passOnVertical(record: RecordOf<"notice">, context: Ours): void {
  const { profile } = context;
  const host = record.dst ?? hostInMessage(record.msg ?? "");
  context.mark("port_scanner");
  context.raise({
    type: "vertical_port_scan",
    threat: "high",
    confidence: 1,
    attacker: { direction: "src", kind: "ip", value: profile },
    victim: host === undefined ? undefined : { direction: "dst", kind: "ip", value: host },
    proto: record.proto,
    description: `vertical port scan to IP ${host ?? "unknown"} from ${profile}. Seen by Zeek: ${
      record.msg ?? record.note
    }`,
  });
}

/** "10.0.0.1 scanned at least 15 unique ports of host 10.0.0.2 in 0m5s": 10.0.0.2. */
function hostInMessage(message: string): string | undefined {
  return /ports of host ([0-9a-fA-F.:]+) in/.exec(message)?.[1];
}
