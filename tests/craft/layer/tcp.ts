// TCP (RFC 9293) headers and options.

import { type Checksum, chooseChecksum, transportChecksum } from "../checksum.ts";
import { concat, u16, u32 } from "../bytes.ts";
import type { Layer } from "../packet.ts";
import { IP_PROTOCOL } from "./ipv4.ts";

/** Letters for the flags, as tcpdump and Wireshark abbreviate them: `"S"`, `"SA"`, `"PA"`, `"FA"`, `"R"`. */
const FLAG: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

/** Fields of a TCP header. */
export interface TcpHeader {
  /** Ports. */
  from: number;
  to: number;
  /** Letters out of F S R P A U E C. */
  flags: string;
  seq?: number;
  ack?: number;
  window?: number;
  /** Raw options, padded here with no-operations to a multiple of 4. */
  options?: Uint8Array;
  urgent?: number;
  checksum?: Checksum;
  /** A header length in 4-byte words other than the true one, for damaged packets. */
  headerWords?: number;
}

/** A TCP header. */
export function tcp(header: TcpHeader): Layer {
  const options = header.options ?? NO_OPTIONS;
  const size = 20 + Math.ceil(options.length / 4) * 4;
  let flags = 0;
  for (const letter of header.flags) {
    const bit = FLAG[letter];
    if (bit === undefined) throw new Error(`no TCP flag is called ${letter}`);
    flags |= bit;
  }
  return {
    size,
    ipProtocol: IP_PROTOCOL.TCP,
    write({ bytes, view, start, end, ends }) {
      view.setUint16(start, header.from);
      view.setUint16(start + 2, header.to);
      view.setUint32(start + 4, header.seq ?? 0);
      view.setUint32(start + 8, header.ack ?? 0);
      bytes[start + 12] = (header.headerWords ?? size / 4) << 4;
      bytes[start + 13] = flags;
      view.setUint16(start + 14, header.window ?? 64_240);
      view.setUint16(start + 16, 0);
      view.setUint16(start + 18, header.urgent ?? 0);
      bytes.fill(1, start + 20, start + size);
      bytes.set(options, start + 20);
      if (ends === undefined) return;
      const right = transportChecksum(bytes, start, end, ends, IP_PROTOCOL.TCP);
      view.setUint16(start + 16, chooseChecksum(right, header.checksum));
    },
  };
}

const NO_OPTIONS = new Uint8Array(0);

/** Builders of the usual options; join them with `concat`. */
export const tcpOption = {
  /** Maximum segment size in bytes (RFC 9293 section 3.7.1). */
  mss: (size: number): Uint8Array => concat(Uint8Array.of(2, 4), u16(size)),
  /** Window scale as a shift count (RFC 7323 section 2). */
  windowScale: (shift: number): Uint8Array => Uint8Array.of(3, 3, shift),
  /** Selective acknowledgements are welcome (RFC 2018). */
  sackPermitted: Uint8Array.of(4, 2),
  /** Timestamps (RFC 7323 section 3), with two no-operations before them for alignment. */
  timestamps: (value: number, echo: number): Uint8Array => concat(Uint8Array.of(1, 1, 8, 10), u32(value), u32(echo)),
  noOperation: Uint8Array.of(1),
};
