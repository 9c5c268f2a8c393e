// Text and times as the log files show them: nothing that a terminal or a log reader could take for a command.

/** Characters of one field in a log; longer ones are cut. Own choice, so that one hostile name cannot fill a log. */
export const FIELD_LENGTH = 4096;
/** Ends a field that was cut. */
const CUT = "…";

/** Characters that fit a log as they are, in nearly every text: printable ASCII. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Controls (C0, DEL, C1), line and paragraph separators, marks that turn the direction of writing (they can make a name
 * read as another one), and halves of surrogate pairs, which have no UTF-8 form.
 */
export const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `text` with every unfit character written out ("\x1b", "\u{202e}"), cut to `FIELD_LENGTH` characters. */
export function plainText(text: string): string {
  const short = cutText(text);
  return PLAIN.test(short) ? short : short.replace(UNFIT, writtenOut);
}

/** `text` cut to `FIELD_LENGTH` characters, between characters. */
export function cutText(text: string): string {
  if (text.length <= FIELD_LENGTH) return text;
  const last = text.charCodeAt(FIELD_LENGTH - 2);
  const end = last >= 0xd800 && last <= 0xdbff ? FIELD_LENGTH - 2 : FIELD_LENGTH - 1;
  return text.slice(0, end) + CUT;
}

/**
 * JSON of a value, with the unfit characters that JSON would leave as they are in its "\uNNNN" form: no controls, and one
 * line, or with `indent` one for each value.
 */
export function jsonText(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, undefined, indent);
  return PLAIN.test(json) ? json : json.replace(
    UNFIT,
    // JSON has escaped those that stand in texts: what is left are the ends of its own lines.
    (one) => one === "\n" ? one : "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** A message of several lines: `plainText` of each, uncut. What is said on standard error may name what a file holds. */
export function plainLines(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNFIT, (one) => one === "\n" ? one : writtenOut(one));
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0)!;
  return code < 0x100 ? "\\x" + code.toString(16).padStart(2, "0") : `\\u{${code.toString(16)}}`;
}

/** Unix seconds of the years 0000 and 9999, between which ISO 8601 needs no agreement on signs. */
const FIRST_TIME = -62_167_219_200;
const LAST_TIME = 253_402_300_799;

const SECONDS_PER_DAY = 86_400;
/** "00" to "59". */
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

/** The day last written, because the next time is nearly always of the same day: finding its date is what takes long. */
let knownDay = NaN;
let knownDate = "";

/**
 * ISO 8601 in UTC with microseconds: "2024-05-06T07:08:09.123456Z". Times outside the years 0 to 9999, which only a
 * damaged capture has, are moved to its ends.
 */
export function isoTime(seconds: number): string {
  const time = seconds >= FIRST_TIME ? Math.min(seconds, LAST_TIME) : FIRST_TIME;
  let whole = Math.floor(time);
  let micros = Math.round((time - whole) * 1e6);
  if (micros === 1e6) {
    whole++;
    micros = 0;
  }
  const day = Math.floor(whole / SECONDS_PER_DAY);
  if (day !== knownDay) {
    knownDay = day;
    knownDate = new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10);
  }
  const second = whole - day * SECONDS_PER_DAY;
  const [hours, minutes] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  const clock = `${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes]}:${TWO_DIGITS[second % 60]}`;
  return `${knownDate}T${clock}.${String(micros).padStart(6, "0")}Z`;
}
