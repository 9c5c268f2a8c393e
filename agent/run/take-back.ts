// What an earlier run has told is taken back by one that goes on with it: the scorer scores it again, and who has not heard
// of it hears of it now. That is decided by count: all were told in the same order.

import { join } from "node:path";
import { linesFrom } from "../export/append.ts";
import { isoTime } from "../export/text.ts";
import type { Keeping } from "../keeping.ts";
import type { Mark } from "../resume/told.ts";
import type { Resume } from "../resume.ts";
import type { ThreadEvents } from "../threads.ts";
import { counted } from "../ui/style.ts";
import type { Verdicts } from "./verdicts.ts";

const LOG = "alerts/alerts.log";
const JSON_LOG = "alerts/alerts.json";

/** Bytes that the files have in which everything is told; to be asked when all was handed to the system. */
export function sizesIn(output: string): Mark["sizes"] {
  return Object.fromEntries([LOG, JSON_LOG].map((name) => [name, sizeOf(join(output, name))]));
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    // Somebody has put it aside; whoever goes on begins a new one.
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** How many of what was told a file has: what it had by the mark, and a line for each since. */
function toldIn(output: string, name: string, mark: Mark | undefined): number {
  // Another directory has none of it, and is to have none.
  if (mark === undefined) return Infinity;
  return mark.told + linesFrom(join(output, name), mark.sizes[name] ?? 0);
}

/** How many of what was told each file of results has; to be asked before anything is written to them. */
export function toldInFiles(output: string, { takenUp }: Resume): { log: number; json: number } {
  return { log: toldIn(output, LOG, takenUp?.mark), json: toldIn(output, JSON_LOG, takenUp?.mark) };
}

/** Takes back what the earlier run has told. */
export function takeBack(
  { told }: Resume,
  has: { readonly log: number; readonly json: number },
  keeping: Keeping | undefined,
  verdicts: Verdicts,
): void {
  let { evidence, alerts } = told.forgotten;
  for (const telling of told.past) {
    if ("evidence" in telling) evidence++;
    else if ("alert" in telling) alerts++;
    const isStored = "evidence" in telling
      ? evidence <= (keeping?.before.evidence ?? Infinity)
      : alerts <= (keeping?.before.alerts ?? Infinity);
    const place = evidence + alerts;
    verdicts.recall(telling, {
      log: place > has.log,
      json: place > has.json,
      listeners: isStored || keeping === undefined ? [] : [keeping],
    });
  }
  verdicts.recalled();
  told.forgetPast();
}

/** What the threads tell, but for what was told before the restart. */
export function onlyNews(resume: Resume | undefined, verdicts: Verdicts): Pick<ThreadEvents, "evidence" | "repeat"> {
  if (resume === undefined) return { evidence: verdicts.evidence, repeat: verdicts.repeat };
  const { news } = resume;
  return {
    evidence(evidence, clock) {
      const fresh = news.evidence(evidence, clock);
      if (fresh !== undefined) verdicts.evidence(fresh, clock);
    },
    repeat(repeat, clock) {
      if (news.isNews(repeat, clock)) verdicts.repeat(repeat, clock);
    },
  };
}

/** What was taken up, in a sentence. */
export function describeTakenUp(
  { run, takenUp }: Resume,
  { records, hosts, seconds }: { readonly records: number; readonly hosts: number; readonly seconds: number },
): string {
  const time = (at: number): string => `${isoTime(at).slice(0, 16).replace("T", " ")} UTC`;
  const gone = Math.max(0, Date.now() / 1000 - seconds - takenUp!.ended);
  const since = Number.isFinite(takenUp!.from) ? ` since ${time(takenUp!.from)}` : "";
  return `The run of ${time(run.began)} goes on, interrupted for ${duration(gone)}: ${
    counted(hosts, "host")
  }, judged again by ` +
    `${counted(records, "record")}${since} in ${seconds.toFixed(1)} s.`;
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
