// The router: whose records go where, and what it lets be forgotten.

import assert from "node:assert/strict";
import type { Step } from "../../../agent/profile/batch.ts";
import { ALL_WORKERS, createRouter, ownerOf } from "../../../agent/profile/router.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { conn, record } from "../../detectors/harness.ts";

const T = 1_700_000_000;

function route(
  records: readonly AnyRecord[],
  options: { workers?: number; profiles?: number; direction?: "out" | "all" } = {},
): { worker: number; step: Step }[] {
  const router = createRouter({ workers: 4, direction: "out", profiles: 1000, clientIps: [], ...options });
  const steps: { worker: number; step: Step }[] = [];
  for (const each of records) router.route(each, each.ts, (worker, step) => steps.push({ worker, step }));
  return steps;
}

Deno.test("all records of one profile go to the worker that owns it; facts go to all", () => {
  const steps = route([
    conn({ orig_h: "192.168.1.10", resp_h: "93.184.216.34" }),
    record("http", { ts: T, orig_h: "192.168.1.10", orig_p: 1, resp_h: "93.184.216.34", resp_p: 80, trans_depth: 1 }),
  ]);
  const owner = ownerOf("192.168.1.10", 4);
  assert.deepEqual(steps.map(({ worker }) => worker), [ALL_WORKERS, owner, owner]);
  assert.equal(steps[0]!.step.fact?.fact, "local_network");
});

Deno.test("profiles are spread over the workers evenly enough", () => {
  const counts = [0, 0, 0, 0];
  for (let host = 0; host < 1000; host++) counts[ownerOf(`10.0.${host >> 8}.${host & 255}`, 4)]!++;
  for (const count of counts) assert(count > 180 && count < 320, `${counts}`);
});

Deno.test("the profile idle longest is forgotten when there are too many", () => {
  const hosts = ["93.0.0.1", "93.0.0.2", "93.0.0.1", "93.0.0.3"];
  const steps = route(hosts.map((orig_h) => conn({ orig_h, resp_h: "93.184.216.34" })), { profiles: 2 });
  assert.deepEqual(steps.flatMap(({ step }) => step.fact?.fact === "forget" ? [step.fact.profile] : []), ["93.0.0.2"]);
});

Deno.test("stream time never goes back, even when a record is older than the one before", () => {
  const steps = route([
    conn({ ts: T + 10, orig_h: "93.0.0.1", resp_h: "93.184.216.34" }),
    conn({ ts: T, orig_h: "93.0.0.1", resp_h: "93.184.216.34" }),
  ]);
  assert.deepEqual(steps.map(({ step }) => step.clock), [T + 10, T + 10]);
});

Deno.test("a DHCP client without an address is known by its MAC", () => {
  const mac = "02:00:00:00:00:0a";
  const steps = route([
    record("dhcp", { ts: T, mac }),
    record("dhcp", { ts: T + 1, mac, assigned_addr: "192.168.1.10" }),
    record("dhcp", { ts: T + 2, mac }),
  ]);
  assert.deepEqual(steps.flatMap(({ step }) => step.profile ?? []), ["0.0.0.0", "192.168.1.10", "192.168.1.10"]);
});
