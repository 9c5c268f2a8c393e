// A cluster of Redis or Valkey servers for tests, whose keys can be moved from one node to another.

import { until } from "../../until.ts";
import type { RedisServer } from "./redis-server.ts";

export const CLUSTER_OPTIONS: readonly string[] = ["--cluster-enabled", "yes"];
const SLOTS = 16_384;
const PATIENCE_SECONDS = 60;
/** Keys that go at once. */
const KEYS_AT_ONCE = 100;

export interface Cluster {
  /** A command about keys, to the node that has them; what it printed. */
  ask(...words: string[]): Promise<string>;
  /** The node that has the keys that begin with this tag, and one that has not. */
  ends(tag: string): Promise<{ from: RedisServer; to: RedisServer }>;
  /** Moves all such keys from the one to the other; `halfway` happens when some are there already. */
  move(tag: string, halfway: () => Promise<void>): Promise<void>;
}

/** Makes a cluster of servers that were started with its options; each has an equal part of all keys. */
export async function makeCluster(nodes: readonly RedisServer[]): Promise<Cluster> {
  const part = Math.ceil(SLOTS / nodes.length);
  for (const [at, { command }] of nodes.entries()) {
    await command("CLUSTER", "ADDSLOTSRANGE", String(at * part), String(Math.min(SLOTS, (at + 1) * part) - 1));
  }
  const [first, ...rest] = nodes;
  const known = `cluster_known_nodes:${nodes.length}`;
  await until(async () => {
    // A greeting that is lost is not sent again by itself.
    for (const { port } of rest) await first!.command("CLUSTER", "MEET", "127.0.0.1", String(port));
    const states = await Promise.all(nodes.map(({ command }) => command("CLUSTER", "INFO")));
    return states.every((state) => state.includes("cluster_state:ok") && state.includes(known));
  }, PATIENCE_SECONDS);

  async function ends(tag: string): Promise<{ from: RedisServer; to: RedisServer }> {
    const answers = await Promise.all(nodes.map(({ command }) => command("EXISTS", `{${tag}}`)));
    const at = answers.findIndex((answer) => /^\d+$/.test(answer));
    return { from: nodes[at]!, to: nodes[(at + 1) % nodes.length]! };
  }

  return {
    ends,
    async ask(...words) {
      const answers = await Promise.all(nodes.map(({ command }) => command(...words)));
      return answers.find((answer) => !/^(?:MOVED|ASK|TRYAGAIN) /.test(answer)) ?? "";
    },
    async move(tag, halfway) {
      const { from, to } = await ends(tag);
      const slot = await from.command("CLUSTER", "KEYSLOT", `{${tag}}`);
      const [source, target] = [await from.command("CLUSTER", "MYID"), await to.command("CLUSTER", "MYID")];
      await to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", source);
      await from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", target);
      const keys = async (): Promise<string[]> =>
        (await from.command("CLUSTER", "GETKEYSINSLOT", slot, String(KEYS_AT_ONCE))).split("\n").filter((key) =>
          key !== ""
        );
      const take = (some: readonly string[]): Promise<string> =>
        from.command("MIGRATE", "127.0.0.1", String(to.port), "", "0", "5000", "KEYS", ...some);
      const all = await keys();
      await take(all.slice(0, all.length >> 1));
      await halfway();
      for (let left = await keys(); left.length > 0; left = await keys()) await take(left);
      for (const node of [to, from, ...nodes]) await node.command("CLUSTER", "SETSLOT", slot, "NODE", target);
    },
  };
}
