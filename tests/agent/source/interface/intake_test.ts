// The dissector's end of live capture: blocks come in, packets go on, buffers go back.

import assert from "node:assert/strict";
import { createBlockWriter } from "../../../../agent/source/interface/block-writer.ts";
import { REFUSE_EVERYTHING } from "../../../../agent/source/interface/bpf.ts";
import { createIntake, type IntakeEvents } from "../../../../agent/source/interface/intake.ts";
import type { ToIntake } from "../../../../agent/source/interface/messages.ts";
import { until } from "../../../until.ts";

const SOURCE: ToIntake = { say: "source", source: { linkType: 1, cooked: false }, filter: undefined };

function intake(ports: number, events: Partial<IntakeEvents> = {}) {
  const channels = Array.from({ length: ports }, () => new MessageChannel());
  const said: string[] = [];
  const { counters } = createIntake(channels.map(({ port2 }) => port2), {
    packet: (bytes, offset, _captured, _onWire, ts) => said.push(`packet ${bytes[offset]} at ${ts}`),
    clock: (now) => said.push(`clock ${now}`),
    setBack: (now) => said.push(`set back to ${now}`),
    taken() {},
    end: () => void said.push("end"),
    ...events,
  });
  const back: number[] = [];
  for (const { port1 } of channels) port1.onmessage = ({ data }) => back.push(data.buffer.byteLength);
  return {
    said,
    back,
    counters,
    tell: (port: number, message: ToIntake) => channels[port]!.port1.postMessage(message),
    close: () => channels.forEach(({ port1, port2 }) => (port1.close(), port2.close())),
  };
}

/** A buffer with one block of one packet that begins with the byte `first`. */
function block(first: number, seconds: number): ToIntake {
  const bytes = new Uint8Array(256);
  const writer = createBlockWriter(bytes, 0);
  writer.add(seconds, 0, Uint8Array.of(first, 0, 0), 3);
  return { say: "blocks", buffer: bytes.buffer, length: writer.length() };
}

Deno.test("packets go on in order, buffers go back, and the end comes when all ports have ended", async () => {
  const { said, back, counters, tell, close } = intake(2);
  tell(0, SOURCE);
  tell(1, SOURCE);
  tell(0, block(1, 100));
  tell(1, block(2, 101));
  tell(0, block(3, 102));
  tell(1, { say: "end" });
  await until(() => back.length === 3);
  assert.deepEqual(said.toSorted(), ["packet 1 at 100", "packet 2 at 101", "packet 3 at 102"]);
  assert.deepEqual(back, [256, 256, 256]);
  tell(0, { say: "end" });
  await until(() => said.length === 4);
  assert.equal(said.at(-1), "end");
  assert.deepEqual(counters(), { packets: 3, filtered: 0, damaged: 0 });
  close();
});

Deno.test("a buffer goes back only when its packets are worked off, and the next waits for that", async () => {
  const waiting: (() => void)[] = [];
  const { said, back, tell, close } = intake(1, {
    taken() {
      said.push("taken");
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
  });
  tell(0, SOURCE);
  tell(0, block(1, 100));
  tell(0, block(2, 101));
  await until(() => waiting.length === 1);
  assert.deepEqual(back, []);
  said.push("released");
  waiting[0]!();
  await until(() => waiting.length === 2);
  assert.deepEqual(said, ["packet 1 at 100", "taken", "released", "packet 2 at 101", "taken"]);
  await until(() => back.length === 1);
  waiting[1]!();
  await until(() => back.length === 2);
  close();
});

Deno.test("the clock of a silent wire is held back by a wire with packets still to come", async () => {
  let taken = 0;
  const { said, tell, close } = intake(2, { taken: () => void taken++ });
  tell(0, SOURCE);
  tell(1, SOURCE);
  // Nothing is known of the other wire yet.
  tell(0, { say: "clock", now: 200 });
  await until(() => taken === 1);
  tell(1, block(1, 150));
  await until(() => said.length === 1);
  tell(0, { say: "clock", now: 201 });
  await until(() => said.length === 2);
  tell(1, { say: "clock", now: 205 });
  await until(() => said.length === 3);
  tell(1, { say: "clock", now: 209 });
  await until(() => said.length === 4);
  tell(1, { say: "end" });
  // The end makes no sound: the clock is told until it is heard.
  await until(() => {
    tell(0, { say: "clock", now: 210 });
    return said.includes("clock 210");
  });
  assert.deepEqual(said.slice(0, 4), ["packet 1 at 150", "clock 150", "clock 201", "clock 201"]);
  close();
});

Deno.test("a clock that is set back is told once, whichever wires show it", async () => {
  let taken = 0;
  const { said, tell, close } = intake(2, { taken: () => void taken++ });
  const all: [port: number, message: ToIntake][] = [
    [0, SOURCE],
    [1, SOURCE],
    [0, block(1, 9_000)],
    [1, block(2, 9_000)],
    // Out of order by less than a clock is ever set by.
    [0, block(3, 8_950)],
    [0, block(4, 100)],
    [1, block(5, 101)],
    [0, { say: "clock", now: 50 }],
    [0, { say: "clock", now: 20 }],
  ];
  for (const [index, [port, message]] of all.entries()) {
    tell(port, message);
    if (message.say !== "source") await until(() => taken === index - 1);
  }
  assert.deepEqual(said, [
    "packet 1 at 9000",
    "packet 2 at 9000",
    "packet 3 at 8950",
    "set back to 100",
    "packet 4 at 100",
    "packet 5 at 101",
    "clock 50",
    "clock 20",
  ]);
  close();
});

Deno.test("a wire that has slept while another was awake does not set the clock back", async () => {
  let taken = 0;
  const { said, tell, close } = intake(2, { taken: () => void taken++ });
  tell(0, SOURCE);
  tell(1, SOURCE);
  for (const [port, seconds] of [[0, 100], [1, 100], [0, 30_000], [1, 29_000], [1, 30_001]] as const) {
    const before = taken;
    tell(port, block(port, seconds));
    await until(() => taken > before);
  }
  assert.ok(!said.some((each) => each.startsWith("set back")), said.join());
  close();
});

Deno.test("a filter that came with the source keeps packets out; damage is counted", async () => {
  const { said, counters, tell, close } = intake(1);
  tell(0, { ...SOURCE, filter: REFUSE_EVERYTHING } as ToIntake);
  tell(0, block(1, 100));
  tell(0, SOURCE);
  tell(0, { say: "blocks", buffer: new ArrayBuffer(256), length: 256 });
  tell(0, block(2, 101));
  await until(() => said.length === 1);
  assert.deepEqual(said, ["packet 2 at 101"]);
  assert.deepEqual(counters(), { packets: 2, filtered: 1, damaged: 1 });
  close();
});
