// Who is blocked, by which sensor, since when, until when, and why.

import type { BlockMeans, StoredBlock } from "../store/store.ts";
import { plainText } from "../export/text.ts";
import { timeSpan, trafficTime } from "../ui/style.ts";
import { tableLines } from "./table.ts";
import { ID_LENGTH, type Sensors } from "./views.ts";

/** How each means is called. */
const MEANS: Readonly<Record<BlockMeans, string>> = { firewall: "firewall", arp: "ARP" };

/** Seconds after which an end is overdue: the clocks of a sensor and of the store differ, and who ends blocks has more to do. */
const OVERDUE_AFTER = 60;

/** Whether it is being kept up, should have been ended, or was. */
function stateOf({ until, ended }: StoredBlock, now: number): "blocked" | "OVERDUE" | "ended" {
  if (ended !== undefined) return "ended";
  return until !== undefined && until + OVERDUE_AFTER < now ? "OVERDUE" : "blocked";
}

const howOf = ({ means }: StoredBlock): string => means.map((one) => MEANS[one]).join(" and ");
const whyOf = ({ alert }: StoredBlock): string => alert === undefined ? "peers" : `alert ${alert.slice(0, ID_LENGTH)}`;

export function blockTable(blocks: readonly StoredBlock[], sensors: Sensors, now: number, width: number): string[] {
  if (blocks.length === 0) {
    return ["No blocks: nobody is, or was, kept from the network. This version tells of attackers and blocks nobody."];
  }
  return tableLines<StoredBlock>(
    [
      { title: "host", text: ({ ip }) => ip },
      { title: "sensor", text: ({ sensor }) => sensors.size === 0 ? "" : sensor },
      { title: "state", text: (one) => stateOf(one, now) },
      { title: "since (UTC)", text: ({ since }) => trafficTime(since) },
      {
        title: "until",
        text: ({ until, ended = until }) => ended === undefined ? "for good" : trafficTime(ended),
      },
      { title: "times", right: true, text: ({ times }) => String(times) },
      { title: "by", text: howOf },
      { title: "why", text: whyOf },
    ],
    blocks,
    width,
  );
}

/** "for good since 2024-03-05 12:00:00 UTC, by firewall, because of alert 1c9f03aa, 3 times so far". */
export function blockText(block: StoredBlock, sensors: Sensors, now: number): string {
  const { since, until, ended, times, sensor } = block;
  const of = sensors.size === 0 ? "" : ` of ${plainText(sensor)}`;
  const state = stateOf(block, now);
  const time = state === "ended"
    ? `until ${trafficTime(ended!)} UTC, for ${timeSpan(Math.max(0, ended! - since))}`
    : until === undefined
    ? `for good since ${trafficTime(since)} UTC`
    : state === "OVERDUE"
    ? `since ${trafficTime(since)} UTC, OVERDUE: it was to end at ${trafficTime(until)}`
    : `since ${trafficTime(since)} until ${trafficTime(until)} UTC`;
  const often = times === 1 ? "" : `, ${times} times so far`;
  return `${time}, by ${howOf(block)}${of}, because of ${whyOf(block)}${often}`;
}
