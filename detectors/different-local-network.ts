// Private addresses that are not of our network: a misconfigured host, one that pretends to be elsewhere, or traffic
// that leaks in from a network that should be separate.

import { type Cidr, cidrContains, parseCidr } from "../agent/record/address-range.ts";
import { isLoopback, isMulticast, isPrivate, isSpecialIPv4 } from "../agent/record/address.ts";
import { isEstablished } from "../agent/record/conn-state.ts";
import { parseIPv4 } from "../agent/record/address-text.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { towards } from "./words.ts";

const DNS_PORT = 53;

/** Foreign resolvers of which answers are counted, for each profile. Own choice: hosts have two or three. */
export const RESOLVERS_KEPT = 16;

/** What a profile heard from resolvers outside the local network. */
interface Resolvers {
  /** Answers by resolver, until one is taken for the network's own. */
  answers: Map<string, number>;
  /** The one that answered often enough to be what the network really uses. */
  accepted: string | undefined;
}

type Ours = Context<{ resolver_answers: number }, Resolvers, undefined>;
type Conversation = Pick<
  RecordOf<"conn"> | RecordOf<"dns">,
  "orig_h" | "orig_p" | "resp_h" | "resp_p" | "proto" | "uid"
>;

export const differentLocalNetwork = defineDetector({
  name: "different-local-network",
  summary: "A private address that does not belong to the local network takes part in traffic",
  raises: {
    different_local_network: {
      meaning: "A private address that is not of the local network took part in traffic: a host set up wrongly, one " +
        "that pretends to be elsewhere, or a network that should be separate and leaks in. The address outside is " +
        "the finding (high); the host that it speaks from inside is told with less (low).",
      threats: ["low", "high"],
      techniques: ["T1599", "T1090"],
      falsePositives: "A second network of yours that is routed here, a VPN, containers and virtual machines.",
      whatToDo:
        "If the other network is yours, name one in `traffic.client_ips` that covers both. Otherwise find the host by its " +
        "hardware address in the switch and see what it is.",
    },
  },
  settings: {
    resolver_answers: {
      value: 5,
      unit: "answers",
      meaning: "a DNS resolver in another private network is taken for the network's own when it has given so many; " +
        "what it answers until then is not reported",
      minimum: 1,
    },
  },
  memory: (): Resolvers => ({ answers: new Map(), accepted: undefined }),
  on: {
    conn(record, context) {
      // DNS is judged by its own records, which show whether the resolver answers.
      if (isDns(record)) return;
      // A scanner's knocks are told as a scan; nobody need be there.
      if (context.marked("port_scanner") && !isEstablished(record)) return;
      judge(record, context, false);
    },
    dns(record, context) {
      if (isDns(record)) judge(record, context, (record.answers?.length ?? 0) > 0);
    },
  },
});

function isDns({ proto, resp_p }: Conversation): boolean {
  return resp_p === DNS_PORT && proto === "udp";
}

function judge(record: Conversation, context: Ours, answered: boolean): void {
  const { orig_h, resp_h } = record;
  const { localNetwork } = context.network;
  // Traffic to a public address may come from any private one by way of a router; it says nothing about the network.
  if (localNetwork === undefined || !isPrivate(resp_h) || !isOneHost(resp_h) || !isOneHost(orig_h)) return;
  const network = parsed(localNetwork);
  if (network === undefined) return;
  if (!cidrContains(network, resp_h) && !isTrustedResolver(resp_h, answered, context)) {
    tell(record, "destination", localNetwork, context);
  }
  if (isPrivate(orig_h) && !cidrContains(network, orig_h)) tell(record, "source", localNetwork, context);
}

/** One IPv4 host. */
function isOneHost(ip: string): boolean {
  return parseIPv4(ip) >= 0 && !isSpecialIPv4(ip) && !isMulticast(ip) && !isLoopback(ip);
}

let lastText: string | undefined;
let lastCidr: Cidr | undefined;

/** The block that the text stands for; there is only one local network, so the last one is remembered. */
function parsed(cidr: string): Cidr | undefined {
  if (cidr !== lastText) lastCidr = parseCidr(lastText = cidr);
  return lastCidr;
}

/** Whether the destination is the network's resolver, or may still turn out to be. Counts its answers. */
function isTrustedResolver(ip: string, answered: boolean, { memory, settings }: Ours): boolean {
  if (memory.accepted !== undefined || !answered) return memory.accepted === ip;
  const answers = (memory.answers.get(ip) ?? 0) + 1;
  if (answers < settings.resolver_answers) {
    keep(memory.answers, ip, answers, RESOLVERS_KEPT);
  } else {
    memory.accepted = ip;
    memory.answers.clear();
  }
  return true;
}

function tell(record: Conversation, which: "source" | "destination", localNetwork: string, context: Ours): void {
  const { orig_h, resp_h, orig_p, resp_p, proto } = record;
  const source = { direction: "src", kind: "ip", value: orig_h } as const;
  const destination = { direction: "dst", kind: "ip", value: resp_h } as const;
  const isSource = which === "source";
  context.raise({
    type: "different_local_network",
    threat: isSource ? "low" : "high",
    confidence: 1,
    attacker: isSource ? source : destination,
    victim: isSource ? destination : source,
    profile: isSource ? orig_h : resp_h,
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    description: isSource
      ? `Connection from private IP ${orig_h} outside the local network ${localNetwork} to ${resp_h}${
        towards(resp_p, proto)
      }`
      : `Connection to private IP ${resp_h} outside the local network ${localNetwork}${
        towards(resp_p, proto)
      }, from ${orig_h}`,
    fold: towards(resp_p, proto),
  });
}
