// One TCP segment as the parts of the flow table hand it to each other; one object, filled anew for every segment.

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
export const URG = 0x20;

export interface Segment {
  /** Unix seconds. */
  ts: number;
  flags: number;
  /** As on the wire. */
  sequence: number;
  acknowledgement: number;
  window: number;
  /** Payload bytes by the headers. */
  length: number;
  /** One past the last number that the segment takes, payload, SYN and FIN included; as on the wire. */
  past: number;
  /** By how much `past` is beyond everything sent before; negative when it is not. */
  advance: number;
  /** Set by the state machine: the sender wants to close, or resets. */
  closing: boolean;
  /** Set by the state machine: originator and responder have changed places. */
  turned: boolean;
}

export function emptySegment(): Segment {
  return {
    ts: 0,
    flags: 0,
    sequence: 0,
    acknowledgement: 0,
    window: 0,
    length: 0,
    past: 0,
    advance: 0,
    closing: false,
    turned: false,
  };
}
