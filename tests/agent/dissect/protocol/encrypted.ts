// The encrypting protocols for tests: one of them by its name, as a run of its own has it.

import type { AnyRecord, Kind, Protocol, RecordOf } from "../../../../agent/dissect/analyzer.ts";
import { createEncryptedProtocols } from "../../../../agent/dissect/protocol/encrypted.ts";
import { newSoftwareRegister } from "../../../../agent/dissect/software.ts";

/** The protocol with this name, its memory empty. */
export function protocolNamed(name: "ssl" | "dtls" | "quic" | "ssh", { hashes } = { hashes: false }): Protocol {
  const all = createEncryptedProtocols(newSoftwareRegister(), { validates: true, hashes });
  return all.find((protocol) => protocol.name === name)!;
}

/** The records of one kind. */
export function ofKind<K extends Kind>(records: readonly AnyRecord[], kind: K): RecordOf<K>[] {
  return records.filter((record) => record.kind === kind) as unknown as RecordOf<K>[];
}
