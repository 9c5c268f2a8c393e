// JA3, JA3S and JA4, with a memory: most hellos of a network are those of a few programs, over and over.

import { BoundedMap } from "../../../profile/bounded-map.ts";
import type { ClientHello, ServerHello } from "./hello.ts";
import { ja3, ja3s, ja3sText } from "./ja3.ts";
import { type Carrier, ja4 } from "./ja4.ts";
import { isGrease } from "./names.ts";

/** Hellos that are remembered of clients, and as many of servers; the oldest is forgotten first. */
const MAX_REMEMBERED = 4096;
/** Longer descriptions than any program's are not remembered. */
const MAX_KEY_LENGTH = 1024;

export interface Fingerprint {
  readonly ja3: string;
  readonly ja4: string;
}

/** Takes fingerprints of hellos. One for the whole run. */
export interface Fingerprints {
  client(hello: ClientHello, carrier: Carrier): Fingerprint;
  /** JA3S. */
  server(hello: ServerHello): string;
}

/** A fingerprinter that remembers nothing yet. */
export function createFingerprints(): Fingerprints {
  const clients = new BoundedMap<string, Fingerprint>(MAX_REMEMBERED);
  const servers = new BoundedMap<string, string>(MAX_REMEMBERED);
  return {
    client(hello, carrier) {
      describe(hello, carrier);
      if (units.length > MAX_KEY_LENGTH) return { ja3: ja3(hello), ja4: ja4(hello, carrier) };
      const key = String.fromCharCode.apply(null, units);
      return clients.get(key) ?? remember(clients, key, { ja3: ja3(hello), ja4: ja4(hello, carrier) });
    },
    server(hello) {
      const key = ja3sText(hello);
      return servers.get(key) ?? (key.length > MAX_KEY_LENGTH ? ja3s(hello) : remember(servers, key, ja3s(hello)));
    },
  };
}

function remember<V extends NonNullable<unknown>>(known: BoundedMap<string, V>, key: string, value: V): V {
  known.set(key, value);
  return value;
}

const units: number[] = [];

/**
 * Puts into `units` all of a hello that its fingerprints depend on. Every number is one UTF-16 unit, as it has two bytes
 * on the wire, and every list begins with its length.
 */
function describe(hello: ClientHello, carrier: Carrier): void {
  units.length = 0;
  units.push(carrier.charCodeAt(0), hello.version);
  addList(hello.cipherSuites);
  addList(hello.extensions);
  addList(hello.supportedGroups);
  addList(hello.signatureAlgorithms);
  addList(hello.supportedVersions);
  // One byte each: what GREASE is for numbers of two bytes is not for these.
  units.push(hello.pointFormats.length, ...hello.pointFormats, ...hello.protocolEnds ?? []);
}

function addList(values: readonly number[]): void {
  const at = units.push(0) - 1;
  for (const value of values) if (!isGrease(value)) units.push(value);
  units[at] = units.length - at;
}
