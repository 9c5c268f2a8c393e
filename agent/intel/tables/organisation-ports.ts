/** Ports that are ordinary towards one organisation's servers, such as Apple's push notifications at 5223. */

import text from "../../../config/tables/organisation-ports.tsv" with { type: "text" };
import { type Cidr, cidrContains, parseCidr } from "../../record/address-range.ts";
import { organisationsOf } from "./organisations.ts";
import { portKey, portKeys, tableRows } from "./tsv.ts";

/** An organisation whose servers answer at a port. */
export interface PortOwner {
  readonly organisation: string;
  /** What is served there. */
  readonly service: string;
  /** The blocks that answer there; none when it may be any address of the organisation's. */
  readonly ranges: readonly Cidr[];
}

const TABLE = "organisation-ports.tsv";
const NOBODY: readonly PortOwner[] = [];
const owners = new Map<number, PortOwner[]>();

for (const row of tableRows(TABLE, text, 6)) {
  const [organisation, ports, protocols, service, blocks] = row as [string, string, string, string, string];
  const ranges = blocks === "-" ? [] : blocks.split(",").map((block) => {
    const range = parseCidr(block);
    if (range === undefined) throw new Error(`${TABLE}: no block: ${block}`);
    return range;
  });
  const owner = { organisation, service, ranges };
  for (const key of portKeys(TABLE, ports, protocols)) {
    const before = owners.get(key);
    if (before === undefined) owners.set(key, [owner]);
    else before.push(owner);
  }
}

/** The organisations whose servers answer at a port, in the order of the table; none for most ports. */
export function organisationsOfPort(port: number, protocol: string): readonly PortOwner[] {
  return owners.get(portKey(port, protocol)) ?? NOBODY;
}

/** Whether the address is one of the owner's that answer at the port. */
export function ownsAddress(owner: PortOwner, ip: string): boolean {
  if (owner.ranges.length > 0) return owner.ranges.some((range) => cidrContains(range, ip));
  return organisationsOf({ ip }).includes(owner.organisation);
}
