// Colours and widths of the terminal.

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

const ESCAPE = "\x1b[";

function colour(code: number, enabled: boolean): (text: string) => string {
  return enabled ? (text) => `${ESCAPE}${code}m${text}${ESCAPE}0m` : (text) => text;
}

/** Colours (ECMA-48 select graphic rendition), or none. */
export function createStyle(enabled: boolean): Style {
  return {
    bold: colour(1, enabled),
    dim: colour(2, enabled),
    red: colour(31, enabled),
    yellow: colour(33, enabled),
    green: colour(32, enabled),
  };
}

/** 1234567 as "1,234,567". */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-GB");
}

/** "1 host", "2,000 hosts". */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}

/** Bytes with a decimal unit: "1.5 MB". */
export function byteSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Seconds as "42 s", "3 min 05 s", "1 h 20 min". */
export function timeSpan(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A time of the traffic, UTC: "2024-02-08 15:16:39". */
export function trafficTime(seconds: number): string {
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ") : "?";
}

/** Text as lines of about `width` characters that begin with `indent`. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line.length === indent.length ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
