// Floods: the flow table stays within its bounds, and says what it had to let go.

import assert from "node:assert/strict";
import { createDissector, DEFAULT_SETTINGS } from "../../../../agent/dissect/dissector.ts";
import type { AnyRecord } from "../../../../agent/dissect/analyzer.ts";
import {
  addFlow,
  createFlowTable,
  crowdedBy,
  findFlow,
  removeFlow,
  setKey,
} from "../../../../agent/dissect/flow/table.ts";
import { emptyPacket } from "../../../../agent/dissect/packet.ts";
import { listener } from "./dissecting.ts";
import { ethernet, frame, gre, ipv4, type Layer, tcp, udp } from "../../../craft/craft.ts";

const LINKTYPE_ETHERNET = 1;

/** A frame whose source address and ports are then written over, which is quicker than building a million. */
function template(...layers: (Layer | string)[]): Uint8Array<ArrayBuffer> {
  const ends = { from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" };
  return new Uint8Array(frame(ethernet(ends), ipv4({ from: "10.0.0.1", to: "192.168.1.50" }), ...layers));
}

const SOURCE_ADDRESS = 14 + 12;
const SOURCE_PORT = 14 + 20;

Deno.test("a million SYNs from a million sources fit, and leave as a million S0", () => {
  const bytes = template(tcp({ from: 1, to: 80, flags: "S", seq: 7 }));
  const view = new DataView(bytes.buffer);
  let records = 0;
  const dissector = createDissector({
    emit: (record: AnyRecord) => void (record.kind === "conn" && record.conn_state === "S0" && records++),
    settings: { ...DEFAULT_SETTINGS, maximumFlows: 200_000 },
    protocols: [],
  });
  const SYNS = 1_000_000;
  for (let i = 0; i < SYNS; i++) {
    view.setUint32(SOURCE_ADDRESS, Math.imul(i, 2654435761));
    dissector.frame(bytes, 0, bytes.length, bytes.length, 1_700_000_000 + i / 100_000, LINKTYPE_ETHERNET);
  }
  const { flows_peak, flow_table_bytes, dropped } = dissector.counters();
  assert.equal(flows_peak, 200_000);
  assert.ok(dropped["flows_evicted"]! > 100_000, "the table was full for most of the time");
  assert.ok(flow_table_bytes < 200_000 * 240, `${flow_table_bytes / 200_000} bytes a flow`);
  dissector.finish();
  assert.equal(records, SYNS);
  assert.equal(dissector.counters().flows_alive, 0);
});

Deno.test("when the table is full, the flow silent for longest makes room", () => {
  const bytes = template(udp({ from: 1, to: 9 }), "x");
  const view = new DataView(bytes.buffer);
  const ended: number[] = [];
  const dissector = createDissector({
    emit: (record) => void (record.kind === "conn" && ended.push(record.orig_p)),
    settings: { ...DEFAULT_SETTINGS, maximumFlows: 3 },
    protocols: [],
  });
  for (const [second, port] of [[0, 1], [1, 2], [2, 3], [3, 1], [4, 4], [5, 5]] as const) {
    view.setUint16(SOURCE_PORT, port);
    dissector.frame(bytes, 0, bytes.length, bytes.length, 1_700_000_000 + second, LINKTYPE_ETHERNET);
  }
  assert.deepEqual(ended, [2, 3]);
});

Deno.test("keys that meet in one place of the index crowd each other out, and every flow alive stays to be found", () => {
  const packet = emptyPacket();
  packet.version = 4;
  packet.source2 = packet.destination2 = 0xffff;
  const table = createFlowTable(4096);
  const home = (source: number) => {
    packet.source3 = source;
    setKey(table, packet, 1, 2, 17, false);
    return table.keyHash & table.mask;
  };
  const colliding: number[] = [];
  for (let source = 1; colliding.length < 200; source++) if (home(source) < 2) colliding.push(source);
  const alive = new Map<number, number>();
  let crowded = 0;
  for (const source of colliding) {
    home(source);
    for (let out = crowdedBy(table); out >= 0; out = crowdedBy(table)) {
      crowded++;
      removeFlow(table, out);
      for (const [key, flow] of alive) if (flow === out) alive.delete(key);
    }
    home(source);
    alive.set(source, addFlow(table));
  }
  assert.ok(crowded > 50);
  assert.equal(table.alive, alive.size);
  for (const [source, flow] of alive) {
    home(source);
    assert.equal(findFlow(table), flow);
  }
  for (const [source, flow] of alive) {
    removeFlow(table, flow);
    home(source);
    assert.equal(findFlow(table), -1);
  }
  assert.ok(table.index.every((place) => place === 0));
});

Deno.test("a flood of odd flows is said a thousand times, then sampled, and all are counted", () => {
  const bytes = template(tcp({ from: 1, to: 80, flags: "S", seq: 7, window: 0, headerWords: 4 }));
  const view = new DataView(bytes.buffer);
  let said = 0;
  const dissector = createDissector({
    emit: (record) => void (record.kind === "weird" && said++),
    settings: DEFAULT_SETTINGS,
    protocols: [],
  });
  for (let i = 0; i < 10_000; i++) {
    view.setUint32(SOURCE_ADDRESS, 0x0a000000 + i);
    dissector.frame(bytes, 0, bytes.length, bytes.length, 1_700_000_000 + i / 1000, LINKTYPE_ETHERNET);
  }
  assert.equal(dissector.counters().weirds["bad_TCP_header_len"], 10_000);
  assert.equal(said, 1000 + 9);
});

Deno.test("flows beyond the number of analyzers allowed are followed without one, and counted", () => {
  const bytes = template(udp({ from: 1, to: 9 }), "x");
  const view = new DataView(bytes.buffer);
  const { protocol, events } = listener("udp");
  const connections: AnyRecord[] = [];
  const dissector = createDissector({
    emit: (record) => connections.push(record),
    settings: { ...DEFAULT_SETTINGS, maximumAnalyzers: 3 },
    protocols: [protocol],
  });
  for (let port = 1; port <= 5; port++) {
    view.setUint16(SOURCE_PORT, port);
    dissector.frame(bytes, 0, bytes.length, bytes.length, 1_700_000_000 + port, LINKTYPE_ETHERNET);
  }
  assert.equal(dissector.counters().in_hand.analyzers, 3);
  dissector.finish();
  assert.deepEqual(events, ["orig 1", "orig 1", "orig 1", "finish", "finish", "finish"]);
  assert.equal(connections.length, 5);
  assert.equal(dissector.counters().dropped["analyzers_refused"], 2);
  assert.equal(dissector.counters().in_hand.analyzers, 0);
});

/** Milliseconds for `count` packets of GRE, each of another tunnel. */
function tunnelsTake(count: number, addresses: (i: number) => [source: number, destination: number]) {
  const bytes = template(gre(), ipv4({ from: "10.1.0.1", to: "10.2.0.1" }), tcp({ from: 1, to: 80, flags: "S" }));
  const view = new DataView(bytes.buffer);
  const dissector = createDissector({ emit() {}, settings: DEFAULT_SETTINGS, protocols: [] });
  let sent = 0;
  const send = (packets: number): number => {
    const began = performance.now();
    for (const end = sent + packets; sent < end; sent++) {
      const [source, destination] = addresses(sent);
      view.setUint32(SOURCE_ADDRESS, source);
      view.setUint32(SOURCE_ADDRESS + 4, destination);
      dissector.frame(bytes, 0, bytes.length, bytes.length, 1_700_000_000 + sent / 100_000, LINKTYPE_ETHERNET);
    }
    return performance.now() - began;
  };
  return { first: send(count), later: send(count), forgotten: dissector.counters().dropped["tunnels_forgotten"]! };
}

Deno.test("GRE from ever new addresses: when no tunnel has room any more, a packet costs no more than before", () => {
  const { first, later, forgotten } = tunnelsTake(10_000, (i) => [Math.imul(i, 2654435761), 0xc0a80132]);
  assert.equal(forgotten, 10_000);
  assert.ok(later < 8 * first + 500, `${first.toFixed()} ms, then ${later.toFixed()} ms`);
});

Deno.test("GRE between addresses that were chosen to look alike to us: few of them are remembered", () => {
  const { first, later, forgotten } = tunnelsTake(10_000, (i) => [i, i ^ 0x12345678]);
  assert.ok(forgotten > 19_900, String(forgotten));
  assert.ok(first + later < 4000, `${first.toFixed()} ms, then ${later.toFixed()} ms`);
});
