// What the records of a run add to what is known of its hosts, until it is written.

import { isMulticast } from "../record/address.ts";
import type { AnyRecord } from "../record/schema.ts";
import type { HostChange } from "./store.ts";

export interface HostNotes {
  /** What a record says about the host whose behaviour it shows. */
  note(profile: string, record: AnyRecord): void;
  /** Takes the changes away. */
  take(): HostChange[];
  /** Gives back what could not be written. */
  giveBack(changes: readonly HostChange[]): void;
  readonly size: number;
}

/** Hosts that are noted while nothing can be written; further ones are not. Own choice: a large site, some megabytes. */
const MOST = 50_000;

type Change = { -readonly [K in keyof HostChange]: HostChange[K] };

export function createHostNotes(): HostNotes {
  let hosts = new Map<string, Change>();

  function changeOf(ip: string): Change | undefined {
    let known = hosts.get(ip);
    if (known === undefined) {
      if (hosts.size >= MOST) return undefined;
      known = { ip, hostname: undefined, mac: undefined, first: Infinity, last: -Infinity, connections: 0, bytes: 0 };
      hosts.set(ip, known);
    }
    return known;
  }

  return {
    note(profile, record) {
      const known = hosts.get(profile) ?? (isMulticast(profile) ? undefined : changeOf(profile));
      if (known === undefined) return;
      if (record.ts < known.first) known.first = record.ts;
      if (record.ts > known.last) known.last = record.ts;
      if (record.kind === "conn") {
        known.connections++;
        known.bytes += record.orig_bytes ?? 0;
        if (record.orig_l2_addr !== undefined) known.mac = record.orig_l2_addr;
      } else if (record.kind === "dhcp") {
        if (record.host_name !== undefined) known.hostname = record.host_name;
        if (record.mac !== undefined) known.mac = record.mac;
      }
    },
    take() {
      const taken = [...hosts.values()];
      hosts = new Map();
      return taken;
    },
    giveBack(changes) {
      for (const { ip, hostname, mac, first, last, connections, bytes } of changes) {
        const known = changeOf(ip);
        if (known === undefined) continue;
        known.hostname ??= hostname;
        known.mac ??= mac;
        known.first = Math.min(known.first, first);
        known.last = Math.max(known.last, last);
        known.connections += connections;
        known.bytes += bytes;
      }
    },
    get size() {
      return hosts.size;
    },
  };
}
