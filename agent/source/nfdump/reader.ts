// Reads nfdump's binary files, which nfcapd writes: their flows, put together to connections.

import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import type { Warnings } from "../warnings.ts";
import { createBlockCutter } from "./blocks.ts";
import { createConnections } from "./connections.ts";
import { type ExtensionMaps, recordOfLayout1 } from "./records-1.ts";
import { recordOfLayout2 } from "./records-2.ts";
import { isTime } from "../numbers.ts";

/** A record's own header: type and size. */
const RECORD_HEADER = 4;

/** A reader for one file; `file` is what warnings call it. */
export function createNfdumpReader(
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  const connections = createConnections(onRecord, counters);
  const maps: ExtensionMaps = new Map();

  function broken(offset: number, reason: string, isEnd = false): void {
    counters.broken++;
    if (isEnd) warnings.damage(file, "byte", offset, reason);
    else warnings.warn(file, "byte", offset, reason);
  }

  const blocks = createBlockCutter((layout, numbers, length, offset, isCut) => {
    for (let at = 0; at + RECORD_HEADER <= length;) {
      const size = numbers.u16(at + 2);
      if (isCut && at + size > length) return;
      if (size < RECORD_HEADER || at + size > length) {
        return broken(offset, "has a block with a record of an impossible size");
      }
      const flow = layout === 1 ? recordOfLayout1(numbers, at, size, maps) : recordOfLayout2(numbers, at, size);
      at += size;
      if (flow === undefined) continue;
      counters.read++;
      if (flow === "event") countIgnored(counters, "event");
      else if (flow === "damaged" || !isTime(flow.first) || !isTime(flow.last)) {
        broken(offset, "has a block with a damaged flow");
      } else connections.take(flow);
    }
  }, broken);

  return {
    push: blocks.push,
    end(unfinished = false) {
      if (!unfinished) blocks.end();
      connections.end();
    },
  };
}
