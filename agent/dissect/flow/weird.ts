// `weird` records: oddities by Zeek's names, folded so that no traffic can make many of them. About a flow, each name is
// said once; about all flows together, and about packets without a flow, a name is said often at first and then sampled
// (as Zeek's Weird::sampling_threshold, sampling_rate and sampling_duration). All are counted.

import type { RecordOf } from "../../record/schema.ts";
import type { Packet } from "../packet.ts";
import { addressText } from "./addresses.ts";
import { attach } from "./attached.ts";
import { viewOf } from "./connection.ts";
import type { Flows } from "./flows.ts";

/** Said of a name before sampling starts, about packets without a flow: Zeek's Weird::sampling_threshold. */
const THRESHOLD = 25;
/** The same about flows. Zeek keeps no such count over all flows; this one keeps a flood of odd flows bounded. */
const FLOW_THRESHOLD = 1000;
/** One in so many is said after that: Zeek's Weird::sampling_rate. */
const RATE = 1000;
/** Seconds after which the counts for sampling start anew: Zeek's Weird::sampling_duration. */
const PERIOD = 600;
/** Names counted; analyzers could be made to invent them. */
const MAXIMUM_NAMES = 1000;
/** Names remembered for one flow. */
const MAXIMUM_NAMES_PER_FLOW = 32;
const OTHER_NAMES = "other_weird";

/** Zeek's weird.zeek ignores these by default: they are part of everyday traffic. They are counted all the same. */
const EVERYDAY: ReadonlySet<string> = new Set([
  "FIN_after_reset",
  "RST_with_data",
  "spontaneous_FIN",
  "spontaneous_RST",
  "unsolicited_SYN_response",
  "truncated_tcp_payload",
  "window_recision",
]);

interface Count {
  total: number;
  inPeriod: number;
  periodStart: number;
}

export type WeirdFilter = Map<string, Count>;

/** Counts the name. */
function countName(weirds: WeirdFilter, name: string, now: number): Count {
  let count = weirds.get(name);
  if (count === undefined) {
    if (weirds.size >= MAXIMUM_NAMES && name !== OTHER_NAMES) return countName(weirds, OTHER_NAMES, now);
    weirds.set(name, count = { total: 0, inPeriod: 0, periodStart: now });
  }
  count.total++;
  return count;
}

/** Whether this one is to be said. */
function isSaid(count: Count, now: number, threshold: number): boolean {
  if (now - count.periodStart >= PERIOD) {
    count.periodStart = now;
    count.inPeriod = 0;
  }
  count.inPeriod++;
  return count.inPeriod <= threshold || (count.inPeriod - threshold) % RATE === 0;
}

/** Says something odd about a flow. */
export function weirdOfFlow(flows: Flows, flow: number, name: string, addl?: string): void {
  const count = countName(flows.weirds, name, flows.now);
  if (EVERYDAY.has(name)) return;
  const before = flows.table.attached[flow]?.weirds;
  if (before !== undefined && (before.has(name) || before.size >= MAXIMUM_NAMES_PER_FLOW)) return;
  // Only what is said is remembered, so that a flood of odd flows costs no memory either.
  if (!isSaid(count, flows.now, FLOW_THRESHOLD)) return;
  (attach(flows.table, flow).weirds ??= new Set()).add(name);
  const { uid, orig_h, orig_p, resp_h, resp_p } = viewOf(flows.table, flow);
  flows.emit(weirdRecord(flows.now, name, addl, { uid, orig_h, orig_p, resp_h, resp_p }));
}

/** Says something odd about a packet that belongs to no flow. */
export function weirdOfPacket(flows: Flows, packet: Packet | undefined, name: string, addl: string): void {
  if (!isSaid(countName(flows.weirds, name, flows.now), flows.now, THRESHOLD)) return;
  flows.emit(weirdRecord(flows.now, name, addl, packet === undefined ? {} : endsOfPacket(packet)));
}

function endsOfPacket(packet: Packet): Partial<RecordOf<"weird">> {
  const { version } = packet;
  const source = [packet.source0, packet.source1, packet.source2, packet.source3];
  const destination = [packet.destination0, packet.destination1, packet.destination2, packet.destination3];
  return { orig_h: addressText(source, 0, version), resp_h: addressText(destination, 0, version) };
}

function weirdRecord(
  ts: number,
  name: string,
  addl: string | undefined,
  ends: Partial<RecordOf<"weird">>,
): RecordOf<"weird"> {
  return { kind: "weird", ts, ...ends, name, addl: addl === "" ? undefined : addl, notice: false };
}
