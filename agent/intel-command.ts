// `smartshield intel …`: fetching feeds, seeing what there is, looking indicators up, adding and removing one's own. Each
// command gives lines for people and an object for programs.

import type { Configuration } from "../config/schema.ts";
import { InputError } from "./errors.ts";
import { openAsn } from "./intel/asn.ts";
import { KIND_WORDS, lookUp, matchLines } from "./intel/answer.ts";
import { indicatorId } from "./intel/compile.ts";
import type { Feed } from "./intel/feeds/feed.ts";
import { splitCells } from "./intel/feeds/csv.ts";
import { LOCAL_NAMES } from "./intel/feeds/local.ts";
import { INDICATOR_KINDS, type IndicatorKind, type Level, readIndicator } from "./intel/indicator.ts";
import { filesNotUnderstood, type Library, type Loaded, openLibrary } from "./intel/library.ts";
import { type FeedState, openShelf, type Shelf } from "./intel/update/shelf.ts";
import { startFeedsThread } from "./intel/update/thread.ts";
import { type FeedUpdate, updateFeeds } from "./intel/update/update.ts";
import { AGENT, loadWith, permittedHosts, readCertificates } from "./intelligence.ts";
import { makeStateDirectory, stateDirectory } from "./state-directory.ts";
import { FEEDS_URL } from "./thread-urls.ts";

/** What a command says. */
export interface Said {
  readonly lines: readonly string[];
  readonly json: unknown;
  /** False when it could not do what was asked. */
  readonly done: boolean;
}

type Tell = (sentence: string) => void;

interface Opened {
  shelf: Shelf;
  library: Library;
}

function open(configuration: Configuration): Opened {
  const shelf = openShelf(makeStateDirectory(stateDirectory(configuration.state.directory)));
  return { shelf, library: openLibrary(configuration.intel, shelf) };
}

/** `intel update`: fetches the feeds that are due, or with `force` all, or only those named. */
export async function updateCommand(
  configuration: Configuration,
  { force, names }: { force: boolean; names: readonly string[] },
  tell: Tell,
): Promise<Said> {
  const { shelf, library } = open(configuration);
  const unknown = names.find((name) => !library.feeds.some((feed) => feed.name === name));
  if (unknown !== undefined) throw new InputError(`There is no feed ${unknown}; smartshield intel list names all.`);
  const { update_period: period, certificates } = configuration.intel;
  const thread = startFeedsThread(FEEDS_URL, permittedHosts(library));
  try {
    const asked = names.length === 0 ? library.feeds : library.feeds.filter(({ name }) => names.includes(name));
    const updates = await updateFeeds({
      feeds: asked,
      all: library.feeds,
      shelf,
      thread,
      now: Date.now() / 1000,
      period,
      // A person who asks does not want to hear that it failed a minute ago.
      also: force || names.length > 0 ? "all" : "failed",
      agent: AGENT,
      certificates: readCertificates(certificates),
    }, (update) => tell(updateLine(update)));
    const loaded = await loadWith(library, shelf, thread, tell, true);
    const tally = (outcome: FeedUpdate["outcome"]): number =>
      updates.filter((update) => update.outcome === outcome).length;
    const failed = tally("failed");
    return {
      lines: [
        `${updates.length} feeds: ${tally("new")} new, ${tally("unchanged")} unchanged, ${tally("not due")} not due, ` +
        `${failed} failed. ${totals(loaded)}`,
      ],
      json: {
        feeds: updates.map(({ name, outcome, reason, state }) => ({
          name,
          outcome,
          reason,
          indicators: state?.accepted,
          bad_lines: state?.bad,
          sha256: state?.sha256,
        })),
        indicators: loaded.open.facts.kinds,
      },
      done: failed === 0 || failed < updates.length,
    };
  } finally {
    thread.stop();
  }
}

/** "new          feodo-tracker: 1,234 indicators; 2 lines could not be used, the first: line 7, …". */
function updateLine({ name, outcome, reason, state }: FeedUpdate): string {
  const label = outcome.padEnd(9);
  if (outcome === "failed") {
    const kept = state?.sha256 === undefined ? "" : "; what it had before still counts";
    return `${label}  ${name}: ${reason}${kept}`;
  }
  return `${label}  ${name}: ${content(state)}`;
}

function content(state: FeedState | undefined): string {
  const { accepted = 0, bad = 0, examples = [] } = state ?? {};
  const [first] = examples;
  const lines = bad === 0 || first === undefined
    ? ""
    : `; ${number(bad)} ${bad === 1 ? "line" : "lines"} not used, the first: line ${first.line}, ${first.why}`;
  return `${number(accepted)} indicators${lines}`;
}

/** `intel list`: the feeds, the lists of one's own, and what there is in all. */
export async function listCommand(configuration: Configuration, tell: Tell): Promise<Said> {
  const { shelf, library } = open(configuration);
  const loaded = await loadWith(library, shelf, undefined, tell);
  const { facts } = loaded.open;
  const states = shelf.states();
  const now = Date.now() / 1000;
  const rows = library.feeds.map((feed) => ({ feed, state: states[feed.name] }));
  const local = Object.keys(facts.feeds).filter((name) => !library.feeds.some((feed) => feed.name === name));
  const width = Math.max(...rows.map(({ feed }) => feed.name.length), ...local.map((name) => name.length), 4);
  const line = (name: string, level: string, count: number | undefined, state: string): string =>
    `${name.padEnd(width)}  ${level.padEnd(8)}  ${(count === undefined ? "-" : number(count)).padStart(11)}  ${state}`;
  const ignored = [...library.ignored()];
  const strange = filesNotUnderstood(configuration.intel.folder);
  return {
    lines: [
      `${"Feed".padEnd(width)}  ${"Level".padEnd(8)}  ${"Indicators".padStart(11)}  State`,
      ...rows.map(({ feed, state }) => line(feed.name, feed.level, state?.accepted, stateWords(state, now))),
      ...local.map((name) => line(name, "", facts.feeds[name], name === "own" ? "what you added" : "on this machine")),
      "",
      totals(loaded),
      ...ignored.length === 0 ? [] : [`You took ${ignored.length} out of the lists: ${ignored.join(", ")}.`],
      ...strange.length === 0 ? [] : [`Not used, as their names say nothing (${LOCAL_NAMES}): ${strange.join(", ")}.`],
      `Kept in ${shelf.directory}.`,
    ],
    json: {
      feeds: rows.map(({ feed, state }) => ({ ...describeFeed(feed), ...state })),
      local: Object.fromEntries(local.map((name) => [name, facts.feeds[name]])),
      indicators: facts.kinds,
      dropped: facts.dropped,
      ignored,
      directory: shelf.directory,
    },
    done: true,
  };
}

function describeFeed({ name, url, format, kind, level, tags, licence }: Feed): object {
  return { name, url, format, kind, level, tags, licence };
}

function stateWords(state: FeedState | undefined, now: number): string {
  if (state === undefined) return "never fetched";
  const age = state.fetched === undefined
    ? "never fetched"
    : `fetched ${ago(now - state.fetched)} ago${state.sensor === undefined ? "" : ` by ${state.sensor}`}`;
  return state.failures === 0 ? age : `${age}; failed ${state.failures} times: ${state.reason}`;
}

/** `intel lookup`: what is known of each of these. */
export async function lookupCommand(configuration: Configuration, texts: readonly string[], tell: Tell): Promise<Said> {
  const { shelf, library } = open(configuration);
  const { open: table } = await loadWith(library, shelf, undefined, tell);
  const { asn_database: database } = configuration.intel;
  const asnOf = database === "" ? undefined : openAsn(readFile(database));
  const answers = texts.map((text) => ({ text, matches: lookUp(table, text, asnOf) }));
  return {
    lines: answers.flatMap(({ text, matches }) =>
      matches.length === 0 ? [`${text} is not listed.`] : matches.flatMap((match) => matchLines(text, match))
    ),
    json: answers.map(({ text, matches }) => ({ indicator: text, listed: matches.length > 0, matches })),
    done: true,
  };
}

function readFile(file: string): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch {
    throw new InputError(`The database ${file} (intel.asn_database) cannot be read.`);
  }
}

/** `intel add`: an indicator of one's own, which beats all lists. */
export async function addCommand(
  configuration: Configuration,
  text: string,
  { kind, level, note }: { kind: IndicatorKind | undefined; level: Level; note: string },
  tell: Tell,
): Promise<Said> {
  const read = readIndicator(text, kind);
  if ("refused" in read) throw new InputError(`${text} cannot be added: ${read.refused}.`);
  const { shelf, library } = open(configuration);
  const line = [read.value, read.kind, level, note].map(quote).join(",");
  const others = ownLines(shelf).filter((each) => !isAbout(each, read));
  shelf.writeOwn([...others, line].join("\n") + "\n");
  unignore(shelf, indicatorId(read.kind, read.value));
  const loaded = await loadWith(library, shelf, undefined, tell, true);
  return {
    lines: [
      `Added ${read.value}, ${KIND_WORDS[read.kind]}, as ${level}${note === "" ? "" : `: ${note}`}. ${totals(loaded)}`,
    ],
    json: { added: { ...read, level, note } },
    done: true,
  };
}

/** `intel remove`: takes back what was added; what lists name is passed over from now on. */
export async function removeCommand(
  configuration: Configuration,
  text: string,
  { kind }: { kind: IndicatorKind | undefined },
  tell: Tell,
): Promise<Said> {
  const read = readIndicator(text, kind);
  if ("refused" in read) throw new InputError(`${text} cannot be removed: ${read.refused}.`);
  const { shelf, library } = open(configuration);
  const own = ownLines(shelf);
  const others = own.filter((each) => !isAbout(each, read));
  const was = others.length < own.length;
  if (was) shelf.writeOwn(others.map((each) => `${each}\n`).join(""));
  const { open: table } = await loadWith(library, shelf, undefined, tell, true);
  const match = read.kind === "ip" || read.kind === "range"
    ? table.address(read.value.split("/")[0]!)
    : read.kind === "domain"
    ? table.domain(read.value)
    : table.find(read.kind, read.value);
  // A network around it, or a domain above it, stays.
  const isListed = match !== undefined && match.indicator === read.value;
  if (isListed) {
    shelf.writeIgnored([...library.ignored(), indicatorId(read.kind, read.value)].join("\n") + "\n");
    await loadWith(library, shelf, undefined, tell, true);
  }
  const lists = isListed
    ? ` ${match.feeds.join(", ")} still ${
      match.feeds.length === 1 ? "lists" : "list"
    } it; that is passed over from now on.`
    : "";
  const around = match !== undefined && !isListed ? ` ${match.indicator}, which holds it, is still listed.` : "";
  return {
    lines: [
      was || isListed
        ? `Removed ${read.value}, ${KIND_WORDS[read.kind]}.${lists}${around}`
        : `${read.value} is not listed.${around}`,
    ],
    json: { removed: was || isListed, was_own: was, passed_over: isListed, ...read },
    done: was || isListed,
  };
}

function ownLines(shelf: Shelf): string[] {
  return shelf.own().split("\n").filter((line) => line.trim() !== "");
}

function isAbout(line: string, { kind, value }: { kind: string; value: string }): boolean {
  const cells = splitCells(line, ",");
  return cells?.[0] === value && cells[1] === kind;
}

function unignore(shelf: Shelf, id: string): void {
  const lines = shelf.ignored().split("\n").filter((line) => line !== "");
  if (lines.includes(id)) shelf.writeIgnored(lines.filter((line) => line !== id).map((line) => `${line}\n`).join(""));
}

/** One cell of CSV. */
function quote(cell: string): string {
  // deno-lint-ignore no-control-regex
  const plain = cell.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** "In all 12,345 indicators: 12,000 ip, 345 domain.". */
function totals({ open: { facts } }: Loaded): string {
  const kinds = INDICATOR_KINDS.filter((kind) => (facts.kinds[kind] ?? 0) > 0);
  const sum = kinds.reduce((total, kind) => total + facts.kinds[kind]!, 0);
  const dropped = facts.dropped.indicators === 0
    ? ""
    : ` ${number(facts.dropped.indicators)} were too many and left out.`;
  return `In all ${number(sum)} indicators: ${
    kinds.map((kind) => `${number(facts.kinds[kind]!)} ${kind}`).join(", ")
  }.${dropped}`;
}

function number(value: number): string {
  return value.toLocaleString("en-GB");
}

/** Seconds in the largest unit that fits. */
function ago(seconds: number): string {
  const units = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]] as const;
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "second"];
  const count = Math.max(0, Math.floor(seconds / size));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
