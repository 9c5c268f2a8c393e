// One stage of the program alone, in this process, over a whole capture. Prints packets per second.
//
//   deno run --allow-read scripts/bench/micro.ts reader | flows | dissector CAPTURE
//
// `reader` finds the packets; `flows` also decodes them, keeps flows and reassembles, but knows no protocol; `dissector`
// does everything up to records.

import { createDissector, DEFAULT_SETTINGS } from "../../agent/dissect/dissector.ts";
import { createCaptureReader, type PacketHandler } from "../../agent/source/capture.ts";
import { HEADROOM_BYTES } from "../../agent/source/unpack.ts";

/** Bytes read at once, as by the program. */
const CHUNK_BYTES = 2 ** 20;

const [stage, capture] = Deno.args;
if (capture === undefined || (stage !== "reader" && stage !== "flows" && stage !== "dissector")) {
  console.error("Usage: micro.ts reader|flows|dissector CAPTURE");
  Deno.exit(2);
}

const began = performance.now();
let packets = 0;
let records = 0;
/** Milliseconds in which the system copied the file. */
let copying = 0;
const dissector = createDissector({
  settings: { ...DEFAULT_SETTINGS, logDetails: false },
  emit: () => records++,
  ...(stage === "flows" ? { protocols: [] } : {}),
});
const onPacket: PacketHandler = stage === "reader"
  ? () => packets++
  : (bytes, offset, capturedLength, originalLength, ts, linkType) => {
    packets++;
    dissector.frame(bytes, offset, capturedLength, originalLength, ts, linkType);
  };
const reader = createCaptureReader(onPacket);
using file = Deno.openSync(capture);
const buffer = new Uint8Array(HEADROOM_BYTES + CHUNK_BYTES);
let left = 0;
for (;;) {
  const asked = performance.now();
  const read = file.readSync(buffer.subarray(left, left + CHUNK_BYTES)) ?? 0;
  copying += performance.now() - asked;
  if (read === 0) break;
  const used = reader.read(buffer, 0, left + read);
  buffer.copyWithin(0, used, left + read);
  left += read - used;
}
dissector.finish();
const seconds = (performance.now() - began - copying) / 1000;
console.log(JSON.stringify({ packets, records, seconds, packetsPerSecond: Math.round(packets / seconds) }));
