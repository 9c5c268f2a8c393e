// Receives from an interface, in threads as the program does, until standard input ends. Prints JSON, one object a line:
// `{"ready":true}` when packets are taken, memory once a second, and the result. With "keep", the records too.
//
//   deno run --allow-ffi --allow-read receive.ts INTERFACE [keep]

import type { FromCapture, ToCapture } from "../../agent/source/interface/messages.ts";
import { LIBC_PATHS } from "../../ffi/libc.ts";
import { LIBPCAP_PATHS } from "../../ffi/libpcap.ts";
import type { Dissected, StartDissector } from "./dissector.ts";

const [name = "", keep] = Deno.args;
const say = (object: unknown): void => console.log(JSON.stringify(object));
const worker = (file: string, permissions: Deno.PermissionOptions): Worker =>
  new Worker(new URL(file, import.meta.url), { type: "module", deno: { permissions } });

const dissector = worker("dissector.ts", "none");
const capture = worker("../../agent/source/interface/worker.ts", { ffi: [...LIBC_PATHS, ...LIBPCAP_PATHS] });
const { port1, port2 } = new MessageChannel();
dissector.postMessage({ keep: keep !== undefined } satisfies StartDissector, [port2]);
const start: ToCapture = {
  say: "start",
  receptions: [{ interface: name, fanoutGroup: undefined }],
  settings: { promiscuous: true, ringMebibytes: 32, queueMebibytes: 256, filter: undefined },
};
capture.postMessage(start, [port1]);

const stopped = new Promise<Extract<FromCapture, { say: "stopped" }>>((resolve) => {
  capture.onmessage = ({ data }: MessageEvent<FromCapture>) => {
    if (data.say === "state") say({ ready: data.state === "receiving" });
    else if (data.say === "counts") say({ rss: Math.round(Deno.memoryUsage().rss / 1e6), ...data.counts[0] });
    else if (data.say === "stopped") resolve(data);
    else if (data.say === "refused") {
      console.error(data.sentence);
      Deno.exit(1);
    }
  };
});
const dissected = new Promise<Dissected>((resolve) => {
  dissector.onmessage = ({ data }: MessageEvent<Dissected>) => resolve(data);
});

for await (const _ of Deno.stdin.readable);
const asked = performance.now();
capture.postMessage({ say: "stop" } satisfies ToCapture);
say({ dissected: await dissected, ...(await stopped).counts[0], stopping: Math.round(performance.now() - asked) });
Deno.exit(0);
