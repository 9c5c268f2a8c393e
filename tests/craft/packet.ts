// What a packet is here, and how one is put together from its layers.

import { type Content, toBytes } from "./bytes.ts";

/** Bytes on a wire at a moment. */
export interface Packet {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  /** Nanoseconds within that second, 0 .. 999,999,999. */
  readonly nanoseconds: number;
  /** The captured bytes; fewer than `length` when a snap length cut them. */
  readonly data: Uint8Array;
  /** Bytes on the wire. */
  readonly length: number;
  /** Which interface of a pcapng file saw it; 0 when there is one. */
  readonly interface?: number;
}

/** One protocol header in a packet, able to write itself around what it carries. */
export interface Layer {
  /** Bytes of this header. */
  readonly size: number;
  /** The number by which Ethernet and its relatives announce this layer. */
  readonly etherType?: number;
  /** The number by which IP announces this layer. */
  readonly ipProtocol?: number;
  /** The ends of an IP layer, for the checksums of the layers inside it. */
  readonly ends?: { readonly source: Uint8Array; readonly destination: Uint8Array };
  /** Smallest size of the packet when this is the outermost layer; zeros are added behind it. */
  readonly minimum?: number;
  /** Writes the header; everything inside it is already written. */
  write(place: Place): void;
}

/** Where a layer finds itself while it is written. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** First byte of this layer. */
  readonly start: number;
  /** First byte behind what this layer carries. */
  readonly end: number;
  /** The next layer inwards. */
  readonly inside: Layer | undefined;
  /** The ends of the nearest IP layer outwards. */
  readonly ends: Layer["ends"];
}

/** Content that no layer explains: an application's bytes. */
export function payload(content: Content): Layer {
  const bytes = toBytes(content);
  return { size: bytes.length, write: (place) => place.bytes.set(bytes, place.start) };
}

/** Builds one packet's bytes from its layers, outermost first: `frame(ethernet({...}), ipv4({...}), udp({...}), "hello")`. */
export function frame(...parts: readonly (Layer | Content)[]): Uint8Array {
  const layers = parts.map((part) => typeof part === "string" || part instanceof Uint8Array ? payload(part) : part);
  let end = 0;
  for (const layer of layers) end += layer.size;
  const bytes = new Uint8Array(Math.max(end, layers[0]?.minimum ?? 0));
  const view = new DataView(bytes.buffer);
  let start = end;
  // From the inside out, because lengths and checksums cover what lies inside.
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i]!;
    start -= layer.size;
    layer.write({ bytes, view, start, end, inside: layers[i + 1], ends: nearestEnds(layers, i) });
  }
  return bytes;
}

function nearestEnds(layers: readonly Layer[], below: number): Layer["ends"] {
  for (let i = below - 1; i >= 0; i--) {
    const ends = layers[i]!.ends;
    if (ends !== undefined) return ends;
  }
  return undefined;
}

/** The number `announced` by the carried layer, or `chosen` when the caller insists; an unexplained payload needs the latter. */
export function announce(chosen: number | undefined, announced: number | undefined): number {
  return chosen ?? announced ?? 0;
}

/** A packet of `data` at `time` (seconds since 1970, rounded to the microsecond). */
export function packetAt(time: number, data: Uint8Array): Packet {
  const seconds = Math.floor(time);
  const microseconds = Math.round((time - seconds) * 1e6);
  return microseconds === 1e6
    ? { seconds: seconds + 1, nanoseconds: 0, data, length: data.length }
    : { seconds, nanoseconds: microseconds * 1000, data, length: data.length };
}

/** The packet as a capture with this snap length would have kept it. */
export function snap(packet: Packet, snapLength: number): Packet {
  // A copy, so that the bytes cut off can be freed.
  return packet.data.length <= snapLength ? packet : { ...packet, data: packet.data.slice(0, snapLength) };
}

/** Earlier first. */
export function compareTime(a: Packet, b: Packet): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}
