// Community ID version 1 (https://github.com/corelight/community-id-spec): the same short text for the same flow in
// every tool. Seed 0.

import { ADDRESS_A, ADDRESS_B, FLAGS, FLOW_BYTES, FLOW_WORDS, IPV6, PORTS, PROTOCOL } from "./layout.ts";
import type { FlowTable } from "./table.ts";

const ICMP = 1;
const ICMPV6 = 58;
const TCP = 6;
const UDP = 17;
const SCTP = 132;

/** The seed, 0, comes first. */
const SEED_BYTES = 2;
/** Of SHA-1. The longest message: seed, two IPv6 addresses, protocol, padding and two ports are 40 bytes. */
const BLOCK_BYTES = 64;
const ROUNDS = 80;
const message = new Uint8Array(BLOCK_BYTES);
const schedule = new Int32Array(ROUNDS);
const digest = new Uint32Array(5);

/** The id of a flow; of a flow without ports, only over addresses and protocol. */
export function communityId(table: FlowTable, flow: number): string {
  const { words } = table;
  const at = flow * FLOW_WORDS;
  const protocol = table.octets[flow * FLOW_BYTES + PROTOCOL]!;
  const ports = words[at + PORTS]!;
  let length = SEED_BYTES;
  const bytesOfAddress = (words[at + FLAGS]! & IPV6) === 0 ? 4 : 16;
  // The key of a flow is in the order that the specification wants: the lower end first, one-way ICMP as it was sent.
  for (const address of [ADDRESS_A, ADDRESS_B]) {
    for (let i = 16 - bytesOfAddress; i < 16; i++) {
      message[length++] = words[at + address + (i >> 2)]! >>> (24 - (i & 3) * 8);
    }
  }
  message[length++] = protocol;
  message[length++] = 0;
  if (protocol === TCP || protocol === UDP || protocol === ICMP || protocol === ICMPV6 || protocol === SCTP) {
    for (let shift = 24; shift >= 0; shift -= 8) message[length++] = ports >>> shift;
  }
  hashMessage(length);
  return "1:" + base64();
}

/** SHA-1 (RFC 3174) of the message, which always fits into one block, into `digest`: a fifth of the cost of the library's. */
function hashMessage(length: number): void {
  message[length] = 0x80;
  message.fill(0, length + 1);
  message[BLOCK_BYTES - 2] = (length * 8) >>> 8;
  message[BLOCK_BYTES - 1] = length * 8;
  for (let i = 0; i < 16; i++) {
    const at = i * 4;
    schedule[i] = (message[at]! << 24) | (message[at + 1]! << 16) | (message[at + 2]! << 8) | message[at + 3]!;
  }
  for (let i = 16; i < ROUNDS; i++) {
    const mixed = schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!;
    schedule[i] = (mixed << 1) | (mixed >>> 31);
  }
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  for (let i = 0; i < ROUNDS; i++) {
    const chosen = i < 20
      ? ((b & c) | (~b & d)) + 0x5a827999
      : i < 40
      ? (b ^ c ^ d) + 0x6ed9eba1
      : i < 60
      ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
      : (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + chosen + e + schedule[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  digest[0] = a + 0x67452301;
  digest[1] = b + 0xefcdab89;
  digest[2] = c + 0x98badcfe;
  digest[3] = d + 0x10325476;
  digest[4] = e + 0xc3d2e1f0;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGEST_BITS = 160;

/** The digest in base64 (RFC 4648): 26 whole digits, one of 4 bits, and the padding. */
function base64(): string {
  let text = "";
  for (let bit = 0; bit < DIGEST_BITS; bit += 6) {
    const word = bit >> 5;
    const offset = bit & 31;
    // Six bits from `offset` on; the rest of them may be in the next word, or be none.
    let digit = offset <= 26 ? digest[word]! >>> (26 - offset) : digest[word]! << (offset - 26);
    if (offset > 26 && word < 4) digit |= digest[word + 1]! >>> (58 - offset);
    text += BASE64[digit & 63];
  }
  return text + "=";
}
