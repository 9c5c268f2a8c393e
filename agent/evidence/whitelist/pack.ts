// Entries as they travel to the threads: one text, a tenth of the size of the objects, which would be copied one by one.

import type { Entry } from "./entry.ts";

/** Entries; plain data. */
export interface PackedEntries {
  /** The files that they stand in. */
  readonly files: readonly string[];
  /** One line an entry, its words separated by tabs. */
  readonly lines: string;
}

/** Packs entries, in their order. */
export function packEntries(entries: readonly Entry[]): PackedEntries {
  const files = new Map<string, number>();
  const lines = entries.map(({ kind, value, subdomains, direction, ignore, file, line, listed }) => {
    let number = files.get(file);
    if (number === undefined) files.set(file, number = files.size);
    return `${kind}\t${value}\t${subdomains}\t${direction}\t${ignore}\t${number}\t${line}\t${listed ? 1 : 0}`;
  });
  return { files: [...files.keys()], lines: lines.join("\n") };
}

/** The entries again. */
export function unpackEntries({ files, lines }: PackedEntries): Entry[] {
  if (lines === "") return [];
  return lines.split("\n").map((text) => {
    const [kind, value, subdomains, direction, ignore, file, line, listed] = text.split("\t");
    return {
      kind,
      value,
      subdomains,
      direction,
      ignore,
      file: files[Number(file)],
      line: Number(line),
      listed: listed === "1",
    } as Entry;
  });
}
