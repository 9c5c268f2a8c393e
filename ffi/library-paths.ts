// Where shared libraries are, by architecture and distribution. Whole paths only: a permission to use foreign functions
// that is limited to some files is compared with the path that is opened, and a bare name would be looked for in the
// working directory.

/** Folders of shared libraries: Debian, Ubuntu and Raspberry Pi OS; Fedora, RHEL and openSUSE; Arch. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"],
  aarch64: ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"],
};

/** The library is in none of its places, or may not be opened. */
export class LibraryMissing extends Error {
  override name = "LibraryMissing";
  /** The paths that were tried, each with the reason it could not be opened. */
  readonly tried: readonly string[];
  constructor(library: string, tried: readonly string[]) {
    super(`${library} was found in none of its places`);
    this.tried = tried;
  }
}

/** Every path at which a library with one of these file names may be on this architecture, the likeliest first. */
export function libraryPaths(fileNames: readonly string[], architecture: string = Deno.build.arch): string[] {
  return fileNames.flatMap((name) => (FOLDERS[architecture] ?? []).map((folder) => `${folder}/${name}`));
}

/**
 * Opens the first of `paths` that can be opened.
 * @throws {LibraryMissing} when none can: not there, of another architecture, or not permitted.
 */
export function openLibrary<const Symbols extends Deno.ForeignLibraryInterface>(
  library: string,
  paths: readonly string[],
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols> {
  const tried: string[] = [];
  for (const path of paths) {
    try {
      return Deno.dlopen(path, symbols);
    } catch (error) {
      tried.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new LibraryMissing(library, tried);
}
