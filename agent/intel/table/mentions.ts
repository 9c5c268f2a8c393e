// Who says what of an indicator: mentions are kept once however many indicators have the same, and joined to one verdict
// for each combination that occurs.

import { LEVELS } from "../indicator.ts";
import { GrowingBytes, GrowingWords } from "./growing.ts";
import type { Mention, Verdict } from "./verdict.ts";

/**
 * Different mentions kept; beyond them a feed's own words on an indicator are left out, and its level and tags kept. Own
 * choice: about 60 MB while the table is made.
 */
const MOST_MENTIONS = 262_144;
/** Tags of one verdict; feeds together seldom give five. */
const MOST_TAGS = 16;

export interface Mentions {
  /** The number of a mention. */
  number(mention: Mention): number;
  /** The number of the verdict that these mentions (by number) amount to. */
  verdict(mentions: readonly number[]): number;
  /** The verdicts' texts one after the other, and where each begins. */
  written(): { texts: Uint8Array<ArrayBuffer>; offsets: Uint32Array<ArrayBuffer> };
  /** Descriptions that were left out. */
  readonly descriptionsDropped: number;
}

export function createMentions(): Mentions {
  const numbers = new Map<string, number>();
  const mentions: Mention[] = [];
  const verdicts = new Map<string, number>();
  const texts = new GrowingBytes();
  const offsets = new GrowingWords();
  const encoder = new TextEncoder();
  let descriptionsDropped = 0;
  offsets.push(0);

  function keyOf({ feed, level, confidence, tags, description }: Mention): string {
    return `${feed}\n${level}\n${confidence}\n${tags.join()}\n${description}`;
  }

  return {
    number(mention) {
      let known = mention;
      if (mentions.length >= MOST_MENTIONS && known.description !== "" && !numbers.has(keyOf(known))) {
        known = { ...mention, description: "" };
        descriptionsDropped++;
      }
      const key = keyOf(known);
      let number = numbers.get(key);
      if (number === undefined) {
        number = mentions.push(known) - 1;
        numbers.set(key, number);
      }
      return number;
    },
    verdict(numbersOfAll) {
      // Nearly all indicators are listed once.
      const key = numbersOfAll.length === 1 ? String(numbersOfAll[0]) : numbersOfAll.join();
      let number = verdicts.get(key);
      if (number === undefined) {
        number = verdicts.size;
        verdicts.set(key, number);
        texts.push(encoder.encode(JSON.stringify(join(numbersOfAll.map((each) => mentions[each]!)))));
        offsets.push(texts.length);
      }
      return number;
    },
    written: () => ({ texts: texts.bytes, offsets: offsets.words }),
    get descriptionsDropped() {
      return descriptionsDropped;
    },
  };
}

/** The highest level, the best confidence, all feeds and tags; of descriptions the one that says most. */
function join(mentions: readonly Mention[]): Verdict {
  const deciding = mentions.filter(({ decides }) => decides);
  const judging = deciding.length > 0 ? deciding : mentions;
  return {
    level: LEVELS[Math.max(...judging.map(({ level }) => LEVELS.indexOf(level)))]!,
    confidence: Math.max(...judging.map(({ confidence }) => confidence)),
    feeds: [...new Set(mentions.map(({ feed }) => feed))],
    tags: [...new Set(mentions.flatMap(({ tags }) => tags))].slice(0, MOST_TAGS),
    description: judging.reduce((best, { description }) => description.length > best.length ? description : best, ""),
  };
}
