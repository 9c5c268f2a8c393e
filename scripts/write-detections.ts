// Writes docs/detections.md from the detectors themselves: deno run -A scripts/write-detections.ts

import { EVIDENCE_TYPES, type EvidenceType } from "../agent/evidence/evidence.ts";
import { aliasOf } from "../detectors/aliases.ts";
import type { Setting, Settings } from "../detectors/contract.ts";
import { type Explained, explainedTypes, levelsText, settingValue } from "../detectors/explain.ts";
import { DETECTORS } from "../detectors/index.ts";
import { techniqueText } from "../detectors/techniques.ts";
import { findProofs, type Found } from "../tests/detectors/find-proofs.ts";
import { neighbours } from "./mutate.ts";

const PAGE = new URL("../docs/detections.md", import.meta.url);
const SEEN = new URL("../docs/detections-seen.tsv", import.meta.url);

/** The text of the page. */
export async function detectionsPage(): Promise<string> {
  const { proofs, twins } = await findProofs();
  const seen = readSeen(await Deno.readTextFile(SEEN));
  const explained = explainedTypes();
  const rows = EVIDENCE_TYPES.map((type) =>
    row(type, explained.filter((each) => each.type === type), seen, proofs, twins)
  );
  const settings = DETECTORS.flatMap(({ settings }) => Object.values(settings as Settings)) as Setting[];
  const changes = settings.flatMap(neighbours).length;
  return [
    "<!-- Written by scripts/write-detections.ts from the detectors; a test sees that it is up to date. -->",
    "# What is found, and what to do about it",
    "`smartshield explain TYPE` prints what this page says about one type; it takes our names and the upper-case ones of " +
    "Slips (the alias below). A finding has a threat level, a confidence, and the end that it accuses; how findings become " +
    "alerts is another page ([decisions.md](decisions.md)).",
    "## All types",
    "Each type has a proof, crafted traffic that must raise it and states the exact evidence, and a twin, the nearest " +
    "innocent traffic, which must not. Titles that begin with D and a number are about a mistake of the field that is not " +
    "repeated here. Seen in: real traffic that the [Stratosphere Laboratory](https://www.stratosphereips.org/datasets-overview) " +
    "published (written by scripts/seen.ts).",
    table(["type", "alias", "detector", "level", "ATT&CK", "proof", "twin", "seen in"], rows),
    "## Are the thresholds tested?",
    `\`deno run -A scripts/mutate.ts\` changes the default of each numeric setting below, a step up and a step down, and ` +
    `runs the tests of its detector: of ${changes} changes none goes unnoticed. tests/scripts/mutate_test.ts sees that ` +
    `it stays so. \`scripts/mutate-constants.ts\` does the same with the constants and confidences in the code of the ` +
    `detectors, a fifth up and down, where its tests have to notice too (a minute; not part of the tests).`,
    "## Each type",
    ...EVIDENCE_TYPES.flatMap((type) => explained.filter((each) => each.type === type).map(chapter)),
    "## Settings",
    "Under `detectors` in the configuration, by detector; what is left out keeps its default.",
    table(["setting", "default", "meaning"], settingRows()),
  ].join("\n\n") + "\n";
}

function row(
  type: EvidenceType,
  found: readonly Explained[],
  seen: ReadonlyMap<string, string>,
  proofs: ReadonlyMap<EvidenceType, Found>,
  twins: ReadonlyMap<EvidenceType, Found>,
): string[] {
  const alias = aliasOf(type) ?? "";
  if (found.length === 0) return [`\`${type}\``, alias, "(not yet)", "", "", "", "", ""];
  return [
    `[\`${type}\`](#${type})`,
    alias,
    found.map(({ detector }) => detector.name).join(", "),
    levelsText(found.flatMap(({ explanation }) => explanation.threats)),
    [...new Set(found.flatMap(({ explanation }) => explanation.techniques))].join(" "),
    test(proofs.get(type)),
    test(twins.get(type)),
    seen.get(type) ?? "",
  ];
}

function test(found: Found | undefined): string {
  if (found === undefined) return "";
  const file = found.file.slice(found.file.lastIndexOf("/") + 1);
  return `${found.title} ([${file}](../${found.file}))`;
}

function chapter({ type, detector, explanation }: Explained): string {
  const { meaning, falsePositives, whatToDo, threats, techniques } = explanation;
  return [
    `### ${type}`,
    `_${detector.summary}._ Level ${levelsText(threats)}; ` +
    `${
      techniques.length === 0 ? "no technique" : techniques.map(techniqueText).join(", ")
    }; detector ${detector.name}.`,
    meaning,
    `**What else it may be.** ${falsePositives}`,
    `**What to do.** ${whatToDo}`,
  ].join("\n\n");
}

function settingRows(): string[][] {
  return DETECTORS.flatMap(({ name, settings }) =>
    Object.entries(settings as Settings).map(([key, setting]) => [
      `\`${name}.${key}\``,
      settingValue(setting),
      setting.meaning,
    ])
  );
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

function readSeen(text: string): Map<string, string> {
  const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(rows.map((line) => line.split("\t") as [string, string]));
}

if (import.meta.main) await Deno.writeTextFile(PAGE, await detectionsPage());
