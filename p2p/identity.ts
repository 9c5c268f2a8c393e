// Who we are: an Ed25519 key in the state directory, made at the first start. Its public half is the peer id.

import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { InputError, systemReason } from "../agent/errors.ts";

/** Only its owner may read the key: whoever has it can speak as us. */
const KEY_MODE = 0o600;
/** Permission bits of everybody else. */
const OTHERS = 0o077;
/** Bytes of the longest key file taken; ours has 68. */
const LONGEST_KEY_FILE = 4096;

/**
 * Reads the key, or makes it when there is none.
 * @throws {InputError} when the file cannot be trusted, read or written.
 */
export async function ownKey(path: string): Promise<PrivateKey> {
  const there = readKey(path);
  if (there !== undefined) return there;
  const key = await generateKeyPair("Ed25519");
  writeKey(path, privateKeyToProtobuf(key));
  return key;
}

function readKey(path: string): PrivateKey | undefined {
  let bytes: Uint8Array;
  try {
    const { isFile, mode, size } = Deno.lstatSync(path);
    if (!isFile) throw new InputError(`The peer key ${path} is not a plain file; move it away to get a new key.`);
    if (mode !== null && (mode & OTHERS) !== 0) {
      throw new InputError(
        `The peer key ${path} can be read or written by others (mode ${
          (mode & 0o777).toString(8)
        }), who could speak as ` +
          `this agent. If nobody did, say chmod 600 ${path}; else delete it, and this agent gets a new identity.`,
      );
    }
    bytes = size > LONGEST_KEY_FILE ? new Uint8Array(0) : Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error instanceof InputError
      ? error
      : new InputError(`The peer key ${path} cannot be read: ${systemReason(error)}.`);
  }
  try {
    return privateKeyFromProtobuf(bytes);
  } catch {
    throw new InputError(`The peer key ${path} is damaged; move it away, and this agent gets a new identity.`);
  }
}

function writeKey(path: string, bytes: Uint8Array): void {
  try {
    using file = Deno.openSync(path, { write: true, createNew: true, mode: KEY_MODE });
    file.writeSync(bytes);
    file.syncSync();
  } catch (error) {
    throw new InputError(`The peer key ${path} cannot be written: ${systemReason(error)}.`);
  }
}
