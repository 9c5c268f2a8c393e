// What a million indicators cost: how long the table takes to make and to load, how large it is, and how long a look-up
// takes of each kind, found and not.
//
//   deno run --allow-all scripts/bench/intel.ts [--indicators 1000000] [--lists DIRECTORY]
//
// With --lists only the lists are written, for runs of the executable with all of them (intel.folder).

import { parseArgs } from "node:util";
import { compile, type Source } from "../../agent/intel/compile.ts";
import type { Feed } from "../../agent/intel/feeds/feed.ts";
import { OWN_FEED } from "../../agent/intel/feeds/local.ts";
import type { IndicatorKind } from "../../agent/intel/indicator.ts";
import { intelOf } from "../../agent/intel/intel.ts";
import { openTable } from "../../agent/intel/table/read.ts";
import { openShelf } from "../../agent/intel/update/shelf.ts";
import { formatIPv4 } from "../../agent/record/address-text.ts";

const { values } = parseArgs({
  options: { indicators: { type: "string", default: "1000000" }, lists: { type: "string" } },
});
const TOTAL = Number(values.indicators);
const MEGABYTE = 1e6;

/** The same numbers every time (Marsaglia's xorshift32). */
let seed = 2_463_534_242;
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return seed >>> 0;
}
const hex = (digits: number): string => {
  let text = "";
  while (text.length < digits) text += random().toString(16).padStart(8, "0");
  return text.slice(0, digits);
};
const word = (): string => random().toString(36);
const ipv4 = (): string => formatIPv4(((random() % 100 + 20) << 24 | random() & 0xffffff) >>> 0);

/** How the million is shared out, as in the feeds of the field: mostly addresses and names. */
const SHARES: readonly (readonly [kind: IndicatorKind, share: number, make: () => string])[] = [
  ["ip", 0.4, ipv4],
  ["ip", 0.02, () => `2a0${random() % 10}:${(random() & 0xffff).toString(16)}::${(random() & 0xffff).toString(16)}`],
  ["range", 0.03, () => `${ipv4()}/${16 + random() % 15}`],
  ["asn", 0.001, () => `AS${1 + random() % 400_000}`],
  ["domain", 0.35, () => `${word()}.${word()}.example`],
  ["url", 0.05, () => `http://${word()}.example/${word()}/${word()}.exe`],
  ["md5", 0.04, () => hex(32)],
  ["sha1", 0.02, () => hex(40)],
  ["sha256", 0.06, () => hex(64)],
  ["ja3", 0.005, () => hex(32)],
  ["certificate", 0.02, () => hex(40)],
  ["jarm", 0.002, () => hex(62)],
  ["tor_exit", 0.002, ipv4],
];

const asked = new Map<IndicatorKind, string[]>();
const sources: Source[] = SHARES.map(([kind, share, make], index) => {
  const lines: string[] = [];
  for (let i = 0; i < TOTAL * share; i++) lines.push(make());
  asked.set(kind, [...asked.get(kind) ?? [], ...lines.filter((_, i) => i % Math.ceil(lines.length / 20_000) === 0)]);
  const feed: Feed = {
    ...OWN_FEED,
    name: `bench-${index}`,
    format: "list",
    kind: kind === "ip" || kind === "range" ? undefined : kind,
    decides: false,
    level: "medium",
    tags: ["bench"],
  };
  return { feed, file: feed.name, bytes: new TextEncoder().encode(lines.join("\n")), fetched: 0 };
});
if (values.lists !== undefined) {
  await Deno.mkdir(values.lists, { recursive: true });
  const names: Partial<Record<IndicatorKind, string>> = {
    ja3: "ja3.csv",
    jarm: "jarm.csv",
    certificate: "certificates.csv",
  };
  for (const [index, { bytes }] of sources.entries()) {
    const kind = SHARES[index]![0];
    await Deno.writeFile(
      `${values.lists}/${index}-${names[kind] ?? (kind === "tor_exit" ? "tor-exits.txt" : "list.txt")}`,
      bytes,
    );
  }
  Deno.exit(0);
}
const text = sources.reduce((sum, { bytes }) => sum + bytes.length, 0);

const before = Deno.memoryUsage().rss;
const began = performance.now();
const { table, reports } = compile(sources, new Set(), "bench");
const building = performance.now() - began;
const bad = reports.reduce((sum, report) => sum + report.bad, 0);
console.log(
  `Feeds: ${TOTAL.toLocaleString("en-GB")} indicators, ${
    (text / MEGABYTE).toFixed(0)
  } MB of text, ${bad} lines not used.`,
);
console.log(
  `Making the table: ${(building / 1000).toFixed(2)} s, ${
    ((Deno.memoryUsage().rss - before) / MEGABYTE).toFixed(0)
  } MB more memory on the way.`,
);
console.log(`The table: ${(table.byteLength / MEGABYTE).toFixed(1)} MB.`);

// Loading is measured in a process of its own, as it happens at the start of a run.
const folder = await Deno.makeTempDir();
openShelf(folder).writeTable(table);
const { stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "--quiet", "--allow-all", import.meta.filename!.replace("intel.ts", "intel-load.ts"), folder],
}).output();
console.log(new TextDecoder().decode(stdout).trim());
await Deno.remove(folder, { recursive: true });

const intel = intelOf(openTable(table, { check: true }), () => undefined, false);
const lookups: Partial<Record<IndicatorKind, (value: string) => unknown>> = {
  ip: (value) => intel.address(value),
  range: (value) => intel.address(value),
  domain: (value) => intel.domain(value),
  url: (value) => intel.url(value),
  md5: (value) => intel.file("md5", value),
  sha1: (value) => intel.file("sha1", value),
  sha256: (value) => intel.file("sha256", value),
  ja3: (value) => intel.fingerprint("ja3", value),
  certificate: (value) => intel.certificate(value),
  jarm: (value) => intel.fingerprint("jarm", value),
  tor_exit: (value) => intel.torExit(value),
};

console.log("\n| look-up | found | not found |\n| --- | ---: | ---: |");
for (const [kind, lookup] of Object.entries(lookups) as [IndicatorKind, (value: string) => unknown][]) {
  const listed = asked.get(kind)!.map((value) => kind === "range" ? value.split("/")[0]! : value);
  const others = listed.map((value) => changed(kind, value));
  console.log(`| ${kind} | ${time(listed, lookup)} ns | ${time(others, lookup)} ns |`);
}

/** A value of the same form that is not listed, but for rare accidents. */
function changed(kind: IndicatorKind, value: string): string {
  if (kind === "ip" || kind === "tor_exit" || kind === "range") {
    return value.includes(":") ? `${value}1` : `1${value.slice(value.indexOf("."))}`;
  }
  return kind === "domain" || kind === "url"
    ? value.replace(".example", ".invalid")
    : value.slice(1) + (value[0] === "0" ? "1" : "0");
}

function time(subjects: readonly string[], lookup: (value: string) => unknown): number {
  const rounds = Math.ceil(200_000 / subjects.length);
  for (const value of subjects) lookup(value);
  const start = performance.now();
  for (let round = 0; round < rounds; round++) for (const value of subjects) lookup(value);
  return Math.round(1e6 * (performance.now() - start) / (rounds * subjects.length));
}
