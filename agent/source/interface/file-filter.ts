// A filter on packets of files: a program for every link type that a file may have, made before the file is read, because
// who reads the file may not use libpcap.

import { type Libpcap, PcapError } from "../../../ffi/libpcap.ts";
import { createPacketFilter, type PacketFilter, type Program } from "./bpf.ts";
import { compileFilter } from "./filter.ts";

/** Link types of captures that are dissected (https://www.tcpdump.org/linktypes.html). */
const LINK_TYPES = [1, 0, 9, 12, 14, 50, 101, 105, 108, 113, 119, 127, 163, 219, 228, 229, 239, 276] as const;

/** Programs by link type. Plain data. */
export type FilePrograms = ReadonlyMap<number, Program>;

/**
 * Compiles a filter for all link types; those for which it makes no sense (Ethernet addresses on a tunnel, say) are left out.
 * @throws {PcapError} when it makes sense for none, with the reason for Ethernet.
 */
export function compileForFiles(libpcap: Libpcap, expression: string): FilePrograms {
  const programs = new Map<number, Program>();
  let problem: PcapError | undefined;
  for (const linkType of LINK_TYPES) {
    try {
      programs.set(linkType, compileFilter(libpcap, expression, linkType));
    } catch (error) {
      if (!(error instanceof PcapError)) throw error;
      problem ??= error;
    }
  }
  if (programs.size === 0 && problem !== undefined) throw problem;
  return programs;
}

/** A filter that asks the program of each packet's link type; a packet for which there is none does not pass. */
export function createFileFilter(
  programs: FilePrograms,
): (bytes: Uint8Array, offset: number, captured: number, onWire: number, linkType: number) => boolean {
  const filters = new Map<number, PacketFilter>();
  for (const [linkType, program] of programs) filters.set(linkType, createPacketFilter(program));
  return (bytes, offset, captured, onWire, linkType) => {
    const filter = filters.get(linkType);
    return filter !== undefined && filter(bytes, offset, captured, onWire);
  };
}
