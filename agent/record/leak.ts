// What the notice of a leak says: a YARA rule has matched what somebody sent in the clear. Made where bytes are looked at,
// read by the detector.

/** `note` of such a notice. */
export const LEAK_NOTE = "Leak::Found";

/** What the rule says of itself, and what it found. */
export interface Leak {
  /** Name of the rule. */
  readonly rule: string;
  /** Its metadata, by name: `evidence`, `threat`, `confidence` (percent), `description`, `secret`. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** What matched, cut and made printable; secrets are masked. */
  readonly excerpt: string;
  /** True when a file was looked at, as it is after unpacking; the bytes of the connection otherwise. */
  readonly inFile: boolean;
  /** Whether who opened the connection sent it. */
  readonly fromOrig: boolean;
}

/** The text of a notice's `sub`. */
export function writeLeak(leak: Leak): string {
  return JSON.stringify(leak);
}

/** What `writeLeak` wrote; undefined for anything else. */
export function readLeak(text: string): Leak | undefined {
  try {
    const leak = JSON.parse(text) as Partial<Leak> | null;
    return typeof leak?.rule === "string" && typeof leak.excerpt === "string" && typeof leak.metadata === "object"
      ? leak as Leak
      : undefined;
  } catch {
    return undefined;
  }
}
