// The protection of Initial packets (RFC 9001 section 5): its keys follow from a connection id that is sent in the clear, so
// that it keeps out accidents, not observers.

import { createDecipheriv } from "node:crypto";
import { encryptBlock } from "../../crypto/aes.ts";
import { hmac, type HmacKey, hmacKey } from "../../crypto/sha256.ts";
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

/** The salts of the versions, ready for use. */
const salts = new Map<QuicVersion, HmacKey>();

function saltOf(version: QuicVersion): HmacKey {
  let salt = salts.get(version);
  if (salt === undefined) salts.set(version, salt = hmacKey(Uint8Array.fromHex(version.salt)));
  return salt;
}

/** Keys of both directions from the first destination connection id of the client (RFC 9001 section 5.2). */
export function initialKeys(
  version: QuicVersion,
  connectionId: Uint8Array,
): { readonly client: InitialKeys; readonly server: InitialKeys } {
  const secret = hmacKey(hmac(saltOf(version), connectionId));
  return {
    client: directionKeys(version, expandLabel(secret, "client in", SECRET_LENGTH)),
    server: directionKeys(version, expandLabel(secret, "server in", SECRET_LENGTH)),
  };
}

function directionKeys(version: QuicVersion, secret: Uint8Array): InitialKeys {
  const key = hmacKey(secret);
  return {
    key: expandLabel(key, `${version.label} key`, KEY_LENGTH),
    iv: expandLabel(key, `${version.label} iv`, IV_LENGTH),
    headerKey: expandLabel(key, `${version.label} hp`, KEY_LENGTH),
  };
}

/** HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context; one block of output is enough for all of these. */
function expandLabel(secret: HmacKey, label: string, length: number): Uint8Array {
  return hmac(secret, labelOf(label, length)).subarray(0, length);
}

/** The few labels there are, as they are hashed. */
const labels = new Map<string, Uint8Array>();

function labelOf(label: string, length: number): Uint8Array {
  let bytes = labels.get(label);
  if (bytes === undefined) {
    const text = new TextEncoder().encode(`tls13 ${label}`);
    labels.set(label, bytes = new Uint8Array([0, length, text.length, ...text, 0, 1]));
  }
  return bytes;
}

/** The payload of a packet, decrypted; undefined when it was not protected with these keys. */
export function unprotect(bytes: Uint8Array, packet: LongPacket, keys: InitialKeys): Uint8Array | undefined {
  const { start, end, numberAt } = packet;
  if (end - numberAt < MAX_NUMBER_LENGTH + SAMPLE_LENGTH) return undefined;
  const sampleAt = numberAt + MAX_NUMBER_LENGTH;
  // RFC 9001 section 5.4.3.
  const mask = encryptBlock(keys.headerKey, bytes, sampleAt);
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
