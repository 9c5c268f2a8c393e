// A record in one line for people: who with whom, and what of its fields says most. All fields are in `--json`.

import type { AnyRecord, Kind } from "../record/schema.ts";
import { byteSize, timeSpan } from "../ui/style.ts";

/** The fields that are told of each kind, in this order. */
const TOLD: { readonly [K in Kind]: readonly string[] } = {
  conn: ["proto", "service", "conn_state", "duration", "orig_bytes", "resp_bytes"],
  dns: ["query", "qtype_name", "rcode_name", "answers"],
  http: ["method", "host", "uri", "status_code", "user_agent"],
  ssl: ["version", "server_name", "subject", "validation_status"],
  ssh: ["client", "server", "auth_success"],
  files: ["source", "mime_type", "filename", "total_bytes", "md5"],
  x509: ["certificate.subject", "certificate.issuer"],
  dhcp: ["msg_types", "mac", "host_name", "assigned_addr"],
  arp: ["operation", "orig_hw", "resp_hw"],
  smtp: ["mailfrom", "rcptto", "subject", "last_reply"],
  ftp: ["user", "command", "arg", "reply_code", "reply_msg"],
  tunnel: ["tunnel_type", "action"],
  notice: ["note", "msg"],
  weird: ["name", "addl"],
  software: ["host", "software_type", "name", "unparsed_version"],
  login: ["proto", "user", "success"],
  quic: ["version", "server_name", "client_protocol"],
  ntp: ["mode", "stratum"],
};

/** Fields that need their name to be understood, or a unit. */
const WORDED: Readonly<Record<string, (value: unknown) => string>> = {
  duration: (value) => timeSpan(Number(value)),
  orig_bytes: (value) => `${byteSize(Number(value))} out`,
  resp_bytes: (value) => `${byteSize(Number(value))} in`,
  total_bytes: (value) => byteSize(Number(value)),
  auth_success: (value) => value ? "logged in" : "refused",
  success: (value) => value ? "logged in" : "refused",
  answers: (value) => `= ${listed(value)}`,
  mode: (value) => `mode ${value}`,
  stratum: (value) => `stratum ${value}`,
};

const listed = (value: unknown): string => Array.isArray(value) ? value.join(", ") : String(value);

/** The line, without time and kind. Not yet fit for a terminal: names in it are as they came. */
export function recordText(record: AnyRecord): string {
  const fields = record as unknown as Readonly<Record<string, unknown>>;
  const told = TOLD[record.kind].flatMap((name) => {
    const value = fields[name];
    return value === undefined || value === "" ? [] : [(WORDED[name] ?? listed)(value)];
  });
  return [endsText(fields), ...told].filter((word) => word !== "").join(" ");
}

/** "192.168.1.23:40000 → 192.168.1.10:22". */
function endsText({ orig_h, orig_p, resp_h, resp_p }: Readonly<Record<string, unknown>>): string {
  if (orig_h === undefined || resp_h === undefined) return "";
  return `${endText(String(orig_h), orig_p)} → ${endText(String(resp_h), resp_p)}`;
}

function endText(host: string, port: unknown): string {
  if (port === undefined) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
