// The final account: for every host with an alert what it did, in which order, with the evidence that mattered.

import { plainText } from "../export/text.ts";
import { knownText } from "../export/known-text.ts";
import { confidenceText, firstStep, scoreText } from "../export/alert-text.ts";
import { type ProfileAccount, stagesOf, type TypeAccount, type WindowAccount } from "../evidence/account.ts";
import { STAGE_NAMES } from "../evidence/stages.ts";
import { counted, grouped, type Style, trafficTime, wrap } from "./style.ts";

/** Findings shown per window; the rest is named and counted in one line. */
const FINDINGS_SHOWN = 12;
/** Hosts told in full; the rest is counted. */
const HOSTS_SHOWN = 20;
const INDENT = "    ";

/** The account as lines of about `width` characters. */
export function accountLines(accounts: readonly ProfileAccount[], style: Style, width: number): string[] {
  const lines = accounts.slice(0, HOSTS_SHOWN).flatMap((account) => hostLines(account, style, width));
  const more = accounts.length - HOSTS_SHOWN;
  if (more > 0) {
    lines.push(`and ${counted(more, "more host", "more hosts")} with alerts: see alerts/alerts.log`);
  }
  return lines;
}

function hostLines({ profile, hostname, alerts, windows }: ProfileAccount, style: Style, width: number): string[] {
  const name = hostname === undefined ? profile : `${plainText(hostname)} (${profile})`;
  return [
    "",
    `${style.red(style.bold(name))}: ${counted(alerts, "alert")}`,
    ...windows.flatMap((window) => windowLines(window, style, width)),
    ...wrap(
      `First: ${firstStep({ profile, stages: windows.flatMap(({ evidence }) => stagesOf(evidence)) })}.`,
      width,
      "  ",
    ),
  ];
}

function windowLines(
  { window, start, end, alerts, confidence, evidence }: WindowAccount,
  style: Style,
  width: number,
): string[] {
  const until = Number.isFinite(end) ? ` to ${trafficTime(end).slice(11)}` : "";
  const head = `  window ${window}, ${trafficTime(start)}${until} UTC: ${grouped(alerts)} ${
    alerts === 1 ? "alert" : "alerts"
  }, confidence ${confidenceText(confidence)}`;
  // What counted towards the alert comes first into the selection; then all is told in the order of time.
  const weighty = [...evidence].filter(({ total }) => total > 0).sort((a, b) => b.total - a.total).slice(
    0,
    FINDINGS_SHOWN,
  );
  const shown = new Set(weighty);
  const rest = evidence.filter((finding) => !shown.has(finding));
  return [
    style.dim(head),
    ...evidence.filter((finding) => shown.has(finding)).flatMap((finding) => findingLines(finding, style, width)),
    ...(rest.length === 0
      ? []
      : wrap(`also: ${rest.map(({ type, count }) => `${words(type)} ×${grouped(count)}`).join(", ")}`, width, INDENT)
        .map(
          style.dim,
        )),
  ];
}

function findingLines(
  { type, stage, count, first, last, total, example, other }: TypeAccount,
  style: Style,
  width: number,
): string[] {
  const span = count === 1 || last - first < 1 ? "" : ` until ${trafficTime(last).slice(11)}`;
  const times = count === 1 ? "" : ` ×${grouped(count)}`;
  const known = other === undefined ? undefined : knownText(other);
  return [
    `  ${trafficTime(first).slice(11)} ${style.bold(words(type))}${times}${
      style.dim(`${span}, ${STAGE_NAMES[stage].name}, weight ${scoreText(total)}`)
    }`,
    ...wrap(plainText(example), width, INDENT),
    ...(known === undefined ? [] : wrap(known, width, INDENT).map(style.dim)),
  ];
}

/** "vertical_port_scan" as "vertical port scan". */
function words(type: string): string {
  return type.replaceAll("_", " ");
}
