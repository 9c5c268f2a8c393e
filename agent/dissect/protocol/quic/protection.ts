// The protection of Initial packets (RFC 9001 section 5): its keys follow from a connection id that is sent in the clear, so
// that it keeps out accidents, not observers.

import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { LongPacket } from "./packet.ts";
import type { QuicVersion } from "./version.ts";

/** Keys of one direction. */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerKey: Uint8Array;
}

const KEY_LENGTH = 16, IV_LENGTH = 12, SECRET_LENGTH = 32;
/** AES-GCM's tag at the end of each packet, and the sample that its header protection is made of. */
const TAG_LENGTH = 16, SAMPLE_LENGTH = 16;
const MAX_NUMBER_LENGTH = 4;
/** RFC 2104 section 2; the block of SHA-256 is 64 bytes (FIPS 180-4 figure 1). */
const SHA256_BLOCK_LENGTH = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5c;

/** Keys of both directions from the first destination connection id of the client (RFC 9001 section 5.2). */
export function initialKeys(
  version: QuicVersion,
  connectionId: Uint8Array,
): { readonly client: InitialKeys; readonly server: InitialKeys } {
  const secret = hmac(Uint8Array.fromHex(version.salt), connectionId);
  return {
    client: directionKeys(version, expandLabel(secret, "client in", SECRET_LENGTH)),
    server: directionKeys(version, expandLabel(secret, "server in", SECRET_LENGTH)),
  };
}

function directionKeys(version: QuicVersion, secret: Uint8Array): InitialKeys {
  return {
    key: expandLabel(secret, `${version.label} key`, KEY_LENGTH),
    iv: expandLabel(secret, `${version.label} iv`, IV_LENGTH),
    headerKey: expandLabel(secret, `${version.label} hp`, KEY_LENGTH),
  };
}

/** HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context; one block of output is enough for all of these. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const text = new TextEncoder().encode(`tls13 ${label}`);
  return hmac(secret, new Uint8Array([0, length, text.length, ...text, 0, 1])).subarray(0, length);
}

const padded = new Uint8Array(SHA256_BLOCK_LENGTH);

/** HMAC-SHA256 (RFC 2104) with a key of one block at most, from two plain hashes: a third of what the library's HMAC costs. */
function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const inner = createHash("sha256").update(pad(key, INNER_PAD)).update(data).digest();
  // A copy, because slices of the library's buffers are not.
  return new Uint8Array(createHash("sha256").update(pad(key, OUTER_PAD)).update(inner).digest());
}

function pad(key: Uint8Array, by: number): Uint8Array {
  padded.fill(by);
  for (let i = 0; i < key.length; i++) padded[i]! ^= key[i]!;
  return padded;
}

/** One block of AES (RFC 9001 section 5.4.3). */
function headerMask(key: Uint8Array, sample: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-ecb", key, null);
  cipher.setAutoPadding(false);
  const mask = cipher.update(sample);
  // Nothing comes of it, but without it the cipher is never released.
  cipher.final();
  return mask;
}

/** The payload of a packet, decrypted; undefined when it was not protected with these keys. */
export function unprotect(bytes: Uint8Array, packet: LongPacket, keys: InitialKeys): Uint8Array | undefined {
  const { start, end, numberAt } = packet;
  if (end - numberAt < MAX_NUMBER_LENGTH + SAMPLE_LENGTH) return undefined;
  const sampleAt = numberAt + MAX_NUMBER_LENGTH;
  const mask = headerMask(keys.headerKey, bytes.subarray(sampleAt, sampleAt + SAMPLE_LENGTH));
  const firstByte = bytes[start]! ^ (mask[0]! & 0x0f);
  const numberLength = (firstByte & 3) + 1;
  const payloadAt = numberAt + numberLength;
  const header = bytes.slice(start, payloadAt);
  header[0] = firstByte;
  const nonce = keys.iv.slice();
  for (let i = 0; i < numberLength; i++) {
    const byte = header[numberAt - start + i]! ^ mask[1 + i]!;
    header[numberAt - start + i] = byte;
    nonce[IV_LENGTH - numberLength + i]! ^= byte;
  }
  try {
    const cipher = createDecipheriv("aes-128-gcm", keys.key, nonce);
    cipher.setAAD(header);
    cipher.setAuthTag(bytes.slice(end - TAG_LENGTH, end));
    const payload = cipher.update(bytes.subarray(payloadAt, end - TAG_LENGTH));
    cipher.final();
    return payload;
  } catch {
    // The library says by throwing that the tag is wrong.
    return undefined;
  }
}
