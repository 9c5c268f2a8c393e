// `smartshield dissect`: the records of a capture as they come, as JSON lines; nothing is judged.

import { DEFAULT_SETTINGS } from "./dissect/flow/settings.ts";
import { jsonText } from "./export/text.ts";
import { zeekJsonLine } from "./export/zeek-log.ts";
import { damageOf } from "./source/damage.ts";
import { type AnyRecord, type Kind, zeekFieldName } from "./record/schema.ts";
import { feed } from "./source/feed.ts";
import { openInput } from "./source/open.ts";
import { startThreads } from "./threads.ts";

export interface DissectOptions {
  input: string;
  /** Kinds to print; all when empty. */
  kinds: readonly Kind[];
  /** Fields to print, by our name or Zeek's; all when empty. */
  fields: readonly string[];
}

/**
 * Prints the records of a capture, each as one JSON object with its kind, through `print`.
 * @returns a sentence on what is wrong with the capture; undefined for a sound one.
 * @throws {InputError} when the file cannot be used at all.
 */
export async function dissectFile(options: DissectOptions, print: (text: string) => void): Promise<string | undefined> {
  // Nothing here needs foreign functions.
  Deno.permissions.revokeSync({ name: "ffi" });
  const kinds = new Set<Kind>(options.kinds);
  const input = await openInput(options.input);
  const threads = startThreads({
    streams: input.streams,
    router: { workers: 0, direction: "out", profiles: 1, clientIps: [] },
    dissector: DEFAULT_SETTINGS,
    detectors: {},
    detectorNames: [],
    disabled: [],
    windowWidth: Infinity,
    live: false,
    keepRecords: true,
    hangSeconds: Infinity,
  }, {
    evidence: () => {},
    progress: () => {},
    warning: () => {},
    records(records) {
      let text = "";
      for (const record of records) {
        if (kinds.size === 0 || kinds.has(record.kind)) text += `${recordLine(record, options.fields)}\n`;
      }
      if (text !== "") print(text);
    },
  });
  try {
    await feed(input, threads, () => false, () => {});
    const { end } = await threads.finish();
    const damage = damageOf(input.name, end);
    return damage;
  } finally {
    threads.stop();
    input.close();
  }
}

/** A record as one line of JSON: its kind, then Zeek's fields, or those asked for. */
function recordLine(record: AnyRecord, fields: readonly string[]): string {
  const line = zeekJsonLine(record);
  if (fields.length === 0) return `{"kind":${JSON.stringify(record.kind)},${line.slice(1)}`;
  const all = JSON.parse(line) as Record<string, unknown>;
  const chosen: Record<string, unknown> = { kind: record.kind };
  for (const field of fields) {
    const name = zeekFieldName(record.kind, field);
    if (all[name] !== undefined) chosen[name] = all[name];
  }
  return jsonText(chosen);
}
