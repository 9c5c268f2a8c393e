// "Here I am": what a peer says on the local network about itself. Sealed with the group's key, so that only the group
// reads it; signed with the peer's own, so that nobody announces another; numbered by time, so that a recording of it is
// worth nothing.
//
//   sealed    version 1 (1 byte), nonce (12), AES-256-GCM of the plain text with the version as additional data, tag (16)
//   plain     flags (1), time (8: microseconds), port (2), length and bytes of the peer id, addresses (1: how many; each
//             4 or 16 and so many bytes), Ed25519 signature (64) of all before it

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { publicKeyFromMultihash } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { peerIdFromMultihash, peerIdFromPrivateKey } from "@libp2p/peer-id";
import * as Digest from "multiformats/hashes/digest";
import { formatIPv4, formatIPv6, parseAddress } from "../../agent/record/address-text.ts";
import type { Group } from "./group.ts";

export interface Announcement {
  /** Peer id as text. */
  readonly peer: string;
  /** Microseconds; grows with each announcement of a peer. */
  readonly time: number;
  readonly port: number;
  readonly addresses: readonly string[];
  /** Asks those who hear it to announce themselves. */
  readonly asks: boolean;
  /** The peer goes. */
  readonly leaving: boolean;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SIGNATURE_BYTES = 64;
/** Bytes of an Ed25519 peer id: an identity multihash of the public key. */
const ID_BYTES = 38;
const ASKS = 1;
const LEAVING = 2;
/** Addresses told. */
const MAXIMUM_ADDRESSES = 16;
/** What is signed begins with its purpose, so that it cannot be taken for anything else signed with the key. */
const PURPOSE = new TextEncoder().encode("smartshield announcement 1\n");

/** The sealed announcement, to be cut into TXT strings. */
export async function seal(
  announcement: Omit<Announcement, "peer">,
  key: PrivateKey,
  group: Group,
): Promise<Uint8Array> {
  const id = peerIdFromPrivateKey(key).toMultihash().bytes;
  const addresses = announcement.addresses.slice(0, MAXIMUM_ADDRESSES).map(addressBytes);
  const body = new Uint8Array(12 + id.length + 1 + addresses.reduce((sum, bytes) => sum + 1 + bytes.length, 0));
  const view = new DataView(body.buffer);
  view.setUint8(0, (announcement.asks ? ASKS : 0) | (announcement.leaving ? LEAVING : 0));
  view.setBigUint64(1, BigInt(announcement.time));
  view.setUint16(9, announcement.port);
  view.setUint8(11, id.length);
  body.set(id, 12);
  let at = 12 + id.length;
  body[at++] = addresses.length;
  for (const bytes of addresses) {
    body[at++] = bytes.length;
    body.set(bytes, at);
    at += bytes.length;
  }
  const plain = join(body, await key.sign(join(PURPOSE, body)));
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", group.announcementKey, nonce);
  cipher.setAAD(Uint8Array.of(VERSION));
  const sealed = join(cipher.update(plain), cipher.final());
  return join(Uint8Array.of(VERSION), nonce, sealed, cipher.getAuthTag());
}

/** What only the group can read, not verified yet. */
export interface Opened {
  readonly announcement: Announcement;
  /** Whether the peer itself said it. Costs some 100 microseconds. */
  verify(): Promise<boolean>;
}

/** Opens a sealed announcement; undefined when it is not of this group, or damaged. Never throws. */
export function open(sealed: Uint8Array, group: Group): Opened | undefined {
  if (sealed[0] !== VERSION || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) return undefined;
  let plain: Uint8Array;
  try {
    const opener = createDecipheriv("aes-256-gcm", group.announcementKey, sealed.slice(1, 1 + NONCE_BYTES));
    opener.setAAD(Uint8Array.of(VERSION));
    opener.setAuthTag(sealed.slice(-TAG_BYTES));
    plain = join(opener.update(sealed.slice(1 + NONCE_BYTES, -TAG_BYTES)), opener.final());
  } catch {
    return undefined;
  }
  const body = plain.subarray(0, -SIGNATURE_BYTES);
  const signature = plain.subarray(-SIGNATURE_BYTES);
  if (body.length < 12 + ID_BYTES + 1 || body[11] !== ID_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const addresses: string[] = [];
  let at = 12 + ID_BYTES;
  const count = body[at++]!;
  for (let i = 0; i < count; i++) {
    const length = body[at]!;
    if ((length !== 4 && length !== 16) || at + 1 + length > body.length || i >= MAXIMUM_ADDRESSES) return undefined;
    addresses.push(
      length === 4
        ? formatIPv4(view.getUint32(at + 1))
        : formatIPv6([1, 5, 9, 13].map((word) => view.getUint32(at + word))),
    );
    at += 1 + length;
  }
  try {
    const digest = Digest.decode(body.slice(12, 12 + ID_BYTES));
    // deno-lint-ignore no-explicit-any -- the libraries name the same bytes by different types
    const peer = peerIdFromMultihash(digest as any).toString();
    return {
      announcement: {
        peer,
        time: Number(view.getBigUint64(1)),
        port: view.getUint16(9),
        addresses,
        asks: (body[0]! & ASKS) !== 0,
        leaving: (body[0]! & LEAVING) !== 0,
      },
      async verify() {
        try {
          // deno-lint-ignore no-explicit-any -- as above
          return await publicKeyFromMultihash(digest as any).verify(join(PURPOSE, body), signature);
        } catch {
          return false;
        }
      },
    };
  } catch {
    return undefined;
  }
}

function addressBytes(ip: string): Uint8Array {
  const words = new Uint32Array(4);
  const bytes = new Uint8Array(parseAddress(ip, words) === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < bytes.length / 4; word++) view.setUint32(4 * word, words[word]!);
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
