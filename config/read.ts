// Reads a configuration file and checks it against the schema. What is wrong is said with file, line, key and what would
// be right, all of it at once.

import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import type { Setting, Settings } from "../detectors/contract.ts";
import { systemReason } from "../agent/errors.ts";
import { EVIDENCE_TYPES } from "../agent/evidence/evidence.ts";
import { parseCidr } from "../agent/record/address-range.ts";
import { isAddress } from "../agent/record/address.ts";
import { type Configuration, defaultConfiguration, detectorSections, SECTIONS } from "./schema.ts";

/** A configuration that cannot be used; `message` has one sentence a line, each with its place. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** The words that a list setting may hold, by key; lists without an entry here take anything. */
function checkListItem(key: string, item: string): string | undefined {
  switch (key) {
    case "client_ips":
      return isAddress(item) || parseCidr(item) !== undefined
        ? undefined
        : "an IP address or a CIDR such as 192.168.1.0/24";
    case "allow":
    case "trusted":
      return PEER_ID.test(item) ? undefined : "the id of a peer, as smartshield peers list shows it,";
    case "disabled_detectors":
      return item in detectorSections() ? undefined : oneOf(item, Object.keys(detectorSections()));
    case "disabled_evidence":
      return (EVIDENCE_TYPES as readonly string[]).includes(item) ? undefined : oneOf(item, EVIDENCE_TYPES);
    default:
      return undefined;
  }
}

/** Ids of peers: base58, as long as those of Ed25519 and RSA keys are. */
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,60}$/;

/** "one of a, b, c", with the likeliest first when one is close. */
function oneOf(given: string, allowed: readonly string[]): string {
  const close = allowed.filter((word) => distance(given, word) <= 2);
  return close.length > 0 ? close.join(" or ") : `one of ${allowed.join(", ")}`;
}

/** Levenshtein distance, for suggestions. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

function describe(setting: Setting): string {
  const { value, unit, minimum, maximum, words } = setting;
  if (typeof value === "number") {
    const range = minimum !== undefined && maximum !== undefined
      ? ` from ${minimum} to ${maximum}`
      : minimum !== undefined
      ? ` of at least ${minimum}`
      : "";
    return `a number${range}${unit === "" ? "" : ` (${unit})`}${
      words === undefined ? "" : ` or ${words.join(" or ")}`
    }`;
  }
  if (typeof value === "boolean") return "true or false";
  if (Array.isArray(value)) return "a list of words";
  return words === undefined ? "a word" : words.join(" or ");
}

/** What would be right instead of `value`; undefined when it is right. */
function mismatch(key: string, setting: Setting, value: unknown): string | undefined {
  const { value: standard, words, minimum, maximum } = setting;
  const fits = typeof standard === "number"
    ? words?.includes(value as string) ||
      (typeof value === "number" && Number.isFinite(value) && value >= (minimum ?? -Infinity) &&
        value <= (maximum ?? Infinity))
    : Array.isArray(standard)
    ? Array.isArray(value) && value.every((item) => typeof item === "string")
    : typeof standard === "string" && words !== undefined
    ? words.includes(value as string)
    : typeof value === typeof standard;
  if (!fits) return describe(setting);
  if (!Array.isArray(value)) return undefined;
  for (const item of value as string[]) {
    const right = checkListItem(key, item);
    if (right !== undefined) return `${right} instead of ${JSON.stringify(item)}`;
  }
  return undefined;
}

/**
 * The configuration in force: the defaults, overlaid with the file's text.
 * @throws {ConfigurationError} with every mistake and its place in the file.
 */
export function readConfiguration(text: string, file: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const mistakes: string[] = [];
  const place = (node: { range?: [number, number, number] | null } | null | undefined): string =>
    `${file}:${node?.range ? lines.linePos(node.range[0]).line : 1}`;
  for (const error of document.errors) {
    mistakes.push(
      `${file}:${lines.linePos(error.pos[0]).line}: this is not YAML: ${
        error.message.split("\n")[0]!.replace(/ at line.*/, "")
      }`,
    );
  }
  const configuration = defaultConfiguration();

  function eachEntry(node: unknown, path: string, visit: (key: string, value: Node | null, at: Node) => void): void {
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      mistakes.push(`${place(node as Node)}: ${path === "" ? "the file" : path} must be a list of keys and values`);
      return;
    }
    for (const { key, value } of (node as YAMLMap).items as Pair<Node, Node | null>[]) {
      visit(isScalar(key) ? String(key.value) : "?", value, key);
    }
  }

  function readSection(node: unknown, path: string, settings: Settings, into: Record<string, unknown>): void {
    eachEntry(node, path, (key, value, at) => {
      const setting = settings[key];
      if (setting === undefined) {
        mistakes.push(
          `${place(at)}: ${path}.${key} is not a setting; it should be ${oneOf(key, Object.keys(settings))}`,
        );
        return;
      }
      const plain = value === null ? null : (value as { toJS(document: unknown): unknown }).toJS(document);
      const right = mismatch(key, setting, plain);
      if (right !== undefined) {
        mistakes.push(`${place(at)}: ${path}.${key} is ${JSON.stringify(plain)} but must be ${right}`);
      } else into[key] = plain;
    });
  }

  if (document.errors.length === 0) {
    const detectors = detectorSections();
    eachEntry(document.contents, "", (name, value, at) => {
      if (name === "detectors") {
        eachEntry(value, "detectors", (detector, settings, where) => {
          const section = detectors[detector];
          if (section === undefined) {
            mistakes.push(
              `${place(where)}: there is no detector ${detector}; it should be ${
                oneOf(detector, Object.keys(detectors))
              }`,
            );
          } else readSection(settings, `detectors.${detector}`, section.settings, configuration.detectors[detector]!);
        });
      } else if (name in SECTIONS) {
        const section = name as keyof typeof SECTIONS;
        readSection(
          value,
          name,
          SECTIONS[section].settings,
          configuration[section] as unknown as Record<string, unknown>,
        );
      } else {
        mistakes.push(
          `${place(at)}: ${name} is not a section; it should be ${
            oneOf(name, [...Object.keys(SECTIONS), "detectors"])
          }`,
        );
      }
    });
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes.join("\n"));
  return configuration;
}

/**
 * The configuration in force with this file; the defaults without one.
 * @throws {ConfigurationError} when the file cannot be read or is wrong.
 */
export async function readConfigurationFile(file: string | undefined): Promise<Configuration> {
  if (file === undefined) return defaultConfiguration();
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    throw new ConfigurationError(`The configuration ${file} cannot be read: ${systemReason(error)}.`);
  }
  return readConfiguration(text, file);
}
