// The progress bar: one line that is written over again. Pure text; the console decides whether there is a terminal.

import { byteSize, counted, grouped, timeSpan } from "./style.ts";

export interface ProgressState {
  /** Bytes of the input handed over, and in all (0 when unknown). */
  done: number;
  size: number;
  packets: number;
  /** Records made or read; told when there are no packets. */
  records: number;
  /** Seconds since the run began. */
  elapsed: number;
  alerts: number;
}

const BAR_CELLS = 24;

/** One line of at most `width` characters. */
export function progressLine(state: ProgressState, width: number): string {
  const { done, size, elapsed, alerts } = state;
  const [count, what] = state.packets > 0 ? [state.packets, "packets"] : [state.records, "records"];
  if (size === 0) {
    // On an interface nobody knows how much is to come.
    const parts = [`${grouped(count)} ${what}`, timeSpan(elapsed), alerts === 0 ? "" : counted(alerts, "alert")];
    return parts.filter((part) => part !== "").join("  ").slice(0, Math.max(0, width));
  }
  const share = size > 0 ? Math.min(1, done / size) : 0;
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)}`;
  const rate = elapsed > 0 ? count / elapsed : 0;
  const left = share > 0.02 ? `${timeSpan(elapsed / share - elapsed)} left` : "";
  const parts = [
    `${bar} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${byteSize(done)} of ${byteSize(size)}`,
    `${grouped(count)} ${what}`,
    `${grouped(rate)}/s`,
    left,
    alerts === 0 ? "" : counted(alerts, "alert"),
  ].filter((part) => part !== "");
  let line = parts[0]!;
  for (const part of parts.slice(1)) {
    if (line.length + 2 + part.length > width) break;
    line += `  ${part}`;
  }
  return line.slice(0, Math.max(0, width));
}
