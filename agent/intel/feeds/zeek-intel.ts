// Files of Zeek's intelligence framework (https://docs.zeek.org/en/master/frameworks/intel.html): columns between tabs,
// named by a line "#fields".

import type { IndicatorKind } from "../indicator.ts";
import { eachLine, LONGEST_LINE } from "./lines.ts";
import type { Sink } from "./parse.ts";

/** What Zeek's types are here; what has none (e-mail addresses, user names, file names) is no indicator of ours. */
const KINDS: Readonly<Record<string, IndicatorKind | "as it looks">> = {
  "Intel::ADDR": "ip",
  "Intel::SUBNET": "range",
  "Intel::DOMAIN": "domain",
  "Intel::URL": "url",
  "Intel::FILE_HASH": "as it looks",
  "Intel::CERT_HASH": "certificate",
  "Intel::JA3": "ja3",
  "Intel::JA3S": "ja3s",
  "Intel::JA4": "ja4",
};

/** The columns when no line names them: those that Zeek asks for. */
const USUAL_FIELDS = ["indicator", "indicator_type", "meta.source", "meta.desc", "meta.url"];

/** Reads an intel file. */
export function parseZeekIntel(text: string, sink: Sink): void {
  let fields = USUAL_FIELDS;
  eachLine(text, (line, number) => {
    if (line.startsWith("#fields")) fields = line.split("\t").slice(1);
    if (line.startsWith("#")) return;
    if (line.length > LONGEST_LINE) return sink.bad(number, "the line is too long");
    const cells = line.split("\t");
    const cell = (name: string): string | undefined => cells[fields.indexOf(name)];
    const indicator = cell("indicator");
    const type = cell("indicator_type");
    if (indicator === undefined || type === undefined) {
      return sink.bad(number, `there are ${cells.length} columns, and none is indicator or indicator_type`);
    }
    const kind = KINDS[type];
    if (kind === undefined) return sink.bad(number, `there is nothing to look ${type.slice(0, 32)} up with`);
    sink.entry({
      line: number,
      indicator,
      // Zeek's address type also holds networks in many files.
      kind: kind === "as it looks" || (kind === "ip" && indicator.includes("/")) ? undefined : kind,
      description: cell("meta.desc"),
    });
  });
}
