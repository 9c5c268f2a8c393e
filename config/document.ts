// Writes a configuration as a documented YAML file: every key with its value, unit, bounds and meaning.

import { stringify } from "yaml";
import type { Setting, Settings } from "../detectors/contract.ts";
import { type Configuration, detectorSections, SECTIONS } from "./schema.ts";

const LINE_WIDTH = 118;

function comment(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + word.length + 3 > LINE_WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.map((each) => `${indent}# ${each}\n`).join("");
}

function explain({ meaning, unit, value, minimum, maximum, words }: Setting): string {
  const facts = [
    unit === "" ? undefined : unit,
    typeof value === "number" && words !== undefined ? `or ${words.join(" or ")}` : undefined,
    minimum === undefined ? undefined : `at least ${minimum}`,
    maximum === undefined ? undefined : `at most ${maximum}`,
    `default ${JSON.stringify(value)}`,
  ].filter((fact) => fact !== undefined);
  return `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)} (${facts.join(", ")}).`;
}

function section(settings: Settings, values: Readonly<Record<string, unknown>>, indent: string): string {
  return Object.entries(settings).map(([key, setting]) =>
    comment(explain(setting), indent) + entry(key, values[key], indent)
  ).join("");
}

/** A key and its value; a list that is too long for a line gets one for each item. */
function entry(key: string, value: unknown, indent: string): string {
  const text = (one: unknown): string =>
    stringify(one, { flowCollectionPadding: false, collectionStyle: "flow", lineWidth: 0 }).trim();
  const line = `${indent}${key}: ${text(value)}\n`;
  if (line.length <= LINE_WIDTH || !Array.isArray(value)) return line;
  return `${indent}${key}:\n${value.map((item) => `${indent}  - ${text(item)}\n`).join("")}`;
}

/** The YAML text of a configuration. Reading it gives the same configuration. */
export function documentConfiguration(configuration: Configuration): string {
  let text = comment(
    "The configuration of smartshield. Every key is optional: what is left out keeps the default written here. Pass a copy of " +
      "this file with --config FILE; `smartshield config` prints what is then in force.",
    "",
  );
  for (const [name, { title, settings }] of Object.entries(SECTIONS)) {
    text += `\n${comment(title + ".", "")}${name}:\n${
      section(settings, configuration[name as keyof typeof SECTIONS] as unknown as Record<string, unknown>, "  ")
    }`;
  }
  text += `\n${comment("The thresholds of the detectors.", "")}detectors:\n`;
  for (const [name, { title, settings }] of Object.entries(detectorSections())) {
    if (Object.keys(settings).length === 0) continue;
    text += `${comment(title, "  ")}  ${name}:\n${section(settings, configuration.detectors[name]!, "    ")}`;
  }
  return text;
}
