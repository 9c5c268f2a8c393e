// Everything that a run dropped, forgot or could not read, by cause: the honest part of the summary.

import type { ScoreCounts } from "./evidence/scorer.ts";
import type { StoreCounts } from "./store/messages.ts";
import type { ThreadReport } from "./threads.ts";

/** Causes with a count above zero, by name. */
export function dropsOf(
  report: ThreadReport,
  scored: ScoreCounts,
  disabledEvidence: number,
  stored: StoreCounts | undefined,
): Record<string, number> {
  const drops: Record<string, number> = {
    ...report.dissector.dropped,
    packets_dropped_by_kernel: report.captured.reduce((sum, { drops }) => sum + drops, 0),
    blocks_damaged: report.intake?.damaged ?? 0,
    input_not_readable: report.end.counters.broken,
    input_ahead_of_other_logs: report.end.early,
    ...Object.fromEntries(
      Object.entries(report.end.counters.ignored).map(([name, count]) => [`input_ignored_${name}`, count]),
    ),
    records_not_stored: report.recordsNotKept + (stored?.records_not_stored ?? 0),
    findings_not_stored: stored?.findings_not_stored ?? 0,
    findings_in_journal: stored?.findings_in_journal ?? 0,
    shares_not_judged: report.sharesNotJudged,
    profiles_forgotten: report.router.profiles_forgotten,
    evidence_disabled: disabledEvidence,
    evidence_told_again: scored.duplicates,
    scored_profiles_forgotten: scored.profiles_forgotten,
    scored_windows_forgotten: scored.windows_forgotten,
    evidence_ids_forgotten: scored.evidence_ids_forgotten,
    questions_unanswered: report.engines.reduce((sum, counters) => sum + (counters.questions_unanswered ?? 0), 0),
    detector_failures: report.health.reduce((sum, { failures }) => sum + failures, 0),
  };
  // Every worker holds the same picture of the network: what one forgot all forgot.
  const { profiles: _profiles, timers: _timers, questions_unanswered: _questions, ...forgotten } = report.engines[0] ??
    {};
  for (const [table, count] of Object.entries(forgotten)) drops[`${table}_forgotten`] = count;
  return Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0));
}
