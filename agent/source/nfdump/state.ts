// The state of a connection in Zeek's words, from what flows tell: the TCP flags that each side ever sent, without their order
// (https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html).

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
const PSH = 8;
const ACK = 16;

const TCP = 6;
const UDP = 17;

/** Packets of one side up to which SYN and ACK may have been one packet, sent again. Own choice. */
const PACKETS_OF_AN_ANSWER = 3;

/** Bytes of an IPv6 packet that holds nothing but TCP's header and options: the largest SYN (RFC 8200, RFC 9293). */
const BYTES_OF_A_SYN = 80;

/** What one side sent. */
export interface Side {
  /** 0 where the exporter counted the packets of this side and did not tell their flags. */
  flags: number;
  packets: number;
  bytes: number;
}

/** The state; where only one direction was exported, what its flags say of the other. */
export function stateOf(protocol: number, orig: Side, resp: Side): string {
  if (protocol === UDP) return orig.packets === 0 ? "SHR" : resp.packets > 0 ? "SF" : "S0";
  if (protocol !== TCP) return "OTH";
  if (orig.flags === 0 && resp.flags === 0) return withoutFlags(orig, resp);
  if (resp.packets === 0) return oneSide(orig);
  return resp.flags === 0 ? answered(orig.flags) : bothSides(orig.flags, resp.flags);
}

/**
 * Of a TCP connection nobody told the flags, as some exporters do not, nor some of nfdump's texts. Packets that can hold
 * nothing are attempts; as many of them the other way are refusals.
 */
function withoutFlags(orig: Side, resp: Side): string {
  const isSilent = ({ packets, bytes }: Side) => bytes <= packets * BYTES_OF_A_SYN;
  if (resp.packets === 0) return isSilent(orig) ? "S0" : "OTH";
  const isRefused = orig.packets <= PACKETS_OF_AN_ANSWER && resp.packets <= orig.packets && isSilent(orig) &&
    isSilent(resp);
  return isRefused ? "REJ" : "SF";
}

/** There was an answer of which only the count is known: whoever sends ACK after SYN was answered with SYN. */
function answered(orig: number): string {
  if ((orig & SYN) === 0) return "OTH";
  if ((orig & ACK) === 0) return "REJ";
  return (orig & RST) !== 0 ? "RSTO" : (orig & FIN) !== 0 ? "SF" : "S1";
}

function bothSides(orig: number, resp: number): string {
  if ((resp & SYN) === 0) {
    if ((orig & SYN) === 0) return "OTH";
    return (resp & RST) !== 0 && (resp & (PSH | FIN)) === 0 ? "REJ" : "OTH";
  }
  if ((orig & RST) !== 0) return "RSTO";
  if ((resp & RST) !== 0) return "RSTR";
  if ((orig & FIN) !== 0) return (resp & FIN) !== 0 ? "SF" : "S2";
  return (resp & FIN) !== 0 ? "S3" : "S1";
}

function oneSide({ flags, packets }: Side): string {
  const spoke = (flags & (PSH | FIN)) !== 0 || packets > PACKETS_OF_AN_ANSWER;
  if ((flags & SYN) === 0) return (flags & RST) !== 0 && !spoke ? "RSTRH" : "OTH";
  if ((flags & ACK) === 0) return (flags & RST) !== 0 ? "RSTOS0" : (flags & FIN) !== 0 ? "SH" : "S0";
  // An ACK after the own SYN was the answer to the other side's; in the same packet it was the answer itself.
  return spoke ? (flags & FIN) !== 0 ? "S2" : "S1" : "SHR";
}

/** Whether the side's SYN began the connection. */
export function beganIt({ flags }: Side): boolean {
  return (flags & SYN) !== 0 && (flags & ACK) === 0;
}
