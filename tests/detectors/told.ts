// Evidence as the detector tests compare it: all that a detector decides, without what is missing.

import type { Evidence, Party } from "../../agent/evidence/evidence.ts";

function party({ direction, kind, value }: Party): string {
  return `${direction} ${kind} ${value}`;
}

/** What a detector said, in one plain object; fields that it left out are absent, parties are like "src ip 10.0.0.1". */
export function told(
  { id: _id, detector: _detector, hostname: _hostname, context: _context, ...evidence }: Evidence,
): object {
  const { attacker, victim, method, related, count, count_before, since, victims, mixed, ...rest } = evidence;
  const all = {
    ...rest,
    attacker: party(attacker),
    victim: victim && party(victim),
    method: method === "Heuristic" ? undefined : method,
    related: related.length === 0 ? undefined : related.length,
    // Of what came once the rest says all.
    ...count === 1 ? {} : { count, count_before, since, victims, mixed: mixed || undefined },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
