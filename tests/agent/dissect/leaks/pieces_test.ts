// What is looked at for leaks, and what is passed by.

import assert from "node:assert/strict";
import { createDissector, DEFAULT_SETTINGS } from "../../../../agent/dissect/dissector.ts";
import { type Batch, BATCH_BYTES, collectPieces, PIECE_BYTES } from "../../../../agent/dissect/leaks/pieces.ts";
import { fromClient, fromServer, type Network, network } from "../../../craft/craft.ts";

/** The pieces of a story, as text, each with its sender. */
function lookedAt(net: Network): string[] {
  const batches: Batch[] = [];
  const dissector = createDissector({ settings: DEFAULT_SETTINGS, emit() {}, leaks: (batch) => batches.push(batch) });
  for (const { data, length, seconds, nanoseconds } of net.packets()) {
    dissector.frame(data, 0, data.length, length, seconds + nanoseconds / 1e9, 1);
  }
  dissector.finish();
  const last = dissector.leaks();
  if (last !== undefined) batches.push(last);
  return batches.flatMap(({ bytes, pieces }) =>
    pieces.map(({ start, end, orig_h, resp_h, fromOrig, fuid }) =>
      `${fromOrig ? orig_h : resp_h}${fuid === undefined ? "" : " file"}: ${
        new TextDecoder().decode(bytes.subarray(start, end))
      }`
    )
  );
}

const PC = "192.168.1.23", NAS = "192.168.1.10", WEB = "93.184.216.34";

Deno.test("what a client says is looked at, whatever the port; what a server outside answers is not", () => {
  const net = network();
  const [pc, web] = [net.host("pc", PC), net.host("web", WEB)];
  net.tcp(pc, web, 4711, { steps: [fromClient("hello\n"), fromServer("who are you?\n"), fromClient("bob\n")] });
  assert.deepEqual(lookedAt(net), [`${PC}: hello\nbob\n`]);
});

Deno.test("what is said late in a protocol that nobody knows is looked at, while the other side goes on and on only for so long", () => {
  const story = (noise: number): string[] => {
    const net = network();
    const [pc, web] = [net.host("pc", PC), net.host("web", WEB)];
    const chat = Array.from({ length: 40 }, (_, i) => [fromClient(`line ${i}`.padEnd(500)), fromServer(noise)]);
    net.tcp(pc, web, 4711, { steps: [...chat.flat(), fromClient("the secret\n")] });
    return lookedAt(net);
  };
  assert.match(story(1_000)[0]!, /line 39 +the secret\n$/);
  const [little = ""] = story(50_000);
  assert.match(little, /line 3 /);
  assert.doesNotMatch(little, /line 20 /);
});

Deno.test("a server inside our network is looked at, too", () => {
  const net = network();
  const [pc, nas] = [net.host("pc", PC), net.host("nas", NAS)];
  net.tcp(pc, nas, 4711, { steps: [fromServer("welcome\n"), fromClient("thanks\n")] });
  assert.deepEqual(lookedAt(net).sort(), [`${NAS}: welcome\n`, `${PC}: thanks\n`]);
});

Deno.test("what is encrypted is passed by: TLS, SSH, noise", () => {
  const net = network();
  const [pc, web] = [net.host("pc", PC), net.host("web", WEB)];
  net.tls(pc, web);
  net.ssh(pc, web);
  net.tcp(pc, web, 4711, { steps: [fromClient(2_000)] });
  assert.deepEqual(lookedAt(net), []);
});

Deno.test("a file is looked at unpacked", () => {
  const net = network();
  const [pc, nas] = [net.host("pc", PC), net.host("nas", NAS)];
  net.http(pc, nas, { exchanges: [{ response: { body: "the secret of the pyramids ".repeat(9), gzip: true } }] });
  assert.ok(lookedAt(net).some((piece) => piece.startsWith(`${NAS} file: the secret of the pyramids`)));
});

Deno.test("only the beginning is looked at, and batches have a bound", () => {
  const batches: Batch[] = [];
  const pieces = collectPieces(() => 0, (batch) => batches.push(batch));
  const letters = new Uint8Array(10_000).fill(0x61);
  const origin = { uid: "C", orig_h: PC, orig_p: 1, resp_h: WEB, resp_p: 2, proto: "tcp" } as const;
  for (let key = 0; key < 40; key++) {
    pieces.begin(key, () => ({ ...origin, fromOrig: true, fuid: undefined }));
    for (let i = 0; i < 20; i++) assert.equal(pieces.add(key, letters, 0, letters.length), true);
    pieces.end(key);
  }
  const last = pieces.take()!;
  assert.equal(batches.length, 2);
  for (const batch of [...batches, last]) {
    assert.ok(batch.length <= BATCH_BYTES);
    for (const { start, end } of batch.pieces) assert.equal(end - start, PIECE_BYTES);
  }
  assert.equal([...batches, last].reduce((sum, batch) => sum + batch.pieces.length, 0), 40);
  assert.equal(pieces.take(), undefined);
});

Deno.test("a piece is judged by its own bytes, not by those that lie behind it", () => {
  const pieces = collectPieces(() => 0, () => assert.fail("no batch is full"));
  const bytes = new TextEncoder().encode("SSH-2.0-OpenSSH_9.6\r\nHTTP/1.1 200 OK\r\n");
  const origin = { uid: "C", orig_h: PC, orig_p: 1, resp_h: WEB, resp_p: 2, proto: "tcp" } as const;
  const add = (key: number, start: number, end: number): void => {
    pieces.begin(key, () => ({ ...origin, uid: `C${key}`, fromOrig: true, fuid: undefined }));
    pieces.add(key, bytes, start, end);
    pieces.end(key);
  };
  add(1, 0, 3);
  add(2, 21, 27);
  add(3, 0, 8);
  add(4, 21, 30);
  assert.deepEqual(pieces.take()!.pieces.map(({ uid }) => uid), ["C1", "C2"]);
});
