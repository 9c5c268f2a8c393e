// The canonical spelling of a domain name: lower case, ASCII (IDNA), no final dot, no leading "*.".

import { domainToASCII } from "node:url";

/** RFC 1035 section 2.3.4. */
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

const DOT = 0x2e, HYPHEN = 0x2d, UNDERSCORE = 0x5f;

/** A name of at least two labels in its canonical spelling; undefined for anything else, also for addresses. */
export function canonicalDomain(text: string): string | undefined {
  let name = text;
  if (name.startsWith("*.")) name = name.slice(2);
  else if (name.startsWith(".")) name = name.slice(1);
  if (name.endsWith(".")) name = name.slice(0, -1);
  if (name.length > LONGEST_NAME) return undefined;
  let ascii = true;
  for (let at = 0; ascii && at < name.length; at++) ascii = name.charCodeAt(at) < 0x80;
  name = ascii ? name.toLowerCase() : domainToASCII(name);
  return isName(name) ? name : undefined;
}

/** Letters, digits, hyphens and underscores in labels of 1 to 63; the last one begins with a letter. One pass. */
function isName(name: string): boolean {
  let labels = 0;
  let labelStart = 0;
  for (let at = 0; at <= name.length; at++) {
    const code = at === name.length ? DOT : name.charCodeAt(at);
    if (code === DOT) {
      const length = at - labelStart;
      if (length === 0 || length > LONGEST_LABEL) return false;
      labels++;
      if (at < name.length) labelStart = at + 1;
    } else if (!isLetter(code) && !(code >= 0x30 && code <= 0x39) && code !== HYPHEN && code !== UNDERSCORE) {
      return false;
    }
  }
  return labels >= 2 && isLetter(name.charCodeAt(labelStart));
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}
