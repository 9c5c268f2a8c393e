// Looks for leaks in batches of pieces with YARA-X. Rules that only ask for something to be there are tried on a whole
// batch at once; where anything of theirs is found, the piece is looked at alone. Rules that ask for something not to be
// there, or for a place or a size, would mean something else of a batch: they are tried on each piece.

import { Compiler, type Rules, type Scanner } from "@virustotal/yara-x";
import type { Hit, RuleFile, ScanBatch } from "./messages.ts";

/** Pieces of one batch looked at alone. Own choice: each costs some milliseconds, and leaks are rare. */
export const ALONE_LIMIT = 64;
/** Matches of one pattern that are asked for: enough to name all pieces of a batch that hold it. */
const MATCHES_PER_PATTERN = 4 * ALONE_LIMIT;
/** Characters of what matched that are shown, and what is left of a secret. */
const EXCERPT_LENGTH = 80;
const SECRET_SHOWN = 4;
/** Words of the YARA language by which a condition depends on more than on what is there, and anchors in expressions. */
const MORE_THAN_PRESENCE =
  /\b(not|none|filesize|entrypoint|at|in|for|defined|import|include|u?int(8|16|32)(be)?)\b|[#@!]\w|[<>]=?|!=/;

/** The part of YARA-X's answer that is read. */
interface Result {
  readonly matches: readonly {
    readonly identifier: string;
    readonly metadata: readonly { readonly identifier: string; readonly value: string | number | boolean }[];
    readonly patterns: readonly { readonly matches: readonly { readonly offset: number; readonly length: number }[] }[];
  }[];
}

/** What was found in a batch. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly notScanned: number;
  /** What the engine said where it failed at a piece, if it did. */
  readonly problem: unknown;
}

/** Compiled rules. */
export interface Search {
  /** @throws what the engine throws at a whole batch, and whenever it is broken. */
  scan(batch: ScanBatch): Found;
}

/** Whether an exception leaves the engine unusable: after a trap or an exhausted stack its memory cannot be trusted. */
export function isBreakdown(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

/**
 * Why a file of rules cannot be used; undefined when it can. One sentence.
 * @throws when the engine breaks down at it.
 */
export function problemOf({ name, source }: RuleFile): string | undefined {
  const compiler = new Compiler();
  let problem: string | undefined;
  try {
    compiler.addSource(source);
  } catch (error) {
    // Nothing can be freed in what is broken.
    if (isBreakdown(error)) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const place = /line:?(\d+)|-->\s*line:(\d+)/.exec(lines.join(" "));
    const line = place === null ? "" : ` in line ${place[1] ?? place[2]}`;
    problem = `The YARA rules ${name} cannot be used: ${(lines[0] ?? "").replace(/^error(\[\w+\])?: /, "")}${line}.`;
  }
  compiler.free();
  return problem;
}

/** Compiles sound files of rules. */
export function createSearch(files: readonly RuleFile[]): Search {
  const eachPiece = !files.every(({ source }) => asksForPresenceOnly(source));
  const scan = compile(files);

  return {
    scan({ buffer, length, bounds }) {
      const bytes = new Uint8Array(buffer, 0, length);
      const suspicious = eachPiece
        ? Array.from({ length: bounds.length / 2 }, (_, piece) => piece)
        : piecesOf(scan(bytes), bounds);
      const looked = suspicious.slice(0, ALONE_LIMIT);
      let notScanned = suspicious.length - looked.length;
      let problem: unknown;
      const hits = looked.flatMap((piece) => {
        const one = bytes.subarray(bounds[2 * piece], bounds[2 * piece + 1]);
        try {
          return hitsOf(scan(one), piece, one);
        } catch (error) {
          if (isBreakdown(error)) throw error;
          notScanned++;
          problem ??= error;
          return [];
        }
      });
      return { hits, notScanned, problem };
    },
  };
}

/** Whether conditions in these rules can only become true by more being there. */
export function asksForPresenceOnly(source: string): boolean {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/^\s*\/\/.*$/gm, " ");
  // Where a piece begins and ends cannot be seen in a batch.
  if (/=\s*\/([^\n]*[^[\\\n])?\^|\$\)?\/[a-z]*\s*$/m.test(withoutComments)) return false;
  const conditions = withoutComments.split(/\bcondition\s*:/).slice(1).map((rest) => rest.split("}")[0]!);
  return conditions.length > 0 && !/\bimport\b\s*"/.test(withoutComments) &&
    conditions.every((condition) => !MORE_THAN_PRESENCE.test(condition));
}

function compile(files: readonly RuleFile[]): (bytes: Uint8Array) => Result {
  const compiler = new Compiler();
  files.forEach(({ source }, i) => {
    compiler.newNamespace(`file${i}`);
    compiler.addSource(source);
  });
  const rules: Rules = compiler.build();
  compiler.free();
  const scanner: Scanner = rules.scanner();
  scanner.setMaxMatchesPerPattern(MATCHES_PER_PATTERN);
  return (bytes) => scanner.scan(bytes) as Result;
}

/** The pieces in which any pattern of a rule that matched was found, in order. */
function piecesOf({ matches }: Result, bounds: readonly number[]): number[] {
  const found = new Set<number>();
  for (const { patterns } of matches) {
    for (const pattern of patterns) for (const { offset } of pattern.matches) found.add(pieceAt(bounds, offset));
  }
  return [...found].sort((a, b) => a - b);
}

/** The piece that holds an offset; pieces follow one another without gaps. */
function pieceAt(bounds: readonly number[], offset: number): number {
  let low = 0, high = bounds.length / 2 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bounds[2 * middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function hitsOf({ matches }: Result, piece: number, bytes: Uint8Array): Hit[] {
  return matches.map(({ identifier, metadata, patterns }) => {
    const known = Object.fromEntries(metadata.map(({ identifier, value }) => [identifier, value]));
    const first = patterns.flatMap(({ matches }) => matches).sort((a, b) => a.offset - b.offset)[0];
    const text = first === undefined ? "" : excerpt(bytes.subarray(first.offset, first.offset + first.length));
    return { piece, rule: identifier, metadata: known, excerpt: known["secret"] === true ? masked(text) : text };
  });
}

/** What matched, as one short printable line. */
function excerpt(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, EXCERPT_LENGTH)).replace(/[^\x20-\x7e]+/g, " ").trim();
  return bytes.length > EXCERPT_LENGTH ? `${text}…` : text;
}

/** Enough to recognise a secret by, too little to use it. */
function masked(text: string): string {
  return text.length === 0 ? "" : `${text.slice(0, SECRET_SHOWN)}… (${text.length} characters)`;
}
