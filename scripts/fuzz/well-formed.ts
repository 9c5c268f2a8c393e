// Whether a record is what the schema says: no field that it does not know, none missing, each of its type.

import type { AnyRecord } from "../../agent/record/schema.ts";
import { fieldsOf, type FieldType, type Kind, KINDS } from "../../agent/record/schema.ts";

const FIELDS = new Map(KINDS.map((kind) => [kind, new Map(fieldsOf(kind).map((field) => [field.name, field]))]));
const REQUIRED = new Map(
  KINDS.map((kind) => [kind, fieldsOf(kind).filter(({ required }) => required).map(({ name }) => name)]),
);

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/, IPV6 = /^[0-9a-f:]{2,39}(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})?$/;

function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && (IPV4.test(value) || IPV6.test(value));
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

const CHECKS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  time: isTime,
  interval: isTime,
  count: (value) => Number.isInteger(value) && (value as number) >= 0,
  port: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
  double: isTime,
  bool: (value) => typeof value === "boolean",
  string: isText,
  addr: isAddress,
  enum: (value) => isText(value) && value !== "",
  "vector[string]": (value) => Array.isArray(value) && value.every(isText),
  "vector[addr]": (value) => Array.isArray(value) && value.every(isAddress),
  "vector[interval]": (value) => Array.isArray(value) && value.every(isTime),
  "set[string]": (value) => Array.isArray(value) && value.every(isText),
  "set[enum]": (value) => Array.isArray(value) && value.every(isText),
};

/** What is wrong with the record, or undefined. */
export function faultOf(record: AnyRecord): string | undefined {
  const fields = FIELDS.get(record.kind as Kind);
  if (fields === undefined) return `a record of the unknown kind ${record.kind}`;
  for (const [name, value] of Object.entries(record)) {
    if (name === "kind" || value === undefined) continue;
    const field = fields.get(name);
    if (field === undefined) return `${record.kind} has an unknown field ${name}`;
    if (!CHECKS[field.type](value)) return `${record.kind}.${name} is no ${field.type}: ${shown(value)}`;
  }
  for (const name of REQUIRED.get(record.kind as Kind)!) {
    if ((record as unknown as Record<string, unknown>)[name] === undefined) return `${record.kind} lacks ${name}`;
  }
  return undefined;
}

/** Characters of a value that are shown. */
const SHOWN = 120;

function shown(value: unknown): string {
  return (typeof value === "number" ? String(value) : JSON.stringify(value)).slice(0, SHOWN);
}
