// The journal: evidence and alerts that the store could not take, kept in a file until it can. Each line is one writing;
// a line that was cut off when the machine went down is left out.

/** Writings kept in a file, in order. */
export interface Journal {
  /**
   * Adds writings, which are on the disk then; how many: not all where the file cannot be written, or would become too long.
   */
  add(writings: readonly unknown[]): number;
  /** All writings, the oldest first. */
  read(): unknown[];
  /** They have arrived: the file is emptied. */
  clear(): void;
  /** How many there are. */
  readonly length: number;
}

/** Only its owner reads what was found. */
const FILE_MODE = 0o600;
/** Bytes of a journal, which is read as a whole. Own choice: some 200,000 findings. */
const MOST_BYTES = 256 * 2 ** 20;

/** Opens the journal, with what an earlier run may have left in it. */
export function openJournal(path: string, mostBytes = MOST_BYTES): Journal {
  const text = new TextEncoder();
  /** Whether the last line is whole: after a crash or on a full disk it may not be, and nothing may be added to it. */
  let isWhole = true;
  let bytes = 0;
  let length = read().length;

  function read(): unknown[] {
    let lines: string[];
    try {
      const written = Deno.readTextFileSync(path);
      bytes = Deno.statSync(path).size;
      isWhole = written === "" || written.endsWith("\n");
      lines = written.split("\n");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    return lines.flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  }

  return {
    add(writings) {
      let added = 0;
      try {
        using file = Deno.openSync(path, { append: true, create: true, mode: FILE_MODE });
        for (const writing of writings) {
          const line = text.encode(`${isWhole ? "" : "\n"}${JSON.stringify(writing)}\n`);
          if (bytes + line.length > mostBytes) break;
          isWhole = false;
          for (let done = 0; done < line.length;) {
            const part = file.writeSync(line.subarray(done));
            done += part;
            bytes += part;
          }
          isWhole = true;
          added++;
        }
        file.syncDataSync();
      } catch { /* what could not be written is not counted */ }
      length += added;
      return added;
    },
    read,
    clear() {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      length = bytes = 0;
      isWhole = true;
    },
    get length() {
      return length;
    },
  };
}
