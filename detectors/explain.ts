// What `smartshield explain` prints: everything that a type of finding says about itself, for somebody who has just read
// its name in an alert; and all types in one table.

import { EVIDENCE_TYPES, type EvidenceType, THREAT_LEVELS, type ThreatLevel } from "../agent/evidence/evidence.ts";
import { aliasOf } from "./aliases.ts";
import type { Detector, Explanation, Setting, Settings } from "./contract.ts";
import { DETECTORS } from "./index.ts";
import { techniqueText } from "./techniques.ts";

/** Columns of a line; what terminals have at least. */
const WIDTH = 80;
const INDENT = "  ";

/** A type as one of the detectors raises it. */
export interface Explained {
  readonly type: EvidenceType;
  readonly detector: Detector;
  readonly explanation: Explanation;
}

/** Every type that some detector raises, in the order of the types; a type that several raise comes once for each. */
export function explainedTypes(detectors: readonly Detector[] = DETECTORS): Explained[] {
  return EVIDENCE_TYPES.flatMap((type) =>
    detectors.flatMap((detector) => {
      const explanation = detector.raises[type];
      return explanation === undefined ? [] : [{ type, detector, explanation }];
    })
  );
}

/** The text about one type; ends with a line end. */
export function explainType(type: EvidenceType): string {
  const alias = aliasOf(type);
  const found = explainedTypes().filter((each) => each.type === type);
  const title = alias === undefined ? type : `${type} (elsewhere ${alias})`;
  if (found.length === 0) return `${title}\n\n${paragraph("No detector raises this type yet.")}`;
  return found.map(({ detector, explanation }) =>
    `${title}\n\n` +
    part("What it means", explanation.meaning) +
    part("What else it may be", explanation.falsePositives) +
    part("What to do", explanation.whatToDo) +
    part("Threat level", levelsText(explanation.threats)) +
    part("ATT&CK", explanation.techniques.map(techniqueText).join("; ")) +
    part("Detector", detector.name) +
    settingsText(detector)
  ).join("\n");
}

/** Threat levels, the lowest first: "info", "low or medium", "info to critical". */
export function levelsText(threats: readonly ThreatLevel[]): string {
  const levels = Object.keys(THREAT_LEVELS) as ThreatLevel[];
  const found = levels.filter((level) => threats.includes(level));
  if (found.length === levels.length) return `${found[0]} to ${found.at(-1)}`;
  return found.length < 2 ? found.join("") : `${found.slice(0, -1).join(", ")} or ${found.at(-1)}`;
}

/** All types in one table; ends with a line end. */
export function explainAll(): string {
  const found = explainedTypes();
  const rows = EVIDENCE_TYPES.map((type) => {
    const of = found.filter((each) => each.type === type);
    const threats = levelsText(of.flatMap(({ explanation }) => explanation.threats));
    const what = of.length === 0 ? "(not yet)" : of.map(({ detector }) => detector.summary).join("; ");
    return [type, threats, what] as const;
  });
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  const lines = rows.map(([type, threats, what]) => `${type.padEnd(first)}  ${threats.padEnd(second)}  ${what}`);
  return `${lines.join("\n")}\n\nsmartshield explain TYPE tells more about one of them.\n`;
}

function part(title: string, text: string): string {
  return `${title}\n${paragraph(text)}\n`;
}

/** The text in lines of at most `WIDTH` columns, indented. */
function paragraph(text: string, indent = INDENT): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => `${indent}${each}\n`).join("");
}

function settingsText({ name, settings }: Detector): string {
  const all = Object.entries(settings as Settings);
  if (all.length === 0) return "";
  return `Settings, with their defaults, under detectors.${name}\n` +
    all.map(([key, setting]) => `${INDENT}${key}: ${settingValue(setting)}\n${paragraph(setting.meaning, "      ")}`)
      .join("");
}

/** A setting's default with its unit: "10 hosts". */
export function settingValue({ value, unit }: Setting): string {
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return unit === "" ? text : `${text} ${unit}`;
}
