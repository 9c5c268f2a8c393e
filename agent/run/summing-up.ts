// What was found and what was lost, in summary.json; and, in words, what the user has to know about how the run went.

import { dropsOf } from "../drops.ts";
import type { Output } from "../export/output-directory.ts";
import { jsonText } from "../export/text.ts";
import { type Summary, type SummaryInput, summaryOf } from "../export/summary.ts";
import { describeWarning } from "../source/warnings.ts";
import type { StoreCounts } from "../store/messages.ts";
import type { Progress, ThreadReport } from "../threads.ts";
import { VERSION } from "../version.ts";
import type { Verdicts } from "./verdicts.ts";

/** All that the summary is made of. */
export interface Sum {
  readonly report: ThreadReport;
  readonly verdicts: Verdicts;
  readonly progress: Progress;
  readonly input: SummaryInput["input"];
  readonly seconds: number;
  readonly takenUp: SummaryInput["takenUp"];
  readonly stored: StoreCounts | undefined;
  readonly lookups: SummaryInput["lookups"];
  readonly peers: SummaryInput["peers"];
  /** Entries of the whitelists in force, and lines of them that could not be read. */
  readonly whitelist: { readonly entries: number; readonly mistakes: number };
}

/** Writes summary.json and returns what is in it. */
export function writeSummary(output: Output, sum: Sum): Summary {
  const { report, verdicts, progress, whitelist } = sum;
  const counts = verdicts.counts();
  const { disabled, whitelisted } = verdicts.leftOut();
  const summary = summaryOf({
    version: VERSION,
    input: sum.input,
    first: report.first,
    last: report.last,
    runSeconds: sum.seconds,
    takenUp: sum.takenUp,
    packets: progress.packets,
    bytes: progress.bytes,
    records: report.router.records,
    drops: dropsOf(report, counts, disabled, sum.stored),
    profiles: report.router.profiles,
    evidence: counts,
    lookups: sum.lookups,
    peers: sum.peers,
    whitelist: {
      evidence: whitelisted,
      records: report.router.records_whitelisted,
      entries: whitelist.entries,
      mistakes: whitelist.mistakes,
    },
    alerts: counts.alerts,
    profiles_with_alerts: counts.profiles_with_alerts,
    detectors: report.health.map((health) => ({ ...health, hung: report.hung.includes(health.name) })),
    files: output.files(),
  });
  output.replace("summary.json", jsonText(summary, 2));
  return summary;
}

/** Sentences about input that could not be read well, each without its full stop. */
export function inputComplaints({ end }: ThreadReport): string[] {
  return end.warnings.map(describeWarning);
}

/** Sentences about detectors that failed. */
export function detectorComplaints({ health }: ThreadReport): string[] {
  return health.filter(({ failures }) => failures > 0).map(({ name, failures, firstFailure, atRest }) =>
    `Detector ${name} failed ${failures} times (${firstFailure})${
      atRest ? " and was put to rest" : ""
    }. Please report this.`
  );
}
