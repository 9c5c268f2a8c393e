// Files read and written over SMB 2.

import assert from "node:assert/strict";
import { smbFilesProtocol } from "../../../../agent/dissect/protocol/smb.ts";
import { newShared } from "../../../../agent/dissect/shared.ts";
import { bytesOf, only, play, type Said, sameHoweverCut, survivesDamage } from "./conversation.ts";
import { listen } from "./listen.ts";

const TREE = 5;

/** A body of `size` bytes with little-endian numbers at their offsets: [offset, bytes of the number, value]. */
function fields(size: number, ...numbers: (readonly [number, 1 | 2 | 4, number])[]): Uint8Array {
  const body = new Uint8Array(size);
  const view = new DataView(body.buffer);
  for (const [at, width, value] of numbers) {
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return body;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** One message behind its length: MS-SMB2 sections 2.1 and 2.2.1.2. */
function message(command: number, id: number, answer: boolean, ...body: Uint8Array[]): Uint8Array {
  const header = fields(64, [4, 2, 64], [12, 2, command], [16, 4, answer ? 1 : 0], [24, 4, id], [36, 4, TREE]);
  header.set([0xfe, 0x53, 0x4d, 0x42]);
  const all = joined(header, ...body);
  return joined(Uint8Array.of(0, all.length >> 16, all.length >> 8 & 0xff, all.length & 0xff), all);
}

const name = (text: string) => Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0), 0]));
const shareIs = (kind: number) => message(3, 1, true, fields(16, [0, 2, 16], [2, 1, kind]));
const create = (file: string) =>
  message(5, 2, false, fields(56, [0, 2, 57], [44, 2, 64 + 56], [46, 2, 2 * file.length]), name(file));
const created = (length: number) => message(5, 2, true, fields(88, [0, 2, 89], [48, 4, length], [64, 4, 77]));
const read = (id: number, offset: number, length: number) =>
  message(8, id, false, fields(49, [0, 2, 49], [4, 4, length], [8, 4, offset], [16, 4, 77]));
const answer = (id: number, data: Uint8Array) =>
  message(8, id, true, fields(16, [0, 2, 17], [2, 1, 80], [4, 4, data.length]), data);
const write = (id: number, offset: number, data: Uint8Array) =>
  message(9, id, false, fields(48, [0, 2, 49], [2, 2, 112], [4, 4, data.length], [8, 4, offset], [16, 4, 77]), data);
const close = (id: number) => message(6, id, false, fields(24, [0, 2, 24], [8, 4, 77]));

const PROGRAM = bytesOf("MZ" + "x".repeat(9998));
const FETCH: Said[] = [
  ["S", shareIs(1)],
  ["C", create("tools\\run.exe")],
  ["S", created(PROGRAM.length)],
  ["C", joined(read(3, 0, 6000), read(4, 6000, 4000))],
  ["S", joined(answer(3, PROGRAM.subarray(0, 6000)), answer(4, PROGRAM.subarray(6000)))],
  ["C", close(5)],
];

Deno.test("a program fetched from a share: a file with name, size, type and hashes", () => {
  const [file] = only(play(smbFilesProtocol, FETCH), "files");
  assert.deepEqual(
    [file!.source, file!.filename, file!.seen_bytes, file!.total_bytes, file!.missing_bytes, file!.is_orig],
    ["SMB", "tools\\run.exe", 10_000, 10_000, 0, false],
  );
  assert.equal(file!.mime_type, "application/x-dosexec");
  assert.equal(file!.sha256?.length, 64);
});

Deno.test("a file put on a share goes the other way, with a hole where nothing was written", () => {
  const heard = play(smbFilesProtocol, [
    ["S", shareIs(1)],
    ["C", create("notes.txt")],
    ["S", created(0)],
    ["C", joined(write(3, 0, bytesOf("some notes")), write(4, 100, bytesOf("and more")))],
  ]);
  const [file] = only(heard, "files");
  assert.deepEqual([file!.is_orig, file!.seen_bytes, file!.missing_bytes, file!.md5], [true, 18, 90, undefined]);
  assert.equal(file!.mime_type, "text/plain");
});

Deno.test("what goes through a pipe is no file, nor what was never opened", () => {
  const pipe = [["S", shareIs(2)] as const, ...FETCH.slice(1)];
  assert.deepEqual(only(play(smbFilesProtocol, pipe), "files"), []);
  assert.deepEqual(only(play(smbFilesProtocol, FETCH.slice(3)), "files"), []);
});

Deno.test("an encrypted session is passed over", () => {
  const heard = listen(smbFilesProtocol(newShared()));
  const secret = joined(Uint8Array.of(0, 0, 0x27, 0x10, 0xfd, 0x53, 0x4d, 0x42), new Uint8Array(9996));
  heard.client(secret).server(secret).end();
  assert.deepEqual(heard.records, []);
});

Deno.test("however the bytes are cut into packets, the records are the same", () => {
  const small: Said[] = FETCH.map(([who, bytes]) => [who, bytes]);
  small[4] = ["S", joined(answer(3, PROGRAM.subarray(0, 50)), answer(4, PROGRAM.subarray(50, 90)))];
  small[3] = ["C", joined(read(3, 0, 50), read(4, 50, 40))];
  sameHoweverCut(smbFilesProtocol, small);
});

Deno.test("thousands of damaged conversations do no harm", () => {
  survivesDamage(smbFilesProtocol, FETCH, 3000, 29);
});

Deno.test("remote procedure calls through a pipe are named, be it written to or talked through; files are no calls", () => {
  const bind = Uint8Array.of(5, 0, 11, 3, 16, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0);
  const talk = message(
    11,
    4,
    false,
    fields(56, [0, 2, 57], [4, 4, 0x0011c017], [24, 4, 64 + 56], [28, 4, bind.length]),
    bind,
  );
  const heard = (share: number, call: Uint8Array) => play(smbFilesProtocol, [["S", shareIs(share)], ["C", call]]);
  assert.deepEqual(heard(2, write(4, 0, bind)).services, ["dce_rpc"]);
  assert.deepEqual(heard(2, talk).services, ["dce_rpc"]);
  assert.deepEqual(heard(1, write(4, 0, bind)).services, []);
  assert.deepEqual(heard(2, write(4, 0, bytesOf("print this, please"))).services, []);
});
