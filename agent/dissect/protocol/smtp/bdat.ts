// The argument of BDAT (RFC 3030): how many bytes follow, and whether they are the message's last.

export interface Chunk {
  readonly size: number;
  readonly last: boolean;
}

/** Digits of the largest size that is exact as a number. */
const SIZE_DIGITS = 15;

/** Reads "86" or "86 LAST"; undefined when it says neither. */
export function readChunk(argument: string): Chunk | undefined {
  const parts = /^([0-9]{1,25})( last)?$/i.exec(argument);
  if (parts === null || parts[1]!.length > SIZE_DIGITS) return undefined;
  return { size: Number(parts[1]), last: parts[2] !== undefined };
}
