// Batches of a run for tests of the way through Redis.

import type { Step } from "../../../agent/profile/batch.ts";
import { type BatchMessage, createBatchWriter, takeBatch, writeStep } from "../../../agent/profile/flat/batch.ts";
import type { StartDetectors } from "../../../detectors/messages.ts";
import type { FleetBatch } from "../../../agent/profile/flat/shares.ts";

/** What a run begins with that looks nothing up. */
export function startOf(
  { live, windowWidth }: Pick<StartDetectors, "live" | "windowWidth">,
): Omit<StartDetectors, "pulse"> {
  return {
    settings: {},
    windowWidth,
    live,
    repeats: false,
    disabled: [],
    whitelist: undefined,
    intel: { table: undefined, asn: undefined, mayChange: false },
    asked: [],
    answers: [],
    facts: [],
  };
}

/** Most that `crypto` gives at once. */
const NOISE_AT_ONCE = 65_536;

/** A batch of shares of `bytes` of hexadecimal noise each, which is packed to half, and of one fact that says its serial. */
export function batchOf(serial: number, { partitions = 1, bytes = 1000, clock = serial } = {}): FleetBatch {
  const message = (...names: string[]): BatchMessage => {
    const writer = createBatchWriter();
    for (const name of names) {
      const step: Step = { clock, position: serial, fact: { fact: "server_name", ip: "192.0.2.1", name } };
      writeStep(writer, step);
    }
    return takeBatch(writer, { serial, origin: 1, clock, last: false });
  };
  const noise = crypto.getRandomValues(new Uint8Array(Math.min(NOISE_AT_ONCE, bytes / 2)));
  const parts = Array.from(
    { length: Math.ceil(bytes / 2 / noise.length) },
    (_, part) => noise.map((byte) => byte + part).toHex(),
  );
  return {
    facts: message(`server-${serial}`),
    shares: Array.from({ length: partitions }, () => message(...parts)),
  };
}
