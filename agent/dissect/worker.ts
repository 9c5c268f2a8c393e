// The dissector thread: permissions none, because it parses hostile bytes. Bytes of a capture come in from main; steps of
// the stream go straight to the detector workers, in batches that are the same for any number of workers.

import type { Batch, Step } from "../profile/batch.ts";
import { createNetworkPicture, type LearningPicture } from "../profile/network.ts";
import { ALL_WORKERS, createRouter, type Router } from "../profile/router.ts";
import type { AnyRecord } from "../record/schema.ts";
import { type CaptureReader, createCaptureReader } from "../source/capture.ts";
import { createUnpacker, type Unpacker } from "../source/unpack.ts";
import { createDissector, type Dissector } from "./dissector.ts";
import type { FromDissector, ToDissector } from "./messages.ts";

/** A batch goes out when it holds this many steps, or when the bytes in hand are used up. */
const STEPS_PER_BATCH = 1024;
/** Batches that a worker may be behind before the dissector waits for it. */
const BATCHES_IN_FLIGHT = 8;

interface Link {
  port: MessagePort;
  steps: Step[];
  /** Sent and not yet judged, oldest first: sent again if the worker has to be replaced. */
  inFlight: { serial: number; text: string }[];
}

const thread = self as unknown as {
  postMessage(message: FromDissector, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToDissector>) => void) | null;
};

let links: Link[] = [];
let router: Router;
let picture: LearningPicture;
let dissector: Dissector;
let reader: CaptureReader;
let unpacker: Unpacker;
let keepRecords = false;
let records: AnyRecord[] = [];
let serial = 0;
let packets = 0;
let bytes = 0;
let stepsWaiting = 0;
let first = NaN;
let last = NaN;
/** Called when a worker has caught up. */
let resume: (() => void) | undefined;

function push(worker: number, step: Step): void {
  if (worker === ALL_WORKERS) {
    for (const link of links) link.steps.push(step);
    picture.learn(step.fact!);
  } else links[worker]!.steps.push(step);
  stepsWaiting++;
}

function flush(lastBatch: boolean): void {
  if (stepsWaiting === 0 && !lastBatch) return;
  serial++;
  for (const link of links) {
    const batch: Batch = { serial, origin: router.origin(), clock: router.clock(), steps: link.steps, last: lastBatch };
    const text = JSON.stringify(batch);
    link.inFlight.push({ serial, text });
    link.port.postMessage(text);
    link.steps = [];
  }
  thread.postMessage({ say: "batch", serial, clock: router.clock(), packets, bytes, records });
  records = [];
  stepsWaiting = 0;
}

function emit(record: AnyRecord, now: number): void {
  router.route(record, now, push);
  if (keepRecords) records.push(record);
  if (stepsWaiting >= STEPS_PER_BATCH) flush(false);
}

function connect(worker: number, port: MessagePort): void {
  const link = links[worker];
  if (link === undefined) links[worker] = { port, steps: [], inFlight: [] };
  else {
    link.port.close();
    link.port = port;
    for (const { text } of link.inFlight) port.postMessage(text);
  }
  port.onmessage = ({ data: judged }: MessageEvent<number>) => {
    const { inFlight } = links[worker]!;
    while (inFlight.length > 0 && inFlight[0]!.serial <= judged) inFlight.shift();
    resume?.();
  };
}

/** Waits until no worker is too far behind. */
async function roomForMore(): Promise<void> {
  while (links.some(({ inFlight }) => inFlight.length >= BATCHES_IN_FLIGHT)) {
    await new Promise<void>((resolve) => resume = resolve);
  }
  resume = undefined;
}

function start(message: Extract<ToDissector, { say: "start" }>, ports: readonly MessagePort[]): void {
  links = [];
  for (const [worker, port] of ports.entries()) connect(worker, port);
  router = createRouter(message.router);
  picture = createNetworkPicture();
  dissector = createDissector({ emit, settings: message.settings });
  keepRecords = message.keepRecords;
  reader = createCaptureReader((buffer, offset, capturedLength, originalLength, ts, linkType) => {
    if (packets++ === 0) {
      first = ts;
      router.begin(ts);
    }
    last = ts;
    bytes += originalLength;
    dissector.frame(buffer, offset, capturedLength, originalLength, ts, linkType);
  });
  unpacker = createUnpacker((buffer, from, to) => reader.read(buffer, from, to));
}

async function finish(): Promise<void> {
  await unpacker.end();
  const end = reader.finish(unpacker.left());
  const packing = unpacker.damage();
  dissector.finish();
  flush(true);
  thread.postMessage({
    say: "done",
    batches: serial,
    counters: {
      dissector: dissector.counters(),
      router: router.counters(),
      end: packing === undefined ? end : { ...packing, packets },
      first,
      last,
    },
  });
}

/** Messages are worked off one after the other, also those that have to wait. */
let working: Promise<void> = Promise.resolve();

thread.onmessage = ({ data, ports }) => {
  if (data.say === "replaced") connect(data.worker, ports[0]!);
  else if (data.say === "facts") thread.postMessage({ say: "facts", facts: picture.facts() });
  else {
    working = working.then(async () => {
      if (data.say === "start") start(data, ports);
      else if (data.say === "bytes") {
        await roomForMore();
        await unpacker.push(new Uint8Array(data.buffer), data.start, data.end);
        flush(false);
        thread.postMessage({ say: "spent", buffer: data.buffer }, [data.buffer]);
      } else await finish();
    });
  }
};
