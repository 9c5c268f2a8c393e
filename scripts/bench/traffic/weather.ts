// What happens to packets on real networks, done to a finished stream: some come twice, some late, some are missing.

import { compareTime, type Packet, type Random } from "../../../tests/craft/craft.ts";

/** Fractions of the packets. Sent again and out of order are about 1 % together, as on an ordinary wide-area link. */
const SENT_AGAIN = 0.005, OVERTAKEN = 0.005, MISSING = 0.0002;
/** Nanoseconds: Linux's minimum retransmission timeout, and how far a packet may fall behind. */
const RETRANSMISSION_TIMEOUT = 200_000_000, LARGEST_DELAY = 1_000_000;

/** The packets after their way through the weather, again in time order. */
export function* weather(packets: Iterable<Packet>, chance: Random): Generator<Packet> {
  /** Packets on their way, in time order. */
  const delayed: Packet[] = [];
  for (const packet of packets) {
    while (delayed.length > 0 && compareTime(delayed[0]!, packet) <= 0) yield delayed.shift()!;
    const luck = chance.fraction();
    if (luck < SENT_AGAIN) insert(delayed, later(packet, RETRANSMISSION_TIMEOUT));
    if (luck > 1 - MISSING) continue;
    if (luck > 1 - MISSING - OVERTAKEN) insert(delayed, later(packet, chance.between(1_000, LARGEST_DELAY)));
    else yield packet;
  }
  yield* delayed;
}

function later(packet: Packet, delay: number): Packet {
  const nanoseconds = packet.nanoseconds + delay;
  return nanoseconds < 1e9
    ? { ...packet, nanoseconds }
    : { ...packet, seconds: packet.seconds + 1, nanoseconds: nanoseconds - 1e9 };
}

function insert(sorted: Packet[], packet: Packet): void {
  let at = sorted.length;
  while (at > 0 && compareTime(sorted[at - 1]!, packet) > 0) at--;
  sorted.splice(at, 0, packet);
}
