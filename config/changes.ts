// What two configurations differ in, and which of it a run can take over while it goes on.

import { type Configuration, SECTIONS } from "./schema.ts";

/** Settings that count from the moment they are read anew; all others are looked at only when a run begins. */
const AT_ONCE: ReadonlySet<string> = new Set([
  "detection.sensitivity",
  "detection.evidence_detection_threshold",
  "detection.disabled_detectors",
  "detection.disabled_evidence",
  "capture.filter",
]);

/** Names of settings that changed, "detection.disabled_evidence" or "detectors.port-scan.hosts". */
export interface Changes {
  /** Those that a run takes over. */
  readonly atOnce: readonly string[];
  /** Those that count only from the next run on. */
  readonly atRestart: readonly string[];
}

/** What has changed from one configuration to the other. */
export function changesBetween(before: Configuration, after: Configuration): Changes {
  const atOnce: string[] = [];
  const atRestart: string[] = [];
  const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  for (const [section, { settings }] of Object.entries(SECTIONS)) {
    const [old, now] = [before, after].map((one) =>
      (one as unknown as Record<string, Record<string, unknown>>)[section]!
    );
    for (const name of Object.keys(settings)) {
      const full = `${section}.${name}`;
      if (differ(old![name], now![name])) (AT_ONCE.has(full) ? atOnce : atRestart).push(full);
    }
  }
  for (const [detector, settings] of Object.entries(after.detectors)) {
    for (const [name, value] of Object.entries(settings)) {
      if (differ(before.detectors[detector]?.[name], value)) atOnce.push(`detectors.${detector}.${name}`);
    }
  }
  // A detector that did not run from the beginning has seen nothing of what it would judge by.
  const switchedOn = before.detection.disabled_detectors.filter((name) =>
    !after.detection.disabled_detectors.includes(name)
  );
  return { atOnce, atRestart: [...atRestart, ...switchedOn.map((name) => `the detector ${name}`)] };
}

/** What a run says when it has read its configuration anew, a sentence. */
export function describeChanges({ atOnce, atRestart }: Changes): string {
  if (atOnce.length + atRestart.length === 0) return "The configuration was read again; nothing has changed in it.";
  const now = atOnce.length === 0 ? "" : ` In force now: ${atOnce.join(", ")}.`;
  const later = atRestart.length === 0 ? "" : ` Only after a restart: ${atRestart.join(", ")}.`;
  return `The configuration was read again.${now}${later}`;
}
