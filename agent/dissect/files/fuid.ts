// Names of files: "F" and 17 characters of base 62, as Zeek writes them, but derived from what they name, so that the
// same input gives the same names.

import { createHash } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 17;

/** The fuid of the file that `key` describes: the flow's uid and the file's number in it, or what else is unique to it. */
export function fuidOf(key: string): string {
  const digest = createHash("sha256").update(key).digest();
  let value = 0n;
  // 17 characters hold 101.2 bits; 13 bytes fill them.
  for (let i = 0; i < 13; i++) value = value << 8n | BigInt(digest[i]!);
  let text = "";
  for (let i = 0; i < LENGTH; i++) {
    text += BASE62[Number(value % 62n)]!;
    value /= 62n;
  }
  return "F" + text;
}
