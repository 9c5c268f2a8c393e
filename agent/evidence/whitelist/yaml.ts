// Reads whitelists in our own form:
//
//   whitelist:
//     - ip: 192.0.2.7
//     - cidr: 198.51.100.0/24
//       direction: src            # src, dst or both (default)
//       ignore: both              # alerts (default), flows, both, or nothing: an exception from wider entries
//     - domain: example.com
//       subdomains: true          # names below it as well (default: this name alone)
//       note: our own web site    # for people

import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { DIRECTIONS, type Entry, ENTRY_KINDS, type EntryKind, IGNORES, quoted, readSubject } from "./entry.ts";
import type { Mistake, WhitelistFile } from "./file.ts";
import { orList } from "./reference.ts";

const OTHER_KEYS = ["direction", "ignore", "subdomains", "note"] as const;

/** Reads the text of such a file. */
export function readYamlFormat(text: string, file: string): WhitelistFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  const lineOf = (node: { range?: [number, number, number] | null } | null | undefined): number =>
    node?.range ? lines.linePos(node.range[0]).line : 1;
  const wrong = (node: Node | null, sentence: string): void =>
    void mistakes.push({ file, line: lineOf(node), sentence });

  for (const error of document.errors) {
    const sentence = `this is not YAML: ${error.message.split("\n")[0]!.replace(/ at line.*/, "")}`;
    mistakes.push({ file, line: lines.linePos(error.pos[0]).line, sentence });
  }
  if (mistakes.length > 0) return { entries, removed: [], mistakes };

  const list = listOf(document.contents, wrong);
  for (const item of list) {
    const entry = isMap(item) ? readItem(item as YAMLMap<Node, Node | null>, wrong) : undefined;
    if (!isMap(item)) wrong(item as Node, "this is no entry; right would be one such as - ip: 192.0.2.7");
    if (entry !== undefined) entries.push({ ...entry, file, line: lineOf(item as Node), listed: false });
  }
  return { entries, removed: [], mistakes };

  function listOf(contents: Node | null, wrong: (node: Node | null, sentence: string) => void): readonly unknown[] {
    // A file of which all is commented out.
    if (contents === null || (isScalar(contents) && contents.value === null)) return [];
    if (!isMap(contents)) {
      wrong(contents, "the file must begin with whitelist: and hold a list below it");
      return [];
    }
    let found: readonly unknown[] = [];
    for (const { key, value } of contents.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key) || key.value !== "whitelist") {
        wrong(key, `${quoted(String(isScalar(key) ? key.value : "?"))} is no key here; right would be whitelist`);
      } else if (isSeq(value)) found = value.items;
      else if (value !== null && !(isScalar(value) && value.value === null)) {
        wrong(value, "whitelist must be a list; right would be lines such as - ip: 192.0.2.7 below it");
      }
    }
    return found;
  }
}

/** One item of the list; undefined when it is wrong, which has then been said. */
function readItem(
  item: YAMLMap<Node, Node | null>,
  wrong: (node: Node | null, sentence: string) => void,
): Omit<Entry, "file" | "line" | "listed"> | undefined {
  const values = new Map<string, { text: string; value: unknown; node: Node }>();
  let sound = true;
  const refuse = (node: Node | null, sentence: string): void => {
    sound = false;
    wrong(node, sentence);
  };
  for (const { key, value } of item.items as Pair<Node, Node | null>[]) {
    const name = isScalar(key) ? String(key.value).toLowerCase().replace("organization", "organisation") : "?";
    if (!([...ENTRY_KINDS, ...OTHER_KEYS] as string[]).includes(name)) {
      refuse(key, `${quoted(name)} is no key of an entry; right would be ${orList([...ENTRY_KINDS, ...OTHER_KEYS])}`);
    } else if (!isScalar(value)) refuse(value ?? key, `${name} must be one word`);
    // As written, so that YAML's own idea of 1:2:3 (a number in base 60) or of 10.0 does not count.
    else values.set(name, { text: value.source ?? String(value.value), value: value.value, node: value });
  }
  const kinds = ENTRY_KINDS.filter((kind) => values.has(kind));
  const [kind] = kinds as [EntryKind, ...EntryKind[]];
  if (kinds.length !== 1) {
    if (sound) {
      refuse(
        item as unknown as Node,
        `an entry is about exactly one of ${orList(ENTRY_KINDS)}; here are ${kinds.length}`,
      );
    }
    return undefined;
  }
  const { text, node } = values.get(kind)!;
  const subject = readSubject(kind, text);
  if ("wrong" in subject) {
    refuse(node, subject.wrong);
    return undefined;
  }
  const direction = word("direction", DIRECTIONS, "both");
  const ignore = word("ignore", IGNORES, "alerts");
  const below = values.get("subdomains");
  if (below !== undefined && typeof below.value !== "boolean") {
    refuse(below.node, `subdomains is ${quoted(below.text)}; right would be true or false`);
  }
  if (below?.value === true && kind !== "domain") refuse(below.node, `only a domain has subdomains, ${kind} has none`);
  if (!sound) return undefined;
  const subdomains = below?.value === true && subject.subdomains === "no" ? "also" : subject.subdomains;
  return { ...subject, subdomains, direction, ignore };

  function word<const W extends string>(name: string, allowed: readonly W[], standard: W): W {
    const given = values.get(name);
    if (given === undefined) return standard;
    const found = allowed.find((each) => each === given.text.toLowerCase());
    if (found === undefined) refuse(given.node, `${name} is ${quoted(given.text)}; right would be ${orList(allowed)}`);
    return found ?? standard;
  }
}
