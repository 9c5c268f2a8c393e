// Which hosts appear in the traffic: each is told once in a while, when a record names it.

import { isInterestingToScans } from "../record/address.ts";
import type { AnyRecord } from "../record/schema.ts";
import { BoundedMap } from "./bounded-map.ts";

export interface NewAddresses {
  /** Notes both ends of a record. */
  note(record: AnyRecord, now: number): void;
  /** The hosts that were new since the last call. */
  take(): string[];
}

/** Hosts of which it is remembered when they were told. Own choice: a /16 network. */
const REMEMBERED = 65_536;

/** A host counts as new again after `period` seconds of stream time. Multicast, loopback and link-local are no hosts. */
export function createNewAddresses(period: number): NewAddresses {
  const told = new BoundedMap<string, number>(REMEMBERED);
  let fresh: string[] = [];

  function noteOne(ip: unknown, now: number): void {
    if (typeof ip !== "string") return;
    const before = told.get(ip);
    if (before !== undefined && now - before < period) return;
    told.set(ip, now);
    if (isInterestingToScans(ip)) fresh.push(ip);
  }

  return {
    note(record, now) {
      const { orig_h, resp_h } = record as { orig_h?: unknown; resp_h?: unknown };
      noteOne(orig_h, now);
      noteOne(resp_h, now);
    },
    take() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
  };
}
