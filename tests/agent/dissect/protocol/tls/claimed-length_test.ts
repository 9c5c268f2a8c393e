// A message says how long it is going to be, and then nothing more comes. Whoever sends many of those must not make us set
// memory aside for what was only announced.

import assert from "node:assert/strict";
import { concat, u16, u24, u32, u8, withLength16 } from "../../../../craft/craft.ts";
import { protocolNamed } from "../encrypted.ts";
import { type Heard, listen } from "../listen.ts";

const HANDSHAKE = 22, CLIENT_HELLO = 1;
/** The longest message that is kept. */
const CLAIMED = 131_072;
const FLOWS = 1000;
const MEBIBYTE = 2 ** 20;

/** Mebibytes of buffers in use while all these flows are open. */
function memoryOf(open: () => Heard): number {
  const before = Deno.memoryUsage().external;
  const flows = Array.from({ length: FLOWS }, open);
  const used = (Deno.memoryUsage().external - before) / MEBIBYTE;
  assert.ok(flows.every(({ wanting }) => wanting), "all are still being read");
  return used;
}

Deno.test("DTLS: fragments of one byte of messages of 128 KiB cost what they bring", () => {
  const fragment = (number: number): Uint8Array => {
    const header = concat(u8(CLIENT_HELLO), u24(CLAIMED), u16(number), u24(77), u24(1));
    const content = withLength16(concat(header, u8(0)));
    return concat(u8(HANDSHAKE), u16(0xfefd), u16(0), u16(0), u32(1), content);
  };
  const protocol = protocolNamed("dtls");
  const used = memoryOf(() => [0, 1, 2, 3].reduce((heard, number) => heard.client(fragment(number)), listen(protocol)));
  assert.ok(used < 16, `${used.toFixed(1)} MiB`);
});

Deno.test("TLS: a handshake of 128 KiB of which only the beginning comes costs what it brings", () => {
  const bytes = concat(u8(HANDSHAKE), u16(0x0301), withLength16(concat(u8(CLIENT_HELLO), u24(CLAIMED), u8(3), u8(3))));
  const protocol = protocolNamed("ssl");
  const used = memoryOf(() => listen(protocol).client(bytes));
  assert.ok(used < 16, `${used.toFixed(1)} MiB`);
});

Deno.test("SSL 2.0: a hello of 16 KiB of which only the beginning comes costs what it brings", () => {
  const bytes = concat(u16(0x8000 | 16_000), u8(CLIENT_HELLO), u16(0x0301));
  const protocol = protocolNamed("ssl");
  const used = memoryOf(() => listen(protocol).client(bytes));
  assert.ok(used < 4, `${used.toFixed(1)} MiB`);
});
