// Packets for the fuzzer that are no conversation: ARP, ICMP, fragments, extension headers, other protocols of IP.

import {
  arp,
  BROADCAST_MAC,
  ethernet,
  frame,
  gratuitousArp,
  hex,
  icmp,
  ICMP_TYPE,
  icmpv6,
  ICMPV6_TYPE,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  ipv6Options,
  neighbourAdvertisementBody,
  neighbourSolicitationBody,
  payload,
  quotedBody,
  type Random,
  tcp,
  udp,
} from "../../tests/craft/craft.ts";

const MACS = { from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" };
const link = ethernet(MACS);
const ENDS = { from: "192.168.1.23", to: "192.0.2.80" };
const ENDS_6 = { from: "2001:db8:1::23", to: "2001:db8::80" };

/** A kilobyte of a datagram, to be sent in pieces. */
const LARGE = "0123456789abcdef".repeat(64);

/** The frames of one small event. */
export function looseFrames(chance: Random): Uint8Array[] {
  const id = chance.below(0x10000), port = chance.between(1, 65_535);
  switch (chance.below(9)) {
    case 0:
      return [
        frame(
          ethernet({ from: MACS.from, to: BROADCAST_MAC }),
          arp({ operation: "request", senderMac: MACS.from, senderIp: ENDS.from, targetIp: "192.168.1.1" }),
        ),
        frame(ethernet({ from: MACS.from, to: BROADCAST_MAC }), gratuitousArp(MACS.from, "192.168.1.1")),
      ];
    case 1:
      return [ICMP_TYPE.ECHO, ICMP_TYPE.ECHO_REPLY, ICMP_TYPE.TIMESTAMP, ICMP_TYPE.ADDRESS_MASK].map((type) =>
        frame(link, ipv4(ENDS), icmp({ type, body: hex("00010001 00000000 00000000 00000000") }))
      );
    case 2: {
      const quoted = frame(ipv4(ENDS), udp({ from: port, to: 53 }), "question");
      return [
        frame(link, ipv4({ from: ENDS.to, to: ENDS.from }), icmp({ type: 3, code: 3, body: quotedBody(quoted) })),
      ];
    }
    case 3: {
      const pieces = ipv4Fragments({ ...ENDS, id }, [udp({ from: port, to: 53 }), payload(LARGE)], 400);
      return shuffled(pieces.map((layers) => frame(link, ...layers)), chance);
    }
    case 4: {
      const pieces = ipv6Fragments(ENDS_6, id, [udp({ from: port, to: 53 }), payload(LARGE)], 400);
      return shuffled(pieces.map((layers) => frame(link, ...layers)), chance);
    }
    case 5:
      return [
        frame(link, ipv6(ENDS_6), icmpv6({ type: ICMPV6_TYPE.ECHO, body: hex("00010001") })),
        frame(
          link,
          ipv6(ENDS_6),
          icmpv6({ type: ICMPV6_TYPE.NEIGHBOUR_SOLICITATION, body: neighbourSolicitationBody(ENDS_6.to, MACS.to) }),
        ),
        frame(
          link,
          ipv6(ENDS_6),
          icmpv6({ type: ICMPV6_TYPE.NEIGHBOUR_ADVERTISEMENT, body: neighbourAdvertisementBody(ENDS_6.to, MACS.to) }),
        ),
      ];
    case 6:
      return [
        frame(
          link,
          ipv6(ENDS_6),
          ipv6Options("hop-by-hop"),
          ipv6Options("destination"),
          tcp({ from: port, to: 80, flags: "S" }),
        ),
      ];
    case 7:
      return [frame(link, ipv4({ ...ENDS, protocol: chance.below(256) }), LARGE.slice(0, chance.below(200)))];
    default:
      return [frame(link, chance.bytes(chance.between(0, 120)))];
  }
}

function shuffled(frames: Uint8Array[], chance: Random): Uint8Array[] {
  if (chance.below(2) === 0) frames.reverse();
  if (chance.below(4) === 0) frames.splice(chance.below(frames.length), 1);
  return frames;
}
