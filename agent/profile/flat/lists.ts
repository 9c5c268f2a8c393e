// The three flat lists that a batch travels in, and how single values are put on and taken off. Which type of value comes
// next is known to both sides, so no value says what it is; one word tells whether it is set.

/** What was put on the lists. Plain data for `postMessage`. */
export interface FlatLists {
  words: Uint32Array;
  /** Numbers that do not fit into a word. */
  numbers: Float64Array;
  /** JSON of a list of texts, each of them once: V8 reads and writes that faster than it clones the list. */
  texts: string;
}

/** Words and numbers there is room for at first; the room doubles when it is used up. */
const FIRST_ROOM = 2 ** 15;

/** Slots for texts that come again, a power of two. Most terms are addresses: enough for those of a busy minute. */
const SLOTS = 4096;
/** The same for those that came in earlier messages: enough for the addresses of a busy hour. */
const KNOWN_SLOTS = 16_384;
/** Longest text that is remembered beyond its message, characters; addresses and words of protocols are shorter. */
const LONGEST_KNOWN = 64;
/** Letters that a slot follows from. */
const HASHED_LETTERS = 6;

/** A word for a value that is not set. */
const UNSET = 0;
/** A word for a number that stands in the list of numbers. */
const ELSEWHERE = 1;
/** Added to a whole number that is its own word. */
const WHOLE = 2;
/** First number that is too large for that. */
const WHOLE_LIMIT = 2 ** 32 - WHOLE;
const FALSE = 1;
const TRUE = 2;

/** Lists to put values on. The room for them is used again and again. */
export interface FlatWriter {
  words: Uint32Array;
  wordsUsed: number;
  numbers: Float64Array;
  numbersUsed: number;
  texts: string[];
  /** Texts that come again and again, each at a slot that follows from its letters; a later one takes the slot over. */
  readonly terms: (string | undefined)[];
  /** By slot: place in `texts`, plus one. */
  readonly places: Uint32Array;
}

export function createFlatWriter(): FlatWriter {
  return {
    words: new Uint32Array(FIRST_ROOM),
    wordsUsed: 0,
    numbers: new Float64Array(FIRST_ROOM),
    numbersUsed: 0,
    texts: [],
    terms: new Array<string | undefined>(SLOTS).fill(undefined),
    places: new Uint32Array(SLOTS),
  };
}

export function putWord(to: FlatWriter, word: number): void {
  if (to.wordsUsed === to.words.length) moreWords(to);
  to.words[to.wordsUsed++] = word;
}

export function putDouble(to: FlatWriter, value: number): void {
  if (to.numbersUsed === to.numbers.length) moreNumbers(to);
  to.numbers[to.numbersUsed++] = value;
}

function moreWords(to: FlatWriter): void {
  const { words } = to;
  to.words = new Uint32Array(2 * words.length);
  to.words.set(words);
}

function moreNumbers(to: FlatWriter): void {
  const { numbers } = to;
  to.numbers = new Float64Array(2 * numbers.length);
  to.numbers.set(numbers);
}

/** A text that is likely to come again: an address, a word of a protocol. */
export function putTerm(to: FlatWriter, value: string | undefined): void {
  if (value === undefined) return putWord(to, UNSET);
  const slot = slotOf(value) & (SLOTS - 1);
  if (to.terms[slot] !== value) {
    to.terms[slot] = value;
    to.places[slot] = to.texts.push(value);
  }
  putWord(to, to.places[slot]!);
}

/**
 * Where to look for a term, by its last letters, where addresses differ, and its length: the last bits tell the slot. A map
 * would do the same for several times as much; here the worst that chance can do is that a text is written twice.
 */
function slotOf(value: string): number {
  const { length } = value;
  let hash = length;
  for (let at = length > HASHED_LETTERS ? length - HASHED_LETTERS : 0; at < length; at++) {
    hash = Math.imul(hash, 31) + value.charCodeAt(at);
  }
  return hash ^ (hash >>> 13);
}

/** A text that hardly comes twice: to look for it would cost more than to write it again. */
export function putText(to: FlatWriter, value: string | undefined): void {
  putWord(to, value === undefined ? UNSET : to.texts.push(value));
}

export function putNumber(to: FlatWriter, value: number | undefined): void {
  if (value === undefined) return putWord(to, UNSET);
  // What is no whole number, or too large, is not the same after it was made a word; -0 counts as 0, as in JSON.
  if (value >= 0 && value < WHOLE_LIMIT && value >>> 0 === value) return putWord(to, value + WHOLE);
  putWord(to, ELSEWHERE);
  putDouble(to, value);
}

export function putBoolean(to: FlatWriter, value: boolean | undefined): void {
  putWord(to, value === undefined ? UNSET : value ? TRUE : FALSE);
}

/** A list is its length plus one, then its elements. */
export function putTexts(to: FlatWriter, values: readonly string[] | undefined): void {
  if (values === undefined) return putWord(to, UNSET);
  putWord(to, values.length + 1);
  for (let i = 0; i < values.length; i++) putText(to, values[i]);
}

/** As `putTexts`, of texts that are likely to come again. */
export function putTerms(to: FlatWriter, values: readonly string[] | undefined): void {
  if (values === undefined) return putWord(to, UNSET);
  putWord(to, values.length + 1);
  for (let i = 0; i < values.length; i++) putTerm(to, values[i]);
}

export function putNumbers(to: FlatWriter, values: readonly number[] | undefined): void {
  if (values === undefined) return putWord(to, UNSET);
  putWord(to, values.length + 1);
  for (let i = 0; i < values.length; i++) putNumber(to, values[i]);
}

/** Takes the lists away; the writer is empty again. */
export function takeLists(from: FlatWriter): FlatLists {
  const lists = {
    words: from.words.slice(0, from.wordsUsed),
    numbers: from.numbers.slice(0, from.numbersUsed),
    texts: JSON.stringify(from.texts),
  };
  from.wordsUsed = from.numbersUsed = 0;
  from.texts = [];
  // A text may be a piece of a far longer one, a log's: it must not keep that alive.
  from.terms.fill(undefined);
  return lists;
}

/** Lists to take values off, in the order in which they were put on. */
export interface FlatReader {
  readonly words: Uint32Array;
  word: number;
  readonly numbers: Float64Array;
  number: number;
  readonly texts: string[];
  /** By place in `texts`: 1 once it was looked for among the known terms. */
  readonly lookedFor: Uint8Array;
}

export function createFlatReader(lists: FlatLists): FlatReader {
  const { words, numbers } = lists;
  const texts = JSON.parse(lists.texts) as string[];
  return { words, word: 0, numbers, number: 0, texts, lookedFor: new Uint8Array(texts.length) };
}

/** Terms of earlier messages, by slot. */
const knownTerms = new Array<string>(KNOWN_SLOTS).fill("");

/**
 * The same text as it came before. Maps find a key by its place in memory when it is the very string that they were given;
 * another one with the same letters is hashed and compared first, and whoever remembers it keeps it alive.
 */
function known(term: string): string {
  if (term.length > LONGEST_KNOWN) return term;
  const slot = slotOf(term) & (KNOWN_SLOTS - 1);
  if (knownTerms[slot] === term) return knownTerms[slot];
  return knownTerms[slot] = term;
}

export function takeWord(from: FlatReader): number {
  return from.words[from.word++]!;
}

export function takeDouble(from: FlatReader): number {
  return from.numbers[from.number++]!;
}

export function takeText(from: FlatReader): string | undefined {
  const word = takeWord(from);
  return word === UNSET ? undefined : from.texts[word - 1];
}

/** A text that was put on with `putTerm`. */
export function takeTerm(from: FlatReader): string | undefined {
  const word = takeWord(from);
  if (word === UNSET) return undefined;
  const at = word - 1;
  if (from.lookedFor[at] === 0) {
    from.lookedFor[at] = 1;
    from.texts[at] = known(from.texts[at]!);
  }
  return from.texts[at];
}

export function takeNumber(from: FlatReader): number | undefined {
  const word = takeWord(from);
  return word >= WHOLE ? word - WHOLE : word === UNSET ? undefined : takeDouble(from);
}

export function takeBoolean(from: FlatReader): boolean | undefined {
  const word = takeWord(from);
  return word === UNSET ? undefined : word === TRUE;
}

export function takeTexts(from: FlatReader): string[] | undefined {
  const word = takeWord(from);
  if (word === UNSET) return undefined;
  const values: string[] = [];
  for (let left = word - 1; left > 0; left--) values.push(takeText(from)!);
  return values;
}

/** What was put on with `putTerms`. */
export function takeTerms(from: FlatReader): string[] | undefined {
  const word = takeWord(from);
  if (word === UNSET) return undefined;
  const values: string[] = [];
  for (let left = word - 1; left > 0; left--) values.push(takeTerm(from)!);
  return values;
}

export function takeNumbers(from: FlatReader): number[] | undefined {
  const word = takeWord(from);
  if (word === UNSET) return undefined;
  const values: number[] = [];
  for (let left = word - 1; left > 0; left--) values.push(takeNumber(from)!);
  return values;
}
