// DNS events, of which Suricata writes one for the question and one for the answer (version 1: one for every resource
// record of the answer), put together to one record as Zeek has it. A question waits for its answer in stream time.

import type { RecordOf } from "../../record/schema.ts";
import { connectionOf, countOf, type Event, NOTHING, partOf, reversedConnectionOf, textOf } from "./event.ts";
import type { JsonObject } from "../json-lines.ts";
import { addressOf } from "../numbers.ts";
import type { RecordHandler } from "../record-reader.ts";

type DnsRecord = RecordOf<"dns">;

/** Seconds that a question waits for its answer: Zeek's dns_session_timeout. */
const ANSWER_TIMEOUT = 10;
/** Events that it waits at least: threads of Suricata write side by side, so a later time may come first. Own choice. */
const ANSWER_EVENTS = 50;
/** Seconds after the first resource record of a version 1 answer in which the others come. Own choice; they come at once. */
const GATHERING_TIME = 0.1;
/** Questions that wait at the same time; more push out the oldest, which is then handed on without its answer. */
const MAXIMUM_WAITING = 10_000;
/** Answers kept of one question. Own choice: a response over TCP holds some 4,000 addresses. */
const MAXIMUM_ANSWERS = 4096;

interface Exchange {
  /** Its flow and number. */
  number: string;
  record: DnsRecord;
  /** The lists of the record, which grow. */
  answers: string[];
  ttls: number[];
  /** Stream time at which it is handed on as it is. */
  until: number;
  /** Number of the event before which it is not handed on. */
  untilEvent: number;
}

export interface DnsEvents {
  /** Takes a `dns` event. Returns what is wrong with it. */
  take(event: Event): string | undefined;
  /** Stream time goes on: questions that nobody answered are handed on. */
  tick(now: number): void;
  /** The input is over. */
  end(): void;
}

/** Puts questions and answers together and gives the records to `onRecord`. */
export function createDnsEvents(onRecord: RecordHandler): DnsEvents {
  // Each in the order in which their time is up.
  const asked = new Map<string, Exchange>();
  const gathering = new Map<string, Exchange>();
  /** The last question of each flow and number. */
  const lastAsked = new Map<string, string>();
  // The newest time that was met: what is out of order waits as long as anything else.
  let now = -Infinity;
  let events = 0;

  function forget(key: string, exchange: Exchange): void {
    asked.delete(key);
    gathering.delete(key);
    if (lastAsked.get(exchange.number) === key) lastAsked.delete(exchange.number);
  }

  function release(waiting: Map<string, Exchange>, until: number, room: number): void {
    for (const [key, exchange] of waiting) {
      if ((exchange.until > until || exchange.untilEvent > events) && waiting.size <= room) return;
      forget(key, exchange);
      onRecord(exchange.record, Math.max(exchange.record.ts, Math.min(exchange.until, now)));
    }
  }

  function question(event: Event, asks: JsonObject): void {
    const keys = keysOf(event, asks);
    const key = keys.find((one) => !asked.has(one)) ?? keys[0]!;
    const again = asked.get(key);
    if (again !== undefined) {
      forget(key, again);
      onRecord(again.record, event.seen);
    }
    const exchange = exchangeOf(
      event,
      dnsRecord(event, asks, connectionOf(event)),
      now + ANSWER_TIMEOUT,
      events + ANSWER_EVENTS,
    );
    asked.set(key, exchange);
    lastAsked.set(exchange.number, key);
    release(asked, -Infinity, MAXIMUM_WAITING);
  }

  function answer(event: Event, asks: JsonObject): void {
    const { part } = event;
    const isWhole = Array.isArray(part["answers"]) || (countOf(part["version"]) ?? 1) >= 2;
    const keys = keysOf(event, asks);
    const own = keys.find((one) => asked.has(one));
    // Answers of version 1 name their own resource record, which need not be what was asked for.
    const key = own ?? (isWhole ? undefined : lastAsked.get(numberOfExchange(event))) ?? keys[0]!;
    const known = asked.get(key) ?? gathering.get(key);
    const exchange = known ?? exchangeOf(event, answeredOf(event, asks), now, events);
    const { record } = exchange;
    if (known !== undefined && record.rtt === undefined) {
      record.rtt = Math.round(Math.max(0, event.seen - record.ts) * 1e6) / 1e6;
    }
    addHeader(record, event, part);
    if (Array.isArray(part["answers"])) {
      for (const one of part["answers"]) {
        addAnswer(exchange, event, typeof one === "object" && one !== null ? one : NOTHING);
      }
    } else if (part["rdata"] !== undefined) addAnswer(exchange, event, part);
    else for (const one of groupedAnswers(part)) addAnswer(exchange, event, one);
    if (isWhole) {
      forget(key, exchange);
      onRecord(record, event.seen);
    } else if (!gathering.has(key)) {
      asked.delete(key);
      exchange.until = now + GATHERING_TIME;
      exchange.untilEvent = events;
      gathering.set(key, exchange);
      lastAsked.set(exchange.number, key);
      release(gathering, -Infinity, MAXIMUM_WAITING);
    }
  }

  return {
    take(event) {
      const { type, queries, query } = event.part;
      // Version 3, and alerts of all versions, have the questions in a list.
      const list = Array.isArray(queries) ? queries : Array.isArray(query) ? query : undefined;
      const first: unknown = list === undefined ? event.part : list[0];
      const asks = typeof first === "object" && first !== null ? first as JsonObject : NOTHING;
      if (type === "query" || type === "request") question(event, asks);
      else if (type === "answer" || type === "response") answer(event, asks);
      else return "is a DNS event of neither a question nor an answer";
      return undefined;
    },
    tick(time) {
      now = Math.max(now, time);
      events++;
      if (asked.size > 0) release(asked, now, MAXIMUM_WAITING);
      if (gathering.size > 0) release(gathering, now, MAXIMUM_WAITING);
    },
    end() {
      release(gathering, Infinity, 0);
      release(asked, Infinity, 0);
    },
  };
}

/** The flow and the number that a question and its answer share. */
function numberOfExchange(event: Event): string {
  return `${event.uid} ${String(event.part["id"])}`;
}

/**
 * The names of one exchange: resolvers ask for the addresses of both families under one number. The same question may
 * be there once more, sent again or seen twice; the first name that is free is the question's, the first taken the answer's.
 */
function keysOf(event: Event, asks: JsonObject): readonly string[] {
  const key = `${numberOfExchange(event)} ${String(asks["rrname"])} ${String(asks["rrtype"])}`;
  return [key, `${key} 2`, `${key} 3`];
}

/** Numbers of the record types that are asked for most (IANA, "Domain Name System (DNS) Parameters"). */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
};

const RESPONSE_CODES: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

function numberOf(table: Readonly<Record<string, number>>, name: string | undefined): number | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The port of DNS servers (RFC 1035 section 4.2). */
const DNS_PORT = 53;

/** A record of an answer whose question was not seen. Some versions have the server as source, some the client. */
function answeredOf(event: Event, asks: JsonObject): DnsRecord {
  const fromServer = event.srcPort === DNS_PORT && event.destPort !== DNS_PORT;
  return dnsRecord(event, asks, fromServer ? reversedConnectionOf(event) : connectionOf(event));
}

function dnsRecord(event: Event, asks: JsonObject, connection: ReturnType<typeof connectionOf>): DnsRecord {
  const type = textOf(event, asks["rrtype"]);
  return {
    kind: "dns",
    ...connection,
    proto: event.proto,
    trans_id: countOf(event.part["id"]),
    query: textOf(event, asks["rrname"]),
    qclass: 1,
    qclass_name: "C_INTERNET",
    qtype: numberOf(TYPE_NUMBERS, type),
    qtype_name: type,
    rejected: false,
  };
}

function addHeader(record: DnsRecord, event: Event, part: JsonObject): void {
  const code = textOf(event, part["rcode"]);
  if (code !== undefined) {
    record.rcode_name = code;
    record.rcode = numberOf(RESPONSE_CODES, code);
  }
  record.AA = part["aa"] === true;
  record.TC = part["tc"] === true;
  record.RD = part["rd"] === true;
  record.RA = part["ra"] === true;
}

function exchangeOf(event: Event, record: DnsRecord, until: number, untilEvent: number): Exchange {
  return { number: numberOfExchange(event), record, answers: [], ttls: [], until, untilEvent };
}

/** Answers that are written by type, without their times to live: `"grouped": {"A": ["192.0.2.1"]}`. */
function groupedAnswers(part: JsonObject): JsonObject[] {
  return Object.entries(partOf(part, "grouped")).flatMap(([rrtype, list]) =>
    (Array.isArray(list) ? list : [list]).map((rdata: unknown) => ({ rrtype, rdata }))
  );
}

/** What Zeek's logs have: addresses in their short form, with the text of a TXT record what it is and how long. */
function answerText(written: string, type: unknown): string {
  if (type === "TXT") return `TXT ${written.length} ${written}`;
  return type === "AAAA" || type === "A" ? addressOf(written) ?? written : written;
}

function addAnswer({ record, answers, ttls }: Exchange, event: Event, answer: JsonObject): void {
  const data = answer["rdata"];
  const written = typeof data === "object" && data !== null
    ? textOf(event, partOf(answer, "rdata")["mname"]) ?? JSON.stringify(data)
    : textOf(event, data);
  const text = written === undefined ? undefined : answerText(written, answer["rrtype"]);
  if (text === undefined || answers.length >= MAXIMUM_ANSWERS) return;
  answers.push(text);
  ttls.push(countOf(answer["ttl"]) ?? 0);
  record.answers = answers;
  record.TTLs = ttls;
}
