// Which record a Zeek log becomes, and where its fields go. Zeek has renamed fields over the years: what they were called
// before leads to the same place, and what has to be worked out from several old fields is kept beside the record first.

import { fieldsOf, type FieldType, type Kind, KINDS } from "../../record/schema.ts";

/** The fields of a kind as numbered slots: those of the record, in its order, then those kept beside it. */
export interface KindForm {
  readonly kind: Kind;
  readonly names: readonly string[];
  readonly types: readonly FieldType[];
  /** How many of the slots are fields of the record. */
  readonly recordSlots: number;
  /** Slots without which there is no record. */
  readonly required: readonly number[];
  /** Slot by what a log calls the field. */
  readonly slotOf: ReadonlyMap<string, number>;
}

/** Names of fields that changed: what else the field of a kind is called in logs. */
const OTHER_NAMES: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>> = {
  // Certificates had an identifier as files before they had a fingerprint (Zeek 5); it links the same two logs.
  ssl: { cert_chain_fuids: "cert_chain_fps", client_cert_chain_fuids: "client_cert_chain_fps" },
  x509: { id: "fingerprint" },
  ssh: { host_key: "host_key_fingerprint", hasshServer: "hassh_server" },
  dhcp: { assigned_ip: "assigned_addr", requested_ip: "requested_addr" },
  arp: { "id.orig_h": "orig_h", "id.resp_h": "resp_h" },
};

/** Fields that no record has and from which one is worked out, with their types. */
const BESIDE: Readonly<Partial<Record<Kind, Readonly<Record<string, FieldType>>>>> = {
  conn: { label: "string", detailedlabel: "string", "detailed-label": "string" },
  files: { tx_hosts: "vector[addr]", rx_hosts: "vector[addr]", conn_uids: "vector[string]" },
  ssh: { status: "string" },
  dhcp: { uid: "string", "id.orig_h": "addr", "id.resp_h": "addr" },
};

/** Fields that are worked out when a log has none (see old-fields.ts), so that their absence breaks no record. */
const WORKED_OUT: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  conn: ["uid", "conn_state"],
  dns: ["uid", "proto"],
  http: ["uid", "trans_depth"],
  smtp: ["uid", "trans_depth"],
  ssl: ["uid"],
  ssh: ["uid"],
  ftp: ["uid"],
  tunnel: ["uid"],
  login: ["uid", "proto"],
  quic: ["uid"],
  ntp: ["uid"],
  arp: ["uid"],
  files: ["fuid"],
};

/** The slots of every kind. */
export const KIND_FORMS = Object.fromEntries(KINDS.map((kind) => [kind, formOf(kind)])) as Readonly<
  Record<Kind, KindForm>
>;

function formOf(kind: Kind): KindForm {
  const fields = fieldsOf(kind);
  const beside = Object.entries(BESIDE[kind] ?? {});
  const names = [...fields.map(({ name }) => name), ...beside.map(([name]) => name)];
  const slotOf = new Map<string, number>();
  for (const [slot, name] of names.entries()) slotOf.set(name, slot);
  for (const [slot, { zeekName }] of fields.entries()) slotOf.set(zeekName, slot);
  for (const [other, name] of Object.entries(OTHER_NAMES[kind] ?? {})) slotOf.set(other, names.indexOf(name));
  // Databases that know no points in names have them replaced (`Log::default_scope_sep = "_"`).
  for (const [name, slot] of [...slotOf]) if (!slotOf.has(underscored(name))) slotOf.set(underscored(name), slot);
  const workedOut = WORKED_OUT[kind] ?? [];
  return {
    kind,
    names,
    types: [...fields.map(({ type }) => type), ...beside.map(([, type]) => type)],
    recordSlots: fields.length,
    required: fields.flatMap(({ name, required }, slot) => required && !workedOut.includes(name) ? [slot] : []),
    slotOf,
  };
}

function underscored(name: string): string {
  return name.replaceAll(".", "_");
}

/** The kind of record that a log of this name (`#path`, `_path`) becomes; undefined when there is none. */
export function kindOfLog(log: string): Kind | undefined {
  return Object.hasOwn(KIND_FORMS, log) ? log as Kind : undefined;
}

/** Fields that tell a log, most frequent log first: all of one of the lists have to be there. */
const SIGNATURES: readonly (readonly [log: string, ...fields: string[]])[] = [
  ["conn", "conn_state"],
  ["conn", "missed_bytes", "proto"],
  ["dns", "rejected", "trans_id"],
  ["dns", "qtype"],
  ["dns", "trans_id", "query"],
  ["dns", "rejected", "proto"],
  ["sip", "call_id"],
  ["sip", "request_path"],
  ["http", "trans_depth", "request_body_len"],
  ["http", "trans_depth", "method"],
  ["http", "trans_depth", "status_code"],
  ["http", "trans_depth", "tags"],
  ["smtp", "trans_depth", "tls"],
  ["smtp", "trans_depth", "helo"],
  ["smtp", "mailfrom"],
  ["ssl", "established"],
  ["ssl", "cipher", "server_name"],
  ["files", "fuid", "seen_bytes"],
  ["files", "fuid", "analyzers"],
  ["x509", "certificate.subject"],
  ["x509", "certificate.serial"],
  ["ssh", "auth_attempts"],
  ["ssh", "kex_alg"],
  ["ssh", "host_key_alg"],
  ["notice", "note"],
  ["weird", "name", "notice"],
  ["weird", "name", "peer"],
  ["software", "software_type"],
  ["tunnel", "tunnel_type"],
  ["arp", "operation", "src_mac"],
  ["dhcp", "msg_types"],
  ["dhcp", "mac", "lease_time"],
  ["dhcp", "mac", "assigned_addr"],
  ["ftp", "command", "reply_code"],
  ["ftp", "command", "user"],
  ["ftp", "data_channel.passive"],
  ["login", "client_user"],
  ["login", "confused"],
  ["quic", "client_initial_dcid"],
  ["ntp", "stratum", "mode"],
];

/** The log that has these fields; undefined when it is none that becomes records. */
export function logOfFields(has: (field: string) => boolean): string | undefined {
  for (const [log, ...fields] of SIGNATURES) {
    if (fields.every((field) => has(field) || field.includes(".") && has(underscored(field)))) return log;
  }
  return undefined;
}
