// Ethernet II and the tags and labels that sit between it and IP: VLAN, QinQ, MPLS, PPPoE.

import { type Address, macBytes } from "../address.ts";
import { announce, type Layer } from "../packet.ts";

/** EtherType numbers (IANA "IEEE 802 Numbers"). */
export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  MPLS: 0x8847,
  PPPOE_SESSION: 0x8864,
  QINQ: 0x88a8,
  TRANSPARENT_ETHERNET: 0x6558,
} as const;

/** Smallest Ethernet frame without its check sequence (IEEE 802.3). */
const MINIMUM_FRAME = 60;

/** An Ethernet II header. `pad` fills small frames to 60 bytes, as a network card does. */
export function ethernet(
  header: { from: Address; to: Address; etherType?: number; pad?: boolean },
): Layer {
  const from = macBytes(header.from), to = macBytes(header.to);
  return {
    size: 14,
    etherType: ETHERTYPE.TRANSPARENT_ETHERNET,
    minimum: header.pad ? MINIMUM_FRAME : 0,
    write({ bytes, view, start, inside }) {
      bytes.set(to, start);
      bytes.set(from, start + 6);
      view.setUint16(start + 12, announce(header.etherType, inside?.etherType));
    },
  };
}

/** An 802.1Q tag; `provider: true` makes it the outer 802.1ad tag of a QinQ pair. */
export function vlan(id: number, options: { priority?: number; provider?: boolean; etherType?: number } = {}): Layer {
  return {
    size: 4,
    etherType: options.provider ? ETHERTYPE.QINQ : ETHERTYPE.VLAN,
    write({ view, start, inside }) {
      view.setUint16(start, ((options.priority ?? 0) << 13) | id);
      view.setUint16(start + 2, announce(options.etherType, inside?.etherType));
    },
  };
}

/** A stack of MPLS labels (RFC 3032), the last one marked as the bottom. */
export function mpls(...labels: readonly number[]): Layer {
  return {
    size: 4 * labels.length,
    etherType: ETHERTYPE.MPLS,
    write({ view, start }) {
      labels.forEach((label, i) => {
        const bottom = i === labels.length - 1 ? 0x100 : 0;
        view.setUint32(start + 4 * i, label * 0x1000 + bottom + 64);
      });
    },
  };
}

/** PPP protocol numbers (RFC 1332, RFC 5072). */
const PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057;

/** A PPPoE session header with the PPP protocol behind it (RFC 2516 section 4). */
export function pppoe(session: number): Layer {
  return {
    size: 8,
    etherType: ETHERTYPE.PPPOE_SESSION,
    write({ bytes, view, start, end, inside }) {
      bytes[start] = 0x11;
      view.setUint16(start + 2, session);
      view.setUint16(start + 4, end - start - 6);
      view.setUint16(start + 6, inside?.etherType === ETHERTYPE.IPV6 ? PPP_IPV6 : PPP_IPV4);
    },
  };
}
