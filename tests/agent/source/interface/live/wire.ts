// Both ends of the cable: sends frames as they are, and receives as the program does, in a capture thread.

import { createIntake, type IntakeCounters } from "../../../../../agent/source/interface/intake.ts";
import type {
  CaptureCounts,
  CaptureSettings,
  FromCapture,
  ToCapture,
} from "../../../../../agent/source/interface/messages.ts";
import type { PacketHandler } from "../../../../../agent/source/reader.ts";
import { type Libc, LIBC_PATHS, openLibc } from "../../../../../ffi/libc.ts";
import { LIBPCAP_PATHS } from "../../../../../ffi/libpcap.ts";

/** An opened end that sends. */
export interface Sender {
  send(frames: Iterable<Uint8Array>): void;
  close(): void;
}

/** Sends on an interface. */
export function openSender(interfaceName: string, libc: Libc = openLibc()): Sender {
  const [AF_PACKET, SOCK_RAW] = [17, 3];
  const descriptor = libc.socket(AF_PACKET, SOCK_RAW, 0);
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, AF_PACKET, true);
  address.setInt32(4, libc.interfaceIndex(interfaceName), true);
  libc.bind(descriptor, new Uint8Array(address.buffer));
  return {
    send(frames) {
      for (const frame of frames) libc.send(descriptor, Uint8Array.from(frame));
    },
    close: () => libc.close(descriptor),
  };
}

export interface ReceivedPacket {
  ts: number;
  linkType: number;
  onWire: number;
  data: Uint8Array;
}

export interface Receiving {
  /** All that the capture thread has said so far. */
  readonly said: FromCapture[];
  /** Packets so far, by reception. */
  readonly packets: number;
  tell(message: ToCapture): void;
  /** Waits until the condition holds; fails after some seconds. */
  until(condition: () => boolean): Promise<void>;
  /** Stops and resolves when the last packet was handed on. */
  stop(): Promise<{ counts: readonly CaptureCounts[]; intake: IntakeCounters; milliseconds: number }>;
}

const DEFAULTS: CaptureSettings = { promiscuous: true, ringMebibytes: 8, queueMebibytes: 64, filter: undefined };
const PATIENCE_MILLISECONDS = 8000;

export interface ReceiveOptions {
  /** One reception each. */
  interfaces: readonly string[];
  fanoutGroup?: number;
  settings?: Partial<CaptureSettings>;
  packet: PacketHandler;
  clock?(now: number): void;
}

/** Receives; resolves when packets come in, or when that was refused. */
export async function receive(options: ReceiveOptions): Promise<Receiving> {
  const said: FromCapture[] = [];
  const channels = options.interfaces.map(() => new MessageChannel());
  let packets = 0;
  let ended = false;
  const intake = createIntake(channels.map(({ port2 }) => port2), {
    packet(...packet) {
      packets++;
      options.packet(...packet);
    },
    clock: (now) => options.clock?.(now),
    setBack() {},
    taken() {},
    end: () => void (ended = true),
  });
  const capture = new Worker(new URL("../../../../../agent/source/interface/worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: { ffi: [...LIBC_PATHS, ...LIBPCAP_PATHS] } },
  });
  capture.onmessage = ({ data }: MessageEvent<FromCapture>) => said.push(data);
  const tell = (message: ToCapture, transfer: Transferable[] = []): void => capture.postMessage(message, transfer);
  tell({
    say: "start",
    receptions: options.interfaces.map((name) => ({ interface: name, fanoutGroup: options.fanoutGroup })),
    settings: { ...DEFAULTS, ...options.settings },
  }, channels.map(({ port1 }) => port1));

  const until = async (condition: () => boolean): Promise<void> => {
    const end = performance.now() + PATIENCE_MILLISECONDS;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited in vain; the capture thread said ${JSON.stringify(said)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await until(() => said.some(({ say }) => say === "state" || say === "refused"));
  return {
    said,
    get packets() {
      return packets;
    },
    tell,
    until,
    async stop() {
      const began = performance.now();
      tell({ say: "stop" });
      await until(() => ended && said.some(({ say }) => say === "stopped"));
      const last = said.find((message) => message.say === "stopped")!;
      capture.terminate();
      return { counts: last.counts, intake: intake.counters(), milliseconds: performance.now() - began };
    },
  };
}
