// Datagrams between two hosts, and to groups.

import { udp } from "../layer/udp.ts";
import type { Packet } from "../packet.ts";
import { toSource, wholeSource } from "../source.ts";
import { ephemeralPort, type Host, roundTripTime, type Stage } from "../stage.ts";
import { type Step } from "./step.ts";
import { type Conversation, type Sent } from "./tcp.ts";

/** How an exchange of datagrams goes; each step is one datagram, made by `fromClient`, `fromServer` and `pause`. */
export interface UdpOptions {
  /** Seconds since the story's start; default: when the conversation before ended. */
  at?: number;
  /** Default: one datagram of 32 bytes from the client. */
  steps?: readonly Step[];
  clientPort?: number;
  /** Seconds; default 0.4 ms on the link, 24 ms to the outside. */
  roundTrip?: number;
}

/** Seconds between two datagrams of the same sender. */
const SPACING = 0.0001;

/** Plays the datagrams and puts them into the story. */
export function udpConversation(
  stage: Stage,
  client: Host,
  server: Host,
  port: number,
  options: UdpOptions = {},
): Conversation {
  const start = options.at ?? stage.clock;
  const roundTrip = options.roundTrip ?? roundTripTime(client, server);
  const ends: { client: Sent; server: Sent } = {
    client: { host: client, port: options.clientPort ?? ephemeralPort(client), packets: 0, bytes: 0 },
    server: { host: server, port, packets: 0, bytes: 0 },
  };
  const packets: Packet[] = [];
  let now = start, end = start;
  for (const step of options.steps ?? [{ from: "client", data: 32 } as const]) {
    if ("pause" in step) {
      now += step.pause;
      continue;
    }
    const from = ends[step.from], to = ends[step.from === "client" ? "server" : "client"];
    if (packets.length > 0) now += step.from === "server" ? roundTrip : SPACING;
    const data = wholeSource(toSource(step.data, stage.random.next()));
    const datagram = stage.frame(from.host, to.host, udp({ from: from.port, to: to.port }), data);
    packets.push(stage.packet(now, datagram));
    from.packets++;
    from.bytes += data.length;
    end = now;
  }
  stage.add(packets);
  stage.endedAt(end);
  return { start, end, client: ends.client, server: ends.server, packets };
}
