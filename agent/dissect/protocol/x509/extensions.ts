// The two extensions of certificates that go into records: alternative names and basic constraints (RFC 5280 section 4.2.1).

import { formatIPv4, formatIPv6 } from "../../../record/address-text.ts";
import { wireText } from "../../text.ts";
import { childrenOf, type Element, elementAt, objectIdentifier, Tag } from "./der.ts";

/** Other names of the subject, by kind. */
export interface AlternativeNames {
  readonly dns: string[];
  readonly uri: string[];
  readonly email: string[];
  readonly ip: string[];
}

/** Whether the subject may sign certificates, and how many levels may follow. */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

export interface Extensions {
  readonly names: AlternativeNames | undefined;
  readonly constraints: BasicConstraints | undefined;
}

const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
/** Names kept of one certificate; Zeek keeps 500 a field. */
const MAX_NAMES = 500;
/** Bytes kept of one name. */
const MAX_NAME_BYTES = 4096;

/** Reads the extensions inside the `[3]` element; a malformed extension is left out. */
export function readExtensions(bytes: Uint8Array, wrapper: Element): Extensions {
  let names: AlternativeNames | undefined;
  let constraints: BasicConstraints | undefined;
  for (const extension of childrenOf(bytes, elementAt(bytes, wrapper.start, wrapper.end)) ?? []) {
    const fields = childrenOf(bytes, extension);
    const type = fields?.[0], value = fields?.at(-1);
    if (type === undefined || value?.tag !== Tag.octetString) continue;
    const oid = objectIdentifier(bytes, type);
    if (oid !== SUBJECT_ALTERNATIVE_NAME && oid !== BASIC_CONSTRAINTS) continue;
    const content = childrenOf(bytes, elementAt(bytes, value.start, value.end));
    if (content === undefined) continue;
    if (oid === BASIC_CONSTRAINTS) constraints = basicConstraints(bytes, content);
    else names = alternativeNames(bytes, content);
  }
  return { names, constraints };
}

function basicConstraints(bytes: Uint8Array, content: readonly Element[]): BasicConstraints {
  const ca = content.find((element) => element.tag === Tag.boolean);
  const depth = content.find((element) => element.tag === Tag.integer);
  let pathLength: number | undefined;
  // More than two bytes of levels is nothing that anybody means.
  if (depth !== undefined && depth.end - depth.start <= 2) {
    pathLength = 0;
    for (let at = depth.start; at < depth.end; at++) pathLength = pathLength * 256 + bytes[at]!;
  }
  return { ca: ca !== undefined && bytes[ca.start] !== 0, pathLength };
}

/** Context tags of GeneralName. */
const EMAIL = 0x81, DNS = 0x82, URI = 0x86, IP_ADDRESS = 0x87;

function alternativeNames(bytes: Uint8Array, content: readonly Element[]): AlternativeNames {
  const names: AlternativeNames = { dns: [], uri: [], email: [], ip: [] };
  const add = (list: string[], name: Element): void => {
    if (list.length < MAX_NAMES) {
      list.push(wireText(bytes, name.start, Math.min(name.end, name.start + MAX_NAME_BYTES)));
    }
  };
  for (const name of content) {
    if (name.tag === DNS) add(names.dns, name);
    else if (name.tag === URI) add(names.uri, name);
    else if (name.tag === EMAIL) add(names.email, name);
    else if (name.tag === IP_ADDRESS && names.ip.length < MAX_NAMES) {
      const address = addressText(bytes, name);
      if (address !== undefined) names.ip.push(address);
    }
  }
  return names;
}

function addressText(bytes: Uint8Array, name: Element): string | undefined {
  const size = name.end - name.start;
  if (size !== 4 && size !== 16) return undefined;
  const words: number[] = [];
  for (let at = name.start; at < name.end; at += 4) {
    words.push((bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0);
  }
  return size === 4 ? formatIPv4(words[0]!) : formatIPv6(words);
}
