// What is said of files that are not read.

/** A file that is left alone, and why, as the middle of a sentence. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
  /** It is nothing to wonder about, such as a log of Zeek's about itself. */
  readonly isUsual: boolean;
}

/** Names told in one sentence; the others are counted. */
const NAMES_TOLD = 3;

/** One sentence for each reason: "a.pcap, b.pcap and 3 more are left out: the folder is read as logs of zeek". */
export function describeLeftOut(files: readonly LeftOut[]): { readonly sentence: string; readonly isUsual: boolean }[] {
  const byReason = new Map<string, LeftOut[]>();
  for (const file of files) {
    const same = byReason.get(file.reason);
    if (same === undefined) byReason.set(file.reason, [file]);
    else same.push(file);
  }
  return [...byReason].map(([reason, same]) => {
    const names = same.slice(0, NAMES_TOLD).map(({ name }) => name).join(", ");
    const more = same.length > NAMES_TOLD ? ` and ${(same.length - NAMES_TOLD).toLocaleString("en-GB")} more` : "";
    return {
      sentence: `${names}${more} ${same.length === 1 ? "is" : "are"} left out: ${reason}.`,
      isUsual: same.every(({ isUsual }) => isUsual),
    };
  });
}
