// A name that is resolved and then not used: nobody connects to any of its addresses for half an hour. So the question
// itself may have been the message (a beacon, data in names), or malware looks whether its master is up yet.
//
// A connection is written down when it ends, which may be hours later. So every record that shows the host in contact
// with an address counts, and the verdict waits for as long as the field waits, or for the end of the input.

import { isAddress, isLoopback } from "../agent/record/address.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep, keepNew } from "./keep.ts";
import { isLocalQuestion } from "./local-names.ts";
import { cut, NAME_LENGTH, showUid } from "./shown.ts";

// Bounds on what is remembered of one profile. Own choices: what a busy host does in an hour. Of more names at once
// those that come too late are not judged; of more contacts the oldest are forgotten.
const NAMES_WAITING = 4096;
const CONTACTS_KEPT = 4096;
const ADDRESSES_OF_A_NAME = 16;

/** A name that was resolved and waits for its connection. */
interface Question {
  ts: number;
  addresses: string[];
  /** How often it was asked for, and the records of it. */
  times: number;
  uids: string[];
}

interface Resolved {
  /** When the profile was last in contact with an address. Kept once it has asked for any name. */
  contacts: Map<string, number> | undefined;
  waiting: Map<string, Question>;
}

type Ours = Context<{ wait: number; known_before: number; live_grace: number }, Resolved, undefined>;

export const dnsWithoutConnection = defineDetector({
  name: "dns-without-connection",
  summary: "A host resolves a name and never connects to it: the question itself may carry data",
  raises: {
    dns_without_connection: {
      meaning: "A host resolved a name and did not connect to any of its addresses within half an hour. The question " +
        "itself may have carried a message, or a bot looks whether its master is up.",
      threats: ["info"],
      techniques: ["T1071.004", "T1568"],
      falsePositives:
        "Browsers that resolve links in advance, monitoring, connections over the host's other address family or " +
        "through a proxy.",
      whatToDo: "Nothing for single names. Many names under one domain, or the same strange one every few minutes, " +
        "deserve a look at the host.",
    },
  },
  settings: {
    wait: { value: 1800, unit: "seconds", meaning: "how long a connection may follow its question", minimum: 1 },
    known_before: {
      value: 3600,
      unit: "seconds",
      meaning: "a contact this long before the question counts too: programs ask again for what they already use",
      minimum: 0,
    },
    live_grace: {
      value: 1800,
      unit: "seconds",
      meaning: "on live traffic, time after the start in which questions are not judged",
      minimum: 0,
    },
  },
  memory: (): Resolved => ({ contacts: undefined, waiting: new Map() }),
  on: {
    dns: judgeQuestion,
    conn(record, { memory }) {
      contact(memory, record.resp_h, record.ts + (record.duration ?? 0));
    },
    ssl: anyContact,
    http: anyContact,
    quic: anyContact,
    ssh: anyContact,
    smtp: anyContact,
    ftp: anyContact,
    login: anyContact,
    ntp: anyContact,
  },
  timer(note, context) {
    const query = note as string;
    const question = context.memory.waiting.get(query);
    if (question === undefined) return;
    context.memory.waiting.delete(query);
    if (wasContacted(query, question, context) || isDecidedElsewhere(query, question, context)) return;
    const { profile, settings, network } = context;
    const times = question.times === 1 ? "" : ` in ${question.times} questions`;
    const name = cut(query, NAME_LENGTH);
    context.raise({
      type: "dns_without_connection",
      threat: "info",
      confidence: 0.8,
      attacker: { direction: "src", kind: "ip", value: profile },
      victim: { direction: "dst", kind: "domain", value: name },
      timestamp: question.ts,
      uids: question.uids,
      description: `DNS without connection: ${profile} asked for ${name}${times}, was told ` +
        `${network.addressesOf(query)[0] ?? question.addresses[0]} and connected to none of its addresses within ` +
        `${Math.round(settings.wait / 60)} minutes`,
      fold: "",
    });
  },
});

/** Contacts closer together than this are one. */
const CONTACT_SECONDS = 10;

function judgeQuestion(record: RecordOf<"dns">, context: Ours): void {
  const { memory, settings } = context;
  memory.contacts ??= new Map();
  const { query, qtype_name, rcode_name, answers, ts, uid } = record;
  if (query === undefined || answers === undefined || isLocalQuestion(record)) return;
  if (qtype_name !== "A" && qtype_name !== "AAAA" || rcode_name !== "NOERROR") return;
  const name = query.toLowerCase();
  if (!name.includes(".") || isLookUp(name)) return;
  if (context.live && context.now - context.started < settings.live_grace) return;
  // Blocking resolvers answer with the host itself or with nobody.
  const addresses = answers.filter((answer) => isAddress(answer) && !isNobody(answer)).slice(0, ADDRESSES_OF_A_NAME);
  if (addresses.length === 0) return;
  const asked = memory.waiting.get(name);
  if (asked !== undefined) {
    // The same name again, or its addresses of the other family.
    asked.times++;
    showUid(asked.uids, uid);
    for (const ip of addresses) {
      if (asked.addresses.length < ADDRESSES_OF_A_NAME && !asked.addresses.includes(ip)) asked.addresses.push(ip);
    }
    return;
  }
  if (memory.waiting.size >= NAMES_WAITING) return;
  memory.waiting.set(name, { ts, addresses, times: 1, uids: [uid] });
  context.after(settings.wait, name);
}

/** Questions whose answer is all there is to know: browsers looking for a proxy, Team Cymru's tables, wildcards. */
function isLookUp(name: string): boolean {
  return name.startsWith("wpad.") || name.endsWith(".cymru.com") || name.includes("*");
}

function isNobody(ip: string): boolean {
  return isLoopback(ip) || ip === "0.0.0.0" || ip === "::";
}

function contact({ contacts }: Resolved, ip: string, ts: number): void {
  if (contacts === undefined) return;
  const before = contacts.get(ip);
  // A connection has several records; that it was used a moment later changes nothing.
  if (before === undefined) keepNew(contacts, ip, ts, CONTACTS_KEPT);
  else if (ts - before >= CONTACT_SECONDS) keep(contacts, ip, ts, CONTACTS_KEPT);
}

function anyContact(record: { resp_h: string; ts: number }, { memory }: Ours): void {
  contact(memory, record.resp_h, record.ts);
}

/** Whether the profile was in contact with any address that the name or one of its aliases ever resolved to. */
function wasContacted(query: string, { ts, addresses }: Question, { memory, network, settings }: Ours): boolean {
  const met = (ip: string) => (memory.contacts?.get(ip) ?? -Infinity) >= ts - settings.known_before;
  return addresses.some(met) || network.addressesOf(query).some(met) ||
    network.aliasesOf(query).some((alias) => network.addressesOf(alias).some(met));
}

/**
 * Whether the connection may have come from the host's address of the other family. That is another profile, whose
 * connections are not seen from here; so where the name has no address that this one could connect to, or the host and
 * the name have both families, nothing can be said.
 */
function isDecidedElsewhere(query: string, question: Question, { profile, network }: Ours): boolean {
  const other = (ip: string) => ip.includes(":") !== profile.includes(":");
  const addresses = [...question.addresses, ...network.addressesOf(query)];
  if (addresses.every(other)) return true;
  const mac = network.macOf(profile);
  return mac !== undefined && network.addressesBehind(mac).some(other) && addresses.some(other);
}
