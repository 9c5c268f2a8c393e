// Lines of JSON objects, as Zeek and Suricata write them: cut, decoded and parsed, whatever is wrong with some of them.

import { createLineSplitter, type LineSplitter } from "./lines.ts";
import type { InputCounters } from "./record-reader.ts";
import { decodeLine, decodeMixed, hasForeignBytes } from "./text.ts";
import type { Warnings } from "./warnings.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Takes one object. `escaped` says that its line holds an escape or a control character of Latin-1, so that its texts may
 * hold control characters. Returns what is wrong with it, one of a fixed set of texts.
 */
export type ObjectHandler = (object: JsonObject, escaped: boolean) => string | undefined;

/** A splitter that parses every line; counts and warns of those that are broken. */
export function createJsonLines(
  file: string,
  onObject: ObjectHandler,
  counters: InputCounters,
  warnings: Warnings,
): LineSplitter {
  function broken(line: number, reason: string): void {
    counters.broken++;
    warnings.warn(file, "line", line, reason);
  }

  return createLineSplitter((bytes, start, end, line) => {
    let text = decodeLine(bytes, start, end);
    if (hasForeignBytes(text)) {
      const mixed = decodeMixed(bytes, start, end, "\\\\");
      if (mixed !== text) {
        warnings.warn(file, "line", line, "is not all UTF-8; the bytes that are not were kept as \\xNN");
      }
      text = mixed;
    }
    if (text.trim() === "") return;
    counters.read++;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return broken(line, text.includes("\0") ? "holds NUL bytes" : "is no JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return broken(line, "is no JSON object");
    const wrong = onObject(value as JsonObject, mayHoldControls(text, end - start));
    if (wrong !== undefined) broken(line, wrong);
  }, (line) => {
    counters.read++;
    broken(line, "is too long to be read");
  });
}

/**
 * JSON has controls escaped, but for DEL and those of Latin-1, which are no ASCII: where there is no backslash, no DEL and as
 * many characters as bytes, there is none. Three scans by the runtime, which a pattern over every line would not match.
 */
function mayHoldControls(text: string, bytes: number): boolean {
  return text.includes("\\") || text.length !== bytes || text.includes("\x7f");
}
