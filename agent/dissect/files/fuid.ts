// Names of files: "F" and 17 characters of base 62, as Zeek writes them, but derived from what they name, so that the
// same input gives the same names.

import { createHash } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 17;

/** The fuid of the file that `key` describes: the flow's uid and the file's number in it, or what else is unique to it. */
export function fuidOf(key: string): string {
  const digest = createHash("sha256").update(key).digest();
  let text = "F";
  // A byte of the digest for each character; that some are a little likelier than others does no harm.
  for (let i = 0; i < LENGTH; i++) text += BASE62[digest[i]! % 62]!;
  return text;
}
