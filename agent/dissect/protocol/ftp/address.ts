// Where a data connection will go, as commands and replies state it: PORT and PASV (RFC 959), EPRT and EPSV (RFC 2428).

import { canonicalAddress } from "../../../record/address-text.ts";

export interface DataAddress {
  /** Undefined where only the port is stated: then it is the server's own address. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Reads "h1,h2,h3,h4,p1,p2", wherever it stands in `text`. */
export function sixNumbers(text: string): DataAddress | undefined {
  const found = /([0-9]{1,3}),([0-9]{1,3}),([0-9]{1,3}),([0-9]{1,3}),([0-9]{1,3}),([0-9]{1,3})/.exec(text);
  if (found === null) return undefined;
  const numbers = found.slice(1).map(Number);
  if (numbers.some((number) => number > 255)) return undefined;
  return { host: numbers.slice(0, 4).join("."), port: numbers[4]! * 256 + numbers[5]! };
}

/** Reads "|1|132.235.1.2|6275|", "|2|1080::8|5282|" or "(|||6446|)". */
export function extended(text: string): DataAddress | undefined {
  const found = /([!-~])([12]?)\1([0-9A-Fa-f:.]{0,45})\1([0-9]{1,5})\1/.exec(text);
  if (found === null) return undefined;
  const port = Number(found[4]);
  const host = found[3] === "" ? undefined : canonicalAddress(found[3]!);
  return port > 65535 || (found[3] !== "" && host === undefined) ? undefined : { host, port };
}
