// UDP (RFC 768).

import { type Checksum, chooseChecksum, transportChecksum } from "../checksum.ts";
import type { Layer } from "../packet.ts";
import { IP_PROTOCOL } from "./ipv4.ts";

/** A UDP header between two ports. `checksum: 0` means "none", which IPv4 allows. */
export function udp(header: { from: number; to: number; checksum?: Checksum; length?: number }): Layer {
  return {
    size: 8,
    ipProtocol: IP_PROTOCOL.UDP,
    write({ bytes, view, start, end, ends }) {
      view.setUint16(start, header.from);
      view.setUint16(start + 2, header.to);
      view.setUint16(start + 4, header.length ?? end - start);
      view.setUint16(start + 6, 0);
      if (ends === undefined) return;
      // A sum of zero is sent as all ones, because zero says that there is none.
      const right = transportChecksum(bytes, start, end, ends, IP_PROTOCOL.UDP) || 0xffff;
      view.setUint16(start + 6, chooseChecksum(right, header.checksum));
    },
  };
}
