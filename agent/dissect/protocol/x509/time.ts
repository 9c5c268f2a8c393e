// The two kinds of time in certificates (RFC 5280 section 4.1.2.5), as Unix seconds.

import { type Element, Tag } from "./der.ts";

/** UTCTime years below this belong to this century (RFC 5280 section 4.1.2.5.1). */
const UTC_TIME_PIVOT = 50;
const ZERO = 0x30;

/** Unix seconds of a UTCTime or GeneralizedTime, undefined when it is malformed. Fractions of a second are dropped. */
export function certificateTime(bytes: Uint8Array, element: Element): number | undefined {
  const yearDigits = element.tag === Tag.utcTime ? 2 : element.tag === Tag.generalizedTime ? 4 : 0;
  if (yearDigits === 0) return undefined;
  let at = element.start;
  const number = (digits: number): number => {
    let value = 0;
    for (let i = 0; i < digits; i++, at++) {
      const digit = at < element.end ? bytes[at]! - ZERO : -1;
      value = digit < 0 || digit > 9 ? NaN : value * 10 + digit;
    }
    return value;
  };
  const isDigit = (): boolean => at < element.end && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9;
  let year = number(yearDigits);
  if (yearDigits === 2) year += year < UTC_TIME_PIVOT ? 2000 : 1900;
  const month = number(2), day = number(2), hour = number(2), minute = number(2);
  const second = isDigit() ? number(2) : 0;
  if (at < element.end && bytes[at] === 0x2e) { for (at++; isDigit(); at++); }
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === 0x2d ? -1 : 0;
  if (sign === 0 || at >= element.end) return Number.isNaN(seconds) ? undefined : seconds;
  at++;
  const offset = (number(2) * 60 + number(2)) * 60;
  return Number.isNaN(seconds - sign * offset) ? undefined : seconds - sign * offset;
}
