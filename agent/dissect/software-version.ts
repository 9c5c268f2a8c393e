// Name and version in the texts by which software introduces itself: "OpenSSH_8.1", "Apache/2.4.41 (Ubuntu)", and the
// browsers' user agents, where the name that counts stands last and the first is a lie.

export interface SoftwareVersion {
  readonly name: string;
  readonly major?: number | undefined;
  readonly minor?: number | undefined;
  readonly minor2?: number | undefined;
  readonly minor3?: number | undefined;
  /** What follows the numbers: "p1", "beta", "Ubuntu". */
  readonly addl?: string | undefined;
}

/** Longest number that is taken for part of a version, digits. */
const NUMBER_DIGITS = 15;

/** Reads name and version; Zeek's answers for what Zeek can read. Linear in the length of `text`. */
export function parseSoftware(text: string): SoftwareVersion {
  return /^(Mozilla|Opera)\/[0-9]/.test(text) ? parseBrowser(text) : parseProduct(text);
}

function parseProduct(text: string): SoftwareVersion {
  const at = findVersion(text);
  if (at === undefined) return { name: cleanName(text) };
  const numbers = text.slice(at.numbers, at.end).replace(/^[-._, ]+/, "");
  const parts = numbers.trim().split(/[-._, ]/);
  const rest = parts.slice(4).join(".").trim();
  return {
    name: cleanName(text.slice(0, at.start)),
    major: numberOf(parts[0]),
    minor: numberOf(parts[1]),
    minor2: numberOf(parts[2]),
    minor3: numberOf(parts[3]),
    addl: rest !== "" ? rest : addition(text.slice(at.end)),
  };
}

/** Where the version stands: its separator from `start`, its numbers in [numbers, end). */
function findVersion(text: string): { start: number; numbers: number; end: number } | undefined {
  for (let i = 0; i < text.length; i++) {
    if (!isVersionCharacter(text, i)) continue;
    let end = i;
    while (end < text.length && isVersionCharacter(text, end)) end++;
    // A single character or one without any digit is a separator within the name.
    if (end - i < 2 && !isSeparated(text, i) || !/[0-9]/.test(text.slice(i, end))) {
      i = end - 1;
      continue;
    }
    let start = i;
    while (start > 0 && "/(v".includes(text[start - 1]!)) start--;
    return { start, numbers: i, end };
  }
  return undefined;
}

/** Whether the single digit at `i` stands behind a separator, as in "Foo/2". */
function isSeparated(text: string, i: number): boolean {
  return i > 0 && text[i - 1] === "/";
}

function isVersionCharacter(text: string, i: number): boolean {
  const code = text.charCodeAt(i);
  return (code >= 0x30 && code <= 0x39) || "-._, ".includes(text[i]!);
}

function cleanName(text: string): string {
  return text.replace(/^\(/, "").replace(/[-/_ (]{1,8}$/, "").trim();
}

function numberOf(part: string | undefined): number | undefined {
  const digits = part === undefined ? undefined : /^[^0-9]{0,16}([0-9]+)/.exec(part)?.[1];
  return digits === undefined || digits.length > NUMBER_DIGITS ? undefined : Number(digits);
}

/** The word behind the numbers, or what stands in brackets there. */
function addition(rest: string): string | undefined {
  if (rest === "" || rest === ")") return undefined;
  const bracketed = /^[ \t]{0,8}\(([\w\-. \t]*)\)/.exec(rest);
  if (bracketed !== null) return bracketed[1] === "" ? undefined : bracketed[1];
  const words = rest.slice(0, 256).split(/[-._,;[\](){} ]/).slice(0, 3);
  return words.find((word) => word !== "")?.trim();
}

/** Trident's versions stand for Internet Explorer's, whatever the compatibility mode claims. */
const TRIDENT: Readonly<Record<string, number>> = { "4": 8, "5": 9, "6": 10, "7": 11 };

/** Marks of browsers, in the order in which they have to be looked for: each also carries the marks of those behind it. */
const BROWSERS: readonly (readonly [RegExp, string | undefined])[] = [
  [/Edge\/([0-9.]*)/, "Edge"],
  [/Version\/([0-9.]*)(?=.*Safari\/)/, "Safari"],
  [/(?:Firefox|Netscape|Thunderbird)\/([0-9.]*)/, undefined],
  [/Chrome\/([0-9.]*)(?=.*Safari\/)/, "Chrome"],
];
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/AdobeAIR\/([0-9.]*)/, "AdobeAIR"],
  [/AppleWebKit\/([0-9.]*)/, "Unspecified WebKit"],
  [/ Java\/([0-9][0-9._]*)/, "Java"],
];

function parseBrowser(text: string): SoftwareVersion {
  const opera = /Opera ([0-9.]+)$/.exec(text);
  if (opera !== null) return versioned("Opera", opera[1]);
  if (text.includes(" MSIE ") || text.includes("Trident/")) return internetExplorer(text);
  for (const [mark, name] of BROWSERS) {
    const found = mark.exec(text);
    if (found === null) continue;
    const version = versioned(name ?? found[0].slice(0, found[0].indexOf("/")), found[1]);
    const mobile = name === "Safari" && isInOrder(text, " Mobile", " Safari");
    return mobile ? { ...version, addl: "Mobile" } : version;
  }
  if (text.startsWith("Opera/")) {
    const kind = /Opera M(?:ini|obi)/.exec(text)?.[0];
    const version = /Version\/([0-9.]*)/.exec(text)?.[1] ?? /Opera Mini\/([0-9.]*)/.exec(text)?.[1];
    return versioned(kind ?? "Opera", version);
  }
  for (const [mark, name] of OTHERS) {
    const found = mark.exec(text);
    if (found !== null) return versioned(name, found[1]);
  }
  return { name: "<unknown browser>" };
}

/** Looked for once each: as a regular expression, it would look for the second behind every first. */
function isInOrder(text: string, first: string, second: string): boolean {
  const at = text.indexOf(first);
  return at >= 0 && text.includes(second, at + first.length);
}

function internetExplorer(text: string): SoftwareVersion {
  const trident = TRIDENT[/Trident\/([4-7])\.0/.exec(text)?.[1] ?? ""];
  if (trident !== undefined) return { name: "MSIE", major: trident, minor: 0 };
  return versioned("MSIE", /MSIE ([0-9]{1,2}[.0-9b]{0,8})/.exec(text)?.[1]);
}

function versioned(name: string, version: string | undefined): SoftwareVersion {
  const parts = (version ?? "").split(/[._]/);
  const rest = parts.slice(4).join(".");
  return {
    name,
    major: numberOf(parts[0]),
    minor: numberOf(parts[1]),
    minor2: numberOf(parts[2]),
    minor3: numberOf(parts[3]),
    addl: rest === "" ? undefined : rest,
  };
}
