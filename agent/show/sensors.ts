// Who watches: the sensors of a store, and whether they still do; and the agents that they know on their networks.

import type { StoredPeer, StoredRun, StoredSensor } from "../store/store.ts";
import { grouped, timeSpan, trafficTime } from "../ui/style.ts";
import { tableLines } from "./table.ts";

/** Whether a sensor watches, has come to its end, or says nothing though it has not. */
export type StateOfSensor = "watching" | "ended" | "silent";

/** Seconds without a word after which a sensor is silent: it says every ten that it is there. */
const SILENT_AFTER = 60;

export function stateOf({ run, last }: StoredSensor, runs: readonly StoredRun[], now: number): StateOfSensor {
  if (runs.find(({ id }) => id === run)?.ended !== undefined) return "ended";
  return now - last > SILENT_AFTER ? "silent" : "watching";
}

/** A line of `show sensors`. */
export interface SensorLine extends StoredSensor {
  readonly state: StateOfSensor;
  /** Of the run that it is in, or was in last: Unix seconds of the clock. */
  readonly began: number;
  /** Without updates of alerts; `isMore` when older ones were not counted. */
  readonly alerts: number;
  readonly isMore: boolean;
}

/** Alerts, and updates of alerts, that are looked through. */
export const ALERTS_COUNTED = 10_000;

export function sensorTable(sensors: readonly SensorLine[], now: number, width: number): string[] {
  if (sensors.length === 0) return ["No sensor has written to this store."];
  return tableLines<SensorLine>(
    [
      { title: "sensor", text: ({ name }) => name },
      { title: "state", text: ({ state }) => state === "silent" ? "SILENT" : state },
      { title: "heard of", text: ({ last }) => `${timeSpan(Math.max(0, now - last))} ago` },
      {
        title: "alerts",
        right: true,
        text: ({ alerts, isMore }) => `${grouped(alerts)}${isMore ? "+" : ""}`,
      },
      { title: "since (UTC)", text: ({ began }) => trafficTime(began) },
      { title: "version", text: ({ version }) => version },
      { title: "what", text: ({ input }) => input },
    ],
    sensors,
    width,
  );
}

export function peerTable(peers: readonly StoredPeer[], now: number, width: number): string[] {
  if (peers.length === 0) return ["No peers: no sensor of this store has met another agent (docs/peers.md)."];
  const several = new Set(peers.map(({ sensor }) => sensor)).size > 1;
  return tableLines<StoredPeer>(
    [
      { title: "sensor", text: ({ sensor }) => several ? sensor : "" },
      { title: "trust", right: true, text: ({ trust }) => trust.toFixed(2) },
      { title: "address", text: ({ address }) => address },
      {
        title: "state",
        text: ({ connected, since }) =>
          `${connected ? "connected for" : "last heard of"} ${timeSpan(Math.max(0, now - since))}${
            connected ? "" : " ago"
          }`,
      },
      { title: "peer", text: ({ peer }) => peer },
    ],
    peers,
    width,
  );
}
