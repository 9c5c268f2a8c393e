// DNS (RFC 1035) over UDP and TCP, and its kin with the same messages: mDNS (RFC 6762), LLMNR (RFC 4795) and the NetBIOS
// name service (RFC 1002). One `dns` record for a question and its answer, with the fields Zeek gives it.

import {
  type Analyzer,
  connectionFields,
  type Flow,
  type Output,
  type Protocol,
  type Recognition,
} from "../analyzer.ts";
import { isMulticast } from "../../record/address.ts";
import { type DnsRecord, type Exchange, flush, newExchange, take, wait } from "./dns/exchange.ts";
import { type Header, HEADER_BYTES, looksLikeMessage, type Question, readHeader, readQuestion } from "./dns/message.ts";
import { type Cursor, decodeNetbiosName, type ReportWeird } from "./dns/name.ts";
import { className, OPERATION, operationName, responseCodeName, TYPE, typeName } from "./dns/numbers.ts";
import { readResource, type Resource } from "./dns/resource.ts";
import { framed } from "./dns/stream.ts";
import { updateAnswer } from "./dns/update.ts";

const NETBIOS_PORT = 137;
/** More questions than this in one message are no DNS: port 53 carries much else (Zeek's dns_max_queries). */
const MAXIMUM_QUESTIONS = 25;
/** Seconds of silence after which a question is taken as unanswered (Zeek's dns_session_timeout). */
const IDLE_TIMEOUT = 10;

/** Where servers listen: DNS, NetBIOS names, mDNS, LLMNR. */
const SERVER_PORTS = [53, NETBIOS_PORT, 5353, 5355];

/** DNS, mDNS, LLMNR and NetBIOS names over UDP. */
export const DNS_UDP: Protocol = {
  name: "dns",
  transport: "udp",
  ports: SERVER_PORTS,
  idleTimeout: IDLE_TIMEOUT,
  recognise: (bytes, start, end): Recognition => looksLikeMessage(bytes, start, end) ? "yes" : "no",
  analyze: (flow, output) => {
    const reader = newReader(flow, output);
    return {
      deliver: (fromOrig, bytes, start, end) => readMessage(reader, fromOrig, bytes, start, end),
      finish: () => finish(reader),
    };
  },
};

/** DNS over TCP: each message behind its length in two bytes (RFC 1035 section 4.2.2). */
export const DNS_TCP: Protocol = {
  name: "dns",
  transport: "tcp",
  ports: [53],
  recognise: (bytes, start, end): Recognition => {
    if (end - start < 2) return "more";
    const length = bytes[start]! << 8 | bytes[start + 1]!;
    if (length < HEADER_BYTES || end - start - 2 < Math.min(length, HEADER_BYTES + 5)) return "more";
    return length === end - start - 2 && looksLikeMessage(bytes, start + 2, end) ? "yes" : "no";
  },
  analyze: (flow, output): Analyzer => {
    const reader = newReader(flow, output);
    return framed(
      (fromOrig, bytes, start, end) => readMessage(reader, fromOrig, bytes, start, end),
      () => finish(reader),
    );
  },
};

interface Reader {
  readonly flow: Flow;
  readonly output: Output;
  readonly exchange: Exchange;
  readonly weird: ReportWeird;
  readonly emit: (record: DnsRecord) => void;
  /** Whether the flow goes to a multicast group; known with the first message. */
  multicast: boolean | undefined;
  confirmed: boolean;
}

function newReader(flow: Flow, output: Output): Reader {
  return {
    flow,
    output,
    exchange: newExchange(),
    weird: (name, addl) => output.weird(flow, name, addl),
    emit: (record) => output.emit(record),
    multicast: undefined,
    confirmed: false,
  };
}

function finish({ exchange, emit }: Reader): void {
  flush(exchange.queries, emit);
  flush(exchange.replies, emit);
}

/** Reads one message; false when this flow is no DNS. */
function readMessage(reader: Reader, fromOrig: boolean, bytes: Uint8Array, start: number, end: number): boolean {
  const { flow, output, exchange, weird, emit } = reader;
  if (end - start < HEADER_BYTES) {
    weird("DNS_truncated_len_lt_hdr_len");
    return true;
  }
  const header = readHeader(bytes, start);
  if (reader.multicast === undefined) {
    reader.multicast = isMulticast(flow.resp_h);
    // The capture began with an answer: who sent it is the server. Answers to a group are nobody's in particular. An "answer"
    // to the port of a server (Zeek takes it for one) is no answer: whoever hides something there would have another blamed.
    const isToServer = SERVER_PORTS.includes(flow.resp_p) && !SERVER_PORTS.includes(flow.orig_p);
    if (header.response && fromOrig && !reader.multicast && !isToServer) output.flip(flow);
  }
  const other = isLogged(header) ? otherHalf(reader, header) : undefined;
  const record = isLogged(header) ? begin(reader, header, other) : undefined;
  const plausible = header.questions <= MAXIMUM_QUESTIONS;
  if (!plausible) {
    weird("DNS_Conn_count_too_large");
    output.notService(flow, "dns");
  } else if (readSections(reader, header, record, { bytes, start, end, at: start + HEADER_BYTES })) {
    confirm(reader);
  }
  if (record !== undefined) {
    if (other !== undefined || reader.multicast) emit(record);
    else wait(header.response ? exchange.replies : exchange.queries, header.id, record, emit);
  }
  return plausible;
}

function isLogged({ operation }: Header): boolean {
  return operation === OPERATION.QUERY || operation === OPERATION.NOTIFY || operation === OPERATION.UPDATE;
}

function confirm(reader: Reader): void {
  if (!reader.confirmed) reader.output.service(reader.flow, "dns");
  reader.confirmed = true;
}

/**
 * The record of the question to this answer (or, out of order, of its answer) when it has been waiting. Whatever is sent
 * to a group is neither matched nor waited for: any number of hosts may answer, and to anyone.
 */
function otherHalf({ exchange, multicast }: Reader, header: Header): DnsRecord | undefined {
  return multicast ? undefined : take(header.response ? exchange.queries : exchange.replies, header.id);
}

/** The record that this message belongs to, with what its header says. */
function begin({ flow, output }: Reader, header: Header, other: DnsRecord | undefined): DnsRecord {
  const record: DnsRecord = other ?? {
    kind: "dns",
    ...connectionFields(flow, output.now),
    proto: flow.proto,
    trans_id: header.id,
    AA: false,
    TC: false,
    RD: false,
    RA: false,
    Z: 0,
    rejected: false,
  };
  if (header.response) {
    record.rcode = header.code;
    record.rcode_name = responseCodeName(header.code);
    if (header.code !== 0 && header.questions === 0) record.rejected = true;
  }
  record.opcode = header.operation;
  record.opcode_name = operationName(header.operation, flow.resp_p === NETBIOS_PORT);
  return record;
}

/** Reads questions and answers into the record. False when the message is damaged before their end. */
function readSections(reader: Reader, header: Header, record: DnsRecord | undefined, cursor: Cursor): boolean {
  const { flow, weird } = reader;
  const netbios = flow.resp_p === NETBIOS_PORT;
  for (let i = 0; i < header.questions; i++) {
    const question = readQuestion(cursor, netbios, weird);
    if (question === undefined) return false;
    if (record === undefined) continue;
    if (!header.response) ask(record, header, question, netbios);
    else if (header.answers + header.authorities + header.additionals === 0) record.rejected = true;
  }
  const update = header.operation === OPERATION.UPDATE && !netbios;
  const answers: string[] = [];
  const lifetimes: number[] = [];
  const sections = update ? [header.answers, header.authorities] : [header.answers];
  for (const [section, count] of sections.entries()) {
    for (let i = 0; i < count; i++) {
      const resource = readResource(cursor, netbios, update, weird);
      if (resource === undefined) return false;
      if (record !== undefined && header.response) {
        const text = update ? updateAnswer(resource, section === 0) : resource.answer;
        if (text !== undefined) answer(reader, record, header, resource);
        if (text) {
          record.answers = answers;
          record.TTLs = lifetimes;
          answers.push(text);
          lifetimes.push(resource.ttl);
        }
      }
      if (resource.damaged) return false;
    }
  }
  return true;
}

function ask(record: DnsRecord, header: Header, question: Question, netbios: boolean): void {
  record.RD = header.recursionDesired;
  record.TC = header.truncated;
  record.Z = header.z;
  record.query = (netbios ? decodeNetbiosName(question.name) : undefined) ?? question.name;
  record.qclass = question.class;
  record.qclass_name = className(question.class);
  record.qtype = question.type;
  // Type 33 was NetBIOS's node status before it became SRV.
  record.qtype_name = netbios && question.type === TYPE.SRV ? "NBSTAT" : typeName(question.type);
}

function answer({ output }: Reader, record: DnsRecord, header: Header, resource: Resource): void {
  record.query ??= resource.owner;
  record.AA = header.authoritative;
  record.RA = header.recursionAvailable;
  // No time between the two means that only the answer was seen.
  if (record.rtt === undefined && output.now !== record.ts) record.rtt = output.now - record.ts;
}
