// Compares the findings of two runs over the same packets, whose clocks differ.

/** What depends on when a packet was stamped: times, ids derived from them, and confidences that follow durations. */
const TIMES = new Set(["ID", "StartTime", "EndTime", "CreateTime", "RelID", "CorrelID", "PredID", "uids"]);

/** One message of alerts.json without its times. */
function timeless(line: string): string {
  const message = JSON.parse(line, (key, value) => TIMES.has(key) ? undefined : value);
  if (typeof message.Note === "string") {
    message.Note = JSON.parse(message.Note, (key, value) => TIMES.has(key) ? undefined : value);
  }
  return JSON.stringify(message);
}

/** The findings that only one of the two runs has, one line each. */
export function differences(live: readonly string[], file: readonly string[]): string[] {
  const left = live.map(timeless).sort();
  const right = new Map<string, number>();
  for (const line of file.map(timeless)) right.set(line, (right.get(line) ?? 0) + 1);
  const only: string[] = [];
  for (const line of left) {
    const count = right.get(line) ?? 0;
    if (count === 0) only.push(`only live: ${line}`);
    else right.set(line, count - 1);
  }
  for (const [line, count] of right) for (let i = 0; i < count; i++) only.push(`only from the file: ${line}`);
  return only;
}
