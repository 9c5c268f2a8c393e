// What disks and networks do to captures: reader and dissector take what is whole, and neither throw nor hang.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createDissector, DEFAULT_SETTINGS } from "../agent/dissect/dissector.ts";
import { type CaptureEnd, createCaptureReader } from "../agent/source/capture.ts";
import { createUnpacker, HEADROOM_BYTES } from "../agent/source/unpack.ts";
import { concat, network, type Random, random } from "./craft/craft.ts";
import { office, packetEnds } from "./small-office.ts";

/** What reader and dissector made of a file. */
interface Read {
  end: CaptureEnd;
  frames: number;
  records: Record<string, number>;
  failed: number;
}

/** Reads and dissects a file in this thread, given to the reader in pieces. */
function dissect(file: Uint8Array, pieceBytes = file.length): Read {
  const dissector = createDissector({ settings: DEFAULT_SETTINGS, emit() {} });
  const reader = createCaptureReader(dissector.frame);
  let start = 0;
  for (let end = 0; end < file.length;) {
    end = Math.min(file.length, end + Math.max(1, pieceBytes));
    start += reader.read(file, start, end);
  }
  const end = reader.finish(file.length - start);
  dissector.finish();
  const { frames, records, dropped, flows_alive } = dissector.counters();
  assert.equal(flows_alive, 0);
  return { end, frames, records, failed: dropped.analyzers_failed! };
}

Deno.test("a capture cut at every byte gives exactly its whole packets", () => {
  const file = office().pcap(), ends = packetEnds(file);
  const all = dissect(file);
  assert.equal(all.end.kind, "complete");
  assert.equal(all.frames, ends.length);
  assert.deepEqual(all.records, { arp: 2, conn: 3, dns: 1, files: 1, http: 1, software: 1 });
  let whole = 0;
  for (let cut = 0; cut <= file.length; cut++) {
    if (ends[whole] === cut) whole++;
    const { end, frames, failed } = dissect(file.subarray(0, cut), 400);
    const atEnd = cut === 24 || ends[whole - 1] === cut;
    assert.equal(end.kind, cut < 4 ? "unreadable" : atEnd ? "complete" : "truncated", `cut at ${cut}`);
    assert.deepEqual([frames, end.packets, failed], [whole, whole, 0], `cut at ${cut}`);
    if (end.kind !== "unreadable") assert.equal(end.offset, cut);
  }
});

Deno.test("a pcapng capture cut at every byte never gives more than its whole packets", () => {
  const file = office().pcapng(), packets = dissect(file).frames;
  let before = 0;
  for (let cut = 0; cut <= file.length; cut++) {
    const { end, frames, failed } = dissect(file.subarray(0, cut));
    assert.ok(frames === before || frames === before + 1, `cut at ${cut}`);
    assert.deepEqual([end.packets, failed], [frames, 0]);
    before = frames;
  }
  assert.equal(before, packets);
});

Deno.test("a gzip file cut at every byte is given up in order", async () => {
  const packed = new Uint8Array(gzipSync(office().pcap()));
  let most = 0;
  for (let cut = 2; cut <= packed.length; cut++) {
    let packets = 0;
    const reader = createCaptureReader(() => packets++);
    const unpacker = createUnpacker(reader.read);
    const buffer = new Uint8Array(HEADROOM_BYTES + cut);
    buffer.set(packed.subarray(0, cut), HEADROOM_BYTES);
    await unpacker.push(buffer, HEADROOM_BYTES, HEADROOM_BYTES + cut);
    await unpacker.end();
    const kind = unpacker.damage()?.kind ?? reader.finish(unpacker.left()).kind;
    assert.equal(kind, cut === packed.length ? "complete" : "truncated", `cut at ${cut}`);
    assert.ok(packets >= most, `cut at ${cut}`);
    most = packets;
  }
  assert.equal(most, dissect(office().pcap()).frames);
});

/** Captures of many kinds, to be damaged. */
function captures(): Uint8Array[] {
  const net = network();
  const pc = net.host("office-pc", "192.168.1.23"), web = net.host("www.example.com", "93.184.216.34");
  net.dhcp(pc);
  net.tls(pc, web, { version: "1.3", exchanges: [[100, 100]] });
  net.ssh(pc, web, { failures: 1, session: [] });
  net.smtp(pc, web);
  net.ftp(pc, web, { transfer: { name: "a", data: 300 } });
  net.ntp(pc, web);
  return [office().pcap(), office().pcapng(), net.pcap({ nanoseconds: true, bigEndian: true }), net.pcapng()];
}

/** A copy with a few bytes changed, a stretch missing or doubled, or cut off. */
function damaged(file: Uint8Array, dice: Random): Uint8Array {
  const at = dice.below(file.length), end = Math.min(file.length, at + dice.between(1, 200));
  const copy = file.slice();
  switch (dice.below(5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return concat(file.subarray(0, at), file.subarray(end));
    case 2:
      return concat(file.subarray(0, end), file.subarray(at));
    default:
      for (let bytes = dice.between(1, 40); bytes > 0; bytes--) copy[dice.below(copy.length)] = dice.below(256);
      return copy;
  }
}

Deno.test("ten thousand damaged captures: no exception, no hang, and every packet that was found is counted", () => {
  const dice = random(20_240_305), whole = captures();
  const SLOWEST = 2_000;
  let analysed = 0;
  for (let round = 0; round < 10_000; round++) {
    const file = damaged(whole[round % whole.length]!, dice);
    const began = performance.now();
    const { end, frames, failed } = dissect(file, dice.pick([file.length, 1_000, 333]));
    assert.ok(performance.now() - began < SLOWEST, `round ${round} took too long`);
    assert.deepEqual([frames, failed], [end.packets, 0], `round ${round}`);
    assert.ok(end.offset <= file.length);
    analysed += frames;
  }
  // Damage must not make most packets disappear: a file loses what lies behind a broken length, not what is before it.
  assert.ok(analysed > 10_000 * 5, `${analysed} packets`);
});
