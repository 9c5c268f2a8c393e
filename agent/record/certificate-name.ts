// Whether a name in a certificate is for a host (RFC 6125 section 6.4, RFC 9525 section 6.3).

/** True when `pattern`, perhaps with one "*" for (a part of) its first label, covers `name`. Both in lower case. */
export function coversName(pattern: string, name: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === name;
  const dot = pattern.indexOf(".");
  const domain = pattern.slice(dot);
  // At least two labels have to follow the "*".
  if (dot < star || pattern.indexOf("*", star + 1) >= 0 || domain.indexOf(".", 1) < 0) return false;
  const labelEnd = name.indexOf(".");
  if (labelEnd < 0 || name.slice(labelEnd) !== domain) return false;
  const label = name.slice(0, labelEnd);
  const before = pattern.slice(0, star), after = pattern.slice(star + 1, dot);
  return label.length > 0 && label.length >= before.length + after.length && label.startsWith(before) &&
    label.endsWith(after);
}

/** The first value of an attribute ("CN", "O") in the text of a distinguished name (RFC 4514), unescaped. */
export function attributeOf(subject: string, attribute: string): string | undefined {
  let start = 0;
  while (start < subject.length) {
    let end = start;
    while (end < subject.length && subject[end] !== ",") end += subject[end] === "\\" ? 2 : 1;
    const part = subject.slice(start, end).trimStart();
    if (part.startsWith(`${attribute}=`)) {
      const value = part.slice(attribute.length + 1);
      return value.includes("\\") ? value.replaceAll(/\\(.)/g, "$1") : value;
    }
    start = end + 1;
  }
  return undefined;
}

/** Subjects whose common name is remembered: the servers of a network show the same certificates again and again. */
export const MAXIMUM_KNOWN_SUBJECTS = 4096;
/** Longest of them, characters: five times as long as those of public authorities. */
export const LONGEST_KNOWN_SUBJECT = 512;
const knownCommonNames = new Map<string, string>();

/** The common name of a subject in lower case; undefined when it has none. */
export function commonNameOf(subject: string): string | undefined {
  const known = knownCommonNames.get(subject);
  if (known !== undefined) return known;
  const name = attributeOf(subject, "CN")?.toLowerCase();
  if (name === undefined || subject.length > LONGEST_KNOWN_SUBJECT) return name;
  if (knownCommonNames.size >= MAXIMUM_KNOWN_SUBJECTS) knownCommonNames.clear();
  knownCommonNames.set(subject, name);
  return name;
}
