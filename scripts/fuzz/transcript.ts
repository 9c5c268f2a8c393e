// What both sides of a conversation said, without the packets that carried it: so it can be changed and then said again in
// packets that are in order, and reach the deep states of a parser.

import { concat, type Conversation } from "../../tests/craft/craft.ts";

/** One thing said: a datagram, or what one side of a TCP connection sent until the other spoke. */
export interface Saying {
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
}

/** A whole conversation. */
export interface Transcript {
  readonly name: string;
  readonly transport: "tcp" | "udp";
  /** Port of the server. */
  readonly port: number;
  readonly sayings: readonly Saying[];
}

/** Where the transport header begins in crafted frames: Ethernet without tags, and IPv4 without options. */
const TRANSPORT_START = 34;
const UDP_HEADER_BYTES = 8;

/** Reads the payloads out of the packets of a crafted conversation over plain Ethernet and IPv4. */
export function transcribe(name: string, transport: "tcp" | "udp", conversation: Conversation): Transcript {
  const { client, server, packets } = conversation;
  const sayings: Saying[] = [];
  for (const { data } of packets) {
    const header = transport === "udp" ? UDP_HEADER_BYTES : (data[TRANSPORT_START + 12]! >> 4) * 4;
    const bytes = data.slice(TRANSPORT_START + header);
    const fromClient = ((data[TRANSPORT_START]! << 8) | data[TRANSPORT_START + 1]!) === client.port;
    const last = sayings.at(-1);
    if (bytes.length === 0) continue;
    if (transport === "tcp" && last?.fromClient === fromClient) {
      sayings[sayings.length - 1] = { fromClient, bytes: concat(last.bytes, bytes) };
    } else sayings.push({ fromClient, bytes });
  }
  return { name, transport, port: server.port, sayings };
}

/** A transcript written down directly: `["C", bytes]`, `["S", bytes]`. */
export function written(
  name: string,
  transport: "tcp" | "udp",
  port: number,
  lines: readonly (readonly ["C" | "S", Uint8Array | string])[],
): Transcript {
  return {
    name,
    transport,
    port,
    sayings: lines.map(([who, text]) => ({ fromClient: who === "C", bytes: concat(text) })),
  };
}
