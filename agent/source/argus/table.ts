// Lines that ra(1) writes for people, when no separator is asked for: columns filled up with blanks, flags with blanks among
// them, and an address with its port as one word, "192.0.2.1.53". The arrow is the place by which the others are found.

import { addressOf } from "../numbers.ts";
import type { Column } from "./columns.ts";
import type { Texts } from "./flow.ts";

const ARROW = /^(?:[<|]?[-?][>|]?|who)$/;
/** Words of a line that are looked at. */
const MAXIMUM_WORDS = 100;

/** The texts of a line by what they hold, or what is wrong with it. */
export function tableTexts(line: string, columns: readonly (Column | undefined)[]): Texts | string {
  const words = line.trim().split(/\s+/, MAXIMUM_WORDS);
  // "2024/05/06 12:00:00.5" is one value.
  if (/^\d{4}[-/]\d\d[-/]\d\d$/.test(words[0] ?? "")) words.splice(0, 2, `${words[0]} ${words[1]}`);
  const texts: Texts = {};
  const arrowColumn = columns.indexOf("direction");
  const arrow = words.findIndex((word) => ARROW.test(word));
  // What Argus says of itself has no arrow.
  if (words.includes("man")) return { ...texts, proto: "man" };
  if (arrowColumn < 0 || arrow < 0) return "has no arrow between source and destination; write columns with ra -c ,";
  texts.direction = words[arrow]!;
  const before = takeEnd(columns.slice(0, arrowColumn), words.slice(0, arrow), "source", texts);
  const after = takeEnd(columns.slice(arrowColumn + 1), words.slice(arrow + 1), "destination", texts);
  // Flags are between one and four words, or none; what stands before them is found from the left, what after from the right.
  const flags = before.columns.indexOf("flags");
  const left = flags < 0 ? before.columns.length : flags;
  for (let i = 0; i < left; i++) put(texts, before.columns[i], before.words[i]);
  for (let i = 1; flags >= 0 && i < before.columns.length - flags; i++) {
    put(texts, before.columns.at(-i), before.words.at(-i));
  }
  // A column that is empty leaves no trace: with fewer words than columns nobody can tell which is which.
  if (after.words.length === after.columns.length) {
    for (const [i, column] of after.columns.entries()) put(texts, column, after.words[i]);
  }
  const isShortened = texts.source?.endsWith("*") || texts.destination?.endsWith("*");
  return isShortened && texts.proto !== "arp" ? "has shortened addresses; write columns with ra -c ," : texts;
}

function put(texts: Texts, column: Column | undefined, word: string | undefined): void {
  if (column !== undefined && word !== undefined) texts[column] = word;
}

/** Takes the word of an end, next to the arrow, out of the words, and its columns out of the columns. */
function takeEnd(
  columns: readonly (Column | undefined)[],
  words: readonly string[],
  end: "source" | "destination",
  texts: Texts,
): { columns: readonly (Column | undefined)[]; words: readonly string[] } {
  const word = (end === "source" ? words.at(-1) : words[0]) ?? "";
  const { host, port } = endOf(word);
  texts[end] = host;
  if (port !== undefined) texts[end === "source" ? "sourcePort" : "destinationPort"] = port;
  const isOther = (column: Column | undefined) => column !== end && column !== `${end}Port`;
  return {
    columns: columns.filter(isOther),
    words: end === "source" ? words.slice(0, -1) : words.slice(1),
  };
}

/** "192.0.2.1.53", "fe80::1.mdns", "192.0.2.1". */
function endOf(word: string): { host: string; port: string | undefined } {
  if (addressOf(word) !== undefined) return { host: word, port: undefined };
  const parts = word.split(".");
  const at = word.includes(":") ? word.indexOf(".") : parts.slice(0, 4).join(".").length;
  return at <= 0 || at >= word.length ? { host: word, port: undefined } : {
    host: word.slice(0, at),
    port: word.slice(at + 1),
  };
}
