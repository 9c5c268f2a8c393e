// A TCP connection: any of Zeek's connection states, data in segments with acknowledgements, and the accidents of real networks.

import { concat } from "../bytes.ts";
import { tcp, tcpOption } from "../layer/tcp.ts";
import type { Packet } from "../packet.ts";
import { type Data, toSource } from "../source.ts";
import { type Accidents, arrivalsOf, type Side, type Step } from "./step.ts";
import { ephemeralPort, type Host, roundTripTime, type Stage } from "../stage.ts";

/** The state in which Zeek would log the connection (`conn_state`), or a handshake that the client never completes. */
export type Outcome =
  | "SF"
  | "S0"
  | "S1"
  | "S2"
  | "S3"
  | "REJ"
  | "RSTO"
  | "RSTR"
  | "RSTOS0"
  | "RSTRH"
  | "SH"
  | "SHR"
  | "OTH"
  | "half-open";

/** How a connection goes. */
export interface TcpOptions {
  /** Seconds since the story's start; default: when the conversation before ended. */
  at?: number;
  /** Default SF: handshake, the steps, both sides close. */
  outcome?: Outcome;
  steps?: readonly Step[];
  clientPort?: number;
  /** Who sends the first FIN of an SF connection; default the client. */
  closedBy?: Side;
  /** Seconds; default 0.4 ms on the link, 24 ms to the outside. */
  roundTrip?: number;
  /** Bytes of data in one segment; default 1,460. Up to 65,000 looks like a capture with segmentation offload. */
  mss?: number;
  /** Bytes per second while sending; default 12.5 million. */
  rate?: number;
  /** How often an unanswered SYN is sent; default 1. */
  attempts?: number;
}

/** What one end of a conversation sent, retransmissions included: compare with orig_* and resp_* of a conn record. */
export interface Sent {
  readonly host: Host;
  readonly port: number;
  packets: number;
  /** Payload bytes in the captured packets. */
  bytes: number;
}

/** What a conversation was. */
export interface Conversation {
  /** Seconds since the story's start. */
  readonly start: number;
  readonly end: number;
  readonly client: Sent;
  readonly server: Sent;
  readonly packets: readonly Packet[];
}

const DEFAULT_MSS = 1_460;
const DEFAULT_RATE = 12.5e6;
/** Seconds a host takes to acknowledge, and to answer what it just received. */
const REACTION = 0.00005;

/** Outcomes in which both sides completed the handshake. */
const ESTABLISHED: ReadonlySet<Outcome> = new Set(["SF", "S1", "S2", "S3", "RSTO", "RSTR"]);

/** Plays a connection and puts it into the story. */
export function tcpConversation(
  stage: Stage,
  client: Host,
  server: Host,
  port: number,
  options: TcpOptions = {},
): Conversation {
  const outcome = options.outcome ?? "SF";
  const line = openLine(stage, client, server, port, options);
  if (ESTABLISHED.has(outcome)) line.handshake();
  if (ESTABLISHED.has(outcome) || outcome === "OTH") line.play(options.steps ?? []);
  closeLine(line, outcome, options);
  stage.add(line.packets);
  stage.endedAt(line.latest());
  return { start: line.start, end: line.latest(), client: line.client, server: line.server, packets: line.packets };
}

function closeLine(line: Line, outcome: Outcome, options: TcpOptions): void {
  const { segment } = line;
  switch (outcome) {
    case "SF": {
      const first = options.closedBy ?? "client";
      const second = first === "client" ? "server" : "client";
      segment(first, "FA");
      segment(second, "FA");
      segment(first, "A");
      break;
    }
    case "S0":
      for (let i = 0; i < (options.attempts ?? 1); i++) segment("client", "S", { wait: i === 0 ? 0 : 2 ** (i - 1) });
      break;
    case "S2":
      segment("client", "FA");
      segment("server", "A");
      break;
    case "S3":
      segment("server", "FA");
      segment("client", "A");
      break;
    case "REJ":
      segment("client", "S");
      segment("server", "RA");
      break;
    case "RSTO":
      segment("client", "RA");
      break;
    case "RSTR":
      segment("server", "RA");
      break;
    case "RSTOS0":
      segment("client", "S");
      segment("client", "R", { wait: 1 });
      break;
    case "RSTRH":
      segment("server", "SA");
      segment("server", "R", { wait: 1 });
      break;
    case "SH":
      segment("client", "S");
      segment("client", "F", { wait: 1 });
      break;
    case "SHR":
      segment("server", "SA");
      segment("server", "FA", { wait: 1 });
      break;
    case "half-open":
      segment("client", "S");
      segment("server", "SA");
      break;
    case "S1":
    case "OTH":
      break;
  }
}

/** Both ends of a connection while it is being played. */
interface Line {
  readonly start: number;
  readonly client: Sent;
  readonly server: Sent;
  readonly packets: Packet[];
  handshake(): void;
  play(steps: readonly Step[]): void;
  /** One segment without data, at the moment that side would send it. */
  segment(side: Side, flags: string, options?: { wait?: number }): void;
  /** Time of the last packet so far. */
  latest(): number;
}

function openLine(stage: Stage, client: Host, server: Host, port: number, options: TcpOptions): Line {
  const start = options.at ?? stage.clock;
  const roundTrip = options.roundTrip ?? roundTripTime(client, server);
  const mss = options.mss ?? DEFAULT_MSS;
  const rate = options.rate ?? DEFAULT_RATE;
  const ends = {
    client: { ...newEnd(client, options.clientPort ?? ephemeralPort(client)), next: stage.random.next() },
    server: { ...newEnd(server, port), next: stage.random.next() },
  };
  /** What each side has received of the other, and so acknowledges. */
  const received = { client: ends.server.next, server: ends.client.next };
  const packets: Packet[] = [];
  const synOptions = concat(
    tcpOption.mss(Math.min(mss, DEFAULT_MSS)),
    tcpOption.sackPermitted,
    tcpOption.noOperation,
    tcpOption.windowScale(7),
  );
  let now = start, latest = start;
  let turn: Side | undefined;

  const emit = (at: number, side: Side, flags: string, seq: number, ack: number, data?: Uint8Array): void => {
    const from = ends[side], to = ends[other(side)];
    const header = tcp({
      from: from.port,
      to: to.port,
      flags,
      seq,
      ack: flags.includes("A") ? ack : 0,
      ...(flags.includes("S") ? { options: synOptions } : {}),
    });
    const inner = data === undefined ? [header] : [header, data];
    packets.push(stage.packet(at, stage.frame(from.host, to.host, ...inner)));
    from.packets++;
    from.bytes += data?.length ?? 0;
    latest = Math.max(latest, at);
  };

  /** Moves to the moment at which `side` can act: the capture is taken next to the client, so the server answers a round trip later. */
  const takeTurn = (side: Side): void => {
    if (turn !== undefined) now += side === "server" && turn === "client" ? roundTrip : REACTION;
    turn = side;
  };

  const segment: Line["segment"] = (side, flags, { wait = 0 } = {}) => {
    now = Math.max(now, latest) + wait;
    takeTurn(side);
    const end = ends[side];
    // A host that refuses never chose a sequence number (RFC 9293 section 3.5.2).
    const refusing = flags.includes("R") && end.packets === 0;
    emit(now, side, flags, refusing ? 0 : end.next, received[side]);
    // An unanswered SYN is sent again with the same number.
    const used = flags.includes("F") || (flags.includes("S") && options.outcome !== "S0");
    if (used) {
      end.next = (end.next + 1) >>> 0;
      received[other(side)] = end.next;
    }
  };

  const send = (side: Side, data: Data, accidents: Accidents, answered: boolean): void => {
    takeTurn(side);
    const end = ends[side], peer = other(side);
    const source = toSource(data, end.next);
    const size = source.size;
    const count = Math.ceil(size / mss);
    const base = end.next;
    const acknowledged = received[side];
    const acknowledgeDelay = peer === "server" ? roundTrip : REACTION;
    const arrivals = arrivalsOf(count, accidents, (i) => Math.min(mss, size - i * mss) / rate, now);
    const arrived = new Set<number>();
    let contiguous = 0, unacknowledged = 0;
    arrivals.forEach(({ index, at, captured }, position) => {
      const data = source.piece(index * mss, Math.min(mss, size - index * mss));
      const last = index === count - 1;
      if (captured) emit(at, side, last ? "PA" : "A", (base + index * mss) >>> 0, acknowledged, data);
      now = Math.max(now, at);
      const inOrder = index === contiguous && !arrived.has(index);
      arrived.add(index);
      while (arrived.delete(contiguous)) contiguous++;
      unacknowledged++;
      const final = position === arrivals.length - 1;
      // Every second segment is acknowledged, disorder at once (RFC 5681 section 4.2); the last may wait for the answer.
      if (final ? !answered : unacknowledged >= 2 || !inOrder) {
        const upTo = (base + Math.min(contiguous * mss, size)) >>> 0;
        emit(at + acknowledgeDelay, peer, "A", ends[peer].next, upTo);
        unacknowledged = 0;
      }
    });
    end.next = (base + size) >>> 0;
    received[peer] = end.next;
  };

  return {
    start,
    client: ends.client,
    server: ends.server,
    packets,
    segment,
    latest: () => latest,
    handshake() {
      segment("client", "S");
      segment("server", "SA");
      segment("client", "A");
    },
    play(steps) {
      steps.forEach((step, i) => {
        if ("pause" in step) {
          now = Math.max(now, latest) + step.pause;
          return;
        }
        const next = steps[i + 1];
        const answered = next !== undefined && "from" in next && next.from !== step.from;
        send(step.from, step.data, step.accidents ?? {}, answered);
      });
    },
  };
}

function newEnd(host: Host, port: number): Sent {
  return { host, port, packets: 0, bytes: 0 };
}

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}
