// The capture thread. It may use two libraries of the system, libc and libpcap, and nothing else: no file, no network of
// Deno's; and once they are open it gives that permission back. It copies packets and never looks into them.

import { type Libc, openLibc } from "../../../ffi/libc.ts";
import { type Libpcap, openLibpcap } from "../../../ffi/libpcap.ts";
import { LibraryMissing } from "../../../ffi/library-paths.ts";
import { type Capture, startCapture } from "./capture.ts";
import type { FromCapture, ToCapture } from "./messages.ts";
import { Refusal } from "./refusal.ts";

const thread = self as unknown as {
  postMessage(message: FromCapture): void;
  onmessage: ((event: MessageEvent<ToCapture>) => void) | null;
};

let capture: Capture | undefined;

/** Opens both libraries and gives up the right to open others; libpcap may be missing. */
function openLibraries(): { libc: Libc; libpcap: () => Libpcap } {
  const libc = openLibc();
  let libpcap: Libpcap;
  let missing: unknown;
  try {
    libpcap = openLibpcap(libc);
  } catch (error) {
    missing = error;
  }
  Deno.permissions.revokeSync({ name: "ffi" });
  return {
    libc,
    libpcap() {
      if (missing !== undefined) throw missing;
      return libpcap;
    },
  };
}

function start(message: Extract<ToCapture, { say: "start" }>, ports: readonly MessagePort[]): void {
  try {
    const tools = { ...openLibraries(), tell: (message: FromCapture) => thread.postMessage(message) };
    capture = startCapture(tools, message.receptions, ports, message.settings);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof LibraryMissing)) throw error;
    thread.postMessage({ say: "refused", sentence: error.message });
  }
}

thread.onmessage = ({ data, ports }) => {
  if (data.say === "start") start(data, ports);
  else if (data.say === "filter") capture?.setFilter(data.filter);
  else capture?.stop();
};
