// The journal: evidence and alerts that the store could not take, kept in a file until it can. Each line is one writing;
// a line that was cut off when the machine went down is left out.

/** Writings kept in a file, in order. */
export interface Journal {
  /** Adds a writing; throws when the file cannot be written. */
  add(writing: unknown): void;
  /** All writings, the oldest first. */
  read(): unknown[];
  /** They have arrived: the file is emptied. */
  clear(): void;
  /** How many there are. */
  readonly length: number;
}

/** Only its owner reads what was found. */
const FILE_MODE = 0o600;

/** Opens the journal, with what an earlier run may have left in it. */
export function openJournal(path: string): Journal {
  const text = new TextEncoder();
  /** Whether the last line is whole: after a crash or on a full disk it may not be, and nothing may be added to it. */
  let isWhole = true;
  let length = read().length;

  function read(): unknown[] {
    let lines: string[];
    try {
      const written = Deno.readTextFileSync(path);
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
    add(writing) {
      using file = Deno.openSync(path, { append: true, create: true, mode: FILE_MODE });
      const bytes = text.encode(`${isWhole ? "" : "\n"}${JSON.stringify(writing)}\n`);
      isWhole = false;
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      isWhole = true;
      file.syncDataSync();
      length++;
    },
    read,
    clear() {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      length = 0;
      isWhole = true;
    },
    get length() {
      return length;
    },
  };
}
