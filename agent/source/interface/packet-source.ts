// What live packets are taken from, whatever is behind it.

import type { BlockSource } from "./blocks.ts";
import type { Program } from "./bpf.ts";

export interface SourceStatistics {
  /** Packets since the last look, dropped ones included. */
  packets: number;
  /** Packets for which there was no room. */
  drops: number;
}

export interface PacketSource {
  /** For poll. */
  readonly descriptor: number;
  readonly source: BlockSource;
  /**
   * Puts the next finished block into `buffer[at ..)`. Returns its bytes, 0 when no block is finished, -1 when it does
   * not fit there (it stays where it is).
   */
  take(buffer: Uint8Array<ArrayBuffer>, at: number): number;
  statistics(): SourceStatistics;
  /** The error that waits on the descriptor, 0 without one; asking clears it. */
  error(): number;
  /** Exchanges the filter while packets come in; without one, all come in. */
  setFilter(filter: Program | undefined): void;
  close(): void;
}
