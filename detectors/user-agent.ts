// What a user agent says about the system it runs on. Only the family of the system is read, as that is all that can be
// compared with other agents or with the maker of the network card.
//
// Sources: the form of browsers' agents as Mozilla and Google document it (MDN "User-Agent header", Chromium "User-Agent
// reduction"), Apple's CFNetwork ("name/version CFNetwork/… Darwin/…") and server-bag ("server-bag [iPhone OS,14.4,…]").

/** A family of systems. */
export type SystemFamily = "Windows" | "Apple" | "Android" | "Chrome OS" | "Linux";

/** Read from the top: Android's agents name Linux too, Chrome OS's X11. Windows Phone names Android, and Windows first. */
const MARKS: readonly (readonly [SystemFamily, RegExp])[] = [
  ["Windows", /\bwindows\b|\bwin(?:32|64|nt)\b|microsoft ncsi|\bmicrosoft[- ]cryptoapi/],
  ["Apple", /\b(?:macintosh|mac ?os|iphone|ipad|ipod|darwin|os x|macos|ios)\b/],
  ["Android", /\bandroid\b/],
  ["Chrome OS", /\bcros\b/],
  ["Linux", /\blinux\b|\bx11\b|\bubuntu\b|\bfedora\b|\bdebian\b/],
];

/** A user agent is read this far, characters; real ones are a tenth of it. */
const AGENT_LENGTH = 4096;

/** The system that the agent says it runs on; undefined when it does not say. */
export function systemOf(agent: string): SystemFamily | undefined {
  const text = agent.slice(0, AGENT_LENGTH).toLowerCase();
  return MARKS.find(([, mark]) => mark.test(text))?.[0];
}

/** Whether the agent is Safari itself: Chrome and others name it as well, and themselves besides. */
export function isSafari(agent: string): boolean {
  const text = agent.slice(0, AGENT_LENGTH).toLowerCase();
  return text.includes("safari/") && text.includes("version/") && !/chrom|android|crios|fxios|edg|opr\//.test(text);
}

/** Makers of devices that run the systems of one family; the words with which IEEE's names of them begin. */
const MAKERS: readonly (readonly [word: string, family: SystemFamily])[] = [
  ["apple", "Apple"],
  ["microsoft", "Windows"],
  ["google", "Android"],
];

/** The family of systems that the maker of a network card sells; undefined for all who make cards for others. */
export function systemOfMaker(vendor: string): SystemFamily | undefined {
  const first = vendor.toLowerCase().split(/[^a-z]/, 1)[0];
  return MAKERS.find(([word]) => word === first)?.[1];
}
