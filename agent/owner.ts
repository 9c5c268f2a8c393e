// Root may write anywhere, so others would like it to write for them: whoever owns a folder can put a link in the place of
// a file or a folder in it, also between two looks of ours. So root keeps no keys in a folder of another user's, and is told
// when its results go into one.

/** Permission of a directory for everybody to write, and to take away only what is one's own. */
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
const ROOT = 0;

/**
 * Why root should not write into the directory, as the middle of a sentence that names it before; undefined when nothing is
 * wrong with it, or somebody else is at it than root.
 */
export function ownedByOthers(path: string, user: number | null = Deno.uid()): string | undefined {
  if (user !== ROOT) return undefined;
  const { uid, mode } = Deno.statSync(path);
  if (uid !== null && uid !== ROOT) return `belongs to user ${uid}, who could lead astray what root writes there`;
  if (mode !== null && (mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0) {
    return "can be written by everybody, who could lead astray what root writes there";
  }
  return undefined;
}
