// Files in the form of /etc/hosts, which block names by giving them an address that leads nowhere: the names are the
// indicators. Lines with a name alone are taken as well, because such files often mix both.

import { canonicalAddress } from "../../record/address-text.ts";
import { eachLine, isComment, LONGEST_LINE } from "./lines.ts";
import type { Sink } from "./parse.ts";

/** Names that every such file has for the machine itself. */
const OWN_NAMES = new Set([
  "localhost",
  "localhost.localdomain",
  "local",
  "broadcasthost",
  "ip6-localhost",
  "ip6-loopback",
  "ip6-localnet",
  "ip6-mcastprefix",
  "ip6-allnodes",
  "ip6-allrouters",
  "ip6-allhosts",
]);

/** Reads a hosts file. */
export function parseHosts(text: string, sink: Sink): void {
  eachLine(text, (line, number) => {
    if (isComment(line)) return;
    if (line.length > LONGEST_LINE) return sink.bad(number, "the line is too long");
    const comment = line.indexOf("#");
    const words = (comment < 0 ? line : line.slice(0, comment)).split(/\s+/).filter((word) => word !== "");
    const names = canonicalAddress(words[0] ?? "") === undefined ? words : words.slice(1);
    for (const name of names) {
      if (OWN_NAMES.has(name.toLowerCase()) || canonicalAddress(name) !== undefined) continue;
      sink.entry({ line: number, indicator: name, kind: "domain" });
    }
  });
}
