// What a run says on the terminal: a progress bar and coloured alerts for a person, plain lines for a pipe, one JSON object
// for a program, or nothing. What is wrong always goes to standard error.

import { clockText, confidenceText, firstStep, stageText } from "../export/alert-text.ts";
import { jsonText, plainLines, plainText } from "../export/text.ts";
import type { ProfileAccount } from "../evidence/account.ts";
import type { Alert } from "../evidence/evidence.ts";
import type { Summary } from "../export/summary.ts";
import { accountLines } from "./account.ts";
import { progressLine, type ProgressState } from "./progress.ts";
import { byteSize, counted, createStyle, grouped, timeSpan, trafficTime, wrap } from "./style.ts";

export type ConsoleMode = "terminal" | "plain" | "json" | "quiet";

/** What there is to tell when a run is over. */
export interface Outcome {
  summary: Summary;
  accounts: readonly ProfileAccount[];
  /** The alerts, the first `ALERTS_KEPT` of them. */
  alerts: readonly Alert[];
  output: string;
}

export interface Console {
  started(input: string, size: number, output: string): void;
  progress(state: ProgressState): void;
  alert(alert: Alert): void;
  warning(sentence: string): void;
  /** Something worth knowing that is not wrong. */
  note(sentence: string): void;
  finished(outcome: Outcome): void;
}

/** Where text goes and how wide it is; a seam for tests. */
export interface Screen {
  /** False when nobody reads any more; a run goes on all the same, as its results are in files. */
  out(text: string): boolean;
  err(text: string): boolean;
  columns(): number;
  colour: boolean;
}

/** Milliseconds between two progress lines. */
const PROGRESS_INTERVAL = 200;
const PLAIN_WIDTH = 118;
const ALERT_INDENT = "    ";
const CLEAR_LINE = "\r\x1b[K";
const UTF8 = new TextEncoder();

/** Writes everything; false when nobody reads any more (`| head`). */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): boolean {
  let bytes = UTF8.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/** The process's own standard output and error. */
export function systemScreen(): Screen {
  return {
    out: (text) => writeAll(Deno.stdout, text),
    err: (text) => writeAll(Deno.stderr, text),
    columns: () => Deno.stdout.isTerminal() ? Math.max(40, Deno.consoleSize().columns) : PLAIN_WIDTH,
    colour: Deno.stdout.isTerminal() && !Deno.noColor,
  };
}

/** The console of one run. */
export function createConsole(mode: ConsoleMode, screen: Screen = systemScreen()): Console {
  const style = createStyle(screen.colour && mode === "terminal");
  const talks = mode === "terminal" || mode === "plain";
  let bar = "";
  let lastProgress = -Infinity;

  const clear = (): string => bar === "" ? "" : CLEAR_LINE;

  function print(...lines: string[]): void {
    screen.out(clear() + lines.map((line) => `${line}\n`).join("") + bar);
  }

  return {
    started(input, size, output) {
      if (!talks) return;
      const what = size === 0 ? plainText(input) : `${plainText(input)} (${byteSize(size)})`;
      print(`Analysing ${what}, results in ${plainText(output)}`);
    },
    progress(state) {
      if (mode !== "terminal" || state.elapsed * 1000 - lastProgress < PROGRESS_INTERVAL) return;
      lastProgress = state.elapsed * 1000;
      const line = progressLine(state, screen.columns() - 1);
      screen.out(`${CLEAR_LINE}${line}`);
      bar = line;
    },
    alert(alert) {
      if (!talks) return;
      const { timestamp, profile, hostname, confidence, stages, new_stages, updates } = alert;
      const name = hostname === undefined ? profile : `${plainText(hostname)} (${profile})`;
      const word = style.red(style.bold(updates === undefined ? "ALERT" : "ALERT goes on:"));
      const width = screen.columns();
      print(
        `${trafficTime(timestamp)} ${word} ${style.bold(name)}, confidence ${confidenceText(confidence)}`,
        // Of an update only what is new: the rest stands further up.
        ...stages.filter(({ stage }) => updates === undefined || new_stages.includes(stage)).flatMap((stage) =>
          wrap(`since ${clockText(stage.first, timestamp)} ${stageText(stage)}`, width, ALERT_INDENT)
        ),
        ...wrap(`First: ${firstStep(alert)}.`, width, ALERT_INDENT),
      );
    },
    warning(sentence) {
      const text = plainLines(sentence);
      screen.err(`${clear()}${mode === "terminal" ? style.yellow(text) : text}\n${bar}`);
    },
    note(sentence) {
      if (talks) print(plainLines(sentence));
    },
    finished({ summary, accounts, alerts, output }) {
      if (mode === "json") {
        screen.out(`${jsonText({ summary, hosts: accounts, alerts, output })}\n`);
        return;
      }
      if (!talks) return;
      screen.out(clear());
      bar = "";
      const { traffic, records, evidence, profiles, drops, run } = summary;
      const causes = Object.entries(drops.by_cause).map(([cause, count]) =>
        `${cause.replaceAll("_", " ")} ${grouped(count)}`
      );
      const alerted = `${counted(summary.alerts, "alert")} on ${counted(profiles.with_alerts, "host")}`;
      print(
        ...accountLines(accounts, style, screen.columns()),
        "",
        `${counted(traffic.packets, "packet")} (${byteSize(traffic.bytes)}, ${
          timeSpan(traffic.duration)
        } of traffic), ${counted(records.total, "record")}, ${counted(profiles.total, "host")}, analysed in ${
          timeSpan(run.seconds)
        }.`,
        ...(causes.length === 0 ? [] : [`Not seen or not kept: ${causes.join(", ")}.`]),
        `${counted(evidence.total, "piece")} of evidence, ${
          summary.alerts === 0 ? style.green("no alert") : style.red(alerted)
        }.`,
        `Every finding: ${
          plainText(output)
        }/alerts/alerts.log; for programs: alerts/alerts.json (IDMEFv2) and summary.json.`,
      );
    },
  };
}
