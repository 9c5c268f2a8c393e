// The fleet's connection, over a server that fails in several ways: what could not be done is done, and said once.

import assert from "node:assert/strict";
import { type Line, openLine } from "../../../agent/fleet/line.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";
import { until } from "../../until.ts";
import { nameOf, type RedisServer, SERVERS, startServer } from "../store/redis-server.ts";

interface Scene {
  readonly server: RedisServer;
  readonly line: Line;
  readonly told: string[];
}

/** The same over each server that is installed. */
function story(title: string, tell: (scene: Scene) => Promise<void>): void {
  for (const program of SERVERS) {
    Deno.test(`${nameOf(program)}: ${title}`, async () => {
      const server = await startServer(program);
      try {
        const told: string[] = [];
        const line = await openLine(readPlace(`redis://127.0.0.1:${server.port}`) as RedisPlace, {
          lost: (problem) => told.push(problem),
          found: () => told.push("found"),
        });
        try {
          await tell({ server, line, told });
        } finally {
          line.close();
        }
      } finally {
        await server.remove();
      }
    });
  }
}

/** Several tries. */
const MEANWHILE_MILLISECONDS = 2500;

story("a server that is full is told once, however often it can be reached, and once that it is not", async (scene) => {
  const { server, line, told } = scene;
  const write = (name: string): Promise<unknown> => line.do((link) => link.ask("SET", name, "x".repeat(1000)));
  await write("a");
  await server.command("CONFIG", "SET", "maxmemory", "1");
  const both = Promise.all([write("b"), write("c")]);
  await until(() => told.length > 0);
  await new Promise((resolve) => setTimeout(resolve, MEANWHILE_MILLISECONDS));
  // What writes nothing can be done.
  assert.equal(await line.do((link) => link.ask("EXISTS", "a")), 1);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /cannot be used: it is out of memory \(give it more by maxmemory, /);
  await server.command("CONFIG", "SET", "maxmemory", "0");
  await both;
  assert.equal(await server.command("EXISTS", "b", "c"), "2");
  assert.deepEqual(told.slice(1), ["found"]);
});

story("a server that is killed and started again is told once as well, whatever was under way", async (scene) => {
  const { server, line, told } = scene;
  await server.kill();
  const all = Promise.all(["a", "b", "c"].map((name) => line.do((link) => link.ask("SET", name, "1"))));
  await until(() => told.length > 0);
  await server.start();
  await all;
  assert.equal(told.length, 2);
  assert.match(told[0]!, /cannot be used: /);
  assert.equal(told[1], "found");
});
