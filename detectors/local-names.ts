// Names that stay in the local network: they never mean a host on the Internet, whatever they resolve to.

import type { RecordOf } from "../agent/record/schema.ts";

/** NetBIOS names (RFC 1002), mDNS (RFC 6762), LLMNR (RFC 4795): hosts answer for themselves, nobody asks a server. */
const NEIGHBOURS_ANSWER: ReadonlySet<number> = new Set([137, 5353, 5355]);

/** Whether a question stayed in the local network: by its name (RFC 6761, 6762, reverse names) or the way it went. */
export function isLocalQuestion({ query, resp_p }: RecordOf<"dns">): boolean {
  if (query === undefined || NEIGHBOURS_ANSWER.has(resp_p)) return true;
  const name = query.toLowerCase();
  return name === "localhost" || name.endsWith(".local") || name.endsWith(".arpa");
}
