// Threat intelligence for detector tests: a real table, of a few lines.

import { openAsn } from "../../agent/intel/asn.ts";
import { compile } from "../../agent/intel/compile.ts";
import type { Feed } from "../../agent/intel/feeds/feed.ts";
import { type Intel, intelOf } from "../../agent/intel/intel.ts";
import { openTable } from "../../agent/intel/table/read.ts";
import { bitsOf, mmdb } from "../agent/intel/mmdb-file.ts";

/** Lines of a feed by the feed's properties. */
export type Lists = readonly (Partial<Feed> & { lines: string })[];

/** What these lists amount to. AS 64500 ("Bulletproof Ltd") announces 45.9.0.0/16. */
export function intelligence(lists: Lists, mayChange = false): Intel {
  const sources = lists.map(({ lines, ...feed }, index) => ({
    feed: {
      name: `list-${index + 1}`,
      format: "list",
      level: "medium",
      confidence: 1,
      tags: [],
      licence: "",
      enabled: true,
      ...feed,
    } as const,
    file: "test",
    bytes: new TextEncoder().encode(lines),
    fetched: 1_700_000_000,
  }));
  const { table, reports } = compile(sources, new Set(), "test");
  const bad = reports.flatMap(({ examples }) => examples);
  if (bad.length > 0) throw new Error(JSON.stringify(bad));
  const asn = mmdb([[bitsOf("45.9.0.0", 16), {
    autonomous_system_number: 64500,
    autonomous_system_organization: "Bulletproof Ltd",
  }]]);
  return intelOf(openTable(table, { check: true }), openAsn(asn), mayChange);
}
