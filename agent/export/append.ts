// Opens a file of lines so that it goes on where it ends; a line that was cut off when its writer was killed is taken away.

const LINE_END = 0x0a;
/** Bytes looked at in one go; longer lines are found in several. */
const STEP_BYTES = 64 * 1024;

/**
 * Opens the file for writing behind its last whole line.
 * @throws {Deno.errors.NotFound} when there is none.
 */
export function openToGoOn(path: string): Deno.FsFile {
  // Never through a link that somebody put there.
  if (!Deno.lstatSync(path).isFile) throw new Deno.errors.AlreadyExists("it is no file");
  const file = Deno.openSync(path, { read: true, append: true });
  try {
    file.truncateSync(endOfLines(file));
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Where the last whole line ends. */
function endOfLines(file: Deno.FsFile): number {
  const buffer = new Uint8Array(STEP_BYTES);
  for (let end = file.statSync().size; end > 0;) {
    const start = Math.max(0, end - STEP_BYTES);
    const part = buffer.subarray(0, end - start);
    file.seekSync(start, Deno.SeekMode.Start);
    for (let done = 0; done < part.length;) {
      const count = file.readSync(part.subarray(done));
      if (count === null) break;
      done += count;
    }
    const at = part.lastIndexOf(LINE_END);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** Whole lines of a file from a place on; all of them where it is shorter, as it was cut down since; 0 where there is none. */
export function linesFrom(path: string, place: number): number {
  try {
    using file = Deno.openSync(path);
    if (place <= file.statSync().size) file.seekSync(place, Deno.SeekMode.Start);
    const buffer = new Uint8Array(STEP_BYTES);
    let lines = 0;
    for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
      for (let at = 0; at < count; at++) if (buffer[at] === LINE_END) lines++;
    }
    return lines;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
