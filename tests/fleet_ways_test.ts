// A fleet over every way to a Redis that docs/store.md names, and what can happen on it: TLS, a user who may do little, a
// Unix socket, a cluster whose keys move. Whatever the way, the bytes are those of one process.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { type Cluster, CLUSTER_OPTIONS, makeCluster } from "./agent/store/redis-cluster.ts";
import {
  allowUser,
  freePort,
  makeCertificate,
  type RedisServer,
  SERVERS,
  startServer,
} from "./agent/store/redis-server.ts";
import { type Common, findings, inFleetWith, type Scene, type SensorMember, untilFleet } from "./fleet.ts";

/** Two hours in an office, an intrusion in the second. */
const OFFICE: Uint8Array = story().pcap();

/** What one process finds in it. */
let alone: Awaited<ReturnType<typeof findings>> | undefined;

/** Feeds half of the capture to a fleet of one sensor and two that judge, then the rest; `between` happens meanwhile. */
async function over(common: Common, between?: (scene: Scene, sensor: SensorMember) => Promise<void>): Promise<void> {
  await inFleetWith(common, async (scene) => {
    if (alone === undefined) {
      await scene.alone("alone", OFFICE);
      alone = await findings(join(scene.folder, "alone"));
    }
    const sensor = scene.sensor("fleet", OFFICE);
    const members = [scene.detect("one"), scene.detect("two")];
    await untilFleet(async () => (await scene.holders()).size === 2);
    await sensor.feed(OFFICE.length >> 1);
    await between?.(scene, sensor);
    await sensor.feed();
    const { code, out, err } = await sensor.end();
    assert.equal(code, 0, err);
    assert.equal(out, "");
    const { log, json } = await findings(join(scene.folder, "fleet"));
    assert.equal(log, alone.log);
    assert.equal(json, alone.json);
    for (const { process } of members) process.kill("SIGINT");
    for (const member of members) assert.equal((await member.end()).code, 0, member.said());
  });
}

Deno.test("a fleet over TLS, as a user with no more rights than the documentation names", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { key, certificate } = await makeCertificate(folder);
    const port = freePort();
    await over({
      options: [
        ...["--tls-port", String(port), "--tls-auth-clients", "no"],
        ...["--tls-cert-file", certificate, "--tls-key-file", key],
      ],
      async place(redis) {
        await allowUser(redis, "se%cret");
        return `rediss://sensor:se%25cret@127.0.0.1:${port}?ca=${certificate}`;
      },
    }, async ({ redis }) => {
      assert.equal(await redis.command("ACL", "LOG"), "");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a fleet over a Unix socket", async () => {
  await over({ place: ({ socket }) => `redis+unix://${socket}` });
});

Deno.test("a fleet in a cluster of three, whose keys move to another node while the run goes on", async () => {
  // Valkey's, where there is one.
  const program = SERVERS.at(-1) ?? "redis-server";
  const others: RedisServer[] = [];
  let cluster: Cluster | undefined;
  try {
    for (let at = 0; at < 2; at++) others.push(await startServer(program, ...CLUSTER_OPTIONS));
    await over({
      program,
      options: CLUSTER_OPTIONS,
      ask: (...words) => cluster!.ask(...words),
      async place(first) {
        const nodes = [first, ...others];
        cluster = await makeCluster(nodes);
        return `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
      },
    }, async (scene, sensor) => {
      await untilFleet(async () => (await scene.judged()).some((serial) => serial > 0));
      await cluster!.move("smartshield", async () => {
        await sensor.feed(OFFICE.length >> 2);
        await untilFleet(() => sensor.said().includes("its keys are being moved to another node of its cluster"));
      });
      await untilFleet(() => sensor.said().includes("is back."));
    });
  } finally {
    for (const server of others) await server.remove();
  }
});

Deno.test("a fleet whose server dies while the run goes on, and whose replica takes its place", async () => {
  let replica: RedisServer | undefined;
  try {
    await over({
      async place({ program, port }) {
        replica = await startServer(program, "--replicaof", "127.0.0.1", String(port));
        await untilFleet(async () => (await replica!.command("INFO", "replication")).includes("master_link_status:up"));
        return `redis://127.0.0.1:${port},127.0.0.1:${replica.port}`;
      },
    }, async (scene, sensor) => {
      await untilFleet(async () => (await scene.judged()).some((serial) => serial > 0));
      await scene.redis.kill();
      await sensor.feed(OFFICE.length >> 2);
      await untilFleet(() => sensor.said().includes("What was found so far is kept"));
      assert.equal(await replica!.command("REPLICAOF", "NO", "ONE"), "OK");
      await untilFleet(() => sensor.said().includes("is back."));
    });
  } finally {
    await replica?.remove();
  }
});
