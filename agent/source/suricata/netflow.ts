// Netflow events, which tell each direction of a flow by itself, put together to one connection. Where flow events are
// written as well, they say the same and more, and these are left alone.

import type { RecordOf } from "../../record/schema.ts";
import type { RecordHandler } from "../record-reader.ts";
import { connectionOf, countOf, type Event, partOf, textOf, timeOf } from "./event.ts";
import { payloadOf, serviceOf, withoutFrames } from "./flow.ts";

/** Events for which one direction waits for the other; Suricata writes both at once, but so do its other threads. Own choice. */
const WAITING_EVENTS = 50;

const SYN = 0x02;
const ACK = 0x10;
const RST = 0x04;

interface Half {
  readonly event: Event;
  /** Number of the event before which it is not handed on alone. */
  readonly until: number;
}

export interface NetflowEvents {
  take(event: Event): void;
  /** One more event of any type. */
  tick(): void;
  end(): void;
}

/** Puts directions together and gives the connections to `onRecord`. */
export function createNetflowEvents(onRecord: RecordHandler): NetflowEvents {
  // In the order of their coming, which is that of their time to go.
  const waiting = new Map<string, Half>();
  let events = 0;

  function handOn(forth: Event, back: Event | undefined): void {
    onRecord(connectionOfHalves(forth, back), Math.max(forth.seen, back?.seen ?? 0));
  }

  return {
    take(event) {
      const key = `${event.uid} ${event.srcIp} ${event.srcPort} ${event.destIp} ${event.destPort}`;
      const reverse = `${event.uid} ${event.destIp} ${event.destPort} ${event.srcIp} ${event.srcPort}`;
      const other = waiting.get(reverse);
      if (other !== undefined) {
        waiting.delete(reverse);
        handOn(other.event, event);
      } else {
        const again = waiting.get(key);
        waiting.delete(key);
        if (again !== undefined) handOn(again.event, undefined);
        waiting.set(key, { event, until: events + WAITING_EVENTS });
      }
    },
    tick() {
      events++;
      for (const [key, { event, until }] of waiting) {
        if (until > events) return;
        waiting.delete(key);
        handOn(event, undefined);
      }
    },
    end() {
      for (const { event } of waiting.values()) handOn(event, undefined);
      waiting.clear();
    },
  };
}

/** The first of both directions that Suricata writes is that of the client. */
function connectionOfHalves(forth: Event, back: Event | undefined): RecordOf<"conn"> {
  const start = timeOf(forth.part["start"]) ?? forth.seen;
  const end = Math.max(
    timeOf(forth.part["end"]) ?? start,
    back === undefined ? start : timeOf(back.part["end"]) ?? start,
  );
  const isIPv6 = forth.srcIp.includes(":");
  const [sent, received] = [forth, back].map((event) => ({
    bytes: countOf(event?.part["bytes"]) ?? 0,
    packets: countOf(event?.part["pkts"]) ?? 0,
  })) as [{ bytes: number; packets: number }, { bytes: number; packets: number }];
  return {
    kind: "conn",
    ...connectionOf(forth),
    ts: start,
    proto: forth.proto,
    service: serviceOf(textOf(forth, forth.object["app_proto"])),
    duration: Math.round((end - start) * 1e6) / 1e6,
    orig_bytes: payloadOf(sent.bytes, sent.packets, forth.proto, isIPv6),
    resp_bytes: payloadOf(received.bytes, received.packets, forth.proto, isIPv6),
    conn_state: stateOf(forth, back),
    orig_pkts: sent.packets,
    orig_ip_bytes: withoutFrames(sent.bytes, sent.packets),
    resp_pkts: received.packets,
    resp_ip_bytes: withoutFrames(received.bytes, received.packets),
  };
}

/** Zeek's word for what the directions tell: whether somebody answered, and whether with a refusal. */
function stateOf(forth: Event, back: Event | undefined): string {
  if (back === undefined || countOf(back.part["pkts"]) === 0) return "S0";
  if (forth.proto !== "tcp") return "SF";
  const flags = Number.parseInt(textOf(back, partOf(back.object, "tcp")["tcp_flags"]) ?? "", 16);
  if (Number.isNaN(flags)) return "SF";
  return (flags & (SYN | ACK)) === (SYN | ACK) ? "SF" : (flags & RST) !== 0 ? "REJ" : "OTH";
}
