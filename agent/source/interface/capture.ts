// Live capture as the capture thread does it: opens what was asked for, keeps receiving, and tells main what happens. Does
// not look into packets.

import { ENOBUFS, ENOMEM, type Libc, SystemError } from "../../../ffi/libc.ts";
import { type Libpcap, PcapError } from "../../../ffi/libpcap.ts";
import type { BlockSource } from "./blocks.ts";
import { compileFilters, type Filters } from "./filter.ts";
import { createHandOver } from "./hand-over.ts";
import { linkTypeOfHardware } from "./link-type.ts";
import type { CaptureSettings, FromCapture, Reception } from "./messages.ts";
import type { PacketSource } from "./packet-source.ts";
import { openPcapSource } from "./pcap-source.ts";
import { createReceiver, type Receiver } from "./receiver.ts";
import { explained, Refusal, withoutLibpcap } from "./refusal.ts";
import { BLOCK_BYTES, openRing } from "./ring.ts";
import { openSystem, type System } from "./system.ts";

/** Smallest ring, tried when the kernel has no memory for a larger one, and smallest queue, blocks. */
const FEWEST_BLOCKS = 4;
const MEBIBYTE = 2 ** 20;
/** Milliseconds between two counts told; longest wait for news of the system; and how long its news may settle. */
const COUNT_MILLISECONDS = 1000;
const NEWS_MILLISECONDS = 1000;
const SETTLE_MILLISECONDS = 200;

export interface Capture {
  setFilter(filter: string | undefined): void;
  stop(): void;
}

/** What the thread has to offer. */
export interface CaptureTools {
  readonly libc: Libc;
  /** libpcap, opened when it is needed; throws where it is not installed. */
  libpcap(): Libpcap;
  tell(message: FromCapture): void;
}

/**
 * Begins with one reception per port.
 * @throws {Refusal} when one of them is not possible: none of them is begun then.
 */
export function startCapture(
  { libc, libpcap, tell }: CaptureTools,
  receptions: readonly Reception[],
  ports: readonly MessagePort[],
  settings: CaptureSettings,
): Capture {
  const system = openSystem(libc);
  let filter = settings.filter;
  let stopping = false;

  function filters(source: BlockSource): Filters {
    if (filter === undefined) return { inSource: undefined, inIntake: undefined };
    try {
      return compileFilters(libpcap(), filter, source);
    } catch (error) {
      if (error instanceof PcapError) throw new Refusal(`The filter "${filter}" cannot be used: ${error.message}.`);
      throw withoutLibpcap(error, "A filter");
    }
  }

  /** Opens the source of a reception by what the system knows of its interface now. */
  function open({ interface: name, fanoutGroup }: Reception): PacketSource {
    const { interfaces } = system.picture();
    const found = interfaces.find((one) => one.name === name);
    const { promiscuous } = settings;
    const blocks = blocksIn(settings.ringMebibytes);
    try {
      if (found !== undefined) {
        const { index, hardwareType } = found;
        const { inSource } = filters(linkTypeOfHardware(hardwareType));
        return withLessMemory(
          blocks,
          (blocks) => openRing(libc, { index, hardwareType, blocks, promiscuous, filter: inSource, fanoutGroup }),
        );
      }
      const known = interfaces.filter(({ up }) => up).map(({ name }) => name).join(", ");
      if (!isPcapInterface(name)) throw new Refusal(`There is no interface ${name}; there are ${known}.`);
      if (fanoutGroup !== undefined) {
        throw new Refusal(
          `The interface ${name} can only be received as a whole: set capture.dissectors to 1 in the configuration.`,
        );
      }
      const source = openPcapSource(libpcap(), name, { promiscuous, bufferBytes: blocks * BLOCK_BYTES });
      source.setFilter(filters(source.source).inSource);
      return source;
    } catch (error) {
      throw explained(withoutLibpcap(error, `The interface ${name}`), name);
    }
  }

  /** Whether libpcap knows the name, or what stands before its colon ("nflog:5"). */
  function isPcapInterface(name: string): boolean {
    try {
      return libpcap().interfaces().some((one) => one.name === name || one.name === name.split(":")[0]);
    } catch {
      return false;
    }
  }

  const sources: PacketSource[] = [];
  try {
    for (const reception of receptions) sources.push(open(reception));
  } catch (error) {
    for (const source of sources) source.close();
    system.close();
    throw error;
  }

  const receivers: Receiver[] = receptions.map((reception, index) => {
    const name = reception.interface;
    const source = sources[index]!;
    const ofKernel = libc.interfaceIndex(name) !== 0;
    let warned = false;
    return createReceiver(libc, source, {
      index: () => ofKernel ? libc.interfaceIndex(name) : 1,
      up: () => !ofKernel || system.picture().interfaces.some((one) => one.name === name && one.up),
      open() {
        try {
          return open(reception);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          // Every second again, but said once.
          if (!warned && ofKernel) tell({ say: "warning", sentence: error.message });
          warned = true;
          return undefined;
        }
      },
      filters,
      handOver: createHandOver(ports[index]!, blocksIn(settings.queueMebibytes), BLOCK_BYTES),
      state: (state) => tell({ say: "state", reception: index, interface: name, state }),
    });
  });

  const tellCounts = setInterval(
    () => tell({ say: "counts", counts: receivers.map((receiver) => receiver.counts()) }),
    COUNT_MILLISECONDS,
  );
  const watching = watch(system, tell, () => stopping, () => receivers.forEach((receiver) => receiver.look()));
  void Promise.all(receivers.map((receiver) => receiver.run())).then(async () => {
    clearInterval(tellCounts);
    await watching;
    system.close();
    tell({ say: "stopped", counts: receivers.map((receiver) => receiver.counts()) });
  });

  return {
    setFilter(wanted) {
      const before = filter;
      filter = wanted;
      let problem: string | undefined;
      try {
        for (const receiver of receivers) receiver.refilter();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        problem = error.message;
        filter = before;
      }
      tell({ say: "filter", filter, problem });
    },
    stop() {
      stopping = true;
      for (const receiver of receivers) receiver.stop();
    },
  };
}

/** Tells what the system knows now and whenever it changes. */
async function watch(
  system: System,
  tell: (message: FromCapture) => void,
  stopping: () => boolean,
  changed: () => void,
): Promise<void> {
  let told = "";
  for (;;) {
    const picture = system.picture();
    const text = JSON.stringify(picture);
    if (text !== told) tell({ say: "system", picture });
    told = text;
    do {
      if (stopping()) return;
    } while (!await system.changed(NEWS_MILLISECONDS));
    // Changes come in swarms: an interface that goes takes its addresses and routes along.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    changed();
  }
}

function blocksIn(mebibytes: number): number {
  return Math.max(FEWEST_BLOCKS, Math.floor(mebibytes * MEBIBYTE / BLOCK_BYTES));
}

/** Tries with half as many blocks each time that the kernel has not enough memory. */
function withLessMemory(blocks: number, open: (blocks: number) => PacketSource): PacketSource {
  for (;; blocks = Math.max(FEWEST_BLOCKS, blocks >> 1)) {
    try {
      return open(blocks);
    } catch (error) {
      const noMemory = error instanceof SystemError && (error.errno === ENOMEM || error.errno === ENOBUFS);
      if (!noMemory || blocks === FEWEST_BLOCKS) throw error;
    }
  }
}
