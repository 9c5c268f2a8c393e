// SSH's negotiation (RFC 4253 section 7.1): both sides list what they can do, and the client's first choice that the server
// has is taken. Also HASSH, the fingerprint made of these lists (B. Reardon, Salesforce, 2018).

import { createHash } from "node:crypto";
import { wireText } from "../../text.ts";

/** The lists of a KEXINIT message, each as it was sent: names joined by commas. */
export interface KeyExchangeInit {
  readonly keyExchange: string;
  readonly hostKey: string;
  readonly cipherToServer: string;
  readonly cipherToClient: string;
  readonly macToServer: string;
  readonly macToClient: string;
  readonly compressionToServer: string;
  readonly compressionToClient: string;
}

const COOKIE_LENGTH = 16;
/** Lists before the languages. */
const LISTS = 8;

/** Reads the payload behind the message number; undefined when it is malformed. */
export function parseKeyExchangeInit(bytes: Uint8Array, start: number, end: number): KeyExchangeInit | undefined {
  const lists: string[] = [];
  let at = start + COOKIE_LENGTH;
  while (lists.length < LISTS) {
    const list = sshString(bytes, at, end);
    if (list === undefined) return undefined;
    lists.push(wireText(bytes, list.start, list.end));
    at = list.end;
  }
  const [keyExchange, hostKey, cipherToServer, cipherToClient, macToServer, macToClient, ...compression] = lists;
  return {
    keyExchange: keyExchange!,
    hostKey: hostKey!,
    cipherToServer: cipherToServer!,
    cipherToClient: cipherToClient!,
    macToServer: macToServer!,
    macToClient: macToClient!,
    compressionToServer: compression[0]!,
    compressionToClient: compression[1]!,
  };
}

/** Where a string (RFC 4251 section 5) that begins at `at` has its contents; undefined when it is not all there. */
export function sshString(bytes: Uint8Array, at: number, end: number): { start: number; end: number } | undefined {
  if (end - at < 4) return undefined;
  const length = bytes[at]! * 2 ** 24 + (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
  return length <= end - at - 4 ? { start: at + 4, end: at + 4 + length } : undefined;
}

/** What both sides agreed on, in the words of Zeek's ssh.log. */
export interface Agreement {
  readonly kex_alg: string;
  readonly host_key_alg: string;
  readonly cipher_alg: string;
  readonly mac_alg: string;
  readonly compression_alg: string;
}

/** Names of one list that are compared; real lists have a few dozen. */
const MAX_NAMES = 256;
const NO_AGREEMENT = "Algorithm negotiation failed";

/** The outcome of the negotiation. */
export function agree(client: KeyExchangeInit, server: KeyExchangeInit): Agreement {
  return {
    kex_alg: choose(client.keyExchange, server.keyExchange),
    host_key_alg: choose(client.hostKey, server.hostKey),
    cipher_alg: bothWays(
      choose(client.cipherToServer, server.cipherToServer),
      choose(client.cipherToClient, server.cipherToClient),
    ),
    mac_alg: bothWays(
      choose(client.macToServer, server.macToServer),
      choose(client.macToClient, server.macToClient),
    ),
    compression_alg: bothWays(
      choose(client.compressionToServer, server.compressionToServer),
      choose(client.compressionToClient, server.compressionToClient),
    ),
  };
}

function names(list: string): string[] {
  return list.split(",", MAX_NAMES).filter((name) => name !== "");
}

function choose(client: string, server: string): string {
  const offered = new Set(names(server));
  return names(client).find((name) => offered.has(name)) ?? NO_AGREEMENT;
}

function bothWays(toServer: string, toClient: string): string {
  return toServer === toClient ? toServer : `To server: ${toServer}, to client: ${toClient}`;
}

/** HASSH of a client. */
export function hassh(init: KeyExchangeInit): string {
  return md5([init.keyExchange, init.cipherToServer, init.macToServer, init.compressionToServer]);
}

/** HASSH of a server. */
export function hasshServer(init: KeyExchangeInit): string {
  return md5([init.keyExchange, init.cipherToClient, init.macToClient, init.compressionToClient]);
}

function md5(lists: readonly string[]): string {
  return createHash("md5").update(lists.join(";")).digest("hex");
}
