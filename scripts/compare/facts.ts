// What one program says about a capture, as plain statements that can be counted and compared.

/** Statements by field: "the query of 10.0.0.5:4000 with id 7 was a.example A" is said as often as it was seen. */
export type Facts = Map<string, string[]>;

/** How two programs agree on one field. */
export interface Agreement {
  readonly field: string;
  readonly tshark: number;
  readonly ours: number;
  readonly same: number;
  /** Said by one only. */
  readonly onlyTshark: readonly string[];
  readonly onlyOurs: readonly string[];
}

/** Adds a statement about a field; nothing when one of its parts is missing. */
export function state(facts: Facts, field: string, ...parts: readonly (string | number | undefined)[]): void {
  if (!facts.has(field)) facts.set(field, []);
  if (parts.some((part) => part === undefined || part === "")) return;
  facts.get(field)!.push(parts.join(" "));
}

/** Removes repetitions, for fields of which one program speaks once for each message and the other once for all. */
export function distinct(facts: Facts, ...fields: readonly string[]): void {
  for (const field of fields) facts.set(field, [...new Set(facts.get(field) ?? [])]);
}

/** Compares two sets of statements, field by field. */
export function agreements(tshark: Facts, ours: Facts): Agreement[] {
  return [...new Set([...tshark.keys(), ...ours.keys()])].map((field) => {
    const onlyTshark: string[] = [];
    const left = counted(ours.get(field) ?? []);
    for (const statement of tshark.get(field) ?? []) {
      const count = left.get(statement) ?? 0;
      if (count === 0) onlyTshark.push(statement);
      else left.set(statement, count - 1);
    }
    const onlyOurs = [...left].flatMap(([statement, count]) => Array<string>(count).fill(statement));
    const said = tshark.get(field)?.length ?? 0;
    return {
      field,
      tshark: said,
      ours: ours.get(field)?.length ?? 0,
      same: said - onlyTshark.length,
      onlyTshark,
      onlyOurs,
    };
  });
}

function counted(statements: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const statement of statements) counts.set(statement, (counts.get(statement) ?? 0) + 1);
  return counts;
}
