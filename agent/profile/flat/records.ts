// Records on the flat lists. The kinds that nearly all records are of have functions of their own: an object written down
// as a whole costs V8 a tenth of one that is filled field by field. All others go by their schema.

import { type AnyRecord, fieldsOf, type FieldType, type Kind, KINDS, type RecordOf } from "../../record/schema.ts";
import {
  type FlatReader,
  type FlatWriter,
  putBoolean,
  putDouble,
  putNumber,
  putNumbers,
  putTerm,
  putTerms,
  putText,
  putTexts,
  takeBoolean,
  takeDouble,
  takeNumber,
  takeNumbers,
  takeTerm,
  takeText,
  takeTexts,
} from "./lists.ts";

/** The number of each kind in a message. */
export const KIND_NUMBERS: Readonly<Record<Kind, number>> = Object.fromEntries(
  KINDS.map((kind, at) => [kind, at]),
) as Record<Kind, number>;

/** Puts a record on the lists, all but its kind. */
export function putRecord(to: FlatWriter, record: AnyRecord): void {
  switch (record.kind) {
    case "conn":
      return putConn(to, record);
    case "dns":
      return putDns(to, record);
    case "http":
      return putHttp(to, record);
    case "ssl":
      return putSsl(to, record);
    case "arp":
      return putArp(to, record);
  }
  putBySchema(to, record);
}

/** Takes a record of a kind off the lists. A field that is not set is there, and undefined. */
export function takeRecord(from: FlatReader, kind: Kind): AnyRecord {
  switch (kind) {
    case "conn":
      return takeConn(from);
    case "dns":
      return takeDns(from);
    case "http":
      return takeHttp(from);
    case "ssl":
      return takeSsl(from);
    case "arp":
      return takeArp(from);
  }
  return takeBySchema(from, kind);
}

function putConn(to: FlatWriter, record: RecordOf<"conn">): void {
  putDouble(to, record.ts);
  putText(to, record.uid);
  putTerm(to, record.orig_h);
  putNumber(to, record.orig_p);
  putTerm(to, record.resp_h);
  putNumber(to, record.resp_p);
  putTerm(to, record.proto);
  putTerm(to, record.service);
  putNumber(to, record.duration);
  putNumber(to, record.orig_bytes);
  putNumber(to, record.resp_bytes);
  putTerm(to, record.conn_state);
  putBoolean(to, record.local_orig);
  putBoolean(to, record.local_resp);
  putNumber(to, record.missed_bytes);
  putTerm(to, record.history);
  putNumber(to, record.orig_pkts);
  putNumber(to, record.orig_ip_bytes);
  putNumber(to, record.resp_pkts);
  putNumber(to, record.resp_ip_bytes);
  putTexts(to, record.tunnel_parents);
  putNumber(to, record.ip_proto);
  putTerm(to, record.orig_l2_addr);
  putTerm(to, record.resp_l2_addr);
  putNumber(to, record.vlan);
  putNumber(to, record.inner_vlan);
  putText(to, record.community_id);
}

function takeConn(from: FlatReader): RecordOf<"conn"> {
  return {
    kind: "conn",
    ts: takeDouble(from),
    uid: takeText(from)!,
    orig_h: takeTerm(from)!,
    orig_p: takeNumber(from)!,
    resp_h: takeTerm(from)!,
    resp_p: takeNumber(from)!,
    proto: takeTerm(from)!,
    service: takeTerm(from),
    duration: takeNumber(from),
    orig_bytes: takeNumber(from),
    resp_bytes: takeNumber(from),
    conn_state: takeTerm(from)!,
    local_orig: takeBoolean(from),
    local_resp: takeBoolean(from),
    missed_bytes: takeNumber(from),
    history: takeTerm(from),
    orig_pkts: takeNumber(from),
    orig_ip_bytes: takeNumber(from),
    resp_pkts: takeNumber(from),
    resp_ip_bytes: takeNumber(from),
    tunnel_parents: takeTexts(from),
    ip_proto: takeNumber(from),
    orig_l2_addr: takeTerm(from),
    resp_l2_addr: takeTerm(from),
    vlan: takeNumber(from),
    inner_vlan: takeNumber(from),
    community_id: takeText(from),
  };
}

function putDns(to: FlatWriter, record: RecordOf<"dns">): void {
  putDouble(to, record.ts);
  putText(to, record.uid);
  putTerm(to, record.orig_h);
  putNumber(to, record.orig_p);
  putTerm(to, record.resp_h);
  putNumber(to, record.resp_p);
  putTerm(to, record.proto);
  putNumber(to, record.trans_id);
  putNumber(to, record.rtt);
  putText(to, record.query);
  putNumber(to, record.qclass);
  putTerm(to, record.qclass_name);
  putNumber(to, record.qtype);
  putTerm(to, record.qtype_name);
  putNumber(to, record.rcode);
  putTerm(to, record.rcode_name);
  putBoolean(to, record.AA);
  putBoolean(to, record.TC);
  putBoolean(to, record.RD);
  putBoolean(to, record.RA);
  putNumber(to, record.Z);
  putTexts(to, record.answers);
  putNumbers(to, record.TTLs);
  putBoolean(to, record.rejected);
  putNumber(to, record.opcode);
  putTerm(to, record.opcode_name);
}

function takeDns(from: FlatReader): RecordOf<"dns"> {
  return {
    kind: "dns",
    ts: takeDouble(from),
    uid: takeText(from)!,
    orig_h: takeTerm(from)!,
    orig_p: takeNumber(from)!,
    resp_h: takeTerm(from)!,
    resp_p: takeNumber(from)!,
    proto: takeTerm(from)!,
    trans_id: takeNumber(from),
    rtt: takeNumber(from),
    query: takeText(from),
    qclass: takeNumber(from),
    qclass_name: takeTerm(from),
    qtype: takeNumber(from),
    qtype_name: takeTerm(from),
    rcode: takeNumber(from),
    rcode_name: takeTerm(from),
    AA: takeBoolean(from),
    TC: takeBoolean(from),
    RD: takeBoolean(from),
    RA: takeBoolean(from),
    Z: takeNumber(from),
    answers: takeTexts(from),
    TTLs: takeNumbers(from),
    rejected: takeBoolean(from),
    opcode: takeNumber(from),
    opcode_name: takeTerm(from),
  };
}

function putHttp(to: FlatWriter, record: RecordOf<"http">): void {
  putDouble(to, record.ts);
  putText(to, record.uid);
  putTerm(to, record.orig_h);
  putNumber(to, record.orig_p);
  putTerm(to, record.resp_h);
  putNumber(to, record.resp_p);
  putNumber(to, record.trans_depth);
  putTerm(to, record.method);
  putText(to, record.host);
  putText(to, record.uri);
  putText(to, record.referrer);
  putTerm(to, record.version);
  putTerm(to, record.user_agent);
  putTerm(to, record.origin);
  putNumber(to, record.request_body_len);
  putNumber(to, record.response_body_len);
  putNumber(to, record.status_code);
  putTerm(to, record.status_msg);
  putNumber(to, record.info_code);
  putTerm(to, record.info_msg);
  putTexts(to, record.tags);
  putText(to, record.username);
  putText(to, record.password);
  putTexts(to, record.proxied);
  putTexts(to, record.orig_fuids);
  putTexts(to, record.orig_filenames);
  putTexts(to, record.orig_mime_types);
  putTexts(to, record.resp_fuids);
  putTexts(to, record.resp_filenames);
  putTexts(to, record.resp_mime_types);
}

function takeHttp(from: FlatReader): RecordOf<"http"> {
  return {
    kind: "http",
    ts: takeDouble(from),
    uid: takeText(from)!,
    orig_h: takeTerm(from)!,
    orig_p: takeNumber(from)!,
    resp_h: takeTerm(from)!,
    resp_p: takeNumber(from)!,
    trans_depth: takeNumber(from)!,
    method: takeTerm(from),
    host: takeText(from),
    uri: takeText(from),
    referrer: takeText(from),
    version: takeTerm(from),
    user_agent: takeTerm(from),
    origin: takeTerm(from),
    request_body_len: takeNumber(from),
    response_body_len: takeNumber(from),
    status_code: takeNumber(from),
    status_msg: takeTerm(from),
    info_code: takeNumber(from),
    info_msg: takeTerm(from),
    tags: takeTexts(from),
    username: takeText(from),
    password: takeText(from),
    proxied: takeTexts(from),
    orig_fuids: takeTexts(from),
    orig_filenames: takeTexts(from),
    orig_mime_types: takeTexts(from),
    resp_fuids: takeTexts(from),
    resp_filenames: takeTexts(from),
    resp_mime_types: takeTexts(from),
  };
}

function putSsl(to: FlatWriter, record: RecordOf<"ssl">): void {
  putDouble(to, record.ts);
  putText(to, record.uid);
  putTerm(to, record.orig_h);
  putNumber(to, record.orig_p);
  putTerm(to, record.resp_h);
  putNumber(to, record.resp_p);
  putTerm(to, record.version);
  putTerm(to, record.cipher);
  putTerm(to, record.curve);
  putText(to, record.server_name);
  putBoolean(to, record.resumed);
  putTerm(to, record.last_alert);
  putTerm(to, record.next_protocol);
  putBoolean(to, record.established);
  putText(to, record.ssl_history);
  putTerms(to, record.cert_chain_fps);
  putTerms(to, record.client_cert_chain_fps);
  putBoolean(to, record.sni_matches_cert);
  putText(to, record.subject);
  putText(to, record.issuer);
  putTerm(to, record.validation_status);
  putTerm(to, record.ja3);
  putTerm(to, record.ja3s);
  putTerm(to, record.ja4);
  putBoolean(to, record.is_DoH);
}

function takeSsl(from: FlatReader): RecordOf<"ssl"> {
  return {
    kind: "ssl",
    ts: takeDouble(from),
    uid: takeText(from)!,
    orig_h: takeTerm(from)!,
    orig_p: takeNumber(from)!,
    resp_h: takeTerm(from)!,
    resp_p: takeNumber(from)!,
    version: takeTerm(from),
    cipher: takeTerm(from),
    curve: takeTerm(from),
    server_name: takeText(from),
    resumed: takeBoolean(from),
    last_alert: takeTerm(from),
    next_protocol: takeTerm(from),
    established: takeBoolean(from),
    ssl_history: takeText(from),
    cert_chain_fps: takeTexts(from),
    client_cert_chain_fps: takeTexts(from),
    sni_matches_cert: takeBoolean(from),
    subject: takeText(from),
    issuer: takeText(from),
    validation_status: takeTerm(from),
    ja3: takeTerm(from),
    ja3s: takeTerm(from),
    ja4: takeTerm(from),
    is_DoH: takeBoolean(from),
  };
}

function putArp(to: FlatWriter, record: RecordOf<"arp">): void {
  putDouble(to, record.ts);
  putTerm(to, record.operation);
  putTerm(to, record.src_mac);
  putTerm(to, record.dst_mac);
  putTerm(to, record.orig_h);
  putTerm(to, record.resp_h);
  putTerm(to, record.orig_hw);
  putTerm(to, record.resp_hw);
  putText(to, record.uid);
}

function takeArp(from: FlatReader): RecordOf<"arp"> {
  return {
    kind: "arp",
    ts: takeDouble(from),
    operation: takeTerm(from)!,
    src_mac: takeTerm(from)!,
    dst_mac: takeTerm(from)!,
    orig_h: takeTerm(from)!,
    resp_h: takeTerm(from)!,
    orig_hw: takeTerm(from)!,
    resp_hw: takeTerm(from)!,
    uid: takeText(from)!,
  };
}

const FIELDS = Object.fromEntries(KINDS.map((kind) => [kind, fieldsOf(kind)])) as Record<
  Kind,
  ReturnType<typeof fieldsOf>
>;

function putBySchema(to: FlatWriter, record: AnyRecord): void {
  const values = record as unknown as Readonly<Record<string, unknown>>;
  for (const { name, type } of FIELDS[record.kind]) putValue(to, type, values[name]);
}

function takeBySchema(from: FlatReader, kind: Kind): AnyRecord {
  const record: Record<string, unknown> = { kind };
  for (const { name, type } of FIELDS[kind]) record[name] = takeValue(from, type);
  return record as unknown as AnyRecord;
}

function putValue(to: FlatWriter, type: FieldType, value: unknown): void {
  switch (type) {
    case "time":
    case "interval":
    case "count":
    case "port":
    case "double":
      return putNumber(to, value as number | undefined);
    case "bool":
      return putBoolean(to, value as boolean | undefined);
    case "string":
      return putText(to, value as string | undefined);
    case "addr":
    case "enum":
      return putTerm(to, value as string | undefined);
    case "vector[interval]":
      return putNumbers(to, value as readonly number[] | undefined);
    case "vector[string]":
    case "vector[addr]":
    case "set[string]":
    case "set[enum]":
      return putTexts(to, value as readonly string[] | undefined);
  }
}

function takeValue(from: FlatReader, type: FieldType): unknown {
  switch (type) {
    case "time":
    case "interval":
    case "count":
    case "port":
    case "double":
      return takeNumber(from);
    case "bool":
      return takeBoolean(from);
    case "string":
      return takeText(from);
    case "addr":
    case "enum":
      return takeTerm(from);
    case "vector[interval]":
      return takeNumbers(from);
    case "vector[string]":
    case "vector[addr]":
    case "set[string]":
    case "set[enum]":
      return takeTexts(from);
  }
}
