// A chapter is a few thousand frames that follow from a seed and a number: conversations of the corpus, most of them
// damaged, over all kinds of links, at the same time.

import {
  type Accidents,
  type Host,
  LINK_TYPE,
  network,
  type Outcome,
  type Packet,
  type Random,
  random,
  type Step,
} from "../../tests/craft/craft.ts";
import { anyLink, LINK_TYPES } from "./links.ts";
import { looseFrames } from "./loose.ts";
import { changed, rewritten } from "./mutate.ts";
import type { Transcript } from "./transcript.ts";

/** A frame as the dissector takes it. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  /** Unix seconds. */
  readonly ts: number;
  readonly linkType: number;
}

/** Frames a chapter has at least, and at most, whatever was made. */
export const CHAPTER_FRAMES = 4_000;
/** Seconds from one chapter to the next, and within one. */
const CHAPTER_SECONDS = 600;
/** Seconds since 1970 at which the first chapter begins. */
const START = 1_700_000_000;

const OUTCOMES: readonly Outcome[] = ["SF", "SF", "SF", "S1", "S2", "S3", "RSTO", "RSTR", "OTH"];
/** Bytes in a segment: single bytes show every state of a parser, large ones are usual. */
const SEGMENT_SIZES = [1_460, 1_460, 1_460, 1_460, 1_460, 1_460, 65_000, 536, 100, 13, 1] as const;
/** A conversation in tiny segments is cut off here, so that it does not fill the chapter. */
const MOST_SEGMENTS = 40;
const SERVER_ADDRESSES = ["192.168.1.10", "192.0.2.80", "198.51.100.7", "224.0.0.251", "192.168.1.255"] as const;

/** The frames of a chapter, in the order in which they are seen. */
export function chapterFrames(corpus: readonly Transcript[], seed: number, chapter: number): Frame[] {
  const chance = random((Math.imul(seed, 0x9e3779b1) + chapter) >>> 0);
  const begin = START + chapter * CHAPTER_SECONDS;
  const frames: Frame[] = [];
  while (frames.length < CHAPTER_FRAMES) {
    const start = begin + chance.below(CHAPTER_SECONDS);
    const made = chance.below(8) === 0 ? loose(chance, start) : conversation(corpus, chance, start);
    for (const frame of chance.below(2) === 0 ? made : damaged(made, chance)) frames.push(frame);
  }
  frames.length = CHAPTER_FRAMES;
  frames.sort((a, b) => a.ts - b.ts);
  if (chance.below(4) === 0) misdate(frames, chance);
  return frames;
}

/** Seconds by which a clock may be wrong, and frames for which it is. */
const CLOCK_ERROR = 1_800, MISDATED_FRAMES = 3;

function misdate(frames: Frame[], chance: Random): void {
  for (let i = 0; i < MISDATED_FRAMES; i++) {
    const at = chance.below(frames.length), frame = frames[at]!;
    frames[at] = { ...frame, ts: frame.ts + chance.between(-CLOCK_ERROR, CLOCK_ERROR) };
  }
}

function loose(chance: Random, start: number): Frame[] {
  return looseFrames(chance).map((bytes, i) => ({
    bytes,
    originalLength: bytes.length,
    ts: start + i / 1_000,
    linkType: LINK_TYPE.ETHERNET,
  }));
}

function conversation(corpus: readonly Transcript[], chance: Random, start: number): Frame[] {
  const sound = chance.pick(corpus);
  const { transport, port, sayings } = chance.below(5) === 0 ? sound : rewritten(sound, chance.pick(corpus), chance);
  const { linkType, carry } = anyLink(chance);
  const net = network({
    start,
    seed: chance.next(),
    carry,
    linkType,
    ...(chance.below(20) === 0 ? { snapLength: 96 } : {}),
  });
  const client = net.host("client", `192.168.1.${chance.between(20, 60)}`);
  const server = net.host("server", chance.pick(SERVER_ADDRESSES));
  client.counters.port = chance.between(1_024, 65_000);
  // On another's port a protocol has to be recognised, or is taken for the other.
  const heard = chance.below(6) === 0 ? chance.pick(corpus).port : port;
  const six = chance.below(8) === 0;
  const ends: [Host, Host] = six
    ? [net.host("client", `2001:db8:1::${client.counters.port.toString(16)}`), net.host("server", "2001:db8::80")]
    : [client, server];
  const packets = transport === "udp"
    ? net.udp(...ends, heard, {
      steps: sayings.map(({ fromClient, bytes }) => step(fromClient, bytes.subarray(0, 65_000))),
    })
    : stream(net, ends, heard, sayings, chance);
  return packets.packets.map((packet) => asFrame(packet, linkType));
}

function stream(
  net: ReturnType<typeof network>,
  ends: [Host, Host],
  port: number,
  sayings: Transcript["sayings"],
  chance: Random,
) {
  const mss = chance.pick(SEGMENT_SIZES);
  const steps = sayings.filter(({ bytes }) => bytes.length > 0).map(({ fromClient, bytes }) => {
    const said = bytes.subarray(0, mss * MOST_SEGMENTS);
    return step(fromClient, said, accidents(Math.ceil(said.length / mss), chance));
  });
  return net.tcp(...ends, port, { mss, steps, outcome: chance.pick(OUTCOMES) });
}

function step(fromClient: boolean, data: Uint8Array, accidents: Accidents = {}): Step {
  return { from: fromClient ? "client" : "server", data, accidents };
}

function accidents(segments: number, chance: Random): Accidents {
  if (segments < 2 || chance.below(4) > 0) return {};
  const any = chance.below(segments - 1);
  return chance.pick<Accidents>([{ uncaptured: [any] }, { repeated: [any] }, { late: [any] }, { swapped: [any] }]);
}

function asFrame({ seconds, nanoseconds, data, length }: Packet, linkType: number): Frame {
  return { bytes: data, originalLength: length, ts: seconds + nanoseconds / 1e9, linkType };
}

/** Bytes in which the headers of link, IP and transport lie, where a change does most. */
const HEADER_BYTES = 74;
/** What can go wrong with frames between their sender and the capture file. */
function damaged(original: readonly Frame[], chance: Random): Frame[] {
  const frames = [...original];
  const times = 1 + Math.floor(frames.length * chance.fraction() ** 6);
  for (let done = 0; done < times && frames.length > 0; done++) {
    const at = chance.below(frames.length), frame = frames[at]!;
    const { bytes } = frame;
    switch (chance.below(11)) {
      case 0:
        frames.splice(at, 1);
        break;
      case 1:
        frames.splice(chance.between(0, frames.length), 0, frame);
        break;
      case 2: {
        const other = chance.below(frames.length);
        frames[at] = { ...frames[other]!, ts: frame.ts };
        frames[other] = { ...frame, ts: frames[other]!.ts };
        break;
      }
      case 3:
        // Cut by the capture: the wire had more.
        frames[at] = { ...frame, bytes: bytes.slice(0, chance.between(0, bytes.length)) };
        break;
      case 4: {
        const rest = bytes.slice(0, chance.between(0, bytes.length));
        frames[at] = { ...frame, bytes: rest, originalLength: rest.length };
        break;
      }
      case 5:
        frames[at] = { ...frame, linkType: chance.pick(LINK_TYPES) };
        break;
      case 6:
        frames[at] = { ...frame, originalLength: chance.pick([0, 1, bytes.length + 1, 65_535, 2 ** 32 - 1]) };
        break;
      default:
        frames[at] = {
          ...frame,
          bytes: chance.below(3) === 0
            ? changed(bytes, chance)
            : changed(bytes, chance, 0, Math.min(bytes.length, HEADER_BYTES)),
        };
    }
  }
  return frames;
}
