// Blocks of live packets: written, walked, cut, and made of nonsense.

import assert from "node:assert/strict";
import fc from "fast-check";
import { createBlockWriter } from "../../../../agent/source/interface/block-writer.ts";
import * as form from "../../../../agent/source/interface/block-form.ts";
import { type BlockSource, walkBlocks, type WalkedBlocks } from "../../../../agent/source/interface/blocks.ts";

const ETHERNET: BlockSource = { linkType: 1, cooked: false };

interface Walked extends WalkedBlocks {
  seen: { data: Uint8Array; onWire: number; ts: number; linkType: number }[];
}

function walk(buffer: ArrayBuffer, length = buffer.byteLength, source = ETHERNET): Walked {
  const seen: Walked["seen"] = [];
  const walked = walkBlocks(buffer, length, source, (bytes, offset, captured, onWire, ts, linkType) => {
    assert.ok(offset >= 0 && offset + captured <= length, "a packet lies within the block");
    seen.push({ data: bytes.slice(offset, offset + captured), onWire, ts, linkType });
  });
  return { ...walked, seen };
}

function frame(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** Two blocks, of two packets and of one. */
function twoBlocks(): { bytes: Uint8Array<ArrayBuffer>; length: number } {
  const bytes = new Uint8Array(1024);
  const first = createBlockWriter(bytes, 0);
  assert.ok(first.add(1_700_000_000, 500_000_000, frame(60, 1), 60));
  assert.ok(first.add(1_700_000_000, 750_000_999, frame(99, 2), 1500));
  const at = form.alignBlock(first.length());
  const second = createBlockWriter(bytes, at);
  assert.ok(second.add(1_700_000_001, 0, frame(61, 3), 61));
  return { bytes, length: at + second.length() };
}

Deno.test("packets come out of blocks as they went in, in order, at whole microseconds", () => {
  const { bytes, length } = twoBlocks();
  const { packets, damaged, seen } = walk(bytes.buffer, length);
  assert.deepEqual({ packets, damaged }, { packets: 3, damaged: 0 });
  assert.deepEqual(seen, [
    { data: frame(60, 1), onWire: 60, ts: 1_700_000_000.5, linkType: 1 },
    { data: frame(99, 2), onWire: 1500, ts: 1_700_000_000.75, linkType: 1 },
    { data: frame(61, 3), onWire: 61, ts: 1_700_000_001, linkType: 1 },
  ]);
});

Deno.test("a block that is full takes no more, and what it holds stays whole", () => {
  const bytes = new Uint8Array(400);
  const block = createBlockWriter(bytes, 0);
  assert.equal(block.length(), 0);
  assert.ok(block.add(1, 0, frame(100, 1), 100));
  assert.ok(!block.add(2, 0, frame(250, 2), 250));
  assert.ok(block.add(2, 0, frame(100, 3), 100));
  assert.deepEqual(walk(bytes.buffer, block.length()).seen.map(({ data }) => data[0]), [1, 3]);
});

Deno.test("blocks cut at any byte give the packets before the cut and one count of damage", () => {
  const { bytes, length } = twoBlocks();
  for (let cut = 0; cut < length; cut++) {
    const { packets, damaged } = walk(bytes.slice(0, cut).buffer);
    const boundary = cut === 0 || packets === 2 && damaged === 0;
    assert.ok(packets < 3);
    assert.ok(boundary || damaged === 1, `cut at ${cut}`);
  }
});

Deno.test("a block whose numbers lie is counted, and nothing outside of it is handed on", () => {
  const lies: [field: number, value: number][] = [
    [form.BLOCK_LENGTH, 0],
    [form.BLOCK_LENGTH, 47],
    [form.BLOCK_LENGTH, 0xffffffff],
    [form.BLOCK_PACKETS, 0xffffffff],
    [form.BLOCK_FIRST_PACKET, 0],
    [form.BLOCK_FIRST_PACKET, 0xfffffff0],
    [form.BLOCK_HEADER_BYTES + form.PACKET_NEXT, 0],
    [form.BLOCK_HEADER_BYTES + form.PACKET_NEXT, 47],
    [form.BLOCK_HEADER_BYTES + form.PACKET_NEXT, 0xffffffff],
    [form.BLOCK_HEADER_BYTES + form.PACKET_CAPTURED, 0xffffffff],
    [form.BLOCK_HEADER_BYTES + form.PACKET_CAPTURED, 900],
    [form.BLOCK_HEADER_BYTES + form.PACKET_MAC, 0],
    [form.BLOCK_HEADER_BYTES + form.PACKET_MAC, 0xffff],
  ];
  for (const [field, value] of lies) {
    const { bytes, length } = twoBlocks();
    new DataView(bytes.buffer).setUint32(field, value, true);
    const { packets, damaged } = walk(bytes.buffer, length);
    assert.equal(damaged, 1, `${value} at ${field}`);
    assert.ok(packets <= 3);
  }
});

Deno.test("any bytes at all are survived", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, cooked) => {
    const copy = Uint8Array.from(bytes);
    const { packets } = walk(copy.buffer, copy.length, { linkType: 1, cooked });
    return packets * form.PACKET_HEADER_BYTES <= copy.length;
  }));
  // Nonsense in the places that matter.
  const number = fc.oneof(fc.nat(300), fc.constantFrom(0xffffffff, 0x80000000, 47, 48, 96));
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(60), number), { maxLength: 6 }), fc.boolean(), (writes, cooked) => {
    const { bytes, length } = twoBlocks();
    const view = new DataView(bytes.buffer);
    for (const [word, value] of writes) view.setUint32(word * 4, value, true);
    walk(bytes.buffer, length, { linkType: 1, cooked });
  }));
});

/** One packet as the ring leaves room for it: 96 bytes from the header to the network layer. */
function ringPacket(packet: Uint8Array, macAt: number, netAt: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(form.BLOCK_HEADER_BYTES + macAt + packet.length));
  const at = form.BLOCK_HEADER_BYTES;
  view.setUint32(form.BLOCK_PACKETS, 1, true);
  view.setUint32(form.BLOCK_FIRST_PACKET, at, true);
  view.setUint32(form.BLOCK_LENGTH, view.byteLength, true);
  view.setUint32(at + form.PACKET_CAPTURED, packet.length, true);
  view.setUint32(at + form.PACKET_ON_WIRE, packet.length, true);
  view.setUint16(at + form.PACKET_MAC, macAt, true);
  view.setUint16(at + form.PACKET_NET, netAt, true);
  new Uint8Array(view.buffer).set(packet, at + macAt);
  return view;
}

const TAGGED = Uint8Array.from({ length: 64 }, (_, i) => i);

Deno.test("a VLAN tag goes back behind the addresses, as 802.1Q unless the kernel knows better", () => {
  for (const [status, type] of [[0, undefined], [1 << 4, 0x8100], [1 << 4 | 1 << 6, 0x88a8]] as const) {
    const view = ringPacket(TAGGED, 82, 96);
    view.setUint32(form.BLOCK_HEADER_BYTES + form.PACKET_STATUS, form.TP_STATUS_USER | status, true);
    view.setUint32(form.BLOCK_HEADER_BYTES + form.PACKET_VLAN_TAG, 0x600a, true);
    view.setUint16(form.BLOCK_HEADER_BYTES + form.PACKET_VLAN_TYPE, 0x88a8, true);
    const tag = type === undefined ? [] : [type >> 8, type & 0xff, 0x60, 0x0a];
    const { data, onWire } = walk(view.buffer).seen[0]!;
    assert.deepEqual(data, Uint8Array.from([...TAGGED.subarray(0, 12), ...tag, ...TAGGED.subarray(12)]));
    assert.equal(onWire, 64 + tag.length);
  }
});

Deno.test("a tag for which there is no room is left out, not written over the packet's header", () => {
  const view = ringPacket(TAGGED, 50, 64);
  view.setUint32(form.BLOCK_HEADER_BYTES + form.PACKET_STATUS, form.TP_STATUS_VLAN_VALID, true);
  assert.deepEqual(walk(view.buffer).seen[0]!.data, TAGGED);
});

Deno.test("a packet without link header gets one that says what the kernel said", () => {
  const view = ringPacket(TAGGED, 96, 96);
  const at = form.BLOCK_HEADER_BYTES;
  view.setUint16(at + form.ADDRESS_PROTOCOL, 0x86dd);
  view.setUint16(at + form.ADDRESS_HARDWARE, 778, true);
  view.setUint8(at + form.ADDRESS_PACKET_TYPE, 4);
  view.setUint8(at + form.ADDRESS_LENGTH, 4);
  for (let i = 0; i < 4; i++) view.setUint8(at + form.ADDRESS_BYTES + i, 10 + i);
  const { data, linkType } = walk(view.buffer, view.byteLength, { linkType: 113, cooked: true }).seen[0]!;
  assert.equal(linkType, 113);
  // https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
  const header = [0, 4, 3, 10, 0, 4, 10, 11, 12, 13, 0, 0, 0, 0, 0x86, 0xdd];
  assert.deepEqual(data, Uint8Array.from([...header, ...TAGGED]));
});
