// The records of a capture file, dissected as if its packets had come one right after the other: as a cable carries them
// when they are sent as fast as can be, so that the same silences pass in both.

import { createDissector, DEFAULT_SETTINGS } from "../../agent/dissect/dissector.ts";
import { createCaptureReader } from "../../agent/source/capture.ts";
import { timeless } from "./timeless.ts";

/** Seconds between two packets. */
const STEP = 5e-6;

/** The records without their times, sorted. */
export function recordsOf(path: string): string[] {
  const records: string[] = [];
  const dissector = createDissector({ settings: DEFAULT_SETTINGS, emit: (record) => records.push(timeless(record)) });
  let clock = 1_700_000_000;
  const reader = createCaptureReader((bytes, offset, captured, onWire, _ts, linkType) => {
    clock += STEP;
    dissector.frame(bytes, offset, captured, onWire, clock, linkType);
  });
  const bytes = Deno.readFileSync(path);
  reader.read(bytes, 0, bytes.length);
  dissector.finish();
  return records.sort();
}
