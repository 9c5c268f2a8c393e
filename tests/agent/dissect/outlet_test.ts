// The two ways to those who judge: what a fleet puts together of a batch is what workers of this process are given.

import assert from "node:assert/strict";
import { toFleet, toWorkers } from "../../../agent/dissect/outlet.ts";
import type { Step } from "../../../agent/profile/batch.ts";
import { type BatchMessage, readBatch } from "../../../agent/profile/flat/batch.ts";
import { packBatch, unpackBatch } from "../../../agent/profile/flat/packed.ts";
import { type FleetBatch, withFacts } from "../../../agent/profile/flat/shares.ts";
import { createRouter } from "../../../agent/profile/router.ts";
import type { AnyRecord } from "../../../agent/record/schema.ts";
import { conn, record } from "../../detectors/harness.ts";
import { until } from "../../until.ts";

const T = 1_700_000_000;
const WORKERS = 3;

/** Hosts that look up names and go there: nearly every record teaches something, and hosts are forgotten all the time. */
function traffic(): AnyRecord[] {
  return Array.from({ length: 400 }, (_, at): AnyRecord[] => {
    const [ts, orig_h, site] = [T + at / 10, `192.168.1.${at * 7 % 40 + 1}`, `198.51.100.${at % 200}`];
    const flow = { ts, orig_h, orig_p: 40_000 + at, resp_h: "192.168.1.250", resp_p: 53 };
    const dns = {
      ...flow,
      uid: `D${at}`,
      proto: "udp",
      trans_id: at,
      query: `site-${at % 90}.example`,
      answers: [site],
    };
    return [record("dns", { ...dns, qtype_name: "A" }), conn({ ts, orig_h, resp_h: site, uid: `C${at}` })];
  }).flat();
}

function ends<T>(count: number): { ports: MessagePort[]; heard: T[][]; others: MessagePort[] } {
  const channels = Array.from({ length: count }, () => new MessageChannel());
  const heard: T[][] = channels.map(() => []);
  for (const [at, { port2 }] of channels.entries()) port2.onmessage = ({ data }) => void heard[at]!.push(data);
  return { ports: channels.map(({ port1 }) => port1), others: channels.map(({ port2 }) => port2), heard };
}

Deno.test("facts that travel beside the shares of a fleet come back to the places where they stood", async () => {
  const [here, there] = [ends<BatchMessage>(WORKERS), ends<FleetBatch>(1)];
  try {
    const outlets = [toWorkers(here.ports, () => {}), toFleet(there.ports[0]!, WORKERS, () => {})];
    const router = createRouter({ workers: WORKERS, direction: "all", profiles: 20, clientIps: [] });
    const push = (worker: number, step: Step): void => {
      for (const outlet of outlets) outlet.push(worker, step);
    };
    let serial = 0;
    for (const [at, one] of traffic().entries()) {
      if (at === 300) router.know("10.0.0.0/8", { ip: "10.0.0.1", mac: "02:00:00:00:00:01" }, push);
      router.route(one, one.ts, push);
      if (at % 97 !== 0) continue;
      serial++;
      for (const outlet of outlets) outlet.send({ serial, origin: T, clock: router.clock(), last: false });
    }
    await until(() => there.heard[0]!.length === serial && here.heard.every((list) => list.length === serial));

    let facts = 0;
    for (const [at, batch] of there.heard[0]!.entries()) {
      const taught = readBatch(unpackBatch(packBatch(batch.facts))).steps;
      facts += taught.length;
      for (const [worker, share] of batch.shares.entries()) {
        const read = readBatch(unpackBatch(packBatch(share)));
        assert.deepEqual({ ...read, steps: withFacts(taught, read.steps) }, readBatch(here.heard[worker]![at]!));
      }
    }
    assert(facts > 300, `${facts}`);
  } finally {
    for (const port of [...here.ports, ...here.others, ...there.ports, ...there.others]) port.close();
  }
});

Deno.test("a fleet that is too far behind is waited for, until it says that it has caught up", async () => {
  const { ports, others, heard } = ends<FleetBatch>(1);
  try {
    let caughtUp = 0;
    const outlet = toFleet(ports[0]!, 1, () => caughtUp++);
    let serial = 0;
    while (outlet.hasRoom() && serial < 1000) outlet.send({ serial: ++serial, origin: T, clock: T, last: false });
    assert(serial > 1 && serial < 100, `${serial}`);
    await until(() => heard[0]!.length === serial);
    others[0]!.postMessage(serial - 1);
    await until(() => caughtUp === 1);
    assert(outlet.hasRoom());
  } finally {
    for (const port of [...ports, ...others]) port.close();
  }
});
