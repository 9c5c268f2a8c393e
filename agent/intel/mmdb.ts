// Reads MaxMind DB files (https://maxmind.github.io/MaxMind-DB/, version 2.0), which say for every network what is known
// of it: its AS number, its country. The bytes may be shared memory, so that all threads read one copy. Nothing is
// decoded before it is asked for; every place that the file points to is checked, because the file is the user's.

import { parseAddress } from "../record/address-text.ts";

/** Ends the data; the metadata begin after its last occurrence. */
const METADATA_MARKER = new Uint8Array([0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")]);
/** The metadata lie within the last 128 KiB ("Database Metadata"). */
const METADATA_BYTES = 128 * 1024;
/** Zero bytes between the search tree and the data ("Data Section Separator"). */
const SEPARATOR_BYTES = 16;
/** Maps and lists inside each other: real databases have three or four. */
const DEEPEST = 16;
/** Entries of one map or list; the largest real ones have a hundred. */
const MOST_ENTRIES = 65_536;

// Types of data ("Data Field Format").
const POINTER = 1,
  TEXT = 2,
  DOUBLE = 3,
  BYTES = 4,
  UINT16 = 5,
  UINT32 = 6,
  MAP = 7,
  INT32 = 8,
  UINT64 = 9,
  UINT128 = 10;
const LIST = 11, BOOLEAN = 14, FLOAT = 15;

/** What a database says; numbers wider than 53 bits as bigint. */
export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue };

export interface Mmdb {
  /** What kind of database it is, for instance "GeoLite2-ASN". */
  readonly type: string;
  /** When it was made, Unix seconds. */
  readonly built: number;
  /** What it says of an address (either family); undefined for an address it does not know, or for no address. */
  lookup(ip: string): MmdbValue | undefined;
}

/** The file is no MaxMind DB, or damaged; `message` says what is wrong with it. */
export class MmdbError extends Error {
  override name = "MmdbError";
}

/**
 * Opens a database.
 * @throws {MmdbError} when it is none.
 */
export function openMmdb(bytes: Uint8Array): Mmdb {
  const marker = findMarker(bytes);
  if (marker < 0) throw new MmdbError("it is no MaxMind database");
  const metadata = readValue(bytes, marker, bytes.length, marker).value;
  const number = (key: string): number => {
    const value = isMap(metadata) ? metadata[key] : undefined;
    if (typeof value === "bigint") return Number(value);
    if (typeof value !== "number") throw new MmdbError(`its metadata lack ${key}`);
    return value;
  };
  const nodes = number("node_count");
  const recordBits = number("record_size");
  const version = number("ip_version");
  if (number("binary_format_major_version") !== 2) throw new MmdbError("it is of another version than 2");
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32) {
    throw new MmdbError(`its records have ${recordBits} bits, not 24, 28 or 32`);
  }
  const nodeBytes = recordBits / 4;
  const data = nodes * nodeBytes + SEPARATOR_BYTES;
  const end = marker - METADATA_MARKER.length;
  if (data > end) throw new MmdbError("it is cut off");

  function child(node: number, bit: number): number {
    const at = node * nodeBytes;
    if (recordBits === 24) return uint(bytes, at + 3 * bit, 3);
    if (recordBits === 32) return uint(bytes, at + 4 * bit, 4);
    // Both records share the middle byte: its upper half belongs to the left one.
    const middle = bytes[at + 3]!;
    return bit === 0 ? (middle >>> 4) * 2 ** 24 + uint(bytes, at, 3) : (middle & 15) * 2 ** 24 + uint(bytes, at + 4, 3);
  }

  // IPv4 stands in a tree for IPv6 under ::/96.
  let ipv4Root = 0;
  if (version === 6) { for (let i = 0; i < 96 && ipv4Root < nodes; i++) ipv4Root = child(ipv4Root, 0); }

  const words = new Uint32Array(4);
  return {
    type: isMap(metadata) ? String(metadata["database_type"] ?? "") : "",
    built: number("build_epoch"),
    lookup(ip) {
      const family = parseAddress(ip, words);
      if (family === 0 || (family === 6 && version === 4)) return undefined;
      let node = family === 4 ? ipv4Root : 0;
      const bits = family === 4 ? 32 : 128;
      for (let i = 0; i < bits && node < nodes; i++) node = child(node, (words[i >> 5]! >>> (31 - (i & 31))) & 1);
      if (node <= nodes) return undefined;
      const at = data + node - nodes - SEPARATOR_BYTES;
      return at < data || at >= end ? undefined : readValue(bytes, data, end, at).value;
    },
  };
}

function findMarker(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - METADATA_BYTES);
  for (let at = bytes.length - METADATA_MARKER.length; at >= first; at--) {
    if (METADATA_MARKER.every((byte, i) => bytes[at + i] === byte)) return at + METADATA_MARKER.length;
  }
  return -1;
}

function uint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

function isMap(value: MmdbValue): value is { readonly [key: string]: MmdbValue } {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** The value at `at` and where the next one begins; pointers count from `base`, and nothing lies at or after `end`. */
function readValue(
  bytes: Uint8Array,
  base: number,
  end: number,
  at: number,
  depth = 0,
  viaPointer = false,
): { value: MmdbValue; next: number } {
  if (depth > DEEPEST) throw new MmdbError("its data are nested too deep");
  const need = (length: number): void => {
    if (at + length > end) throw new MmdbError("its data are cut off");
  };
  need(1);
  const control = bytes[at++]!;
  let type = control >>> 5;
  if (type === POINTER) {
    if (viaPointer) throw new MmdbError("a pointer leads to a pointer");
    const size = (control >>> 3) & 3;
    need(size + 1);
    const rest = uint(bytes, at, size + 1);
    const high = control & 7;
    const target = base +
      (size === 0
        ? high * 256 + rest
        : size === 1
        ? high * 65_536 + rest + 2048
        : size === 2
        ? high * 2 ** 24 + rest + 526_336
        : rest);
    return { value: readValue(bytes, base, end, target, depth, true).value, next: at + size + 1 };
  }
  if (type === 0) {
    need(1);
    type = bytes[at++]! + 7;
  }
  let size = control & 31;
  if (size >= 29) {
    const extra = size - 28;
    need(extra);
    size = [29, 285, 65_821][extra - 1]! + uint(bytes, at, extra);
    at += extra;
  }
  if (type === MAP || type === LIST) {
    if (size > MOST_ENTRIES) throw new MmdbError("a map or list in it is too long");
    const list: MmdbValue[] = [];
    const map: Record<string, MmdbValue> = {};
    for (let i = 0; i < size; i++) {
      let key = "";
      if (type === MAP) {
        const read = readValue(bytes, base, end, at, depth + 1);
        key = String(read.value);
        at = read.next;
      }
      const { value, next } = readValue(bytes, base, end, at, depth + 1);
      if (type === MAP) map[key] = value;
      else list.push(value);
      at = next;
    }
    return { value: type === MAP ? map : list, next: at };
  }
  if (type === BOOLEAN) return { value: size !== 0, next: at };
  need(size);
  return { value: readScalar(bytes, type, at, size), next: at + size };
}

const UTF8 = new TextDecoder();

function readScalar(bytes: Uint8Array, type: number, at: number, size: number): MmdbValue {
  // A copy: decoders and views refuse shared memory.
  const copy = (): Uint8Array<ArrayBuffer> => new Uint8Array(bytes.subarray(at, at + size));
  switch (type) {
    case TEXT:
      return UTF8.decode(copy());
    case BYTES:
      return copy();
    case DOUBLE:
    case FLOAT: {
      if (size !== (type === DOUBLE ? 8 : 4)) throw new MmdbError("a number in it has a wrong length");
      const view = new DataView(copy().buffer);
      return type === DOUBLE ? view.getFloat64(0) : view.getFloat32(0);
    }
    case UINT16:
    case UINT32:
      return uint(bytes, at, size);
    case INT32:
      return uint(bytes, at, size) | 0;
    case UINT64:
    case UINT128: {
      let value = 0n;
      for (const byte of copy()) value = value << 8n | BigInt(byte);
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    default:
      throw new MmdbError(`there is a value of the unknown type ${type} in it`);
  }
}
