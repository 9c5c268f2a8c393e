// The capture thread as main sees it, and how the flows of an interface are shared out among several dissectors.

import { LIBC_PATHS } from "../../ffi/libc.ts";
import { LIBPCAP_PATHS } from "../../ffi/libpcap.ts";
import { InputError } from "../errors.ts";
import type { CaptureCounts, FromCapture, Reception, ToCapture } from "../source/interface/messages.ts";
import { localPicture } from "../source/interface/system.ts";
import { CAPTURE_URL } from "../thread-urls.ts";
import type { ThreadOptions } from "./types.ts";

/** Numbers of fan-out groups that a process keeps for its interfaces. */
const INTERFACES_PER_PROCESS = 16;

export interface CaptureEvents {
  failed(reason: Error): void;
  warning(sentence: string): void;
  /** What the system knows of our network: our own, and our gateway. */
  network(localNetwork: string | undefined, gateway: { ip: string; mac: string | undefined } | undefined): void;
}

export interface CaptureThread {
  /** The ways of packets, one list for each dissector, one port in it for each interface. */
  readonly receptions: readonly (readonly MessagePort[])[];
  counts(): readonly CaptureCounts[];
  /** Another filter from now on. */
  filter(expression: string | undefined): void;
  /** No more packets; those that have come in are still handed over. */
  finish(): void;
  stop(): void;
}

/** Starts the thread: it may use two libraries of the system and nothing else. */
export function startCapture(
  { names, settings, dissectors }: NonNullable<ThreadOptions["interfaces"]>,
  events: CaptureEvents,
): CaptureThread {
  let counts: readonly CaptureCounts[] = [];
  const thread = new Worker(CAPTURE_URL, {
    type: "module",
    name: "capture",
    deno: { permissions: { ffi: [...LIBC_PATHS, ...LIBPCAP_PATHS] } },
  });
  thread.onerror = (event) => {
    event.preventDefault();
    events.failed(new Error(`The capture thread failed: ${event.message}`));
  };
  thread.onmessage = ({ data }: MessageEvent<FromCapture>) => {
    switch (data.say) {
      case "refused":
        events.failed(new InputError(data.sentence));
        break;
      case "warning":
        events.warning(data.sentence);
        break;
      case "state":
        // Every share tells it; once is enough.
        if (data.state !== "receiving" && data.reception < names.length) {
          events.warning(`The interface ${data.interface} is ${data.state}; waiting for it to come back.`);
        }
        break;
      case "system": {
        const { networks, gateway } = localPicture(data.picture, names);
        events.network(networks[0], gateway === undefined ? undefined : { ip: gateway.ip, mac: gateway.mac });
        break;
      }
      case "filter":
        events.warning(
          data.problem === undefined
            ? `The filter in force is now ${data.filter === undefined ? "none" : `"${data.filter}"`}.`
            : `The filter "${data.filter ?? ""}" cannot be used: ${data.problem}. The old one stays in force.`,
        );
        break;
      case "counts":
      case "stopped":
        counts = data.counts;
        break;
    }
  };

  const receptions: Reception[] = [];
  const receivers: MessagePort[] = [];
  const takers = Array.from({ length: dissectors }, () =>
    names.map((name, index) => {
      const { port1, port2 } = new MessageChannel();
      receivers.push(port1);
      // Groups belong to the network namespace: the process number keeps ours apart from another program's.
      const group = (Deno.pid * INTERFACES_PER_PROCESS + index) & 0xffff;
      receptions.push({ interface: name, fanoutGroup: dissectors === 1 ? undefined : group });
      return port2;
    }));
  const tell = (message: ToCapture, ports: MessagePort[] = []): void => thread.postMessage(message, ports);
  tell({ say: "start", receptions, settings }, receivers);

  return {
    receptions: takers,
    counts: () => counts,
    filter: (expression) => tell({ say: "filter", filter: expression }),
    finish: () => tell({ say: "stop" }),
    stop: () => thread.terminate(),
  };
}
