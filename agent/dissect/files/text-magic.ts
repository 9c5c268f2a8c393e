// Formats that are text: known by their first words, behind blanks, comments and an XML declaration. Zeek's types and
// strengths; where Zeek lets a comment or a declaration end only on the line where it began, so do we.

/** A type and how sure it is, to be compared with magic.ts. */
export interface TextType {
  readonly type: string;
  readonly strength: number;
}

const LF = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
/** This many first characters have to be text (Zeek's signature for text/plain). */
const PLAIN_LENGTH = 10;
/** Ways to begin a tag and what they say, strongest first; a space stands for one space or more. */
const TAGS: readonly (readonly [string, number, string])[] = [
  ["<!doctype html", 100, "text/html"],
  ["<html", 100, "text/html"],
  ["<meta http-equiv", 100, "text/html"],
  ["<rss", 90, "text/rss"],
  ["<soap:envelope", 49, "application/soap+xml"],
  ["<soap-env:envelope", 49, "application/soap+xml"],
  ["<!doctype cross-domain-policy", 49, "text/x-cross-domain-policy"],
  ["<cross-domain-policy", 49, "text/x-cross-domain-policy"],
  ["<methodresponse>", 49, "application/xml-rpc"],
  ["<head", 20, "text/html"],
  ["<title", 20, "text/html"],
  ["<body", 20, "text/html"],
];
/** Interpreters after "#!", and the types of their scripts. */
const INTERPRETERS: readonly (readonly [RegExp, number, string])[] = [
  [/^(ba|tc|c|z|fa|ae|k)?sh/, 250, "text/x-shellscript"],
  [/^perl/, 60, "text/x-perl"],
  [/^ruby/, 60, "text/x-ruby"],
  [/^python/, 60, "text/x-python"],
  [/^[gn]?awk/, 60, "text/x-awk"],
  [/^(wish|tcl)/, 60, "text/x-tcl"],
  [/^lua/, 49, "text/x-lua"],
  [/^node/, 60, "application/javascript"],
  [/^php/, 60, "text/x-php"],
];
const MAIL_STARTS = ["relay-version:", "delivered-to:", "return-path:", "from:"];

/** The text format of `bytes[0..length)`, the start of a file; undefined when it is none. */
export function textType(bytes: Uint8Array, length: number): TextType | undefined {
  const start = hasUtf8Mark(bytes, length) ? 3 : 0;
  const candidates = [
    markup(bytes, start, length),
    json(bytes, start, length),
    script(bytes, length),
    plain(bytes, length),
  ];
  let best: TextType | undefined;
  for (const candidate of candidates) {
    if (candidate && candidate.strength > (best?.strength ?? -Infinity)) best = candidate;
  }
  return best;
}

function hasUtf8Mark(bytes: Uint8Array, length: number): boolean {
  return length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function plain(bytes: Uint8Array, length: number): TextType | undefined {
  let start = hasUtf8Mark(bytes, length) ? 3 : 0;
  if (length >= 2 && ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe))) start = 2;
  if (length < start + PLAIN_LENGTH) return undefined;
  for (let i = start; i < start + PLAIN_LENGTH; i++) {
    const byte = bytes[i]!;
    if (byte !== SPACE && (byte < 0x09 || byte > 0x0d) && (byte < 0x21 || byte > 0x7e)) return undefined;
  }
  return { type: "text/plain", strength: -20 };
}

function markup(bytes: Uint8Array, start: number, length: number): TextType | undefined {
  let at = skipBlanksAndComments(bytes, start, length);
  if (bytes[at] !== 0x3c || at >= length) return undefined;
  let declared: TextType | undefined;
  if (startsWith(bytes, at, length, "<?xml ")) {
    declared = { type: "application/xml", strength: 10 };
    const lineEnd = endOfLine(bytes, at, length);
    if (find(bytes, at, lineEnd, "<svg") >= 0) return { type: "image/svg+xml", strength: 38 };
    const end = find(bytes, at, lineEnd, "?>");
    if (end < 0) return declared;
    at = skipBlanksAndComments(bytes, end + 2, length);
  }
  for (const [tag, strength, type] of TAGS) if (startsWith(bytes, at, length, tag)) return { type, strength };
  if (startsWith(bytes, at, length, "<feed") && find(bytes, at, Math.min(length, at + 512), "w3.org/2005/atom") >= 0) {
    return { type: "text/atom", strength: 100 };
  }
  if (startsWith(bytes, at, length, "<script ") || startsWith(bytes, at, length, "<script>")) {
    const head = latin(bytes, at, Math.min(length, at + 64)).toLowerCase();
    if (/^<script[ \t]+(type|language)=['"]?(text\/)?javascript|^<script>[\r\n \t]*(var|function) /.test(head)) {
      return { type: "application/javascript", strength: 60 };
    }
  }
  if (startsWith(bytes, at, length, "<?php")) return { type: "text/x-php", strength: 40 };
  return declared;
}

/** Objects and arrays as JSON writes them (RFC 8259), and the empty ones when they are all there is. */
function json(bytes: Uint8Array, start: number, length: number): TextType | undefined {
  let at = skipBlanks(bytes, start, length);
  const open = bytes[at];
  if (at >= length || (open !== 0x7b && open !== 0x5b)) return undefined;
  at = skipBlanks(bytes, at + 1, length);
  const yes: TextType = { type: "text/json", strength: 1 };
  if (at < length && bytes[at] === open + 2) {
    return skipBlanks(bytes, at + 1, length) === length ? { type: "text/json", strength: 0 } : undefined;
  }
  if (open === 0x5b && (bytes[at] === 0x7b || bytes[at] === 0x5b)) return yes;
  const key = bytes[at] === QUOTE;
  const end = key ? endOfQuoted(bytes, at, length) : endOfWord(bytes, at, length);
  if (end < 0 || end === at) return undefined;
  at = skipBlanks(bytes, end, length);
  if (open === 0x5b) {
    const scalar = key ||
      /^([0-9]+(\.[0-9]+)?|true|false)$/.test(latin(bytes, skipBlanks(bytes, start, length) + 1, end).trim());
    return scalar && bytes[at] === 0x2c ? yes : undefined;
  }
  if (bytes[at] !== 0x3a) return undefined;
  at = skipBlanks(bytes, at + 1, length);
  return /^(["[{0-9]|true|false)/.test(latin(bytes, at, Math.min(length, at + 5))) ? yes : undefined;
}

function script(bytes: Uint8Array, length: number): TextType | undefined {
  const head = latin(bytes, 0, Math.min(length, 64));
  if (head.startsWith("#!")) {
    const line = head.slice(2, head.indexOf("\n") < 0 ? head.length : head.indexOf("\n"));
    const bin = line.indexOf("bin/");
    if (bin < 1) return undefined;
    const program = line.slice(bin + 4).replace(/^env\s+/, "");
    for (const [name, strength, type] of INTERPRETERS) if (name.test(program)) return { type, strength };
    return undefined;
  }
  const lower = head.toLowerCase();
  for (const start of MAIL_STARTS) if (lower.startsWith(start)) return { type: "message/rfc822", strength: 80 };
  if (/^\s*(for \(;;\);|document\.write(ln)?[ \t]?\()/.test(head) || /^\(function\(\)[ \t\n]*\{/.test(head)) {
    return { type: "application/javascript", strength: 60 };
  }
  if (head.startsWith("<?php")) return { type: "text/x-php", strength: 40 };
  return head.startsWith("solid ") ? { type: "application/sla", strength: 10 } : undefined;
}

function skipBlanks(bytes: Uint8Array, at: number, length: number): number {
  while (at < length && (bytes[at] === SPACE || bytes[at] === 0x09 || bytes[at] === 0x0d || bytes[at] === LF)) at++;
  return at;
}

function skipBlanksAndComments(bytes: Uint8Array, at: number, length: number): number {
  for (;;) {
    at = skipBlanks(bytes, at, length);
    if (!startsWith(bytes, at, length, "<!--")) return at;
    const end = find(bytes, at + 4, endOfLine(bytes, at, length), "-->");
    if (end < 0) return at;
    at = end + 3;
  }
}

function endOfLine(bytes: Uint8Array, at: number, length: number): number {
  const end = bytes.subarray(0, length).indexOf(LF, at);
  return end < 0 ? length : end;
}

/** Whether `word` (lower case) stands at `at`, in any case; a space in it stands for one blank or more. */
function startsWith(bytes: Uint8Array, at: number, length: number, word: string): boolean {
  for (let i = 0; i < word.length; i++, at++) {
    const wanted = word.charCodeAt(i);
    if (at >= length) return false;
    if (lowerCase(bytes[at]!) !== wanted) return false;
    if (wanted === SPACE) { while (at + 1 < length && bytes[at + 1] === SPACE) at++; }
  }
  return true;
}

/** Where `word` (lower case) first stands in `bytes[at..end)`, in any case; -1 when nowhere. */
function find(bytes: Uint8Array, at: number, end: number, word: string): number {
  const first = word.charCodeAt(0);
  for (; at + word.length <= end; at++) {
    if (lowerCase(bytes[at]!) === first && startsWith(bytes, at, end, word)) return at;
  }
  return -1;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function endOfQuoted(bytes: Uint8Array, at: number, length: number): number {
  const end = bytes.subarray(0, length).indexOf(QUOTE, at + 1);
  return end < 0 || end === at + 1 ? -1 : end + 1;
}

function endOfWord(bytes: Uint8Array, at: number, length: number): number {
  while (at < length && /[A-Za-z0-9\\_.]/.test(String.fromCharCode(bytes[at]!))) at++;
  return at;
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  return start < end ? String.fromCharCode(...bytes.subarray(start, end)) : "";
}
