// Brings the bytes of an input to the dissector, until they are over or the user has had enough.

import type { Threads } from "../threads.ts";
import type { OpenInput } from "./open.ts";
import { HEADROOM_BYTES } from "./unpack.ts";

/**
 * Reads the whole input; `stop` is asked before each piece, `handedOver` is told how many bytes each piece has.
 * A single file is read ahead of the dissector; of several logs always the one is read that is wanted next.
 */
export async function feed(
  input: OpenInput,
  threads: Threads,
  stop: () => boolean,
  handedOver: (bytes: number) => void,
): Promise<void> {
  const isSingle = input.streams.length === 1;
  const filesLeft = input.streams.map(({ files }) => files.length);
  let stream = 0;
  while (!stop()) {
    if (!isSingle) stream = await threads.wants();
    if (stream < 0) return;
    const buffer = await threads.buffer();
    if (buffer.length === 0) return;
    const length = await input.read(stream, buffer, HEADROOM_BYTES);
    // Standard input may have been waited for until after the end was asked for: it comes too late.
    if (stop()) return;
    if (length > 0) {
      handedOver(length);
      threads.push(stream, buffer, length);
      continue;
    }
    threads.giveBack(buffer);
    threads.fileOver(stream);
    filesLeft[stream]!--;
    if (isSingle && filesLeft[0] === 0) return;
  }
}
