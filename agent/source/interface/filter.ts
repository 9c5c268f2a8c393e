// Filters in the language of pcap-filter(7): compiled by libpcap, then run by the kernel or by ourselves.

import type { Libpcap } from "../../../ffi/libpcap.ts";
import { MAXIMUM_PACKET_BYTES } from "../reader.ts";
import type { BlockSource } from "./blocks.ts";
import { type Program, readInstructions, whatIsWrongWith } from "./bpf.ts";
import { dataLinkOfLinkType } from "./data-link.ts";

/** Raw IP (https://www.tcpdump.org/linktypes.html): what is left of a packet whose link header was taken off. */
const LINKTYPE_RAW = 101;

/**
 * Compiles a filter for packets of this link type.
 * @throws {PcapError} when the expression is wrong, with libpcap's reason.
 */
export function compileFilter(libpcap: Libpcap, expression: string, linkType: number): Program {
  const program = readInstructions(libpcap.compile(expression, dataLinkOfLinkType(linkType), MAXIMUM_PACKET_BYTES));
  const wrong = whatIsWrongWith(program);
  // libpcap's programs are sound; one that is not must not run.
  if (wrong !== undefined) throw new RangeError(`The program of the filter cannot be used: ${wrong}.`);
  return program;
}

/** Who applies a filter. */
export interface Filters {
  /** The source of the packets: what does not pass costs us nothing. */
  readonly inSource: Program | undefined;
  /** We ourselves, when the packets are taken out of the blocks. */
  readonly inIntake: Program | undefined;
}

/**
 * Compiles a filter for live packets. It is the kernel's to apply, unless it asks for VLANs: their tags are taken out of a
 * frame before the kernel's filters see it, and we put them back afterwards.
 */
export function compileFilters(libpcap: Libpcap, expression: string, { linkType, cooked }: BlockSource): Filters {
  if (/\bvlan\b/.test(expression)) {
    return { inSource: undefined, inIntake: compileFilter(libpcap, expression, linkType) };
  }
  // Without its link header a packet begins with IP in the kernel's eyes.
  return { inSource: compileFilter(libpcap, expression, cooked ? LINKTYPE_RAW : linkType), inIntake: undefined };
}
