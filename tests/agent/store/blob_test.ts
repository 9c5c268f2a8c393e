// Bytes in chunks under their hash in Redis: what comes back is what was stored, or nothing.

import assert from "node:assert/strict";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import { blobKeys, getBlob, keepBlob, putBlob } from "../../../agent/store/redis/blob.ts";
import { connect } from "../../../agent/store/redis/link.ts";
import { startRedis } from "./redis-server.ts";

const MEBIBYTE = 1024 * 1024;

Deno.test("a list of two and a half chunks comes back as it was; whatever is changed on the way is not it", async () => {
  const server = await startRedis();
  const link = await connect(readPlace(`redis://127.0.0.1:${server.port}`) as RedisPlace, ["PING"]);
  const keys = blobKeys("{smartshield}:");
  try {
    const bytes = new Uint8Array(2.5 * MEBIBYTE);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31) >> 3;
    const name = await putBlob(link, keys, bytes, 60);
    assert.equal(name.bytes, bytes.length);
    const back = await getBlob(link, keys, name);
    assert(back !== undefined && back.every((byte, at) => byte === bytes[at]), "other bytes");
    assert.equal(await server.command("DBSIZE"), "4");
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    assert.deepEqual(await putBlob(link, keys, shared, 60), name);
    const image = await getBlob(link, keys, name, (length) => new SharedArrayBuffer(length));
    assert(image?.buffer instanceof SharedArrayBuffer && image.every((byte, at) => byte === bytes[at]), "not shared");
    assert.deepEqual(await putBlob(link, keys, bytes, 600), name);
    assert(Number(await server.command("TTL", keys.chunk(name.sha256, 2))) > 60, "was not kept on");

    const [first, last] = [keys.chunk(name.sha256, 0), keys.chunk(name.sha256, 2)];
    assert.equal(await getBlob(link, keys, { ...name, bytes: name.bytes - 1 }), undefined);
    assert.equal(await getBlob(link, keys, { ...name, sha256: "ab".repeat(32) }), undefined);
    await server.command("SETRANGE", first, "5", "x");
    assert.equal(await getBlob(link, keys, name), undefined);
    await server.command("SETRANGE", first, "5", String.fromCharCode(bytes[5]!));
    await server.command("APPEND", last, "more");
    assert.equal(await getBlob(link, keys, name), undefined);
    await server.command("DEL", last);
    assert.equal(await getBlob(link, keys, name), undefined);
    assert.equal(await keepBlob(link, keys, name, 60), false);
    // Who has the bytes puts them right again.
    await putBlob(link, keys, bytes, 60);
    assert((await getBlob(link, keys, name)) !== undefined);
  } finally {
    await link.close();
    await server.remove();
  }
});
