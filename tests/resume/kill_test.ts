// An agent that is killed again and again, over both homes of the store. `scripts/kill.ts` does it fifty times.

import assert from "node:assert/strict";
import { startRedis } from "../agent/store/redis-server.ts";
import { faults, killing } from "./killing.ts";

/** Long enough to be in the middle of things, in the middle of taking up, and right after a start. */
const LIVES = [0.5, 0.35, 0.25, 0.02];

function lives(moments: readonly number[] = LIVES): () => number {
  const left = [...moments];
  return () => left.shift()!;
}

Deno.test("killed with SIGKILL while a log grows, an agent that keeps its state in SQLite loses nothing and tells nothing twice", async () => {
  const result = await killing({ store: undefined, kills: LIVES.length, random: lives() });
  assert.deepEqual(faults(result), []);
  assert(result.unharmed.alerts.length > 0 && result.unharmed.evidence.length > 20);
});

Deno.test("killed with SIGKILL while a log grows, an agent that keeps its state in a Redis loses nothing and tells nothing twice", async () => {
  const redis = await startRedis();
  try {
    const store = `redis://127.0.0.1:${redis.port}`;
    assert.deepEqual(faults(await killing({ store, kills: LIVES.length, random: lives() })), []);
    const told = (await redis.command("XRANGE", "{killed}:stream:alerts", "-", "+")).split("\n");
    const ids = told.filter((_, at) => told[at - 1] === "id");
    assert(ids.length > 0);
    assert.equal(new Set(ids).size, ids.length);
  } finally {
    await redis.remove();
  }
});

/** Of a sensor and of one that judges for it, by turns: killed first the one, then the other, and both at once. */
const LIVES_OF_BOTH = [0.5, 0.3, 0.3, 0.45, 0.35, 0.35];

Deno.test("a sensor that is killed while a log grows, and those who judge for it as well: it tells what one process tells, and leaves nothing of its earlier lives", async () => {
  const redis = await startRedis();
  try {
    const store = `redis://127.0.0.1:${redis.port}`;
    const kills = LIVES_OF_BOTH.length / 2;
    const result = await killing({ store, kills, judges: { count: 1, die: true }, random: lives(LIVES_OF_BOTH) });
    assert.deepEqual(faults(result), []);
    assert(result.killed.runLog.includes(" goes on, interrupted for "));
    assert.equal((await redis.command("KEYS", "*fleet:run*")).trim(), "");
  } finally {
    await redis.remove();
  }
});
