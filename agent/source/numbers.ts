// Numbers, times and addresses as logs write them, read straight out of the text of a line: this is done millions of
// times, so the common forms are read without making a string of them first.

import { canonicalAddress, formatIPv4, parseIPv4, parseIPv4Bytes } from "../record/address-text.ts";

const ZERO = 0x30;
const DOT = 0x2e;
const MINUS = 0x2d;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The decimal number in `text[start..end)`, NaN when there is none. Exactly what `Number` gives: digits below 2^53
 * divided by an exact power of ten are rounded once, as the standard asks; anything else is left to `Number`.
 */
export function decimalOf(text: string, start: number, end: number): number {
  let digits = 0;
  let point = -1;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= ZERO + 9) digits = digits * 10 + (code - ZERO);
    else if (code === DOT && point < 0 && at > start) point = at;
    else return otherNumber(text, start, end);
  }
  if (start === end) return NaN;
  if (point < 0) return digits <= Number.MAX_SAFE_INTEGER ? digits : Number(text.slice(start, end));
  const decimals = end - point - 1;
  if (digits > Number.MAX_SAFE_INTEGER || decimals >= POWERS_OF_TEN.length) return Number(text.slice(start, end));
  return digits / POWERS_OF_TEN[decimals]!;
}

/** Characters of a number that are looked at in its common form: the digits of 2^53, and a point. */
const LONGEST_PLAIN_NUMBER = 17;

/**
 * The same straight from the bytes of plain text, for the common form: digits, and after a point some more. -1 for anything
 * else, which `decimalOf` may read.
 */
export function plainDecimalOf(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0;
  let decimals = -1;
  if (start === end || end - start > LONGEST_PLAIN_NUMBER) return -1;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (digit === DOT - ZERO && decimals < 0 && at > start) decimals = end - at - 1;
    else return -1;
  }
  if (digits > Number.MAX_SAFE_INTEGER) return -1;
  return decimals < 0 ? digits : digits / POWERS_OF_TEN[decimals]!;
}

/** Longest number that is looked at in any other form, characters. */
const LONGEST_NUMBER = 40;

function otherNumber(text: string, start: number, end: number): number {
  const number = text.slice(start, Math.min(end, start + LONGEST_NUMBER));
  return end - start <= LONGEST_NUMBER && /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(number) ? Number(number) : NaN;
}

/** Latest time that is taken for one: where 32 bits of Unix seconds end, in 2106. */
const LATEST_TIME = 0xffff_ffff;

/** Numbers from here on are milliseconds (as Zeek writes them on request), not seconds of the year 5138. */
const LEAST_MILLISECONDS = 1e11;

/** Whether a number of Unix seconds is taken for a time. */
export function isTime(seconds: number): boolean {
  return seconds >= 0 && seconds <= LATEST_TIME;
}

/** A time from a number: Unix seconds, or milliseconds; NaN when it can be neither. */
export function timeOfNumber(value: number): number {
  const seconds = value >= LEAST_MILLISECONDS ? value / 1000 : value;
  return isTime(seconds) ? seconds : NaN;
}

/** "2021-06-06T15:59:46" or "2021/06/06 15:59:46" before a fraction and an offset. */
const LEAST_TIME_LENGTH = 19;
const SECONDS_PER_DAY = 86_400;

/** Days whose beginnings are remembered: nearly every line is of a day that was met, but certificates name many. */
const MAXIMUM_KNOWN_DAYS = 4096;
const knownDays = new Map<string, number>();
/** The day last met, because the next line is nearly always of the same day. */
let knownDay = "";
let knownDayStart = 0;

/**
 * A written time in Unix seconds: ISO 8601 as in "2021-06-06T15:59:46.457984+0200" (offset "Z", "+02:00", "+0200" or
 * none, which is taken for UTC), also with "/" and a blank as Argus writes it. NaN when it is anything else.
 */
export function writtenTime(text: string): number {
  if (text.length < LEAST_TIME_LENGTH || text.length > LONGEST_NUMBER) return NaN;
  const day = text.slice(0, 10);
  if (day !== knownDay) {
    let start = knownDays.get(day);
    if (start === undefined) {
      start = dayStart(day);
      if (Number.isNaN(start)) return NaN;
      if (knownDays.size >= MAXIMUM_KNOWN_DAYS) knownDays.clear();
      knownDays.set(day, start);
    }
    knownDay = day;
    knownDayStart = start;
  }
  const between = text.charCodeAt(10);
  if (between !== 0x54 && between !== 0x20 && between !== 0x74) return NaN;
  const hours = twoDigits(text, 11);
  const minutes = twoDigits(text, 14);
  const seconds = twoDigits(text, 17);
  if (hours > 23 || minutes > 59 || !(seconds <= 60) || text[13] !== ":" || text[16] !== ":") return NaN;
  let at = LEAST_TIME_LENGTH;
  let micros = 0;
  if (text.charCodeAt(at) === DOT) {
    const from = ++at;
    while (isDigit(text.charCodeAt(at))) {
      if (at - from < 6) micros = micros * 10 + (text.charCodeAt(at) - ZERO);
      at++;
    }
    for (let digits = at - from; digits < 6; digits++) micros *= 10;
  }
  const offset = offsetSeconds(text, at);
  const whole = knownDayStart + hours * 3600 + minutes * 60 + seconds - offset;
  // Through whole microseconds, so that the sum is rounded once and equals the same time written as a decimal number.
  return timeOfNumber(Number.isNaN(offset) ? NaN : (whole * 1e6 + micros) / 1e6);
}

function dayStart(day: string): number {
  const match = /^(\d{4})[-/](\d{2})[-/](\d{2})$/.exec(day);
  if (match === null) return NaN;
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const start = Date.UTC(year, month - 1, date) / 1000;
  const made = new Date(start * 1000);
  const isReal = made.getUTCMonth() === month - 1 && made.getUTCDate() === date && start % SECONDS_PER_DAY === 0;
  return isReal && year >= 1970 ? start : NaN;
}

function offsetSeconds(text: string, at: number): number {
  if (at === text.length) return 0;
  const sign = text.charCodeAt(at);
  if (sign === 0x5a && at + 1 === text.length) return 0;
  if (sign !== 0x2b && sign !== MINUS) return NaN;
  const hours = twoDigits(text, at + 1);
  let next = at + 3;
  if (text[next] === ":") next++;
  const minutes = next < text.length ? twoDigits(text, next) : 0;
  const seconds = hours * 3600 + minutes * 60;
  return sign === MINUS ? -seconds : seconds;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

/** IPv6 addresses whose canonical text is remembered: working it out takes long. */
const MAXIMUM_KNOWN_ADDRESSES = 4096;
const knownAddresses = new Map<string, string>();

/** The canonical text of an address, undefined when it is none: nearly always the same string as for the last such line. */
export function addressOf(text: string): string | undefined {
  const quad = parseIPv4(text);
  if (quad >= 0) return formatIPv4(quad);
  const known = knownAddresses.get(text);
  if (known !== undefined) return known;
  const canonical = canonicalAddress(text);
  if (knownAddresses.size >= MAXIMUM_KNOWN_ADDRESSES) knownAddresses.clear();
  if (canonical !== undefined) knownAddresses.set(text, canonical);
  return canonical;
}

/** An IPv4 address straight from the bytes of plain text; undefined when there is none. */
export function plainIPv4Of(bytes: Uint8Array, start: number, end: number): string | undefined {
  const quad = parseIPv4Bytes(bytes, start, end);
  return quad >= 0 ? formatIPv4(quad) : undefined;
}

/** Greatest port number. */
export const MAXIMUM_PORT = 65_535;
