// A host asks for its address.

import { ipBytes, macBytes } from "../address.ts";
import { concat, u32, u8 } from "../bytes.ts";
import { udp } from "../layer/udp.ts";
import { DHCP_OPTION, dhcpMessage, type DhcpType } from "../message/dhcp.ts";
import type { Packet } from "../packet.ts";
import type { Host, Stage } from "../stage.ts";

/** How the exchange goes. */
export interface DhcpOptions {
  /** Seconds since the story's start; default: when the conversation before ended. */
  at?: number;
  /** Default the host's name; null for none. */
  hostName?: string | null;
  /** The address asked for; default the host's own. */
  requested?: string;
  /** Default: discover, offer, request, ack. */
  messages?: readonly DhcpType[];
  /** Default the gateway. */
  server?: Host;
  /** Seconds; default a day. */
  leaseTime?: number;
  vendorClass?: string;
  domain?: string;
}

const CLIENT_PORT = 68, SERVER_PORT = 67;
/** Seconds between two messages. */
const SPACING = 0.01;
const FROM_SERVER: ReadonlySet<DhcpType> = new Set(["offer", "ack", "nak"]);

/** Plays the messages and puts them into the story. */
export function dhcpConversation(stage: Stage, host: Host, options: DhcpOptions = {}): void {
  const { messages = ["discover", "offer", "request", "ack"], server = stage.gateway } = options;
  const start = options.at ?? stage.clock;
  const requested = options.requested ?? host.ip;
  const transaction = stage.random.next();
  const nobody = stage.host("", "0.0.0.0", { mac: host.mac });
  const everybody = stage.host("", "255.255.255.255");
  const hostName = options.hostName === undefined ? host.name : options.hostName;
  const packets: Packet[] = messages.map((type, i) => {
    // Whoever renews, releases or informs uses the address it has.
    const hasAddress = !messages.includes("discover") && type !== "request";
    const message = FROM_SERVER.has(type)
      ? dhcpMessage({
        type,
        mac: host.macBytes,
        transaction,
        ...(type === "nak" ? {} : { yourIp: requested }),
        options: [
          [DHCP_OPTION.SERVER, server.ipBytes],
          ...(type === "nak" ? [] : offered(server, options)),
        ],
      })
      : dhcpMessage({
        type,
        mac: host.macBytes,
        transaction,
        ...(hasAddress ? { clientIp: host.ipBytes } : {}),
        options: [
          [DHCP_OPTION.CLIENT_ID, concat(u8(1), macBytes(host.mac))],
          ...(type === "discover" || type === "request"
            ? [[DHCP_OPTION.REQUESTED_ADDRESS, ipBytes(requested)] as const]
            : []),
          ...(type === "request" ? [[DHCP_OPTION.SERVER, server.ipBytes] as const] : []),
          ...(hostName === null ? [] : [[DHCP_OPTION.HOST_NAME, hostName] as const]),
          ...(options.vendorClass === undefined ? [] : [[DHCP_OPTION.VENDOR_CLASS, options.vendorClass] as const]),
          [DHCP_OPTION.PARAMETER_LIST, Uint8Array.of(1, 3, 6, 15)],
        ],
      });
    const frame = FROM_SERVER.has(type)
      ? stage.frame(server, everybody, udp({ from: SERVER_PORT, to: CLIENT_PORT }), message)
      : stage.frame(
        hasAddress ? host : nobody,
        hasAddress ? server : everybody,
        udp({ from: CLIENT_PORT, to: SERVER_PORT }),
        message,
      );
    return stage.packet(start + i * SPACING, frame);
  });
  stage.add(packets);
  stage.endedAt(start + messages.length * SPACING);
}

function offered(server: Host, options: DhcpOptions): (readonly [number, Uint8Array | string])[] {
  return [
    [DHCP_OPTION.LEASE_TIME, u32(options.leaseTime ?? 86_400)],
    [DHCP_OPTION.SUBNET_MASK, ipBytes("255.255.255.0")],
    [DHCP_OPTION.ROUTER, server.ipBytes],
    [DHCP_OPTION.DNS_SERVER, server.ipBytes],
    ...(options.domain === undefined ? [] : [[DHCP_OPTION.DOMAIN_NAME, options.domain] as const]),
  ];
}
