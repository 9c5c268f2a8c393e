// Whether the built-in rules can find anything at all: most networks send nothing of the kind for hours, and until then
// the engine, which takes a tenth of a second and sixty megabytes, need not be loaded.

/**
 * One expression for each rule of config/rules/leaks.yar, in its order: what any match of it contains. Wider than the rule,
 * as nothing is told because of it.
 */
const NEEDED = [
  /[=:"]\s*"?-?\d{1,3}\.\d{3}/,
  /authorization: basic/,
  /(password|passwd|passwort|pwd|user_pass|passphrase)=/,
  /\npass |\d login \S+ \S/,
  /\nauth (plain|login)/,
  /private key|putty-user-key/,
  /a[ks]ia[0-9a-z]{16}|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|aiza|k_live_|sg\.[a-z0-9_-]{22}|\/bot\d{8}/,
  /(imei|deviceid|imsi|iccid)("|=)/,
];
const ANYTHING = new RegExp(NEEDED.map(({ source }) => source).join("|"), "i");
const LATIN_1 = new TextDecoder("latin1");

/** Whether `bytes` may hold what a built-in rule looks for. */
export function mayHoldLeaks(bytes: Uint8Array): boolean {
  return ANYTHING.test(LATIN_1.decode(bytes));
}
