// A capture file: opens it and reads it in pieces. Knows nothing of what is in it.

import { InputError, systemReason } from "../errors.ts";

export interface CaptureFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Fills `buffer` from `at` on; the number of bytes read, 0 at the end. */
  read(buffer: Uint8Array, at: number): Promise<number>;
  close(): void;
}

/**
 * Opens a file.
 * @throws {InputError} when it is not there, is no file, or is empty.
 */
export async function openFile(path: string): Promise<CaptureFile> {
  let file: Deno.FsFile;
  let info: Deno.FileInfo;
  try {
    file = await Deno.open(path);
    info = await file.stat();
  } catch (error) {
    throw new InputError(`${path} cannot be read: ${systemReason(error)}.`);
  }
  if (info.isDirectory) {
    file.close();
    throw new InputError(`${path} is a directory; a capture file (pcap or pcapng) is needed.`);
  }
  if (info.isFile && info.size === 0) {
    file.close();
    throw new InputError(`${path} is empty: there is nothing to analyse.`);
  }
  return {
    path,
    size: info.size,
    async read(buffer, at) {
      let filled = at;
      while (filled < buffer.length) {
        const count = await file.read(buffer.subarray(filled));
        if (count === null || count === 0) break;
        filled += count;
      }
      return filled - at;
    },
    close: () => file.close(),
  };
}
