// Compares the findings of two runs over the same packets, whose clocks differ.

/**
 * What depends on when a packet was stamped: times, ids derived from them, and the score by then, as connections that end
 * at nearly the same time may end in another order.
 */
const TIMES =
  /^(ID|StartTime|EndTime|CreateTime|RelID|CorrelID|PredID|.*uids?|accumulated_threat_level|first|last|since|.*time.*)$/;

/** One message of alerts.json without its times. */
function timeless(line: string): string {
  const message = JSON.parse(line, (key, value) => TIMES.test(key) ? undefined : value);
  if (typeof message.Note === "string") {
    message.Note = JSON.parse(message.Note, (key, value) => TIMES.test(key) ? undefined : value);
  }
  return JSON.stringify(message);
}

/** The findings that only one of the two runs has, one line for each type. */
export function differences(live: readonly string[], file: readonly string[]): string[] {
  const balance = new Map<string, number>();
  for (const line of live.map(timeless)) balance.set(line, (balance.get(line) ?? 0) + 1);
  for (const line of file.map(timeless)) balance.set(line, (balance.get(line) ?? 0) - 1);
  const kinds = new Map<string, { count: number; example: string }>();
  for (const [line, count] of balance) {
    if (count === 0) continue;
    const { Note, Status, Description = "" } = JSON.parse(line);
    const kind = `only ${count > 0 ? "live" : "from the file"}: ${Note?.type ?? Status}`;
    const known = kinds.get(kind) ?? { count: 0, example: Description };
    kinds.set(kind, { ...known, count: known.count + Math.abs(count) });
  }
  return [...kinds].map(([kind, { count, example }]) => `${kind}, ${count} times, for instance: ${example}`);
}
