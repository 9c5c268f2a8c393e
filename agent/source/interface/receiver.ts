// One reception from beginning to end: opens the source of an interface, moves its blocks to the dissector, and goes on
// after the interface was away.

import { ENETDOWN, ENODEV, ENXIO, type Libc, POLLERR, POLLHUP, POLLIN, SystemError } from "../../../ffi/libc.ts";
import { PcapError } from "../../../ffi/libpcap.ts";
import type { BlockSource } from "./blocks.ts";
import { REFUSE_EVERYTHING } from "./bpf.ts";
import type { Filters } from "./filter.ts";
import type { HandOver } from "./hand-over.ts";
import type { CaptureCounts, InterfaceState } from "./messages.ts";
import type { PacketSource } from "./packet-source.ts";
import { RETIRE_MILLISECONDS } from "./ring.ts";

/** Longest wait for packets, milliseconds: how late a stop can be noticed on a silent wire. */
const WAIT_MILLISECONDS = 250;
/** Milliseconds between two looks for an interface that is away, should no news of it come. */
const AWAY_MILLISECONDS = 1000;
/** Milliseconds between two messages that the wire is silent. */
const CLOCK_MILLISECONDS = 1000;
/** How far such a message stays behind the clock, seconds: far longer than a packet can wait in an unfinished block. */
const CLOCK_LAG = 1;
/** Times that the last, unfinished block is waited for. */
const LAST_WAITS = 4;

export interface ReceiverOptions {
  /** Number of the interface, 0 while it is away; a constant for what is no interface of the kernel's. */
  index(): number;
  /** Whether it is switched on. */
  up(): boolean;
  /** Opens its source again, filtered; undefined while that is not possible. */
  open(): PacketSource | undefined;
  /** The filters for packets of this kind. */
  filters(source: BlockSource): Filters;
  handOver: HandOver;
  state(state: InterfaceState): void;
}

export interface Receiver {
  /** Receives until it is stopped; resolves when everything is handed over. */
  run(): Promise<void>;
  stop(): void;
  /** The filter has changed. */
  refilter(): void;
  /** Something about interfaces has changed: time to look whether ours is back. */
  look(): void;
  /** Counted so far. */
  counts(): CaptureCounts;
}

/** A receiver; the source is already open, so that what is wrong with it was said at the start. */
export function createReceiver(libc: Libc, first: PacketSource, options: ReceiverOptions): Receiver {
  const { handOver } = options;
  const counts: CaptureCounts = { packets: 0, drops: 0 };
  let source: PacketSource | undefined = first;
  let boundTo = options.index();
  let state: InterfaceState | undefined;
  let stopping = false;
  let wake: (() => void) | undefined;
  let lastClock = -Infinity;

  function tell(now: InterfaceState): void {
    if (state === now) return;
    state = now;
    options.state(now);
  }

  function count(): void {
    if (source === undefined) return;
    const { packets, drops } = source.statistics();
    counts.packets += packets;
    counts.drops += drops;
  }

  function announce({ source }: PacketSource): void {
    handOver.source(source, options.filters(source).inIntake);
  }

  /** Moves what is finished, as far as there are buffers; false when there was nothing. */
  function move(from: PacketSource): "moved" | "nothing" | "no buffers" {
    for (let moved = false;; moved = true) {
      const space = handOver.space();
      if (space === undefined) return "no buffers";
      const length = from.take(space.buffer, space.at);
      if (length > 0) handOver.filled(length);
      else if (length < 0) handOver.next();
      else return moved ? "moved" : "nothing";
    }
  }

  /** Says how late it is when nothing has come for a while. */
  function tellClock(): void {
    // Not by the clock on the wall, which may be set back.
    const now = performance.now();
    if (now - lastClock < CLOCK_MILLISECONDS || !handOver.idle()) return;
    lastClock = now;
    handOver.clock(Date.now() / 1000 - CLOCK_LAG);
  }

  /** Looks why the source complains. */
  function examine(from: PacketSource): void {
    const error = from.error();
    if (options.index() !== boundTo) leave();
    else if (error === ENETDOWN) tell("down");
    else if (error === ENODEV || error === ENXIO) leave();
  }

  /** The interface has gone: what was received is kept. */
  function leave(): void {
    try {
      count();
    } catch {
      // What the source has counted last is lost with it.
    }
    source?.close();
    source = undefined;
    handOver.flush();
    tell("gone");
  }

  /** Waits until it is worth looking again. */
  async function rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, AWAY_MILLISECONDS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  }

  function takeUpAgain(): void {
    const index = options.index();
    if (index === 0) return tellClock();
    source = options.open();
    if (source === undefined) return;
    boundTo = index;
    announce(source);
    tell("receiving");
  }

  async function receive(from: PacketSource): Promise<void> {
    const outcome = move(from);
    if (outcome === "no buffers") return await handOver.returned();
    if (outcome === "moved") tell("receiving");
    handOver.flush();
    const events = await libc.poll(from.descriptor, POLLIN, WAIT_MILLISECONDS);
    if ((events & (POLLERR | POLLHUP)) !== 0) examine(from);
    else if (events === 0) tellClock();
  }

  /** Lets nothing more in and moves what is there: the unfinished block is handed over when its time is up. */
  async function drain(from: PacketSource): Promise<void> {
    count();
    from.setFilter(REFUSE_EVERYTHING);
    for (let waits = 0; waits < LAST_WAITS;) {
      const outcome = move(from);
      if (outcome === "no buffers") await handOver.returned();
      else if (outcome === "nothing") {
        waits++;
        await new Promise((resolve) => setTimeout(resolve, RETIRE_MILLISECONDS));
      }
    }
    from.close();
  }

  return {
    async run() {
      announce(first);
      tell(options.up() ? "receiving" : "down");
      while (!stopping) {
        try {
          if (source === undefined) {
            await rest();
            if (!stopping) takeUpAgain();
          } else await receive(source);
        } catch (error) {
          if (!(error instanceof SystemError || error instanceof PcapError) || source === undefined) throw error;
          leave();
        }
      }
      if (source !== undefined) await drain(source);
      handOver.end();
    },
    stop() {
      stopping = true;
      wake?.();
    },
    refilter() {
      if (source === undefined) return;
      const { inSource } = options.filters(source.source);
      source.setFilter(inSource);
      announce(source);
    },
    look() {
      wake?.();
      if (state === "down" && options.up()) tell("receiving");
    },
    counts() {
      try {
        count();
      } catch {
        // The interface is going away; the receiver will notice.
      }
      return { ...counts };
    },
  };
}
