// What evidence shows of the records behind it, kept short: whoever sent a text chose its length, and a flood has any
// number of records.

/** Most that is shown of a name (RFC 1035 section 2.3.4) and of any other text from the wire, characters. */
export const NAME_LENGTH = 255;
export const TEXT_LENGTH = 255;
/** Most that is shown of an address in the web: what follows are mostly parameters. Own choice. */
export const URL_LENGTH = 100;

/** Records that one finding points to at most; beyond it the first ones stand for all. Own choice. */
export const UIDS_SHOWN = 100;

/** `text` cut to `length` characters, the last of which then says so. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length - 1) + "…";
}

/** Notes the record of a finding, as long as there is room. */
export function showUid(uids: string[], uid: string): void {
  if (uids.length < UIDS_SHOWN) uids.push(uid);
}
