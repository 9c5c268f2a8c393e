// The dissector's end of live capture: takes blocks from the capture thread, finds their packets, sends the buffers
// back. Needs no permission.

import { SET_BACK_SECONDS } from "../../record/set-back.ts";
import type { PacketHandler } from "../reader.ts";
import { type BlockSource, walkBlocks } from "./blocks.ts";
import { createPacketFilter, type PacketFilter } from "./bpf.ts";
import type { FromIntake, ToIntake } from "./messages.ts";

export interface IntakeEvents {
  packet: PacketHandler;
  /** All wires are silent: stream time goes on to `now`, Unix seconds. */
  clock(now: number): void;
  /** The clock was set back: packets come from before `now`, Unix seconds, again. */
  setBack(now: number): void;
  /** The packets of one buffer, or a step of the clock, were handed on; more come when the promise is kept. */
  taken(): Promise<void> | void;
  /** No port has anything more to come. */
  end(): Promise<void> | void;
}

export interface IntakeCounters {
  /** Packets found in the blocks. */
  packets: number;
  /** Packets that the filter kept out here; what the kernel kept out is not seen. */
  filtered: number;
  /** Blocks that contradicted themselves. */
  damaged: number;
}

/** Takes from all ports, one thing after the other, in the order in which it arrives. */
export function createIntake(ports: readonly MessagePort[], events: IntakeEvents): { counters(): IntakeCounters } {
  const counters: IntakeCounters = { packets: 0, filtered: 0, damaged: 0 };
  /** The newest time of each port: its clock, or its last packet. */
  const clocks = ports.map(() => -Infinity);
  /** The newest time of all of them since the clock was set back. */
  let newest = -Infinity;
  let open = ports.length;
  let working: Promise<void> = Promise.resolve();

  /** What came in through a port is of this time. */
  function heard(index: number, ts: number): void {
    // Of one port, what comes later is later: wires of which one has been away for long are told apart from this.
    if (ts < clocks[index]! - SET_BACK_SECONDS && ts < newest - SET_BACK_SECONDS) {
      newest = ts;
      events.setBack(ts);
    } else if (ts > newest) newest = ts;
    clocks[index] = ts;
  }

  for (const [index, port] of ports.entries()) {
    let source: BlockSource | undefined;
    let filter: PacketFilter | undefined;

    const onPacket: PacketHandler = (bytes, offset, captured, onWire, ts, linkType) => {
      heard(index, ts);
      if (filter !== undefined && !filter(bytes, offset, captured, onWire)) counters.filtered++;
      else events.packet(bytes, offset, captured, onWire, ts, linkType);
    };

    const take = async (message: ToIntake): Promise<void> => {
      switch (message.say) {
        case "source":
          source = message.source;
          filter = message.filter === undefined ? undefined : createPacketFilter(message.filter);
          break;
        case "blocks": {
          if (source !== undefined) {
            const walked = walkBlocks(message.buffer, message.length, source, onPacket);
            counters.packets += walked.packets;
            counters.damaged += walked.damaged;
          }
          await events.taken();
          port.postMessage({ say: "spent", buffer: message.buffer } satisfies FromIntake, [message.buffer]);
          break;
        }
        case "clock": {
          heard(index, message.now);
          // A wire with packets still on their way holds the clock back.
          const now = Math.min(...clocks);
          if (Number.isFinite(now)) events.clock(now);
          await events.taken();
          break;
        }
        case "end":
          clocks[index] = Infinity;
          if (--open === 0) await events.end();
      }
    };

    port.onmessage = ({ data }: MessageEvent<ToIntake>) => {
      working = working.then(() => take(data));
    };
  }
  return { counters: () => ({ ...counters }) };
}
