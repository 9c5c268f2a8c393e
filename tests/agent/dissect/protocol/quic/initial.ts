// Builds protected QUIC packets (RFC 9000 section 17.2, RFC 9001 section 5) for tests.

import { createCipheriv } from "node:crypto";
import { type InitialKeys, initialKeys } from "../../../../../agent/dissect/protocol/quic/protection.ts";
import { quicVersion } from "../../../../../agent/dissect/protocol/quic/version.ts";
import { concat, noise, u16, u32, u8, withLength8 } from "../../../../craft/craft.ts";

/** A variable-length integer of two bytes. */
export function integer(value: number): Uint8Array {
  return u16(0x4000 | value);
}

/** A CRYPTO frame. */
export function cryptoFrame(offset: number, data: Uint8Array): Uint8Array {
  return concat(u8(6), integer(offset), integer(data.length), data);
}

/** PADDING frames. */
export function padding(length: number): Uint8Array {
  return new Uint8Array(length);
}

export interface PacketOptions {
  readonly version?: number;
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** The client's first destination id, of which the keys are made; default the destination. */
  readonly keysFrom?: Uint8Array;
  readonly fromServer?: boolean;
  readonly number?: number;
  readonly token?: Uint8Array;
}

/** A protected Initial packet with these frames. */
export function initialPacket(frames: Uint8Array, options: PacketOptions): Uint8Array {
  const { version = 1, destination, source, keysFrom = destination, fromServer = false, number = 0 } = options;
  const { types } = quicVersion(version)!;
  const both = initialKeys(quicVersion(version)!, keysFrom);
  const payload = frames.length < 20 ? concat(frames, padding(20 - frames.length)) : frames;
  // Two bytes of packet number.
  const header = concat(
    u8(0xc0 | types.initial << 4 | 1),
    u32(version),
    withLength8(destination),
    withLength8(source),
    concat(integer(options.token?.length ?? 0), options.token ?? new Uint8Array(0)),
    integer(2 + payload.length + 16),
    u16(number),
  );
  return protect(header, payload, fromServer ? both.server : both.client, number);
}

function protect(header: Uint8Array, payload: Uint8Array, keys: InitialKeys, number: number): Uint8Array {
  const nonce = keys.iv.slice();
  nonce[10]! ^= number >> 8;
  nonce[11]! ^= number & 0xff;
  const cipher = createCipheriv("aes-128-gcm", keys.key, nonce);
  cipher.setAAD(header);
  const sealed = concat(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const packet = concat(header, sealed);
  const numberAt = header.length - 2;
  const block = createCipheriv("aes-128-ecb", keys.headerKey, null);
  block.setAutoPadding(false);
  const mask = block.update(packet.subarray(numberAt + 4, numberAt + 20));
  block.final();
  packet[0]! ^= mask[0]! & 0x0f;
  packet[numberAt]! ^= mask[1]!;
  packet[numberAt + 1]! ^= mask[2]!;
  return packet;
}

/** A packet with a long header that is not opened: 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry (version 1). */
export function longPacket(type: number, destination: Uint8Array, source: Uint8Array, version = 1): Uint8Array {
  const body = type === 3 ? noise(40, 1) : concat(integer(60), noise(60, 1));
  return concat(u8(0xc0 | type << 4), u32(version), withLength8(destination), withLength8(source), body);
}
