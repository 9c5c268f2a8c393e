// A user's packet filter for captures: compiled by libpcap before anything else happens, applied where packets are read.

import { openLibc } from "../ffi/libc.ts";
import { openLibpcap, PcapError } from "../ffi/libpcap.ts";
import { LibraryMissing } from "../ffi/library-paths.ts";
import { InputError } from "./errors.ts";
import { compileForFiles, type FilePrograms } from "./source/interface/file-filter.ts";

/**
 * The programs of a filter (pcap-filter(7)), by link type.
 * @throws {InputError} when libpcap is missing or does not understand it.
 */
export function filterForFiles(expression: string): FilePrograms {
  try {
    return compileForFiles(openLibpcap(openLibc()), expression);
  } catch (error) {
    if (error instanceof PcapError) {
      throw new InputError(`The filter "${expression}" cannot be used: ${error.message}.`);
    }
    if (error instanceof LibraryMissing) {
      throw new InputError("A filter needs libpcap: install libpcap0.8 (Debian) or libpcap (Fedora, Arch).");
    }
    throw error;
  }
}
