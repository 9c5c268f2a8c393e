// Records without what depends on when the packets came: two receptions of the same traffic say the same then.

import type { AnyRecord } from "../../agent/record/schema.ts";

/** Fields that are times, lengths of time, or names made from times. */
const TIMES = new Set([
  "ts",
  "uid",
  "fuid",
  "uids",
  "fuids",
  "duration",
  "rtt",
  "tunnel_parents",
  "conn_uids",
  "cert_chain_fuids",
  "orig_fuids",
  "resp_fuids",
  "client_cert_chain_fuids",
  "parent_uid",
]);

/** The record as one line without its times. */
export function timeless(record: AnyRecord): string {
  return JSON.stringify(record, (key, value) => TIMES.has(key) ? undefined : value);
}
