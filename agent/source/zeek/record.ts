// The last step for both forms of Zeek logs: values in the slots of a kind become a record.

import type { AnyRecord, Kind } from "../../record/schema.ts";
import type { LabelledConnection } from "../record-reader.ts";
import { KIND_FORMS, type KindForm } from "./kinds.ts";
import { OLD_FIELDS } from "./old-fields.ts";

/** Makes the record, or says what is missing. The values are used up. */
export function recordOfValues(form: KindForm, values: unknown[]): AnyRecord | string {
  for (const slot of form.required) if (values[slot] === undefined) return MISSING[form.kind][slot]!;
  OLD_FIELDS[form.kind]?.(values);
  return form.kind === "conn" ? connectionOf(values) : anyRecord(form, values);
}

/** What is said of a field that is missing; made once, so that the texts are few. */
const MISSING = Object.fromEntries(
  Object.values(KIND_FORMS).map(({ kind, names }) => [kind, names.map((name) => `has no usable ${name}`)]),
) as unknown as Readonly<Record<Kind, readonly string[]>>;

function anyRecord({ kind, names, recordSlots }: KindForm, values: unknown[]): AnyRecord {
  const record: Record<string, unknown> = { kind };
  for (let slot = 0; slot < recordSlots; slot++) {
    const value = values[slot];
    if (value !== undefined) record[names[slot]!] = value;
  }
  return record as unknown as AnyRecord;
}

const { names: CONN_NAMES } = KIND_FORMS.conn;
const LABEL = CONN_NAMES.indexOf("label");
const DETAILED = CONN_NAMES.indexOf("detailedlabel");
const DETAILED_HYPHEN = CONN_NAMES.indexOf("detailed-label");

/**
 * Nine of ten lines are connections: written out in the order of the schema, because all records of one shape are made
 * and read twice as fast as records that grow field by field.
 */
function connectionOf(v: unknown[]): AnyRecord {
  const record = {
    kind: "conn",
    ts: v[0],
    uid: v[1],
    orig_h: v[2],
    orig_p: v[3],
    resp_h: v[4],
    resp_p: v[5],
    proto: v[6],
    service: v[7],
    duration: v[8],
    orig_bytes: v[9],
    resp_bytes: v[10],
    conn_state: v[11],
    local_orig: v[12],
    local_resp: v[13],
    missed_bytes: v[14],
    history: v[15],
    orig_pkts: v[16],
    orig_ip_bytes: v[17],
    resp_pkts: v[18],
    resp_ip_bytes: v[19],
    tunnel_parents: v[20],
    ip_proto: v[21],
    orig_l2_addr: v[22],
    resp_l2_addr: v[23],
    vlan: v[24],
    inner_vlan: v[25],
    community_id: v[26],
  } as LabelledConnection;
  const label = v[LABEL];
  if (label !== undefined && label !== "") record.label = label as string;
  const detailed = v[DETAILED] ?? v[DETAILED_HYPHEN];
  if (detailed !== undefined && detailed !== "") record.detailedlabel = detailed as string;
  return record;
}

/**
 * When Zeek wrote the record, Unix seconds: a connection when it was over, an answered question with its answer, a file
 * or a lease with its last packet, anything else at once.
 */
export function writtenAt(record: AnyRecord): number {
  switch (record.kind) {
    case "conn":
    case "files":
    case "dhcp":
      return record.ts + Math.max(0, record.duration ?? 0);
    case "dns":
      return record.ts + Math.max(0, record.rtt ?? 0);
    default:
      return record.ts;
  }
}
