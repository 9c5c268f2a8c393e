// A group of peers: its name, and for closed groups its secret. Two keys are made from them: one seals announcements, the
// other, in closed groups only, encrypts every connection from its first byte on. Without the secret nobody can read or
// make either, nor learn that this group exists; with the secret alone nobody can speak as another peer.

import { hkdfSync, scryptSync } from "node:crypto";

export interface Group {
  /** AES-256 key for announcements. */
  readonly announcementKey: Uint8Array;
  /** A key file of libp2p's private networks (https://github.com/libp2p/specs/blob/master/pnet/Private-Networks-PSK-V1.md). */
  readonly connectionKey: Uint8Array<ArrayBuffer> | undefined;
}

const KEY_BYTES = 32;
/** Work for one guess at a secret, of which anybody on the network can try as many as he likes (RFC 7914; 0.1 s, 32 MiB). */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;

/** The keys of a group. An open group has an empty secret: everybody who knows its name belongs to it. */
export function groupOf(name: string, secret: string): Group {
  const material = secret === "" ? "" : scryptSync(secret, name, KEY_BYTES, SCRYPT);
  // RFC 5869: the name as salt, the purpose as info.
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", material, name, purpose, KEY_BYTES));
  const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    announcementKey: derive("smartshield announcements 1"),
    connectionKey: secret === ""
      ? undefined
      : new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${hex(derive("smartshield connections 1"))}`),
  };
}
