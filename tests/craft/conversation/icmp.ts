// Pings, and the ICMP messages by which networks are mapped.

import type { Content } from "../bytes.ts";
import { addressMaskBody, echoBody, icmp, ICMP_TYPE, icmpv6, ICMPV6_TYPE, timestampBody } from "../layer/icmp.ts";
import type { Layer, Packet } from "../packet.ts";
import { type Host, roundTripTime, type Stage } from "../stage.ts";

/** What is asked: an echo, or one of the two old questions that only scanners still ask. */
export type PingKind = "echo" | "timestamp" | "address-mask";

/** How a host pings another. */
export interface PingOptions {
  /** Seconds since the story's start; default: when the conversation before ended. */
  at?: number;
  kind?: PingKind;
  /** Requests, `interval` seconds apart; default 1, every second. */
  count?: number;
  interval?: number;
  /** Whether the other answers; default true. */
  answered?: boolean;
  /** Data of an echo. */
  data?: Content;
}

/** Sends the requests and their replies. */
export function pingConversation(stage: Stage, from: Host, to: Host, options: PingOptions = {}): void {
  const start = options.at ?? stage.clock;
  const id = stage.random.below(0x10000);
  const packets: Packet[] = [];
  for (let i = 0; i < (options.count ?? 1); i++) {
    const at = start + i * (options.interval ?? 1);
    const [question, answer] = messages(from, id, i + 1, options);
    packets.push(stage.packet(at, stage.frame(from, to, question)));
    if (options.answered ?? true) {
      packets.push(stage.packet(at + roundTripTime(from, to), stage.frame(to, from, answer)));
    }
    stage.endedAt(at);
  }
  stage.add(packets);
}

function messages(from: Host, id: number, sequence: number, { kind = "echo", data }: PingOptions): [Layer, Layer] {
  if (from.ipBytes.length === 16) {
    const body = echoBody(id, sequence, data);
    return [icmpv6({ type: ICMPV6_TYPE.ECHO, body }), icmpv6({ type: ICMPV6_TYPE.ECHO_REPLY, body })];
  }
  // Noon, in milliseconds since midnight.
  const noon = 43_200_000;
  switch (kind) {
    case "echo": {
      const body = echoBody(id, sequence, data);
      return [icmp({ type: ICMP_TYPE.ECHO, body }), icmp({ type: ICMP_TYPE.ECHO_REPLY, body })];
    }
    case "timestamp":
      return [
        icmp({ type: ICMP_TYPE.TIMESTAMP, body: timestampBody(id, sequence, [noon, 0, 0]) }),
        icmp({ type: ICMP_TYPE.TIMESTAMP_REPLY, body: timestampBody(id, sequence, [noon, noon + 1, noon + 1]) }),
      ];
    case "address-mask":
      return [
        icmp({ type: ICMP_TYPE.ADDRESS_MASK, body: addressMaskBody(id, sequence) }),
        icmp({ type: ICMP_TYPE.ADDRESS_MASK_REPLY, body: addressMaskBody(id, sequence, "255.255.255.0") }),
      ];
  }
}
