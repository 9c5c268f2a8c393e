// What a peer keeps over restarts, in its folder of the state directory.

import { join } from "node:path";
import { systemReason } from "../agent/errors.ts";
import type { AddressBook } from "./address-book.ts";
import type { Findings } from "./findings.ts";
import { readState, writeState } from "./state-file.ts";
import type { Trust } from "./trust/contract.ts";
import type { Snapshot } from "./trust/state.ts";

export interface Kept {
  /** Where the key is. */
  readonly key: string;
  trust(): Snapshot | undefined;
  peers(): unknown;
  findings(): unknown;
  save(trust: Trust, book: AddressBook, findings: Findings): void;
}

/** What is in the folder; what is damaged is told and left out. */
export function openKept(directory: string, warn: (sentence: string) => void): Kept {
  const file = (name: string): string => join(directory, name);
  /** What was written last, by file: most of the time nothing has changed. */
  const written = new Map<string, string>();
  function write(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (written.get(name) === text) return;
    writeState(file(name), value);
    written.set(name, text);
  }
  return {
    key: file("peer.key"),
    trust() {
      const kept = readState(file("trust.json"), warn) as Partial<Snapshot> | undefined;
      return kept?.form === 1 ? kept as Snapshot : undefined;
    },
    peers: () => readState(file("peers.json"), warn),
    findings: () => readState(file("findings.json"), warn),
    save(trust, book, findings) {
      try {
        write("trust.json", trust.snapshot());
        write("peers.json", book.snapshot());
        write("findings.json", findings.snapshot());
      } catch (error) {
        warn(`What is known of peers cannot be kept in ${directory}: ${systemReason(error)}.`);
      }
    },
  };
}
