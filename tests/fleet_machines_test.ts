// A fleet on two machines: two network namespaces, each joined by a cable to the one in which the Redis and the sensor are.
// Needs root and the command ip of iproute2.

import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../scripts/demo/story.ts";
import { assertSame, inFleet, type Member, PARTITIONS, type Scene, untilFleet } from "./fleet.ts";
import { PROGRAM } from "./program.ts";

function ip(...words: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args: words }).outputSync();
  if (!success) throw new Error(`ip ${words.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** A machine: a namespace, and the cable to it. */
interface Machine {
  readonly namespace: string;
  /** Where the Redis is, seen from there. */
  readonly server: string;
}

const NETWORK = `10.${64 + Deno.pid % 64}.${Deno.pid >> 6 & 255}`;

/** Two of them, gone when the test is over. */
async function withMachines(test: (machines: readonly Machine[]) => Promise<void>): Promise<void> {
  const made: string[] = [];
  try {
    const machines = [1, 2].map((number): Machine => {
      const namespace = `ssf-${Deno.pid}-${number}`;
      const [near, far] = [`ssf${Deno.pid % 100_000}a${number}`, `ssf${Deno.pid % 100_000}b${number}`];
      ip("netns", "add", namespace);
      made.push(namespace);
      ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace);
      const [server, machine] = [4 * number + 1, 4 * number + 2].map((last) => `${NETWORK}.${last}`) as [
        string,
        string,
      ];
      ip("address", "add", `${server}/30`, "dev", near);
      ip("link", "set", near, "up");
      ip("-n", namespace, "address", "add", `${machine}/30`, "dev", far);
      ip("-n", namespace, "link", "set", far, "up");
      return { namespace, server };
    });
    await test(machines);
  } finally {
    // The cables go with them.
    for (const namespace of made) ip("netns", "delete", namespace);
  }
}

function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "this is not root";
  const name = `ssf-try-${Deno.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "delete", name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = whyNot();
if (reason !== undefined) {
  console.warn(`A fleet on two machines is not tested: no network namespace can be made (${reason}).`);
}

/** Everybody may come: the namespaces are reached by their own cables alone. */
const OPEN = ["--bind", "0.0.0.0", "--protected-mode", "no"];
const OFFICE: Uint8Array = story().pcap();

/** Two who judge on each machine, with two partitions each. */
async function judging(scene: Scene, machines: readonly Machine[]): Promise<Member[]> {
  const members = machines.flatMap(({ namespace, server }, at) =>
    ["a", "b"].map((letter) => {
      const store = `redis://${server}:${scene.redis.port}`;
      const words = ["detect", "--name", `machine-${at + 1}${letter}`, "--workers", "1", "--store", store];
      return scene.start(["ip", "netns", "exec", namespace, Deno.execPath(), ...PROGRAM, ...words]);
    })
  );
  await untilFleet(async () => {
    const holders = await scene.holders();
    return holders.size === 4 && [...holders.values()].every((count) => count === PARTITIONS / 4);
  });
  return members;
}

for (const dies of [false, true]) {
  Deno.test({
    name: `four that judge on two machines write the bytes of one process${dies ? "; also when one is killed" : ""}`,
    ignore: reason !== undefined,
    async fn() {
      await withMachines(async (machines) => {
        await inFleet(OPEN, async (scene) => {
          await scene.alone("alone", OFFICE);
          const sensor = scene.sensor("fleet", OFFICE);
          const members = await judging(scene, machines);
          await sensor.feed(OFFICE.length >> 1);
          await untilFleet(async () => {
            const judged = await scene.judged();
            return judged.length === PARTITIONS && judged.every((serial) => serial > 0);
          });
          if (dies) members[2]!.process.kill("SIGKILL");
          await sensor.feed();
          assert.deepEqual(await sensor.end(), { code: 0, out: "", err: "" });
          await assertSame(join(scene.folder, "alone"), join(scene.folder, "fleet"));
        });
      });
    },
  });
}
