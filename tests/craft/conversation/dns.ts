// DNS look-ups: over UDP or TCP, answered, refused or left without an answer; and mDNS announcements.

import { withLength16 } from "../bytes.ts";
import { addressType, DNS_RCODE, type DnsMessage, dnsMessage, type DnsRecord, type DnsType } from "../message/dns.ts";
import type { Host, Stage } from "../stage.ts";
import { fromClient, fromServer } from "./step.ts";
import { type Conversation, tcpConversation } from "./tcp.ts";
import { udpConversation } from "./udp.ts";

/** How a look-up goes. */
export interface DnsOptions {
  /** Seconds since the story's start; default: when the conversation before ended. */
  at?: number;
  /** Default A. */
  type?: DnsType | number;
  /**
   * What the resolver answers: texts are data of the type asked (addresses become A or AAAA by what they are), records
   * stand for themselves, such as a CNAME before its address. Default: an empty answer.
   */
  answers?: readonly (string | DnsRecord)[];
  /** Default NOERROR. */
  rcode?: keyof typeof DNS_RCODE | number;
  /** Whether the resolver answers at all; default true. */
  answered?: boolean;
  /** Who is asked; default the gateway. */
  server?: Host;
  over?: "udp" | "tcp";
  /** Seconds until the answer. */
  roundTrip?: number;
  /** Anything else of the response: authorities, truncated, authoritative... */
  response?: DnsMessage;
}

const DNS_PORT = 53;

/** One question and its answer. */
export function dnsConversation(stage: Stage, client: Host, name: string, options: DnsOptions = {}): Conversation {
  const { type = "A", rcode = "NOERROR" } = options;
  const id = stage.random.below(0x10000);
  const questions = [{ name, type }];
  const question = dnsMessage({ id, questions });
  const answers = (options.answers ?? []).map((answer) =>
    typeof answer === "string" ? record(name, type, answer) : answer
  );
  const negative = answers.length === 0 && (rcode === "NXDOMAIN" || rcode === "NOERROR");
  const response = dnsMessage({
    id,
    response: true,
    questions,
    answers,
    rcode,
    // A negative answer names the zone that knows (RFC 2308 section 2).
    ...(negative ? { authorities: [startOfAuthority(name)] } : {}),
    ...options.response,
  });
  const server = options.server ?? stage.gateway;
  const overTcp = options.over === "tcp";
  const framed = (bytes: Uint8Array): Uint8Array => overTcp ? withLength16(bytes) : bytes;
  const steps = [fromClient(framed(question))];
  if (options.answered ?? true) steps.push(fromServer(framed(response)));
  const { at, roundTrip } = options;
  const settings = {
    steps,
    ...(at === undefined ? {} : { at }),
    ...(roundTrip === undefined ? {} : { roundTrip }),
  };
  return overTcp
    ? tcpConversation(stage, client, server, DNS_PORT, settings)
    : udpConversation(stage, client, server, DNS_PORT, settings);
}

function record(name: string, type: DnsType | number, data: string): DnsRecord {
  return { name, type: type === "A" || type === "AAAA" ? addressType(data) : type, data };
}

function startOfAuthority(name: string): DnsRecord {
  const zone = name.split(".").slice(-1)[0] ?? "";
  return { name: zone, type: "SOA", data: [`a.nic.${zone}`, `hostmaster.nic.${zone}`], ttl: 900 };
}

const MDNS_PORT = 5353;
/** The mDNS group (RFC 6762 section 3). */
const MDNS_GROUP = "224.0.0.251";
/** A packet that was routed has less, and is ignored (RFC 6762 section 11). */
const MDNS_TTL = 255;

/** A host tells the link about its services: an unsolicited mDNS response, or a question when there are no answers. */
export function mdnsConversation(
  stage: Stage,
  host: Host,
  options: {
    at?: number;
    questions?: readonly { name: string; type: DnsType }[];
    answers?: readonly DnsRecord[];
  },
): Conversation {
  const { questions = [], answers = [], at } = options;
  const isResponse = answers.length > 0;
  const message = dnsMessage({
    id: 0,
    response: isResponse,
    authoritative: isResponse,
    recursionDesired: false,
    recursionAvailable: false,
    questions,
    answers,
  });
  const group = stage.host("mdns", MDNS_GROUP);
  return udpConversation(stage, { ...host, ttl: MDNS_TTL }, group, MDNS_PORT, {
    clientPort: MDNS_PORT,
    steps: [fromClient(message)],
    ...(at === undefined ? {} : { at }),
  });
}
