// SSH (RFC 4253, RFC 4252): the part in the clear, and packets of the sizes that encryption gives them.

import { concat, type Content, toBytes, u32, u8, withLength32 } from "../bytes.ts";

/** Message numbers (RFC 4250 section 4.1.2, RFC 5656). */
const KEXINIT = 20, NEWKEYS = 21, ECDH_INIT = 30, ECDH_REPLY = 31;

/** Lists of algorithms, best first. */
export interface SshAlgorithms {
  keyExchange?: readonly string[];
  hostKey?: readonly string[];
  cipher?: readonly string[];
  mac?: readonly string[];
  compression?: readonly string[];
}

/** What an ordinary OpenSSH offers, without the algorithms that change packet sizes in flight. */
export const USUAL_SSH_ALGORITHMS: Required<SshAlgorithms> = {
  keyExchange: ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"],
  hostKey: ["ssh-ed25519", "rsa-sha2-256", "ecdsa-sha2-nistp256"],
  cipher: ["aes128-ctr", "aes192-ctr", "aes256-ctr"],
  mac: ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"],
  compression: ["none", "zlib@openssh.com"],
};

/** The identification line of either side: `SSH-2.0-OpenSSH_9.2p1`. */
export function sshBanner(identification: string): Uint8Array {
  return toBytes(`${identification}\r\n`);
}

/** A packet before encryption starts (RFC 4253 section 6): padded to a multiple of 8, no MAC. */
export function sshPacket(payload: Content): Uint8Array {
  const bytes = toBytes(payload);
  const padding = paddingFor(bytes.length, 8);
  return concat(u32(1 + bytes.length + padding), u8(padding), bytes, new Uint8Array(padding));
}

/** A KEXINIT packet. */
export function sshKexInit(algorithms: SshAlgorithms, cookie: Uint8Array): Uint8Array {
  const all = { ...USUAL_SSH_ALGORITHMS, ...algorithms };
  const lists = [
    all.keyExchange,
    all.hostKey,
    all.cipher,
    all.cipher,
    all.mac,
    all.mac,
    all.compression,
    all.compression,
    [],
    [],
  ];
  return sshPacket(concat(u8(KEXINIT), cookie, ...lists.map((list) => withLength32(list.join(","))), u8(0), u32(0)));
}

/** The client's half of an elliptic-curve key exchange (RFC 5656 section 4): a curve25519 value. */
export function sshEcdhInit(value: Uint8Array): Uint8Array {
  return sshPacket(concat(u8(ECDH_INIT), withLength32(value)));
}

/** The server's half: host key of Ed25519, value, signature. */
export function sshEcdhReply(key: Uint8Array, value: Uint8Array, signature: Uint8Array): Uint8Array {
  const hostKey = concat(withLength32("ssh-ed25519"), withLength32(key));
  const signed = concat(withLength32("ssh-ed25519"), withLength32(signature));
  return sshPacket(concat(u8(ECDH_REPLY), withLength32(hostKey), withLength32(value), withLength32(signed)));
}

/** From here on that side encrypts. */
export function sshNewKeys(): Uint8Array {
  return sshPacket(u8(NEWKEYS));
}

/** Block of AES and size of an HMAC-SHA2-256 tag in bytes. */
const CIPHER_BLOCK = 16, MAC_SIZE = 32;

/** Bytes on the wire of an encrypted packet with a payload of so many, under aes128-ctr and hmac-sha2-256. */
export function encryptedSshSize(payloadSize: number): number {
  return 5 + payloadSize + paddingFor(payloadSize, CIPHER_BLOCK) + MAC_SIZE;
}

/** At least 4 bytes of padding, to a whole number of blocks together with the length fields. */
function paddingFor(payloadSize: number, block: number): number {
  const padding = block - (5 + payloadSize) % block;
  return padding < 4 ? padding + block : padding;
}

/** Payload sizes of the messages of an authentication (RFC 4253 section 10, RFC 4252); text fields count 4 bytes more than their length. */
export const SSH_PAYLOAD = {
  /** SERVICE_REQUEST and SERVICE_ACCEPT for `ssh-userauth`. */
  service: 1 + 4 + 12,
  /** USERAUTH_REQUEST of method `none`. */
  askNone: (user: string): number => 1 + 4 + user.length + 4 + 14 + 4 + 4,
  /** USERAUTH_REQUEST of method `password`. */
  askPassword: (user: string, password: string): number => askedFor(user) + 4 + 8 + 1 + 4 + password.length,
  /** USERAUTH_FAILURE that offers `publickey,password`. */
  failure: 1 + 4 + 18 + 1,
  success: 1,
} as const;

function askedFor(user: string): number {
  return 1 + 4 + user.length + 4 + 14;
}
