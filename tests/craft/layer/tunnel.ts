// Tunnels: GRE, VXLAN, Geneve, GTP-U. IP in IP needs none: put `ipv4` or `ipv6` inside another; Teredo is `ipv6` inside `udp`.

import type { Layer } from "../packet.ts";
import { announce } from "../packet.ts";
import { IP_PROTOCOL } from "./ipv4.ts";
import { udp } from "./udp.ts";

/** UDP ports by which the tunnels are known (RFC 7348, RFC 8926, 3GPP TS 29.281, RFC 4380). */
export const TUNNEL_PORT = { VXLAN: 4789, GENEVE: 6081, GTP_USER: 2152, TEREDO: 3544 } as const;

/** GRE (RFC 2784) with the optional key and sequence number of RFC 2890. */
export function gre(fields: { key?: number; sequence?: number; protocol?: number } = {}): Layer {
  const hasKey = fields.key !== undefined, hasSequence = fields.sequence !== undefined;
  return {
    size: 4 + (hasKey ? 4 : 0) + (hasSequence ? 4 : 0),
    ipProtocol: IP_PROTOCOL.GRE,
    write({ view, start, inside }) {
      view.setUint16(start, (hasKey ? 0x2000 : 0) | (hasSequence ? 0x1000 : 0));
      view.setUint16(start + 2, announce(fields.protocol, inside?.etherType));
      if (hasKey) view.setUint32(start + 4, fields.key!);
      if (hasSequence) view.setUint32(start + (hasKey ? 8 : 4), fields.sequence!);
    },
  };
}

/** A VXLAN header; an `ethernet` layer goes inside, `udp` to port 4789 around it. */
export function vxlan(network: number): Layer {
  return {
    size: 8,
    write({ bytes, view, start }) {
      bytes[start] = 0x08;
      view.setUint32(start + 4, network * 0x100);
    },
  };
}

/** A Geneve header without options; `udp` to port 6081 around it. */
export function geneve(network: number): Layer {
  return {
    size: 8,
    write({ view, start, inside }) {
      view.setUint16(start + 2, announce(undefined, inside?.etherType));
      view.setUint32(start + 4, network * 0x100);
    },
  };
}

/** A GTP version 1 user-plane header carrying a packet (message 255); `udp` to port 2152 around it. */
export function gtpUser(tunnel: number): Layer {
  return {
    size: 8,
    write({ bytes, view, start, end }) {
      bytes[start] = 0x30;
      bytes[start + 1] = 0xff;
      view.setUint16(start + 2, end - start - 8);
      view.setUint32(start + 4, tunnel);
    },
  };
}

/** The UDP layer of a Teredo packet; an `ipv6` layer goes inside. */
export function teredo(clientPort: number = TUNNEL_PORT.TEREDO): Layer {
  return udp({ from: clientPort, to: TUNNEL_PORT.TEREDO });
}
